package transporttest_test

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"
	"go.uber.org/goleak"

	"github.com/brinkml/brink/transport/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func Example() {
	b, err := transporttest.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()
	url, err := b.Listen("127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	c := paho.NewClient(paho.NewClientOptions().AddBroker(url).SetClientID("any client"))
	c.Connect().Wait()
	c.Publish("greeting", 1, false, "hello").Wait()
	c.Disconnect(100)
	for _, m := range b.Messages() {
		fmt.Println(m.Client, m.Topic, string(m.Payload))
	}
	// Output: any client greeting hello
}

func TestOracle(t *testing.T) {
	name := filepath.Join(t.TempDir(), "oracle")
	b, err := transporttest.New(&transporttest.Options{Oracle: name})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	c := connect(t, b, "c")
	for i := range 3 {
		c.send(publish(uint16(i+1), "t", fmt.Sprint(i)))
		if p, ok := c.receive().(*packets.PubackPacket); !ok || p.MessageID != uint16(i+1) {
			t.Fatalf("answer %v; want PUBACK %d", p, i+1)
		}
		got, err := transporttest.ReadOracle(name)
		if err != nil || len(got) != i+1 || string(got[i].Payload) != fmt.Sprint(i) {
			t.Fatalf("oracle %+v, %v when PUBACK %d is there", got, err, i+1)
		}
	}
}

func TestTakeOverAndViolations(t *testing.T) {
	b, err := transporttest.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	first := connect(t, b, "same")
	second := connect(t, b, "same")
	if p := first.receive(); p != nil {
		t.Errorf("the older connection got %v; want it closed", p)
	}
	b.Script(transporttest.Script{NoPuback: func(transporttest.Message) bool { return true }})
	second.send(publish(7, "t", ""))
	second.send(publish(7, "t", ""))
	if _, err := b.Wait(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if v := b.Stats().Violations; len(v) != 1 {
		t.Errorf("violations %q; want the reused identifier", v)
	}
	if n := b.Stats().MaxInFlight; n != 1 {
		t.Errorf("MaxInFlight = %d; want 1", n)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := b.Wait(ctx, 3); err == nil {
		t.Error("Wait for a message that does not come = nil; want an error")
	}
}

func TestMatch(t *testing.T) {
	for _, tc := range []struct {
		filter, topic string
		want          bool
	}{
		{"a/b", "a/b", true},
		{"a/b", "a", false},
		{"a", "a/b", false},
		{"+", "a", true},
		{"+", "a/b", false},
		{"+/+", "/a", true},
		{"a/+/c", "a//c", true},
		{"#", "a/b", true},
		{"a/#", "a", true},
		{"a/#", "ab", false},
		{"#", "$SYS/x", false},
		{"+/x", "$SYS/x", false},
		{"$SYS/#", "$SYS/x", true},
	} {
		if got := transporttest.Match(tc.filter, tc.topic); got != tc.want {
			t.Errorf("Match(%q, %q) = %v; want %v", tc.filter, tc.topic, got, tc.want)
		}
	}
}

// raw is a client at packet level.
type raw struct {
	t *testing.T
	c net.Conn
}

// Latency is that of a long way, on which packets travel one behind the other,
// and not of a slow broker.
func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := transporttest.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		c := connect(t, b, "c")
		b.Script(transporttest.Script{Latency: 50 * time.Millisecond})
		began := time.Now()
		const n = 20
		for i := range n {
			c.send(publish(uint16(i+1), "t", ""))
		}
		for i := range n {
			if p, ok := c.receive().(*packets.PubackPacket); !ok || p.MessageID != uint16(i+1) {
				t.Fatalf("answer %v; want PUBACK %d", p, i+1)
			}
		}
		if took := time.Since(began); took != 50*time.Millisecond {
			t.Errorf("%d answers took %v; want the latency, once", n, took)
		}
	})
}

func connect(t *testing.T, b *transporttest.Broker, id string) *raw {
	t.Helper()
	c, err := b.Dial(t.Context(), "tcp", "memory")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	r := &raw{t, c}
	p := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	p.ProtocolName, p.ProtocolVersion, p.CleanSession, p.ClientIdentifier = "MQTT", 4, true, id
	r.send(p)
	if ack, ok := r.receive().(*packets.ConnackPacket); !ok || ack.ReturnCode != 0 {
		t.Fatalf("CONNACK %v; want acceptance", ack)
	}
	return r
}

func (r *raw) send(p packets.ControlPacket) {
	r.t.Helper()
	if err := p.Write(r.c); err != nil {
		r.t.Fatal(err)
	}
}

// receive returns nil when the connection is closed.
func (r *raw) receive() packets.ControlPacket {
	p, err := packets.ReadPacket(r.c)
	if err != nil {
		return nil
	}
	return p
}

func publish(id uint16, topic, payload string) *packets.PublishPacket {
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	p.Qos, p.MessageID, p.TopicName, p.Payload = 1, id, topic, []byte(payload)
	return p
}
