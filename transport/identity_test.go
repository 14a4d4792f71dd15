package transport_test

import (
	"context"
	"fmt"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/transport"
)

func TestIdentity(t *testing.T) {
	for _, tc := range []struct {
		device, id string
		want       transport.Envelope
		ok         bool
	}{
		{"hub", "1753000003-alarm-17", transport.Envelope{Device: "hub", Epoch: 1753000003, Lane: "alarm", Seq: 17}, true},
		{"hub", "1-a-b--c-2", transport.Envelope{Device: "hub", Epoch: 1, Lane: "a-b--c", Seq: 2}, true},
		{"hub", fmt.Sprintf("1-a-%d", uint64(1<<63|5)), transport.Envelope{Device: "hub", Epoch: 1, Lane: "a", Seq: 1<<63 | 5}, true},
		{"", "1-a-1", transport.Envelope{}, false},
		{"hub\n", "1-a-1", transport.Envelope{}, false},
		{"hub", "", transport.Envelope{}, false},
		{"hub", "mine", transport.Envelope{}, false},
		{"hub", "1-2", transport.Envelope{}, false},
		{"hub", "1--2", transport.Envelope{}, false},
		{"hub", "0-a-1", transport.Envelope{}, false},
		{"hub", "1-a-0", transport.Envelope{}, false},
		{"hub", "01-a-1", transport.Envelope{}, false},
		{"hub", "+1-a-1", transport.Envelope{}, false},
		{"hub", "1-a-+1", transport.Envelope{}, false},
		{"hub", "1-A-1", transport.Envelope{}, false},
		{"hub", "1-a-7..9", transport.Envelope{}, false},
		{"hub", "1-a-" + fmt.Sprint(uint64(1<<63)), transport.Envelope{}, false},
		{"hub", "1-a-18446744073709551616", transport.Envelope{}, false},
	} {
		m := transport.Inbound{Device: tc.device, ID: tc.id}
		got, ok := m.Identity()
		if diff := cmp.Diff(tc.want, got); diff != "" || ok != tc.ok {
			t.Errorf("Identity of %q from %q = %v (-want +got):\n%s", tc.id, tc.device, ok, diff)
		}
	}
}

func FuzzIdentity(f *testing.F) {
	f.Add("hub", "1-a-1")
	f.Add("hub", "1-a-7..9")
	f.Fuzz(func(t *testing.T, device, id string) {
		m := transport.Inbound{Device: device, ID: id}
		if e, ok := m.Identity(); ok && fmt.Sprintf("%d-%s-%d", e.Epoch, e.Lane, e.Seq) != id {
			t.Errorf("Identity of %q = %+v", id, e)
		}
	})
}

// packets is a session that writes down what it is given and acknowledges it a
// second later, and says how much it takes.
type packets struct {
	most int
	done chan struct{}
	once sync.Once

	mu         sync.Mutex
	got        []transport.Packet
	open, peak int
}

func newPackets(most int) *packets { return &packets{most: most, done: make(chan struct{})} }

func (p *packets) Dial(context.Context) (transport.Session, error) { return p, nil }
func (p *packets) ReceiveMaximum() int                             { return p.most }
func (p *packets) Subscribe(context.Context, string, byte) error   { return nil }
func (p *packets) Unsubscribe(context.Context, string) error       { return nil }
func (p *packets) Messages() <-chan transport.Delivery             { return nil }
func (p *packets) Done() <-chan struct{}                           { return p.done }
func (p *packets) Err() error                                      { return nil }

func (p *packets) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *packets) Publish(_ context.Context, m transport.Packet, done func(error)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, m)
	p.open++
	p.peak = max(p.peak, p.open)
	time.AfterFunc(time.Second, func() {
		p.mu.Lock()
		p.open--
		p.mu.Unlock()
		done(nil)
	})
}

// What a packet says of its messages, to a protocol that carries it.
func TestPacket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPackets(math.MaxInt)
		out := mustOpen(t, t.TempDir(), p, &transport.Options{Device: "hub", Lanes: []transport.Lane{
			{Name: "alarm", Priority: 1}, {Name: "log", Batch: &transport.Batch{MaxMessages: 3, Format: transport.BatchFrames}},
		}})
		for _, m := range []transport.Message{
			{Lane: "alarm", Topic: "a"},
			{Lane: "alarm", Topic: "a", ID: "mine", Expiry: time.Hour},
			{Lane: "log", Topic: "b", Expiry: time.Hour},
			{Lane: "log", Topic: "b", Expiry: 2 * time.Hour, ID: "mine"},
			{Lane: "log", Topic: "b", Expiry: time.Hour},
			{Lane: "log", Topic: "b", Expiry: time.Hour},
			{Lane: "log", Topic: "b"},
		} {
			m.Payload = []byte("x")
			mustPublish(t, out, m)
		}
		time.Sleep(10 * time.Minute)
		run(t, out)
		drain(t, out)
		e := out.Epoch()
		type sent struct {
			ID     string
			Expiry time.Duration
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		var got []sent
		for _, m := range p.got {
			got = append(got, sent{m.ID, m.Expiry})
			if m.Device != "hub" {
				t.Errorf("device %q; want hub", m.Device)
			}
		}
		want := []sent{
			{fmt.Sprintf("%d-alarm-1", e), 0},
			{"mine", 50 * time.Minute},
			{fmt.Sprintf("%d-log-1..3", e), 110 * time.Minute},
			{fmt.Sprintf("%d-log-4..5", e), 0},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// The window is no wider than what the session's broker takes.
func TestReceiveMaximum(t *testing.T) {
	for _, most := range []int{0, 1, 7, 1000} {
		t.Run(fmt.Sprint(most), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPackets(most)
				out := mustOpen(t, t.TempDir(), p, nil)
				for range 50 {
					mustPublish(t, out, transport.Message{Topic: "a"})
				}
				run(t, out)
				time.Sleep(10 * time.Minute)
				p.mu.Lock()
				defer p.mu.Unlock()
				// The last place is the alarms'.
				if want := max(min(most, 20)-1, 1); p.peak != want || len(p.got) != 50 {
					t.Errorf("up to %d of %d in flight; want %d of 50", p.peak, len(p.got), want)
				}
			})
		})
	}
}
