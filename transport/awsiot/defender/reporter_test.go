package defender_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/internal/durable/crashfs"
	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/defender"
)

// world is the service, a broker in memory, and a disk.
type world struct {
	t      *testing.T
	broker *shadowtest.Service
	cloud  *awsiottest.Defender
	disk   *crashfs.FS
	log    bytes.Buffer
	ended  []error // how reports ended
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, broker: shadowtest.New(nil), cloud: awsiottest.NewDefender(), disk: crashfs.New(1)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.cloud.Serve(ctx, w.broker.Conn("cloud"))
	}()
	t.Cleanup(func() { cancel(); <-done })
	synctest.Wait()
	return w
}

// run runs a reporter for a time.
func (w *world) run(d time.Duration, o defender.Options) error {
	w.t.Helper()
	o.Logger = slog.New(slog.NewTextHandler(&w.log, nil))
	o.OnReport = func(_ int64, err error) { w.ended = append(w.ended, err) }
	if o.System == nil {
		o.System = recorded()
	}
	r, err := defender.New(w.broker.Conn("dev"), "hub-7", &o)
	if err != nil {
		w.t.Fatal(err)
	}
	r.SetFS(w.disk)
	ctx, cancel := context.WithTimeout(w.t.Context(), d)
	defer cancel()
	return r.Run(ctx)
}

type doc struct {
	Header struct {
		ID int64 `json:"report_id"`
	}
	Metrics struct {
		Network *struct {
			In int `json:"bytes_in"`
		} `json:"network_stats"`
	}
	Custom map[string]any `json:"custom_metrics"`
}

func (w *world) reports() (out []doc) {
	w.t.Helper()
	for _, r := range w.cloud.Reports() {
		var d doc
		if err := json.Unmarshal(r.Payload, &d); err != nil {
			w.t.Fatal(err)
		}
		out = append(out, d)
	}
	return out
}

// counting is a system whose counter grows by 1000 bytes a sample.
type counting struct{ n uint64 }

func (c *counting) Sample() (defender.Metrics, error) {
	c.n += 1000
	return defender.Metrics{TCP: []defender.Port{}, Counters: map[string]defender.Counters{"eth0": {BytesIn: c.n}}}, nil
}

func TestReports(t *testing.T) {
	for _, short := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			err := w.run(time.Hour, defender.Options{Dir: "/state", ShortNames: short, Custom: func(context.Context) (map[string]defender.Value, error) {
				return map[string]defender.Value{
					"n": defender.Number(0), "l": defender.Numbers(), "s": defender.Strings("ä"), "i": defender.IPs(netip.IPv6Loopback()),
					"nan": defender.Number(math.NaN()), "inf": defender.Numbers(math.Inf(1)), "utf": defender.Strings("\xff"),
					"long": defender.Strings(strings.Repeat("x", 2000)), "many": defender.Numbers(make([]float64, 51)...),
					"ip": defender.IPs(netip.Addr{}), "none": {}, "a b": defender.Number(1),
				}, errors.New("one is missing")
			}})
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Run = %v", err)
			}
			got := w.cloud.Reports()
			if n := len(got); n < 11 || n > 12 || w.cloud.Refused() != 0 {
				t.Errorf("%d reports in an hour, %d refused", n, w.cloud.Refused())
			}
			for i := 1; i < len(got); i++ {
				gap := got[i].Time.Sub(got[i-1].Time)
				if gap < 300*time.Second || gap > 315*time.Second || got[i].ID <= got[i-1].ID {
					t.Errorf("report %d after %v, %d after %d", i, gap, got[i].ID, got[i-1].ID)
				}
			}
			if !short {
				for _, d := range w.reports() {
					if len(d.Custom) != 4 {
						t.Errorf("custom metrics %v; want those that can be reported", d.Custom)
					}
				}
			}
			for _, s := range []string{"name=nan", "name=inf", "name=utf", "name=long", "name=many", "name=ip", "name=none", `name="a b"`, "one is missing"} {
				if !strings.Contains(w.log.String(), s) {
					t.Errorf("the log does not say %s", s)
				}
			}
		})
	}
}

