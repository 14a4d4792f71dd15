package edge

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs the app on a goroutine and returns how to stop it and get the
// error of Run.
func start(t *testing.T, a *App) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	outcome := make(chan error, 1)
	go func() { outcome <- a.Run(ctx) }()
	return func() error {
		cancel()
		return <-outcome
	}
}

// pass lets simulated time pass, and what falls due in it happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// untilStop is a component that only waits.
func untilStop(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// of returns the status of one component.
func of(t *testing.T, a *App, name string) ComponentStatus {
	t.Helper()
	for _, c := range a.Status().Components {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("Status has no component %q", name)
	return ComponentStatus{}
}

func wantState(t *testing.T, a *App, name string, want State) {
	t.Helper()
	if got := of(t, a, name).State; got != want {
		t.Errorf("state of %s = %s; want %s", name, got, want)
	}
}

func TestCrashLoopIsBoundedAndAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New("test", nil)
		var starts int
		a.Go("broken", Func(func(context.Context) error {
			starts++
			return errors.New("i2c: no acknowledge")
		}), nil)
		// The neighbour works, and fails every 61 s.
		var last time.Time
		var widest time.Duration
		a.Go("neighbour", Func(func(ctx context.Context) error {
			if !last.IsZero() {
				widest = max(widest, time.Since(last))
			}
			for range 61 {
				last = time.Now()
				select {
				case <-time.After(time.Second):
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return errors.New("once a minute")
		}), &ComponentOptions{Restart: Restart{Healthy: time.Minute}})
		stop := start(t, a)
		time.Sleep(time.Hour)
		if err := stop(); err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
		if starts > 100 {
			t.Errorf("starts of a crash loop in an hour = %d; want at most 100", starts)
		}
		if limit := time.Second + defaultBackoffMin; widest > limit {
			t.Errorf("widest gap of the neighbour = %v; want at most %v", widest, limit)
		}
		t.Logf("%d starts in an hour, widest gap of the neighbour %v", starts, widest)
	})
}

func TestBackoffDelays(t *testing.T) {
	r := Restart{Min: 100 * time.Millisecond, Max: time.Minute}
	for n, want := range map[int]time.Duration{
		1: 100 * time.Millisecond, 2: 200 * time.Millisecond, 5: 1600 * time.Millisecond,
		10: 51200 * time.Millisecond, 11: time.Minute, 1 << 30: time.Minute,
	} {
		if got := r.delay(n, 0); got != want/2 {
			t.Errorf("delay(%d, 0) = %v; want %v", n, got, want/2)
		}
		if got := r.delay(n, 0.999999); got < want-want/1000 || got > want {
			t.Errorf("delay(%d, 0.999999) = %v; want about %v", n, got, want)
		}
	}
}

func TestHealthyRunForgivesFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New("test", &Options{Jitter: func() float64 { return 1 }})
		var starts []time.Time
		a.Go("c", Func(func(ctx context.Context) error {
			starts = append(starts, time.Now())
			if len(starts) == 4 {
				time.Sleep(5 * time.Minute)
			}
			return errors.New("failed")
		}), nil)
		stop := start(t, a)
		time.Sleep(5*time.Minute + 2*time.Second)
		if err := stop(); err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
		var gaps []time.Duration
		for i := 1; i < 6; i++ {
			gaps = append(gaps, starts[i].Sub(starts[i-1]))
		}
		ms := time.Millisecond
		if want := []time.Duration{100 * ms, 200 * ms, 400 * ms, 5*time.Minute + 100*ms, 200 * ms}; !slices.Equal(gaps, want) {
			t.Errorf("gaps between starts = %v; want %v", gaps, want)
		}
	})
}

