package shadow_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/internal/durable/crashfs"
	"github.com/brinkml/brink/shadow"
	"github.com/brinkml/brink/shadow/shadowtest"
)

// model is a device whose configuration is what it was asked to apply, with a
// map of facts of its own.
type model struct {
	t    *testing.T
	rng  *rand.Rand
	svc  *shadowtest.Service
	disk *crashfs.FS

	wishes sync.WaitGroup

	rules  shadow.Rules
	meddle bool // others write to reported, and delete the shadow

	s    *shadow.Shadow[map[string]any, map[string]any]
	stop func()

	mu     sync.Mutex
	config json.RawMessage // what is applied
}

func (m *model) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// boot starts the program: what it once reported is what it still has applied.
func (m *model) boot() {
	s, err := shadow.BindFS(m.svc.Conn("dev"), "thing", &shadow.Options[map[string]any, map[string]any]{
		Dir:            "/state",
		RequestTimeout: 5 * time.Second,
		Rules:          m.rules,
		OnDelta: func(ctx context.Context, c shadow.Change[map[string]any]) error {
			m.mu.Lock()
			slow := m.rng.IntN(3) == 0
			m.mu.Unlock()
			if slow {
				select {
				case <-time.After(3 * time.Second):
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			m.mu.Lock()
			defer m.mu.Unlock()
			config, err := m.rules.Merge(m.config, c.Delta)
			m.config = config
			return err
		},
	}, m.disk)
	m.must(err)
	doc, _ := s.State()
	m.config, err = json.Marshal(doc.Reported)
	m.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Run(ctx) }()
	m.s = s
	m.stop = func() { cancel(); <-done }
}

func (m *model) value() string {
	return []string{"1", "2", "3.0", `"x"`, "[1,2]", "[]", "{}", `{"n":1}`, `{"n":{"o":2},"p":3}`, "null", `{"n":null,"p":1}`}[m.rng.IntN(11)]
}

func (m *model) step() {
	m.mu.Lock()
	op, k := m.rng.IntN(21), m.rng.IntN(4)
	value, other := m.value(), m.value()
	pause := time.Duration(m.rng.IntN(2000)) * time.Millisecond
	m.mu.Unlock()
	switch {
	case op < 6:
		m.must(m.svc.SetDesired("thing", "", fmt.Appendf(nil, `{"d%d":%s,"d9":%s}`, k, value, other)))
	case op < 11:
		m.must(m.s.Report(context.Background(), func(r *map[string]any) error {
			if *r == nil {
				*r = map[string]any{}
			}
			delete(*r, fmt.Sprint("r", k))
			var v any
			if err := json.Unmarshal([]byte(value), &v); err != nil {
				return err
			}
			if v != nil {
				(*r)[fmt.Sprint("r", k)] = v
			}
			return nil
		}))
	case op < 12 && m.meddle: // a meddler writes to what the device reported
		m.must(m.svc.SetReported("thing", "", fmt.Appendf(nil, `{"r%d":%s}`, k, value)))
	case op < 13 && m.meddle: // another program's field
		m.must(m.svc.SetReported("thing", "", fmt.Appendf(nil, `{"f%d":%s}`, k, value)))
	case op < 14:
		m.svc.Disconnect("dev")
	case op < 17:
		m.svc.Connect("dev")
	case op < 18 && m.meddle:
		_ = m.svc.Delete("thing", "")
	case op < 19:
		m.desire(fmt.Sprint("d", k), value)
	case op < 20:
		m.stop()
		m.boot()
	default:
		m.crash()
	}
	time.Sleep(pause)
}

// desire is the device's own wish, as from a knob; it may get lost with the
// connection.
func (m *model) desire(key, value string) {
	s := m.s
	m.wishes.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_ = s.Desire(ctx, func(d *map[string]any) error {
			if *d == nil {
				*d = map[string]any{}
			}
			var v any
			if err := json.Unmarshal([]byte(value), &v); err != nil {
				return err
			}
			delete(*d, key)
			if v != nil {
				(*d)[key] = v
			}
			return nil
		})
	})
}

// crash is a power cut: the connection goes, and of the program only what the
// disk kept is left.
func (m *model) crash() {
	m.svc.Disconnect("dev")
	m.disk.CrashAt(1)
	m.stop()
	m.disk = m.disk.Reboot()
	m.svc.Connect("dev")
	m.boot()
}

func (m *model) faults(msg shadowtest.Message) shadowtest.Action {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch m.rng.IntN(20) {
	case 0, 1:
		return shadowtest.Action{Drop: true}
	case 2, 3:
		return shadowtest.Action{Duplicate: 1 + m.rng.IntN(2)}
	case 4, 5, 6:
		return shadowtest.Action{Delay: time.Duration(m.rng.IntN(8000)) * time.Millisecond}
	case 7:
		return shadowtest.Action{Disconnect: true, Drop: m.rng.IntN(2) == 0}
	case 8:
		return shadowtest.Action{Reject: []int{429, 500, 409, 403}[m.rng.IntN(4)]}
	}
	return shadowtest.Action{}
}

// quiet ends the faults and lets everything that is under way happen. On even
// seeds the connection is made anew then; on odd ones it stands, and the hourly
// look at the document has to find what a lost message left behind. It returns
// the requests that the device needed.
func (m *model) quiet(seed uint64) shadowtest.Stats {
	m.svc.Script(nil)
	wait := 10 * time.Minute
	if seed%2 == 0 {
		m.svc.Disconnect("dev")
		settle(time.Minute)
	} else {
		m.svc.Connect("dev")
		settle(5 * time.Minute) // time-outs, and the longest wait before a request is tried again
		wait = 62 * time.Minute
	}
	m.wishes.Wait()
	before := m.svc.Stats("thing", "")
	m.svc.Connect("dev")
	settle(wait)
	after := m.svc.Stats("thing", "")
	return shadowtest.Stats{
		Gets:     after.Gets - before.Gets,
		Updates:  after.Updates - before.Updates,
		Deletes:  after.Deletes - before.Deletes,
		Rejected: after.Rejected - before.Rejected,
	}
}

