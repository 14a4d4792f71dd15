package shadowtest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/shadow"
	"github.com/brinkml/brink/shadow/shadowtest"
)

func TestLinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		c := svc.Conn("a")
		ctx, cancel := context.WithCancel(t.Context())
		var links []context.Context
		done := make(chan struct{})
		go func() {
			defer close(done)
			for l := range c.Links(ctx) {
				links = append(links, l)
			}
		}()
		synctest.Wait()
		if len(links) != 1 || links[0].Err() != nil {
			t.Fatalf("%d links at first; want one that stands", len(links))
		}
		svc.Disconnect("a")
		svc.Disconnect("a")
		if links[0].Err() == nil {
			t.Error("the link stands after Disconnect")
		}
		if err := c.Publish(ctx, "x", nil); !errors.Is(err, shadow.ErrNoLink) {
			t.Errorf("Publish without a link = %v; want ErrNoLink", err)
		}
		if _, err := c.Subscribe(ctx, []string{"x"}, nil); !errors.Is(err, shadow.ErrNoLink) {
			t.Errorf("Subscribe without a link = %v; want ErrNoLink", err)
		}
		svc.Connect("a")
		svc.Connect("a")
		synctest.Wait()
		if len(links) != 2 {
			t.Errorf("%d links; want 2", len(links))
		}
		cancel()
		<-done
		if svc.Conn("a") != c {
			t.Error("Conn of the same client is another")
		}
	})
}

func TestSubscriptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		c := svc.Conn("a")
		if _, err := c.Subscribe(t.Context(), make([]string, 9), nil); err == nil {
			t.Error("Subscribe to nine topics = nil; want an error")
		}
		n := 0
		cancel, err := c.Subscribe(t.Context(), []string{"x"}, func(string, []byte) { n++ })
		if err != nil {
			t.Fatal(err)
		}
		say := func() {
			if err := c.Publish(t.Context(), "x", nil); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		say()
		cancel()
		say()
		if _, err := c.Subscribe(t.Context(), []string{"x"}, func(string, []byte) { n += 10 }); err != nil {
			t.Fatal(err)
		}
		svc.Disconnect("a")
		svc.Connect("a")
		say() // a subscription belongs to its link
		if n != 1 {
			t.Errorf("handlers called: %d; want once", n)
		}
		if err := c.Publish(t.Context(), "x", make([]byte, 128<<10+1)); err == nil {
			t.Error("Publish of more than 128 KiB = nil; want an error")
		}
	})
}

func TestScript(t *testing.T) {
	const accepted = "update/accepted"
	tests := []struct {
		name   string
		topic  string // of the message that something befalls
		act    shadowtest.Action
		want   []string // topics that arrive, within a minute
		writes int
	}{
		{"nothing", accepted, shadowtest.Action{}, []string{"update/accepted", "update/delta", "update/documents"}, 1},
		{"request lost", "update", shadowtest.Action{Drop: true}, nil, 0},
		{"answer lost", accepted, shadowtest.Action{Drop: true}, []string{"update/delta", "update/documents"}, 1},
		{"answer twice", accepted, shadowtest.Action{Duplicate: 1}, []string{"update/accepted", "update/accepted", "update/delta", "update/documents"}, 1},
		{"answer late", accepted, shadowtest.Action{Delay: time.Second}, []string{"update/delta", "update/documents", "update/accepted"}, 1},
		{"request late", "update", shadowtest.Action{Delay: time.Second}, []string{"update/accepted", "update/delta", "update/documents"}, 1},
		{"request twice", "update", shadowtest.Action{Duplicate: 1}, []string{"update/accepted", "update/delta", "update/documents", "update/accepted", "update/delta", "update/documents"}, 2},
		{"refused", "update", shadowtest.Action{Reject: 500}, []string{"update/rejected"}, 0},
		{"cut after the request", "update", shadowtest.Action{Disconnect: true}, nil, 1},
		{"cut before the request", "update", shadowtest.Action{Disconnect: true, Drop: true}, nil, 0},
		{"cut after an answer", accepted, shadowtest.Action{Disconnect: true}, []string{"update/accepted"}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := shadowtest.New(nil)
				c := connect(t, svc, "$aws/things/hub/shadow/")
				svc.Script(func(m shadowtest.Message) shadowtest.Action {
					if m.ClientID != "client" {
						t.Errorf("ClientID = %q; want client", m.ClientID)
					}
					if m.Topic == "$aws/things/hub/shadow/"+tt.topic && m.ToService == (tt.topic == "update") {
						return tt.act
					}
					return shadowtest.Action{}
				})
				c.ask("update", `{"state":{"desired":{"a":1}}}`)
				time.Sleep(time.Minute)
				synctest.Wait()
				var topics []string
				for _, m := range c.arrived() {
					topic, _, _ := strings.Cut(m, " ")
					topics = append(topics, topic)
				}
				if diff := cmp.Diff(tt.want, topics); diff != "" {
					t.Errorf("arrived (-want +got):\n%s", diff)
				}
				if doc, _ := svc.Document("hub", ""); doc.Version != int64(tt.writes) {
					t.Errorf("version = %d; want %d", doc.Version, tt.writes)
				}
				if err := c.c.Publish(t.Context(), "x", nil); err != nil {
					t.Errorf("Publish a minute later = %v; want the connection back", err)
				}
			})
		})
	}
}

func TestInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(&shadowtest.Options{Latency: time.Second})
		c := connect(t, svc, "$aws/things/hub/shadow/")
		for range 12 {
			if err := c.c.Publish(t.Context(), "$aws/things/hub/shadow/get", nil); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		codes := map[string]int{}
		for _, m := range c.arrived() {
			codes[m[len(`get/rejected {"code":`):][:3]]++
		}
		if diff := cmp.Diff(map[string]int{"404": 10, "429": 2}, codes); diff != "" {
			t.Errorf("answers to 12 gets at once (-want +got):\n%s", diff)
		}
		if got := c.ask("get", ""); len(got) != 0 {
			t.Errorf("answered before the latency is over: %v", got)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := c.arrived(); len(got) != 1 || !strings.Contains(got[0], "404") {
			t.Errorf("after a pause: %v; want one answer, 404", got)
		}
	})
}