// Counters are differences to the last report that was accepted.
func TestCounters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := 0
		w.cloud.Script(func(awsiottest.DefenderReport) awsiottest.DefenderFault {
			n++
			return awsiottest.DefenderFault{Reject: map[int]string{3: defender.InvalidPayload, 4: defender.InvalidPayload}[n]}
		})
		w.run(2000*time.Second, defender.Options{System: &counting{}})
		var got []string
		for _, d := range w.reports() {
			if d.Metrics.Network == nil {
				got = append(got, "none")
				continue
			}
			got = append(got, fmt.Sprint(d.Metrics.Network.In))
		}
		if want := "[none 1000 3000 1000]"; !strings.HasPrefix(fmt.Sprint(got)+"]", want[:len(want)-1]) {
			t.Errorf("bytes in %v; want %s", got, want)
		}
	})
}

// Every code ends a report, as itself, and the next one comes in its time.
func TestEveryCode(t *testing.T) {
	for _, code := range []string{defender.InvalidPayload, defender.Throttled, "ThrottlingException", "SomethingNew"} {
		for _, anonymous := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				start := time.Now()
				w.cloud.Script(func(awsiottest.DefenderReport) awsiottest.DefenderFault {
					if time.Since(start) > 0 {
						return awsiottest.DefenderFault{Anonymous: anonymous}
					}
					return awsiottest.DefenderFault{Reject: code, Anonymous: anonymous}
				})
				w.run(650*time.Second, defender.Options{})
				rejected, ok := errors.AsType[*awsiot.RejectedError](w.ended[0])
				if !ok || rejected.Code != code || rejected.Service != "defender" || rejected.Message != "Scripted." || len(rejected.Payload) == 0 {
					t.Errorf("the report ended with %v; want %s", w.ended[0], code)
				}
				got := w.cloud.Reports()
				wait := 300 * time.Second
				if strings.Contains(code, "Thrott") {
					wait *= 2
				}
				if len(got) < 1 || got[0].Time.Sub(start) < wait || got[0].Time.Sub(start) > wait+15*time.Second {
					t.Errorf("%s: then %v", code, got)
				}
			})
		}
	}
}

// Lost answers, answers about other reports, and answers that cannot be read.
func TestAnswersAstray(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := 0
		w.cloud.Script(func(awsiottest.DefenderReport) awsiottest.DefenderFault {
			n++
			switch n {
			case 1:
				return awsiottest.DefenderFault{Silent: true}
			case 2:
				return awsiottest.DefenderFault{Answer: []byte(`{"reportId":1,"status":"REJECTED","statusDetails":{"ErrorCode":"InvalidPayload"}}`)}
			case 3:
				return awsiottest.DefenderFault{Answer: []byte(`{"status":7`)}
			}
			return awsiottest.DefenderFault{}
		})
		w.run(1000*time.Second, defender.Options{})
		if len(w.ended) < 3 || !errors.Is(w.ended[0], awsiot.ErrTimeout) || errors.Join(w.ended[1:]...) != nil {
			t.Errorf("reports ended with %v", w.ended)
		}
	})
}

// Offline nothing is queued, and a connection that flaps brings no report
// early; nor does a restart.
func TestOfflineAndRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		o := defender.Options{Dir: "/state", System: &counting{}}
		for range 40 {
			w.run(47*time.Second, o) // no multiple is one of 300: a report at the very end of a run may not be sent
		}
		n := len(w.cloud.Reports())
		if n < 6 || n > 7 || w.cloud.Refused() != 0 {
			t.Errorf("%d reports, %d refused, in 1880 s with 40 restarts", n, w.cloud.Refused())
		}
		go func() {
			for range 50 {
				w.broker.Disconnect("dev")
				time.Sleep(50 * time.Second)
				w.broker.Connect("dev")
				time.Sleep(10 * time.Second)
			}
			w.broker.Disconnect("dev")
			time.Sleep(1500 * time.Second)
			w.broker.Connect("dev")
		}()
		w.run(5000*time.Second, o)
		if m := len(w.cloud.Reports()) - n; m < 8 || m > 13 || w.cloud.Refused() != 0 {
			t.Errorf("%d reports, %d refused, in 5000 s with 50 short connections", m, w.cloud.Refused())
		}
	})
}