func TestPanicIsolated(t *testing.T) {
	for name, explode := range map[string]func(ctx context.Context) error{
		"in Run":    func(context.Context) error { panic("boom") },
		"in Goexit": func(context.Context) error { runtime.Goexit(); return nil },
		"in Spawn": func(ctx context.Context) error {
			Spawn(ctx, func(context.Context) error { panic("boom") })
			return untilStop(ctx)
		},
		"in an operator's goroutine": func(ctx context.Context) error {
			for range Batch(func(func(int) bool) { panic("boom") }, 3, time.Second) {
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := New("test", nil)
				a.Go("bomb", Func(explode), nil)
				ticks := 0
				a.Go("neighbour", Every(time.Second, func(context.Context) error { ticks++; return nil }), nil)
				stop := start(t, a)
				time.Sleep(100*time.Second - 1)
				c := of(t, a, "bomb")
				if c.Restarts < 3 || !strings.Contains(c.LastError, "boom") && !strings.Contains(c.LastError, "Goexit") {
					t.Errorf("bomb = %d restarts, last error %q; want restarts and the panic", c.Restarts, c.LastError)
				}
				if err := stop(); err != nil {
					t.Errorf("Run = %v; want nil", err)
				}
				if ticks != 100 {
					t.Errorf("ticks of the neighbour in 100 s = %d; want 100", ticks)
				}
			})
		})
	}
}

func TestHangIsNoticedAndRestarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New("test", nil)
		begin := time.Now()
		var noticed time.Duration
		var cause error
		starts := 0
		a.Go("c", Func(func(ctx context.Context) error {
			starts++
			for range 5 {
				if err := Beat(ctx); err != nil {
					return err
				}
				time.Sleep(time.Second)
			}
			<-ctx.Done()
			if noticed == 0 {
				noticed, cause = time.Since(begin), context.Cause(ctx)
			}
			return ctx.Err()
		}), &ComponentOptions{Heartbeat: 8 * time.Second})
		stop := start(t, a)
		time.Sleep(13 * time.Second)
		c := of(t, a, "c")
		if c.Restarts != 1 || !strings.Contains(c.LastError, "no beat for 8s") {
			t.Errorf("after the hang: %d restarts, last error %q; want 1 and the hang", c.Restarts, c.LastError)
		}
		if err := stop(); err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
		if want := 12 * time.Second; noticed != want {
			t.Errorf("hang noticed after %v; want %v, 8 s after the last beat", noticed, want)
		}
		if !errors.Is(cause, ErrHung) {
			t.Errorf("cause = %v; want ErrHung", cause)
		}
	})
}

func TestWaitingIsNoHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New("test", nil)
		topic := NewTopic[int](a, "t", nil)
		sub := topic.Subscribe(&SubOptions{Size: 1})
		full := NewTopic[int](a, "full", nil)
		full.Subscribe(&SubOptions{Size: 1})
		o := &ComponentOptions{Heartbeat: time.Second}
		a.Go("consumer", Func(func(ctx context.Context) error {
			for range sub.All(ctx) {
			}
			return ctx.Err()
		}), o)
		a.Go("publisher", Func(func(ctx context.Context) error {
			for {
				if err := full.Publish(ctx, 1); err != nil {
					return err
				}
			}
		}), &ComponentOptions{Heartbeat: time.Second})
		a.Go("ticker", Every(time.Minute, func(context.Context) error { return nil }), o)
		a.Go("paused", Func(func(ctx context.Context) error {
			for Beat(ctx) == nil {
				time.Sleep(time.Millisecond)
			}
			return ctx.Err()
		}), o)
		if err := a.Pause("paused"); err != nil {
			t.Fatal(err)
		}
		stop := start(t, a)
		time.Sleep(10 * time.Minute)
		for _, c := range a.Status().Components {
			if c.Restarts != 0 || c.LastError != "" {
				t.Errorf("%s = %d restarts, last error %q; want none", c.Name, c.Restarts, c.LastError)
			}
		}
		if err := stop(); err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
	})
}

func TestStuckComponent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New("test", nil)
		release := make(chan struct{})
		a.Go("stuck", Func(func(context.Context) error { <-release; return nil }),
			&ComponentOptions{Heartbeat: time.Second, StopTimeout: 2 * time.Second, Critical: true})
		a.Go("neighbour", Func(untilStop), nil)
		stop := start(t, a)
		time.Sleep(2 * time.Second)
		wantState(t, a, "stuck", Stopping)
		time.Sleep(2 * time.Second)
		wantState(t, a, "stuck", Stuck)
		s := a.Status()
		if s.Health != Failing || !s.stuckCritical() {
			t.Errorf("health with a stuck critical component = %v, stuckCritical %v; want failing, true", s.Health, s.stuckCritical())
		}
		begin := time.Now()
		err := stop()
		if _, ok := errors.AsType[*StuckError](err); !ok || !strings.Contains(err.Error(), "stuck") {
			t.Errorf("Run = %v; want a StuckError that names it", err)
		}
		if d := time.Since(begin); d != 0 {
			t.Errorf("stop took %v; want none, as the patience was used up before", d)
		}
		close(release)
	})
}

func TestStuckComponentComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New("test", nil)
		var at atomic.Int32
		a.Go("slow", Func(func(ctx context.Context) error {
			if at.Add(1) > 1 {
				Beat(ctx)
				return untilStop(ctx)
			}
			time.Sleep(time.Minute)
			return nil
		}), &ComponentOptions{Heartbeat: 10 * time.Second, StopTimeout: time.Second})
		stop := start(t, a)
		time.Sleep(59 * time.Second)
		wantState(t, a, "slow", Stuck)
		if n := at.Load(); n != 1 {
			t.Errorf("runs while one is stuck = %d; want 1", n)
		}
		time.Sleep(2 * time.Second)
		wantState(t, a, "slow", Running)
		if err := stop(); err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
	})
}

func TestNeedsAndStopOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New("test", nil)
		var mu sync.Mutex
		var events []string
		say := func(s string) {
			mu.Lock()
			defer mu.Unlock()
			events = append(events, s)
		}
		component := func(name string, ready, leave time.Duration) Component {
			return Func(func(ctx context.Context) error {
				say(name + " starts")
				time.Sleep(ready)
				if err := Beat(ctx); err != nil {
					return err
				}
				<-ctx.Done()
				time.Sleep(leave)
				say(name + " stops")
				return nil
			})
		}
		beat := func(needs ...string) *ComponentOptions {
			return &ComponentOptions{Needs: needs, ReadyOnBeat: true}
		}
		a.Go("lamp", component("lamp", 0, time.Second), beat("model"))
		a.Go("model", component("model", time.Second, time.Second), beat("sensor", "migrate"))
		a.Go("sensor", component("sensor", 2*time.Second, 0), beat())
		failed := false
		a.Go("migrate", Once(func(context.Context) error {
			if !failed {
				failed = true
				return errors.New("disk is busy")
			}
			time.Sleep(3 * time.Second)
			say("migrated")
			return nil
		}), nil)
		stop := start(t, a)
		synctest.Wait()
		if got, want := of(t, a, "model").Awaits, []string{"migrate", "sensor"}; !slices.Equal(got, want) {
			t.Errorf("model awaits %v; want %v", got, want)
		}
		time.Sleep(time.Minute)
		wantState(t, a, "migrate", Done)
		wantState(t, a, "lamp", Running)
		if err := stop(); err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
		want := []string{"sensor starts", "migrated", "model starts", "lamp starts", "lamp stops", "model stops", "sensor stops"}
		if !slices.Equal(events, want) {
			t.Errorf("events = %q; want %q", events, want)
		}
	})
}

func TestStopBeforeNeedsAreReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New("test", nil)
		a.Go("never", Func(untilStop), &ComponentOptions{ReadyOnBeat: true})
		ran := false
		a.Go("waits", Func(func(context.Context) error { ran = true; return nil }), &ComponentOptions{Needs: []string{"never"}})
		stop := start(t, a)
		time.Sleep(time.Hour)
		wantState(t, a, "waits", Waiting)
		if err := stop(); err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
		if ran {
			t.Error("a component ran whose need was never ready")
		}
	})
}

