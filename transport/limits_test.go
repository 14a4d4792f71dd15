package transport_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/transporttest"
)

// tuned is a dialer with a profile, problems, and sessions that a test gets its
// hands on.
type tuned struct {
	transport.Dialer
	profile  *transport.Profile
	problems []error
	session  func(transport.Session) transport.Session
	dials    []time.Time
}

func (d *tuned) Profile() *transport.Profile { return d.profile }

func (d *tuned) Problems() []error { return d.problems }

func (d *tuned) Dial(ctx context.Context) (transport.Session, error) {
	d.dials = append(d.dials, time.Now())
	s, err := d.Dialer.Dial(ctx)
	if err == nil && d.session != nil {
		s = d.session(s)
	}
	return s, err
}

// What the broker would not take is refused by Publish and Subscribe, with the
// reason, before anything is stored.
func TestProfileRefuses(t *testing.T) {
	out := mustOpen(t, t.TempDir(), &tuned{Dialer: noDialer{}, profile: transport.AWSIoTCore()}, nil)
	nothing := func(context.Context, transport.Inbound) {}
	deep, long := strings.Repeat("a/", 8)+"a", strings.Repeat("a", 257)
	for _, tc := range []struct {
		name string
		err  error
		want string
	}{
		{"deep", publishError(out, deep, nil), "8 slashes; AWS IoT Core takes 7"},
		{"long", publishError(out, long, nil), "257 bytes; AWS IoT Core takes 256"},
		{"large", publishError(out, "t", make([]byte, 128<<10+1)), "131073 bytes; the limit is 131072"},
		{"filter", second(out.Subscribe(t.Context(), deep, 1, nothing)), "8 slashes"},
		{"retained", second(out.Publish(t.Context(), transport.Message{Topic: "$aws/rules/rule/a", Retain: true})), "retains nothing"},
		{"no rule", publishError(out, "$aws/rules/a-b/c", nil), "names no rule"},
		{"ingest filter", second(out.Subscribe(t.Context(), "$aws/rules/rule/#", 1, nothing)), "Basic Ingest"},
		{"direct", out.Conn().Publish(t.Context(), deep, nil), "8 slashes"},
		{"direct filter", second(out.Conn().Subscribe(t.Context(), []string{long}, func(string, []byte) {})), "257 bytes"},
	} {
		if tc.err == nil || !strings.Contains(tc.err.Error(), tc.want) {
			t.Errorf("%s: %v; want an error with %q", tc.name, tc.err, tc.want)
		}
	}
	if err := publishError(out, "$aws/rules/rule/"+strings.Repeat("a/", 7)+"a", nil); err != nil {
		t.Errorf("Basic Ingest: %v", err)
	}
	if l := out.Stats().Lane(transport.DefaultLane); l.Accepted != 1 || l.Bytes > 200 {
		t.Errorf("stats %+v; want the one message", l)
	}
	for _, o := range []*transport.Options{{Window: 11}, {MaxPayload: 101}} {
		p := &transport.Profile{MaxWindow: 10, MaxPayload: 100}
		if _, err := transport.Open(t.TempDir(), &tuned{Dialer: noDialer{}, profile: p}, o); err == nil {
			t.Errorf("Open(%+v) within %+v = nil; want an error", o, p)
		}
	}
}

func publishError(out *transport.Outbox, topic string, payload []byte) error {
	_, err := out.Publish(context.Background(), transport.Message{Topic: topic, Payload: payload})
	return err
}

func second[T any](_ T, err error) error { return err }

// The limits of AWS IoT Core, 100 packets and 512 KiB a second, are held and
// used: no second has more than 101, and a backlog takes 1 % more time than at
// the limit.
func TestProfileRate(t *testing.T) {
	for _, tc := range []struct {
		name          string
		n, size, want int // want: messages a second
	}{
		{"packets", 1500, 10, 100},
		{"bytes", 300, 32 << 10, 16},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, d := rig(t, nil)
				out := mustOpen(t, t.TempDir(), &tuned{Dialer: d, profile: transport.AWSIoTCore()}, nil)
				for range tc.n {
					mustPublish(t, out, transport.Message{Topic: "t", Payload: make([]byte, tc.size)})
				}
				run(t, out)
				drain(t, out)
				ms := b.Messages()
				took := ms[len(ms)-1].At.Sub(ms[0].At).Seconds()
				if rate := float64(len(ms)-1) / took; rate < 0.99*float64(tc.want) || rate > 1.01*float64(tc.want) {
					t.Errorf("%.2f messages a second; want %d within 1 %%", rate, tc.want)
				}
				for i := range ms {
					j := i
					for j < len(ms) && ms[j].At.Before(ms[i].At.Add(time.Second)) {
						j++
					}
					if j-i > tc.want+1 {
						t.Fatalf("%d messages within a second; want at most %d", j-i, tc.want+1)
					}
				}
			})
		})
	}
}

// Direct messages count towards the limit too.
func TestProfileRateDirect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		out := mustOpen(t, t.TempDir(), &tuned{Dialer: d, profile: &transport.Profile{PublishRate: 10}}, nil)
		run(t, out)
		synctest.Wait()
		began := time.Now()
		for range 50 {
			if err := out.Conn().Publish(t.Context(), "t", nil); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took < 4800*time.Millisecond || took > 5100*time.Millisecond {
			t.Errorf("50 messages took %v; want 5 s", took)
		}
		if n := len(b.Messages()); n != 50 {
			t.Errorf("%d arrived; want 50", n)
		}
	})
}

