package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// TestSessionsOutliveTheBroker has a leaf subscribe once, and hear on after a restart of the broker, until it begins anew.
func TestSessionsOutliveTheBroker(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.json")
	const topic = "$aws/things/localdevice/shadow/update/accepted"
	heard := make(chan string, 10)
	life := func(clean bool, f func(b *broker, c paho.Client, present bool)) {
		t.Helper()
		s, err := openSessions(path, quiet())
		if err != nil {
			t.Fatal(err)
		}
		b, err := startBroker("127.0.0.1:0", nil, &rules{take: func(string, string, []byte) error { return nil }, may: may}, quiet(), s)
		if err != nil {
			t.Fatal(err)
		}
		defer b.close()
		o := paho.NewClientOptions().AddBroker(b.url).SetClientID("localdevice").SetCleanSession(clean).SetProtocolVersion(4).
			SetAutoReconnect(false).SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) { heard <- string(m.Payload()) })
		c := paho.NewClient(o)
		token := c.Connect()
		if token.Wait() && token.Error() != nil {
			t.Fatal(token.Error())
		}
		defer c.Disconnect(0)
		f(b, c, token.(*paho.ConnectToken).SessionPresent())
	}
	hears := func(b *broker, want bool) {
		t.Helper()
		if err := b.Publish(t.Context(), topic, []byte("news")); err != nil {
			t.Fatal(err)
		}
		select {
		case <-heard:
			if !want {
				t.Error("the leaf hears what it has not subscribed to")
			}
		case <-time.After(map[bool]time.Duration{true: 10 * time.Second, false: 100 * time.Millisecond}[want]):
			if want {
				t.Error("the leaf does not hear")
			}
		}
	}
	done := func(token paho.Token) {
		t.Helper()
		if token.Wait() && token.Error() != nil {
			t.Fatal(token.Error())
		}
	}
	life(false, func(b *broker, c paho.Client, present bool) {
		if present {
			t.Error("a session is there before the first")
		}
		done(c.Subscribe(topic, 0, nil))
		done(c.Subscribe("hbs/localtopic", 1, nil))
		hears(b, true)
	})
	for range 2 {
		life(false, func(b *broker, c paho.Client, present bool) {
			if !present {
				t.Error("the leaf is told that its session is gone")
			}
			hears(b, true)
		})
	}
	life(false, func(b *broker, c paho.Client, _ bool) { done(c.Unsubscribe(topic)) })
	life(false, func(b *broker, c paho.Client, present bool) {
		hears(b, false)
		done(c.Subscribe(topic, 0, nil))
	})
	life(true, func(b *broker, c paho.Client, present bool) {
		if present {
			t.Error("a clean session is an old one")
		}
		hears(b, false)
	})
	life(false, func(b *broker, c paho.Client, present bool) {
		if present {
			t.Error("the session was not forgotten by the clean one")
		}
	})
}

func TestSessionsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.json")
	for _, content := range []string{"", "nonsense", "null", `{"a":7}`, `[]`} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		log := &lines{}
		s, err := openSessions(path, slog.New(slog.NewTextHandler(log, nil)))
		if err != nil || len(s.kept) > 0 || s.kept == nil || len(log.take()) != 1 {
			t.Errorf("%q: %v, %v; want no sessions, and a line in the log", content, s, err)
		}
	}
	if _, err := openSessions(t.TempDir(), quiet()); err == nil {
		t.Error("a folder was read")
	}
}
