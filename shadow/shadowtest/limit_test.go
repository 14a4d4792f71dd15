package shadowtest_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/shadow/shadowtest"
)

// codes counts answers by their codes; 0 are those that were accepted.
func codes(answers []string) map[int]int {
	n := map[int]int{}
	for _, a := range answers {
		topic, payload, _ := strings.Cut(a, " ")
		code := 0
		if strings.HasSuffix(topic, "/rejected") {
			_, _ = fmt.Sscanf(payload, `{"code":%d`, &code)
		}
		n[code]++
	}
	return n
}

func TestRate(t *testing.T) {
	for _, tt := range []struct {
		name        string
		rate        int
		first, then map[int]int // answers to 50 gets at once, and 300 ms later again
	}{
		{"the service's", 20, map[int]int{0: 20, 429: 30}, map[int]int{0: 6, 429: 44}},
		{"another", 30, map[int]int{0: 30, 429: 20}, map[int]int{0: 9, 429: 41}},
		{"none", 0, map[int]int{0: 50}, map[int]int{0: 50}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := shadowtest.New(&shadowtest.Options{Rate: tt.rate})
				for i := range 60 { // the HTTPS interface has a limit of its own
					if err := svc.SetDesired("hub", "", fmt.Appendf(nil, `{"n":%d}`, i)); err != nil {
						t.Fatal(err)
					}
				}
				c := connect(t, svc, "$aws/things/hub/shadow/")
				other := connect(t, svc, "$aws/things/other/shadow/")
				burst := func() map[int]int {
					c.mu.Lock()
					c.got = nil
					c.mu.Unlock()
					for range 50 {
						if err := c.c.Publish(t.Context(), "$aws/things/hub/shadow/get", []byte(`{"clientToken":"t"}`)); err != nil {
							t.Fatal(err)
						}
					}
					synctest.Wait()
					return codes(c.arrived())
				}
				if diff := cmp.Diff(tt.first, burst()); diff != "" {
					t.Errorf("answers to 50 gets (-want +got):\n%s", diff)
				}
				if got := other.ask("update", `{"state":{}}`); len(got) != 2 {
					t.Errorf("another thing got %v; want accepted and documents", got)
				}
				time.Sleep(300 * time.Millisecond)
				if diff := cmp.Diff(tt.then, burst()); diff != "" {
					t.Errorf("answers to 50 gets, 300 ms later (-want +got):\n%s", diff)
				}
				want := shadowtest.Stats{Gets: 100, Updates: 60, Rejected: tt.first[429] + tt.then[429], Throttled: tt.first[429] + tt.then[429]}
				if diff := cmp.Diff(want, svc.Stats("hub", "")); diff != "" {
					t.Errorf("Stats (-want +got):\n%s", diff)
				}
				time.Sleep(time.Hour)
				if tt.rate < 0 {
					return
				}
				if diff := cmp.Diff(tt.first, burst()); diff != "" {
					t.Errorf("answers to 50 gets after an hour (-want +got):\n%s", diff)
				}
				for _, a := range c.arrived()[tt.first[0]:] {
					if want := `get/rejected {"code":429,"message":"TOO_MANY_REQUESTS",`; !strings.HasPrefix(a, want) || !strings.HasSuffix(a, `"clientToken":"t"}`) {
						t.Fatalf("answer = %s; want %s and the token", a, want)
					}
				}
			})
		})
	}
}

// What a connection has under way ends with it.
func TestInFlightAfterAReconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(&shadowtest.Options{Latency: time.Second})
		c := connect(t, svc, "$aws/things/hub/shadow/")
		for range 10 {
			if err := c.c.Publish(t.Context(), "$aws/things/hub/shadow/update", []byte(`{"state":{}}`)); err != nil {
				t.Fatal(err)
			}
		}
		svc.Disconnect("client")
		svc.Connect("client")
		c = connect(t, svc, "$aws/things/hub/shadow/")
		for range 10 {
			if err := c.c.Publish(t.Context(), "$aws/things/hub/shadow/get", nil); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if diff := cmp.Diff(map[int]int{0: 30}, codes(c.arrived())); diff != "" {
			t.Errorf("answers to ten updates of before and ten gets (-want +got):\n%s", diff)
		}
		if doc, _ := svc.Document("hub", ""); doc.Version != 10 {
			t.Errorf("version = %d; want 10: what was under way was carried out", doc.Version)
		}
	})
}

// A broker does not tell who published: there, things are counted.
func TestInFlightServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(&shadowtest.Options{Latency: time.Second, InFlight: 3})
		b := new(hall)
		ctx, cancel := context.WithCancel(t.Context())
		go svc.Serve(ctx, b)
		defer cancel()
		var mu sync.Mutex
		got := map[string]int{}
		counts := func() map[string]int {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			return maps.Clone(got)
		}
		if _, err := b.Subscribe(ctx, []string{"$aws/things/+/shadow/get/rejected"}, func(topic string, payload []byte) {
			mu.Lock()
			defer mu.Unlock()
			got[strings.Split(topic, "/")[2]+string(payload[7:11])]++
		}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for range 5 {
			b.Publish(ctx, "$aws/things/a/shadow/get", nil)
			b.Publish(ctx, "$aws/things/b/shadow/get", nil)
		}
		if diff := cmp.Diff(map[string]int{"a:429": 2, "b:429": 2}, counts()); diff != "" {
			t.Errorf("at once (-want +got):\n%s", diff)
		}
		time.Sleep(2 * time.Second)
		if diff := cmp.Diff(map[string]int{"a:429": 2, "b:429": 2, "a:404": 3, "b:404": 3}, counts()); diff != "" {
			t.Errorf("in the end (-want +got):\n%s", diff)
		}
	})
}