// meddle is whether others write to the device's reported state, and delete the
// shadow, too.
func converge(t *testing.T, seed uint64, meddle bool) {
	synctest.Test(t, func(t *testing.T) {
		rules := shadow.Rules{EmptyIsAbsent: seed%8 == 7}
		m := &model{
			t: t, rng: rand.New(rand.NewPCG(seed, 1)), svc: shadowtest.New(&shadowtest.Options{Rules: rules}),
			disk: crashfs.New(seed), rules: rules, meddle: meddle,
		}
		m.svc.Script(m.faults)
		m.boot()
		for range 5 + m.rng.IntN(30) {
			m.step()
		}
		requests := m.quiet(seed)
		defer m.stop()

		if requests.Gets > 1 || requests.Updates > 2 || requests.Deletes > 0 {
			t.Errorf("%+v after quiet; want at most 1 get and 2 updates", requests)
		}
		doc, _ := m.svc.Document("thing", "")
		state, f := m.s.State()
		if !f.Synced || f.Pending || f.Err != nil || f.Refused != nil {
			t.Errorf("Freshness = %+v; want everything settled", f)
		}
		if doc.Delta != nil {
			t.Errorf("delta in the cloud = %s; want none", doc.Delta)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		if left, err := rules.Delta(doc.Desired, m.config); err != nil || string(left) != "{}" {
			t.Errorf("not applied: %s, %v; desired %s, applied %s", left, err, doc.Desired, m.config)
		}
		want, err := json.Marshal(state.Reported)
		m.must(err)
		if string(want) == "null" {
			want = raw("{}")
		}
		// What others wrote in fields that the device never had, or inside its
		// objects, is not the device's to delete.
		left, err := rules.Delta(want, doc.Reported)
		if !meddle {
			left, err = rules.Diff(orEmpty(doc.Reported), want)
		}
		if err != nil || string(left) != "{}" {
			t.Errorf("the cloud's reported is %s; want %s", doc.Reported, want)
		}
		if t.Failed() {
			t.Logf("seed %d: document %s %s", seed, doc.Desired, doc.Reported)
		}
	})
}

func orEmpty(doc raw) raw {
	if doc == nil {
		return raw("{}")
	}
	return doc
}

// interleavings runs random histories, on all processors, and prints where
// their seeds start. BRINK_LONG runs many, BRINK_SEED starts at a given one.
func interleavings(t *testing.T, few, many uint64, f func(t *testing.T, seed uint64)) {
	t.Helper()
	n := few
	if os.Getenv("BRINK_LONG") != "" {
		n = many
	}
	base := rand.Uint64() >> 16
	if s := os.Getenv("BRINK_SEED"); s != "" {
		var err error
		if base, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d histories, seeds from %d", n, base)
	var next atomic.Uint64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < n && !t.Failed(); i = next.Add(1) - 1 {
				if seed := base + i; !t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) { f(t, seed) }) {
					t.Logf("again with BRINK_SEED=%d", seed)
				}
			}
		})
	}
	wg.Wait()
}

// After random edits on both sides, lost, doubled, late and refused messages,
// offline spells, restarts and power cuts, a quiet connection brings the two
// sides together, in one get and two updates.
func TestConvergence(t *testing.T) {
	interleavings(t, 200, 100_000, func(t *testing.T, seed uint64) { converge(t, seed, seed%4 < 2) })
}

// A device that reports few fields out of many leaves nothing behind, even when
// it crashed between reporting and taking back.
func TestNothingLeftBehind(t *testing.T) {
	interleavings(t, 25, 5_000, func(t *testing.T, seed uint64) {
		synctest.Test(t, func(t *testing.T) {
			m := &model{t: t, rng: rand.New(rand.NewPCG(seed, 2)), svc: shadowtest.New(nil), disk: crashfs.New(seed)}
			m.svc.Script(m.faults)
			m.boot()
			for range 40 {
				m.quietStep()
			}
			m.quiet(seed)
			defer m.stop()
			doc, _ := m.svc.Document("thing", "")
			state, _ := m.s.State()
			var cloud map[string]any
			if doc.Reported != nil {
				m.must(json.Unmarshal(doc.Reported, &cloud))
			}
			have, want := slices.Sorted(maps.Keys(cloud)), slices.Sorted(maps.Keys(state.Reported))
			if !slices.Equal(have, want) {
				t.Errorf("fields in the cloud %v; want %v", have, want)
			}
		})
	})
}

// quietStep is a report of few fields out of many, or a connection fault,
// restart or power cut.
func (m *model) quietStep() {
	m.mu.Lock()
	r := m.rng.IntN(10)
	m.mu.Unlock()
	switch {
	case r < 6:
		m.mu.Lock()
		add, drop := m.rng.IntN(30), m.rng.IntN(30)
		m.mu.Unlock()
		m.must(m.s.Report(context.Background(), func(r *map[string]any) error {
			if *r == nil {
				*r = map[string]any{}
			}
			(*r)[fmt.Sprint("r", add)] = add
			delete(*r, fmt.Sprint("r", drop))
			return nil
		}))
		time.Sleep(200 * time.Millisecond)
	case r < 7:
		m.svc.Disconnect("dev")
	case r < 8:
		m.svc.Connect("dev")
		time.Sleep(3 * time.Second)
	default:
		m.crash()
	}
}
