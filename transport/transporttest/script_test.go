package transporttest_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/transporttest"
)

// A broker that does not like one topic, as some brokers do: the client is
// thrown out, and nothing tells it why.
func ExampleScript_deny() {
	b, err := transporttest.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()
	b.Script(transporttest.Script{Deny: func(m transporttest.Message) transporttest.Denial {
		if strings.HasPrefix(m.Topic, "secret/") {
			return transporttest.DenyClose
		}
		return transporttest.Allow
	}})
	c, err := b.Dial(context.Background(), "tcp", "memory")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	hello := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	hello.ProtocolName, hello.ProtocolVersion, hello.CleanSession = "MQTT", 4, true
	for _, p := range []packets.ControlPacket{hello, publish(1, "open/a", "x"), publish(2, "secret/a", "x")} {
		p.Write(c)
		answer, err := packets.ReadPacket(c)
		fmt.Printf("%T %v\n", answer, err)
	}
	fmt.Println(len(b.Messages()), "recorded,", len(b.Denied()), "denied")
	// Output:
	// *packets.ConnackPacket <nil>
	// *packets.PubackPacket <nil>
	// <nil> EOF
	// 1 recorded, 1 denied
}

// The third of five messages is denied, and all five are on their way.
func TestDeny(t *testing.T) {
	for _, tc := range []struct {
		how      transporttest.Denial
		acked    []uint16
		recorded int
		closed   bool
	}{
		{transporttest.Allow, []uint16{1, 2, 3, 4, 5}, 5, false},
		{transporttest.DenyAck, []uint16{1, 2, 3, 4, 5}, 4, false},
		{transporttest.DenyAckClose, []uint16{1, 2, 3}, 2, true},
		{transporttest.DenyClose, []uint16{1, 2}, 2, true},
	} {
		t.Run(fmt.Sprint(tc.how), func(t *testing.T) {
			b, err := transporttest.New(nil)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			b.Script(transporttest.Script{Deny: func(m transporttest.Message) transporttest.Denial {
				if m.Topic == "no" {
					return tc.how
				}
				return transporttest.Allow
			}})
			c := connect(t, b, "c")
			sent := make(chan struct{})
			go func() {
				defer close(sent)
				for i := uint16(1); i <= 5; i++ {
					topic := "t"
					if i == 3 {
						topic = "no"
					}
					if publish(i, topic, "").Write(c.c) != nil {
						return
					}
				}
			}()
			var acked []uint16
			for len(acked) < len(tc.acked) {
				p, ok := c.receive().(*packets.PubackPacket)
				if !ok {
					break
				}
				acked = append(acked, p.MessageID)
			}
			if !slices.Equal(acked, tc.acked) {
				t.Errorf("PUBACK for %v; want %v", acked, tc.acked)
			}
			if tc.closed {
				if p := c.receive(); p != nil {
					t.Errorf("%v after that; want the end", p)
				}
			}
			<-sent
			if n := len(b.Messages()); n != tc.recorded {
				t.Errorf("%d recorded; want %d", n, tc.recorded)
			}
			if n := len(b.Denied()); (n == 1) != (tc.how != transporttest.Allow) {
				t.Errorf("%d denied", n)
			}
			if v := b.Stats().Violations; len(v) > 0 {
				t.Errorf("violations %q", v)
			}
		})
	}
}

func TestMalformed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := transporttest.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		b.Script(transporttest.Script{Malformed: func(transporttest.Message) bool { return true }})
		d, err := mqtt.New(&mqtt.Options{Broker: "tcp://memory", Dial: b.Dial})
		if err != nil {
			t.Fatal(err)
		}
		s, err := d.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		done := make(chan error, 1)
		s.Publish(t.Context(), transport.Packet{Topic: "t", QoS: 1}, func(err error) { done <- err })
		var protocol *mqtt.ProtocolError
		if err := <-done; !errors.As(err, &protocol) {
			t.Errorf("publish = %v; want a *ProtocolError", err)
		}
		if n := len(b.Messages()); n != 1 {
			t.Errorf("%d recorded; want 1", n)
		}
	})
}