// The power is cut at every operation on the disk, and the clock is set back
// and ahead: no identifier comes twice, and each is above the one before.
func TestIdentifiersOnlyGrow(t *testing.T) {
	for seed := range uint64(20) {
		for at := 1; at <= 24; at++ {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				var last int64
				w.cloud.Script(func(r awsiottest.DefenderReport) awsiottest.DefenderFault {
					if r.ID <= last {
						t.Errorf("seed %d, cut at %d: identifier %d after %d", seed, at, r.ID, last)
					}
					last = r.ID
					return awsiottest.DefenderFault{}
				})
				w.disk = crashfs.New(seed)
				w.disk.CrashAt(at)
				w.run(2000*time.Second, defender.Options{Dir: "/state"})
				for range 2 {
					w.disk = w.disk.Reboot()
					w.run(1000*time.Second, defender.Options{Dir: "/state"})
				}
				if n := len(w.cloud.Reports()); n < 5 {
					t.Errorf("%d reports", n)
				}
			})
		}
	}
}

func TestRunRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		r, err := defender.New(w.broker.Conn("dev"), "hub-7", &defender.Options{Dir: "/state"})
		if err != nil {
			t.Fatal(err)
		}
		r.SetFS(w.disk)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.Run(ctx) }()
		synctest.Wait()
		if err := r.Run(ctx); !errors.Is(err, defender.ErrRunning) {
			t.Errorf("second Run = %v", err)
		}
		if err := w.run(time.Second, defender.Options{Dir: "/state"}); !errors.Is(err, defender.ErrRunning) {
			t.Errorf("Run with the same Dir = %v", err)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v", err)
		}
		broken := errors.New("broken")
		w.disk.Fail(func(string, string) error { return broken })
		if err := w.run(time.Second, defender.Options{Dir: "/other"}); !errors.Is(err, broken) {
			t.Errorf("Run on a broken disk = %v", err)
		}
	})
}

// A system without metrics says so once, and custom metrics go on.
func TestUnsupported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		custom := func(context.Context) (map[string]defender.Value, error) {
			return map[string]defender.Value{"n": defender.Number(1)}, nil
		}
		w.run(1000*time.Second, defender.Options{System: windows{}, Custom: custom})
		if n := len(w.cloud.Reports()); n < 3 || w.cloud.Refused() != 0 {
			t.Errorf("%d reports, %d refused", n, w.cloud.Refused())
		}
		if n := strings.Count(w.log.String(), "unsupported"); n != 1 {
			t.Errorf("the log says it %d times", n)
		}
		w.ended = nil
		w.run(100*time.Second, defender.Options{System: windows{}})
		if len(w.ended) != 1 || w.ended[0] == nil {
			t.Errorf("with nothing to report, reports ended with %v", w.ended)
		}
		before := len(w.cloud.Reports())
		time.Sleep(300 * time.Second)
		w.run(100*time.Second, defender.Options{NoSystem: true, Custom: custom})
		if n := len(w.cloud.Reports()) - before; n != 1 {
			t.Errorf("%d reports without the system", n)
		}
	})
}

type windows struct{}

func (windows) Sample() (defender.Metrics, error) {
	return defender.Metrics{}, &defender.UnsupportedError{System: "windows"}
}

func TestNewRefuses(t *testing.T) {
	_, err := defender.New(nil, "a/b", &defender.Options{Interval: 299 * time.Second, MaxList: 1001, Timeout: -1, NoSystem: true})
	for _, part := range []string{"connection", "thing", "Interval", "MaxList", "Timeout", "neither"} {
		if !strings.Contains(fmt.Sprint(err), part) {
			t.Errorf("New = %v; want all mistakes, %s too", err, part)
		}
	}
}
