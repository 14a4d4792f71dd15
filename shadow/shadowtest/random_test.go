package shadowtest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/internal/durable/crashfs"
	"github.com/brinkml/brink/shadow"
	"github.com/brinkml/brink/shadow/shadowtest"
)

type object = map[string]any

// model is the service in a few lines, on maps.
type model struct {
	exists  bool
	version int64
	state   object // sections
	meta    object
}

// members is a copy of an object, and without one an empty object.
func members(v any) object {
	out := object{}
	o, _ := v.(object)
	maps.Copy(out, o)
	return out
}

func patched(old any, patch object) object {
	out := members(old)
	for k, v := range patch {
		switch v := v.(type) {
		case nil:
			delete(out, k)
		case object:
			out[k] = patched(out[k], v)
		default:
			out[k] = v
		}
	}
	return out
}

func timed(old any, patch object, now json.Number) object {
	out := members(old)
	for k, v := range patch {
		switch v := v.(type) {
		case nil:
			delete(out, k)
		case object:
			if m, ok := out[k].(object); ok && m["timestamp"] != nil {
				delete(out, k) // a value's; no field of these tests is called so
			}
			out[k] = timed(out[k], v, now)
		case []any:
			list := make([]any, len(v))
			for i := range v {
				list[i] = object{"timestamp": now}
			}
			out[k] = list
		default:
			out[k] = object{"timestamp": now}
		}
	}
	return out
}

func missing(desired, reported object) object {
	out := object{}
	for k, v := range desired {
		d, ok1 := v.(object)
		r, ok2 := reported[k].(object)
		if ok1 && ok2 {
			if m := missing(d, r); len(m) > 0 {
				out[k] = m
			}
		} else if !cmp.Equal(v, reported[k]) {
			out[k] = v
		}
	}
	return out
}

func picked(meta, doc object) object {
	out := object{}
	for k, v := range doc {
		out[k] = meta[k]
		if d, ok := v.(object); ok {
			out[k] = picked(meta[k].(object), d)
		}
	}
	return out
}

func (m *model) document() object {
	if !m.exists {
		return nil
	}
	return object{"state": members(m.state), "metadata": members(m.meta), "version": json.Number(fmt.Sprint(m.version))}
}

// update returns the messages of an update that is right.
func (m *model) update(state object, token string, second int64) []any {
	now := json.Number(fmt.Sprint(second))
	before := any(nil)
	if d := m.document(); d != nil {
		before = d
	}
	m.exists, m.version = true, m.version+1
	set := object{}
	m.state, m.meta = members(m.state), members(m.meta)
	for name, v := range state {
		doc, meta := object{}, object{}
		if v != nil {
			doc, meta = patched(m.state[name], v.(object)), timed(m.meta[name], v.(object), now)
			set[name] = timed(nil, v.(object), now)
		}
		m.state[name], m.meta[name] = doc, meta
		if len(doc) == 0 {
			delete(m.state, name)
			delete(m.meta, name)
		}
	}
	message := func(o object) object {
		o["timestamp"] = now
		if token != "" {
			o["clientToken"] = token
		}
		return o
	}
	version := json.Number(fmt.Sprint(m.version))
	out := []any{"update/accepted", message(object{"state": state, "metadata": set, "version": version})}
	if d := missing(members(m.state["desired"]), members(m.state["reported"])); len(d) > 0 {
		out = append(out, "update/delta", message(object{"state": d, "metadata": picked(members(m.meta["desired"]), d), "version": version}))
	}
	return append(out, "update/documents", message(object{"previous": before, "current": m.document()}))
}

// random is a patch of few fields, so that they meet.
func random(rng *rand.Rand, depth int) object {
	out := object{}
	for range rng.IntN(4) {
		var v any
		switch n := rng.IntN(8); {
		case n == 0:
			v = nil
		case n < 4 && depth > 0:
			v = random(rng, depth-1)
		case n == 4:
			v = []any{json.Number("1"), "x"}[:rng.IntN(3)]
		default:
			v = []any{json.Number("1"), json.Number("2"), "x", true, ""}[rng.IntN(5)]
		}
		out[string(rune('a'+rng.IntN(4)))] = v
	}
	return out
}

// Random requests are answered as the model says, in memory, through a broker
// and across restarts.
func TestRandomRequests(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	const cases, steps = 40, 30
	for i := range uint64(cases) {
		for _, way := range []string{"in memory", "served", "restarted"} {
			synctest.Test(t, func(t *testing.T) {
				rng := rand.New(rand.NewPCG(seed, i))
				var conn shadow.Conn
				switch way {
				case "in memory":
					conn = shadowtest.New(nil).Conn("client")
				case "served":
					conn = through(t, nil, new(hall), func() {})
				case "restarted":
					conn = &restarts{t: t, fs: crashfs.New(1)}
				}
				const prefix = "$aws/things/hub/shadow/name/cfg/"
				var mu sync.Mutex
				var got []any
				topics := []string{"update/accepted", "update/rejected", "update/delta", "update/documents", "get/accepted", "delete/accepted"}
				for i := range topics {
					topics[i] = prefix + topics[i]
				}
				if _, err := conn.Subscribe(t.Context(), topics, func(topic string, payload []byte) {
					mu.Lock()
					defer mu.Unlock()
					got = append(got, strings.TrimPrefix(topic, prefix), parse(t, string(payload)))
				}); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				var m model
				for range steps {
					time.Sleep(time.Duration(rng.IntN(3)) * time.Second)
					second := time.Now().Unix()
					op, request, want := "update", object{}, []any(nil)
					switch {
					case m.exists && rng.IntN(8) == 0:
						op = "delete"
						want = []any{"delete/accepted", object{"version": json.Number(fmt.Sprint(m.version)), "timestamp": json.Number(fmt.Sprint(second))}}
						m = model{version: m.version}
					default:
						state := object{}
						for _, name := range []string{"desired", "reported"} {
							switch rng.IntN(6) {
							case 0:
							case 1:
								state[name] = nil
							default:
								state[name] = random(rng, 3)
							}
						}
						request["state"] = state
						token := []string{"", "t"}[rng.IntN(2)]
						if token != "" {
							request["clientToken"] = token
						}
						if m.exists && rng.IntN(3) == 0 {
							request["version"] = m.version
						}
						want = m.update(state, token, second)
					}
					payload, err := json.Marshal(request)
					if err != nil {
						t.Fatal(err)
					}
					mu.Lock()
					got = nil
					mu.Unlock()
					if err := conn.Publish(t.Context(), prefix+op, payload); err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
					mu.Lock()
					have := slices.Clone(got)
					mu.Unlock()
					if diff := cmp.Diff(want, have); diff != "" {
						t.Fatalf("case %d %s, %s %s (-want +got):\n%s", i, way, op, payload, diff)
					}
				}
			})
		}
	}
}
