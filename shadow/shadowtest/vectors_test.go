package shadowtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
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

// vector is a sequence of requests to a fresh service with all that it sends in
// return. In a wanted payload "@3" stands for the time of the third step: in
// seconds where it is the value of "timestamp", and elsewhere for the metadata
// of one value.
type vector struct {
	Name, Source  string
	Thing, Shadow string // "hub" and the classic shadow when empty
	Options       struct {
		Things      []string
		Depth, Size int
	}
	Steps []struct {
		After  string          // what passes before the step
		Op     string          // get, update or delete
		Send   json.RawMessage // the payload; none is an empty one
		Raw    string          // one that is not JSON
		Base64 []byte          // or not even text
		Want   []struct {
			Topic   string // without the shadow's prefix
			Payload json.RawMessage
		}
	}
}

func vectors(t *testing.T) []vector {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors, %v", err)
	}
	var all []vector
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var some []vector
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		if err := d.Decode(&some); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, v := range some {
			v.Name = strings.TrimSuffix(filepath.Base(file), ".json") + "/" + v.Name
			all = append(all, v)
		}
	}
	return all
}

// Every documented and observed behaviour, over a connection in memory and
// through a broker, also when the service starts anew before each request; those
// that do not take days through a grown broker as well.
func TestVectors(t *testing.T) {
	all := vectors(t)
	ways := map[string]func(*testing.T, *shadowtest.Options) shadow.Conn{
		"in memory": func(_ *testing.T, o *shadowtest.Options) shadow.Conn { return shadowtest.New(o).Conn("client") },
		"served":    func(t *testing.T, o *shadowtest.Options) shadow.Conn { return through(t, o, new(hall), func() {}) },
		"restarted": func(t *testing.T, o *shadowtest.Options) shadow.Conn {
			return &restarts{t: t, fs: crashfs.New(1), o: o}
		},
		"mochi": func(t *testing.T, o *shadowtest.Options) shadow.Conn {
			conn, stop := embedded(t)
			return through(t, o, conn, stop)
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			steps := 0
			for _, v := range all {
				if v.Source == "" {
					t.Errorf("%s has no source", v.Name)
				}
				if name == "mochi" && v.takesDays() {
					continue
				}
				steps += len(v.Steps)
				t.Run(v.Name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { play(t, v, way) })
				})
			}
			t.Logf("%d vectors, %d requests", len(all), steps)
		})
	}
}

func (v vector) takesDays() bool {
	for _, s := range v.Steps {
		if d, _ := time.ParseDuration(s.After); d > time.Hour {
			return true
		}
	}
	return false
}

// through serves on a broker and returns a client's connection to that.
func through(t *testing.T, o *shadowtest.Options, conn shadow.Conn, stop func()) shadow.Conn {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- shadowtest.New(o).Serve(ctx, conn) }()
	t.Cleanup(func() {
		cancel()
		<-done
		stop()
	})
	return conn
}

// restarts is a connection to a service that ends and starts before each
// message.
type restarts struct {
	shadow.Conn
	t    *testing.T
	fs   *crashfs.FS
	o    *shadowtest.Options
	svc  *shadowtest.Service
	hear func(shadow.Conn)
}

func (r *restarts) restart() {
	r.t.Helper()
	if r.svc != nil {
		if err := r.svc.Close(); err != nil {
			r.t.Fatal(err)
		}
	}
	var err error
	if r.svc, err = shadowtest.OpenOn(r.fs, "/d", r.o); err != nil {
		r.t.Fatal(err)
	}
	r.Conn = r.svc.Conn("client")
}

func (r *restarts) Subscribe(ctx context.Context, topics []string, h func(string, []byte)) (func(), error) {
	r.hear = func(c shadow.Conn) {
		if _, err := c.Subscribe(ctx, topics, h); err != nil {
			r.t.Fatal(err)
		}
	}
	return func() {}, nil
}

func (r *restarts) Publish(ctx context.Context, topic string, payload []byte) error {
	r.restart()
	r.hear(r.Conn)
	return r.Conn.Publish(ctx, topic, payload)
}

func play(t *testing.T, v vector, way func(*testing.T, *shadowtest.Options) shadow.Conn) {
	conn := way(t, &shadowtest.Options{
		Things: v.Options.Things,
		Limits: shadow.Limits{Depth: v.Options.Depth, Size: v.Options.Size},
	})
	if v.Thing == "" {
		v.Thing = "hub"
	}
	prefix := "$aws/things/" + v.Thing + "/shadow/"
	if v.Shadow != "" {
		prefix += "name/" + v.Shadow + "/"
	}
	var mu sync.Mutex
	var got []string
	topics := []string{
		"get/accepted", "get/rejected", "update/accepted", "update/rejected",
		"update/delta", "update/documents", "delete/accepted", "delete/rejected",
	}
	for i := range topics {
		topics[i] = prefix + topics[i]
	}
	if _, err := conn.Subscribe(t.Context(), topics, func(topic string, payload []byte) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, strings.TrimPrefix(topic, prefix), string(payload))
	}); err != nil {
		t.Fatal(err)
	}
	synctest.Wait() // Serve has subscribed
	var times []int64
	for i, s := range v.Steps {
		if s.After != "" {
			d, err := time.ParseDuration(s.After)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(d)
		}
		mu.Lock()
		got = nil
		mu.Unlock()
		times = append(times, time.Now().Unix())
		payload := append(append(append([]byte(nil), s.Send...), s.Raw...), s.Base64...)
		if err := conn.Publish(t.Context(), prefix+s.Op, payload); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		var want []any
		for _, m := range s.Want {
			want = append(want, m.Topic, at(t, parse(t, string(m.Payload)), "", times))
		}
		var have []any
		mu.Lock()
		for i := 0; i < len(got); i += 2 {
			have = append(have, got[i], parse(t, got[i+1]))
		}
		mu.Unlock()
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("step %d, %s %s (-want +got):\n%s", i+1, s.Op, payload, diff)
		}
	}
}

func parse(t *testing.T, text string) (v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// at puts times for the signs that stand for them.
func at(t *testing.T, v any, key string, times []int64) any {
	switch v := v.(type) {
	case map[string]any:
		for k, m := range v {
			v[k] = at(t, m, k, times)
		}
	case []any:
		for i, e := range v {
			v[i] = at(t, e, "", times)
		}
	case string:
		step := 0
		if n, err := fmt.Sscanf(v, "@%d", &step); n != 1 || err != nil {
			return v
		}
		second := json.Number(fmt.Sprint(times[step-1]))
		if key == "timestamp" {
			return second
		}
		return map[string]any{"timestamp": second}
	}
	return v
}