// Attempts to connect keep the broker's distance, also after a connection that
// was a good one.
func TestConnectEvery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		td := &tuned{Dialer: d, profile: &transport.Profile{ConnectEvery: 3 * time.Second}}
		out := mustOpen(t, t.TempDir(), td, &transport.Options{BackoffMin: time.Millisecond, BackoffMax: time.Millisecond})
		stop := run(t, out)
		for range 30 {
			time.Sleep(time.Second)
			b.HangUp()
		}
		stop()
		if len(td.dials) < 5 {
			t.Fatalf("%d attempts in 30 s", len(td.dials))
		}
		for i := 1; i < len(td.dials); i++ {
			if gap := td.dials[i].Sub(td.dials[i-1]); gap < 3*time.Second {
				t.Errorf("attempt %d came %v after the one before; want 3 s at least", i, gap)
			}
		}
	})
}

// renewing is a session that can ask to be replaced.
type renewing struct {
	transport.Session
	renew chan struct{}
}

func (s *renewing) Renew() <-chan struct{} { return s.renew }

// A session that asks to be replaced is, at once, and nothing is sent twice.
func TestRenew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		b.Script(transporttest.Script{Latency: time.Millisecond})
		var last *renewing
		td := &tuned{Dialer: d, session: func(s transport.Session) transport.Session {
			last = &renewing{s, make(chan struct{})}
			return last
		}}
		out := mustOpen(t, t.TempDir(), td, &transport.Options{BackoffMin: time.Hour, BackoffMax: time.Hour})
		run(t, out)
		var want []string
		for i := range 600 {
			mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Append(nil, i)})
			want = append(want, fmt.Sprint(i))
			if i%200 == 199 {
				synctest.Wait()
				close(last.renew)
			}
			time.Sleep(time.Millisecond)
		}
		drain(t, out)
		time.Sleep(time.Second)
		if diff := cmp.Diff(want, payloads(b.Messages())); diff != "" {
			t.Errorf("arrived (-want +got):\n%s", diff)
		}
		if s := out.Stats(); s.Link.Connects != 4 || s.Lane(transport.DefaultLane).Resent != 0 {
			t.Errorf("stats %+v; want 4 connections and nothing sent again", s)
		}
	})
}

// refusing is a session of a protocol that can say no.
type refusing struct{ transport.Session }

func (s refusing) Publish(ctx context.Context, p transport.Packet, done func(error)) {
	if strings.Contains(string(p.Payload), "7") {
		done(&transport.RejectedError{Code: 0x87, Reason: "not authorized"})
		return
	}
	s.Session.Publish(ctx, p, done)
}

// A message that the broker refuses in so many words is set aside at once, and
// the connection goes on; of a batch, only the message in question.
func TestRejected(t *testing.T) {
	for _, batch := range []*transport.Batch{nil, {MaxMessages: 4}} {
		t.Run(fmt.Sprintf("batch=%v", batch != nil), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, d := rig(t, nil)
				td := &tuned{Dialer: d, session: func(s transport.Session) transport.Session { return refusing{s} }}
				out := mustOpen(t, t.TempDir(), td, &transport.Options{Lanes: []transport.Lane{{Name: transport.DefaultLane, Batch: batch}}})
				for i := range 20 {
					mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Append(nil, i)})
				}
				run(t, out)
				drain(t, out)
				var got []string
				for _, m := range asides(t, out) {
					got = append(got, string(m.Payload))
					if !strings.Contains(m.Reason, "not authorized (code 0x87)") {
						t.Errorf("reason %q; want the broker's", m.Reason)
					}
				}
				if diff := cmp.Diff([]string{"7", "17"}, got); diff != "" {
					t.Errorf("aside (-want +got):\n%s", diff)
				}
				s := out.Stats()
				if l := s.Lane(transport.DefaultLane); l.Acknowledged != 18 || l.Dropped[transport.DroppedPoison] != 2 {
					t.Errorf("stats %+v; want 18 acknowledged and 2 set aside", l)
				}
				if batch == nil && s.Link.Connects != 1 {
					t.Errorf("%d connections; want 1", s.Link.Connects)
				}
				if n := len(b.Messages()); batch == nil && n != 18 {
					t.Errorf("%d arrived; want 18", n)
				}
			})
		})
	}
}

// What is wrong and no reason not to open is told, in the log and in the
// statistics: what the dialer finds, and files that others can read.
func TestProblems(t *testing.T) {
	problem := errors.New("the key file can be read by others")
	d := &tuned{Dialer: noDialer{}, problems: []error{problem}}
	dir := filepath.Join(t.TempDir(), "outbox")
	var log strings.Builder
	o := &transport.Options{Logger: textLogger(&log)}
	out := mustOpen(t, dir, d, o)
	mustPublish(t, out, transport.Message{Topic: "t"})
	if got := out.Stats().Problems; !slices.Equal(got, []error{problem}) || !strings.Contains(log.String(), problem.Error()) {
		t.Errorf("Problems %v, log %q; want %v in both", got, log.String(), problem)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" {
		return // mode bits say nothing there
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	out = mustOpen(t, dir, d, o)
	if got := out.Stats().Problems; len(got) != 2 || !strings.Contains(got[0].Error(), "has mode 0755") {
		t.Errorf("Problems %v; want the mode of the directory told", got)
	}
}