func TestCloseAfter(t *testing.T) {
	b, err := transporttest.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	b.Script(transporttest.Script{CloseAfter: 3})
	for range 2 {
		c := connect(t, b, "c")
		for i := uint16(1); i <= 3; i++ {
			c.send(publish(i, "t", ""))
			if p, ok := c.receive().(*packets.PubackPacket); !ok || p.MessageID != i {
				t.Fatalf("answer %d is %v; want its PUBACK", i, p)
			}
		}
		if p := c.receive(); p != nil {
			t.Errorf("%v after three packets; want the end", p)
		}
	}
}

func TestReadEvery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := transporttest.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		c := connect(t, b, "c")
		b.Script(transporttest.Script{ReadEvery: time.Minute})
		began := time.Now()
		for i := uint16(1); i <= 3; i++ {
			c.send(publish(i, "t", ""))
			c.receive()
			if took, want := time.Since(began), time.Duration(i)*time.Minute; took != want {
				t.Errorf("PUBACK %d after %v; want %v", i, took, want)
			}
		}
		c.send(publish(4, "t", ""))
		time.Sleep(time.Second)
		b.Script(transporttest.Script{})
		c.receive()
		if took, want := time.Since(began), 3*time.Minute+time.Second; took != want {
			t.Errorf("PUBACK after %v; want it at once with a new script, after %v", took, want)
		}
	})
}

// A broker that was killed while it wrote leaves half a line; the next one with
// the same file does not make it worse.
func TestOracleAfterKill(t *testing.T) {
	name := filepath.Join(t.TempDir(), "oracle")
	publishOne := func(id uint16, payload string) {
		b, err := transporttest.New(&transporttest.Options{Oracle: name})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		c := connect(t, b, "c")
		c.send(publish(id, "t", payload))
		if _, ok := c.receive().(*packets.PubackPacket); !ok {
			t.Fatal("no PUBACK")
		}
	}
	payloads := func() (all []string) {
		messages, err := transporttest.ReadOracle(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range messages {
			all = append(all, string(m.Payload))
		}
		return all
	}
	publishOne(1, "one")
	publishOne(2, strings.Repeat("two", 3000)) // more than one block of the search
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	first := bytes.IndexByte(whole, '\n') + 1
	for _, cut := range []int{len(whole), len(whole) - 1, len(whole) - 2, first + 5000, first + 1, first, first - 1, 1, 0} {
		if err := os.WriteFile(name, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		want := bytes.Count(whole[:cut], []byte("\n"))
		if got := payloads(); len(got) != want {
			t.Errorf("cut at %d: %d messages; want %d", cut, len(got), want)
		}
		publishOne(3, "three")
		if got := payloads(); len(got) != want+1 || got[want] != "three" {
			t.Errorf("cut at %d: %d messages after the next broker; want %d", cut, len(got), want+1)
		}
	}
	damaged := append([]byte("{\n"), whole...)
	if err := os.WriteFile(name, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := transporttest.ReadOracle(name); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("ReadOracle with damage in the middle = %v; want an error", err)
	}
}

func TestAuthority(t *testing.T) {
	a, err := transporttest.NewAuthority("a")
	if err != nil {
		t.Fatal(err)
	}
	server, err := a.Server(true)
	if err != nil {
		t.Fatal(err)
	}
	certPEM, keyPEM, err := a.Issue("device", time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	b, err := transporttest.New(&transporttest.Options{TLS: server})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	d, err := mqtt.New(&mqtt.Options{
		Broker: "tls://localhost", Dial: b.Dial,
		TLS: &tls.Config{RootCAs: a.Pool(), Certificates: []tls.Certificate{pair}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}