func TestMistakesAreReportedTogether(t *testing.T) {
	a := New("test", nil)
	started := false
	a.Go("fine", Func(func(context.Context) error { started = true; return nil }), nil)
	a.Go("", Func(untilStop), nil)
	a.Go("nil", nil, nil)
	a.Go("twice", Func(untilStop), nil)
	a.Go("twice", Func(untilStop), &ComponentOptions{Heartbeat: -1, Restart: Restart{Min: 2, Max: 1}})
	a.Go("every", Every(0, nil), nil)
	a.Go("cron", Cron("61 * * * *", untilStop), nil)
	a.Go("never", Cron("0 0 30 2 *", untilStop), nil)
	NewTopic[int](a, "topic", nil)
	NewTopic[int](a, "topic", nil)
	err := a.Run(t.Context())
	if err == nil {
		t.Fatal("Run = nil; want all mistakes")
	}
	for _, want := range []string{
		`component "": name is empty`, `component "nil": component is nil`, `component "twice": name is taken`,
		"Heartbeat is negative", "Restart.Min 2ns is above Restart.Max 1ns", "Every has a period of 0s", "Every has no function",
		`Cron "61 * * * *"`, `Cron "0 0 30 2 *": there is no such time`, `topic "topic": name is taken`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("Run = %v; want %q in it", err, want)
		}
	}
	if started {
		t.Error("a component was started in spite of mistakes")
	}

	b := New("test", nil)
	b.Go("a", Func(untilStop), &ComponentOptions{Needs: []string{"b", "nobody"}})
	b.Go("b", Func(untilStop), &ComponentOptions{Needs: []string{"c"}})
	b.Go("c", Func(untilStop), &ComponentOptions{Needs: []string{"a"}})
	err = b.Run(t.Context())
	for _, want := range []string{`needs "nobody", which is not declared`, "a -> b -> c -> a"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Run = %v; want %q in it", err, want)
		}
	}
}

func TestHowRunEnds(t *testing.T) {
	boom := errors.New("boom")
	fails := Func(func(context.Context) error { return boom })
	tests := map[string]struct {
		declare func(a *App)
		want    error
	}{
		"nothing to do": {func(*App) {}, nil},
		"all done":      {func(a *App) { a.Go("c", Once(func(context.Context) error { return nil }), nil) }, nil},
		"fatal":         {func(a *App) { a.Go("c", Func(func(context.Context) error { return Fatal(boom) }), nil) }, boom},
		"fatal in Spawn": {func(a *App) {
			a.Go("c", Func(func(ctx context.Context) error {
				Spawn(ctx, func(context.Context) error { return Fatal(boom) })
				return untilStop(ctx)
			}), nil)
		}, boom},
		"given up, none left": {func(a *App) { a.Go("c", fails, &ComponentOptions{Restart: Restart{Limit: 3}}) }, boom},
		"critical given up": {func(a *App) {
			a.Go("c", fails, &ComponentOptions{Critical: true, Restart: Restart{Limit: 1}})
			a.Go("other", Func(untilStop), nil)
		}, boom},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := New("test", nil)
				test.declare(a)
				err := a.Run(t.Context())
				if !errors.Is(err, test.want) || (err == nil) != (test.want == nil) {
					t.Errorf("Run = %v; want %v", err, test.want)
				}
				if n := strings.Count(fmt.Sprint(err), "boom"); n > 1 {
					t.Errorf("Run = %v; want the failure once", err)
				}
				if err := a.Run(t.Context()); err == nil {
					t.Error("second Run = nil; want an error")
				}
			})
		})
	}
}

func TestPauseAndResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New("test", nil)
		topic := NewTopic[int](a, "t", nil)
		sub := topic.Subscribe(nil)
		ticks, values := 0, 0
		a.Go("ticker", Every(time.Second, func(context.Context) error { ticks++; return nil }), nil)
		a.Go("consumer", Func(func(ctx context.Context) error {
			for range sub.All(ctx) {
				values++
			}
			return ctx.Err()
		}), nil)
		a.Go("deaf", Func(untilStop), nil)
		stop := start(t, a)
		pass(1500 * time.Millisecond)
		for _, name := range []string{"ticker", "consumer", "deaf"} {
			if err := a.Pause(name); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		wantState(t, a, "ticker", Paused)
		wantState(t, a, "consumer", Paused)
		if c := of(t, a, "deaf"); c.State != Running || !c.Pausing {
			t.Errorf("deaf = %s, pausing %v; want running, true", c.State, c.Pausing)
		}
		pass(time.Minute)
		for i := range 3 {
			if err := topic.Publish(t.Context(), i); err != nil {
				t.Fatal(err)
			}
		}
		pass(time.Second)
		if ticks != 2 || values != 0 {
			t.Errorf("while paused: %d ticks, %d values; want 2, 0", ticks, values)
		}
		if h := a.Status().Health; h != Degraded {
			t.Errorf("health while paused = %v; want degraded", h)
		}
		for _, name := range []string{"ticker", "consumer", "deaf"} {
			if err := a.Resume(name); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if values != 3 {
			t.Errorf("values after Resume = %d; want 3", values)
		}
		wantState(t, a, "consumer", Running)
		// A tick that the pause swallowed was not queued.
		pass(2100 * time.Millisecond)
		if ticks != 5 {
			t.Errorf("ticks after Resume = %d; want 5", ticks)
		}
		if err := a.Pause("ticker"); err != nil {
			t.Fatal(err)
		}
		if err := stop(); err != nil {
			t.Errorf("Run with a paused component = %v; want nil", err)
		}
		if err := a.Pause("nobody"); !errors.Is(err, ErrUnknown) {
			t.Errorf("Pause of nobody = %v; want ErrUnknown", err)
		}
	})
}

func TestRestartOnRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New("test", nil)
		runs := map[string]int{}
		var mu sync.Mutex
		count := func(name string, then Func) Component {
			return Func(func(ctx context.Context) error {
				mu.Lock()
				runs[name]++
				mu.Unlock()
				return then(ctx)
			})
		}
		a.Go("running", count("running", untilStop), nil)
		a.Go("done", count("done", func(context.Context) error { return nil }), nil)
		fail := func(context.Context) error { return errors.New("no") }
		a.Go("backoff", count("backoff", fail), &ComponentOptions{Restart: Restart{Min: time.Hour}})
		a.Go("failed", count("failed", fail), &ComponentOptions{Restart: Restart{Limit: 1}})
		stop := start(t, a)
		synctest.Wait()
		for _, name := range []string{"running", "done", "backoff", "failed"} {
			if err := a.Restart(name); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		for name, n := range runs {
			if n != 2 {
				t.Errorf("runs of %s = %d; want 2", name, n)
			}
		}
		if err := stop(); err == nil || !strings.Contains(err.Error(), "failed: given up after 1 failures: no") {
			t.Errorf("Run = %v; want that of the component given up", err)
		}
	})
}

func TestHealthAndProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New("test", &Options{Jitter: func() float64 { return 1 }})
		a.Go("uplink", Func(func(ctx context.Context) error {
			Warn(ctx, "no link for an hour")
			time.Sleep(time.Minute)
			Warn(ctx, "")
			return untilStop(ctx)
		}), nil)
		starts := 0
		a.Go("sensor", Func(func(ctx context.Context) error {
			if starts++; starts == 1 {
				return errors.New("not there")
			}
			return untilStop(ctx)
		}), &ComponentOptions{Critical: true})
		a.Go("fetch", Func(func(ctx context.Context) error {
			for i := range int64(100) {
				Progress(ctx, i, 100, "model")
				time.Sleep(time.Second)
			}
			Progress(ctx, 100, 100, "model")
			return untilStop(ctx)
		}), nil)
		a.Go("after", Func(untilStop), &ComponentOptions{Needs: []string{"blocked"}})
		a.Go("blocked", Func(untilStop), &ComponentOptions{ReadyOnBeat: true})
		if err := a.Pause("blocked"); err != nil {
			t.Fatal(err)
		}
		stop := start(t, a)
		synctest.Wait()
		s := a.Status()
		if s.Health != Failing {
			t.Errorf("health with a critical component in backoff = %v; want failing", s.Health)
		}
		want := []string{"uplink: no link for an hour", "sensor: not there", "after: waits for blocked", "blocked: paused"}
		if !slices.Equal(s.Reasons, want) {
			t.Errorf("reasons = %q; want %q", s.Reasons, want)
		}
		if err := a.Resume("blocked"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50*time.Second + 500*time.Millisecond)
		if c := of(t, a, "sensor"); c.Health != Degraded || c.Reason != "failed 51s ago: not there" {
			t.Errorf("sensor after its restart = %v, %q; want degraded and why", c.Health, c.Reason)
		}
		p := of(t, a, "fetch").Progress
		if p == nil || p.Done != 50 || p.PerSecond != 1 || !p.Finish.Equal(p.Updated.Add(50*time.Second)) {
			t.Errorf("progress = %+v; want 50 of 100 at 1 a second", p)
		}
		if got := s.line(); !strings.HasPrefix(got, "failing; uplink: no link") {
			t.Errorf("line = %q; want the health and its reasons", got)
		}
		time.Sleep(5 * time.Minute)
		if s := a.Status(); s.Health != OK || len(s.Reasons) != 0 {
			t.Errorf("health after five minutes = %v %q; want ok", s.Health, s.Reasons)
		}
		if p := of(t, a, "fetch").Progress; p != nil {
			t.Errorf("progress when done = %+v; want none", p)
		}
		if err := stop(); err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
	})
}

func TestSpawnBelongsToRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New("test", nil)
		left := false
		var kept context.Context
		a.Go("c", Func(func(ctx context.Context) error {
			kept = ctx
			Spawn(ctx, func(ctx context.Context) error {
				<-ctx.Done()
				time.Sleep(time.Second)
				left = true
				return ctx.Err()
			})
			return nil
		}), nil)
		if err := a.Run(t.Context()); err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
		if !left {
			t.Error("the run was over before its goroutine")
		}
		Spawn(kept, func(context.Context) error { t.Error("Spawn started f after the end of the run"); return nil })
		synctest.Wait()
	})
}

// closer is a component that notes its Close.
type closer struct {
	Func
	close func() error
}

func (c closer) Close() error { return c.close() }

func TestCloseInReverseOfNeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New("test", nil)
		var closed []string
		add := func(name string, err error, needs ...string) {
			a.Go(name, closer{untilStop, func() error { closed = append(closed, name); return err }}, &ComponentOptions{Needs: needs})
		}
		add("lamp", nil, "model")
		add("model", errors.New("workers are busy"), "sensor")
		add("sensor", nil)
		a.Go("wedged", closer{untilStop, func() error { time.Sleep(time.Minute); return nil }}, nil)
		a.Go("bomb", closer{untilStop, func() error { panic("boom") }}, nil)
		stop := start(t, a)
		synctest.Wait()
		if err := a.Close(); err == nil {
			t.Error("Close during Run = nil; want an error")
		}
		if err := stop(); err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
		err := a.Close()
		for _, want := range []string{"close model: workers are busy", "close wedged: no return within 10s", "close bomb: panic: boom"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("Close = %v; want %q in it", err, want)
			}
		}
		if want := []string{"lamp", "model", "sensor"}; !slices.Equal(closed, want) {
			t.Errorf("closed %v; want %v", closed, want)
		}
		if err := a.Close(); err != nil {
			t.Errorf("second Close = %v; want nil", err)
		}
		time.Sleep(time.Minute)
	})
}

func TestDeclarationsAfterRunPanic(t *testing.T) {
	a := New("test", nil)
	if err := a.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func(){
		"Go":       func() { a.Go("late", Func(untilStop), nil) },
		"NewTopic": func() { NewTopic[int](a, "late", nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s after Run did not panic", name)
				}
			}()
			f()
		}()
	}
}

func TestBeatAllocatesNothing(t *testing.T) {
	a := New("test", nil)
	a.Go("c", Func(func(ctx context.Context) error {
		if n := testing.AllocsPerRun(100, func() { _ = Beat(ctx) }); n != 0 {
			t.Errorf("allocations of Beat = %v; want 0", n)
		}
		return nil
	}), &ComponentOptions{Heartbeat: time.Minute})
	if err := a.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { _ = Beat(t.Context()) }); n > 1 {
		t.Errorf("allocations of Beat outside an app = %v; want those of t.Context alone", n)
	}
}

func TestOutsideAnApp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	if err := Beat(ctx); err != nil {
		t.Errorf("Beat = %v; want nil", err)
	}
	Progress(ctx, 1, 2, "work")
	Warn(ctx, "reason")
	ran := make(chan struct{})
	Spawn(ctx, func(context.Context) error { close(ran); return nil })
	<-ran
	n := 0
	err := Every(time.Nanosecond, func(context.Context) error {
		if n++; n == 3 {
			cancel()
		}
		return nil
	}).Run(ctx)
	if !errors.Is(err, context.Canceled) || n != 3 {
		t.Errorf("Every = %v after %d ticks; want canceled after 3", err, n)
	}
	if err := Beat(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Beat = %v; want canceled", err)
	}
}
