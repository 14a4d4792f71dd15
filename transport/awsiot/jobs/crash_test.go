package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/internal/durable/crashfs"
	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport/awsiot/jobs"
)

// device does jobs in two halves and remembers, as a file of its own would,
// which halves of which execution were done.
type device struct {
	t     *testing.T
	halt  func() bool // says whether the device stopped meanwhile
	half  map[string]int
	ended map[string]int // how often the handler of an execution came to its end
	seen  log
}

func newDevice(t *testing.T) *device {
	return &device{t: t, halt: func() bool { return false }, half: map[string]int{}, ended: map[string]int{}}
}

func (d *device) options() *jobs.Options {
	return &jobs.Options{Dir: "/jobs", Handler: d.handle}
}

func (d *device) handle(ctx context.Context, job *jobs.Job) error {
	d.seen.add("%s %d %v", job.ID, job.Attempt, job.Details)
	if d.ended[job.Key] > 0 {
		d.t.Errorf("job %s, which ended, is run again", job.Key)
	}
	for half := 1; half <= 2; half++ {
		if d.half[job.Key] < half {
			time.Sleep(time.Second)
			if ctx.Err() != nil || d.halt() {
				return context.Canceled
			}
			d.half[job.Key] = half
		}
		if err := job.Progress(ctx, map[string]string{fmt.Sprint("half", half): "done"}); err != nil {
			return err
		}
	}
	return nil
}

// The power is cut at every operation on the disk. Every job comes to its end,
// which the service learns; a job whose end is on the disk is not run again.
func TestPowerCutAtEveryOperation(t *testing.T) {
	points := 0
	for seed := range uint64(6) {
		for at, more := 1, true; more && !t.Failed(); at++ {
			synctest.Test(t, func(t *testing.T) { more = powerCut(t, seed, at) })
			points++
		}
	}
	if points < 6*12 {
		t.Errorf("%d power cuts; want more", points)
	}
}

func powerCut(t *testing.T, seed uint64, at int) (happened bool) {
	w := newWorld(t)
	w.create("a", `{}`)
	w.create("b", `{}`)
	d := newDevice(t)
	disk := crashfs.New(seed)
	ops := 0
	disk.Fail(func(string, string) error {
		if ops++; ops == at {
			happened = true
			w.net.Disconnect("device") // the power is off for the radio, too
		}
		return nil
	})
	d.halt = func() bool { return happened }
	disk.CrashAt(at)
	_, stop := w.start(d.options(), disk)
	settle(time.Minute)
	stop()

	d.halt = func() bool { return false }
	w.net.Connect("device")
	disk = disk.Reboot()
	_, stop = w.start(d.options(), disk)
	settle(time.Minute)
	stop()
	for _, id := range []string{"a", "b"} {
		x := w.execution(id)
		if x.Status != "SUCCEEDED" || x.Details["half1"] != "done" || x.Details["half2"] != "done" {
			t.Errorf("seed %d, cut at %d: job %s is %+v", seed, at, id, x)
		}
	}
	return happened
}

// The connection is cut at every message, before and after it arrives, and the
// program stops there and starts again, or does not. Every job's handler comes
// to its end once.
func TestLinkCutAtEveryMessage(t *testing.T) {
	points := 0
	for _, drop := range []bool{false, true} {
		for _, stops := range []bool{false, true} {
			for at, more := 1, true; more && !t.Failed(); at++ {
				synctest.Test(t, func(t *testing.T) { more = linkCut(t, at, drop, stops) })
				points++
			}
		}
	}
	if points < 40 {
		t.Errorf("%d cuts; want more", points)
	}
}

func linkCut(t *testing.T, at int, drop, stops bool) (happened bool) {
	w := newWorld(t)
	w.create("a", `{}`)
	w.create("b", `{}`)
	d := newDevice(t)
	o := d.options()
	o.Handler = func(ctx context.Context, job *jobs.Job) error {
		err := d.handle(ctx, job)
		if err == nil {
			d.ended[job.Key]++
		}
		return err
	}
	disk := crashfs.New(uint64(at))
	cut := make(chan struct{}, 1)
	n := 0
	w.net.Script(func(m shadowtest.Message) shadowtest.Action {
		if m.ClientID != "device" {
			return shadowtest.Action{}
		}
		if n++; n != at {
			return shadowtest.Action{}
		}
		happened = true
		cut <- struct{}{}
		return shadowtest.Action{Drop: drop, Disconnect: true}
	})
	_, stop := w.start(o, disk)
	if stops {
		select {
		case <-cut:
		case <-time.After(time.Minute):
		}
		stop()
		_, stop = w.start(o, disk.Reboot())
	}
	settle(5 * time.Minute)
	stop()
	for _, id := range []string{"a", "b"} {
		if x := w.execution(id); x.Status != "SUCCEEDED" || x.Details["half2"] != "done" {
			t.Errorf("cut at %d: job %s is %+v", at, id, x)
		}
	}
	for k, n := range d.ended {
		if n != 1 {
			t.Errorf("cut at %d: job %s came to its end %d times", at, k, n)
		}
	}
	return happened
}

// A job that is under way when Run ends goes on with the next, and knows what
// it reported, told to the service or not.
func TestRestartInTheMiddle(t *testing.T) {
	for _, offline := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.create("a", `{"n":1}`)
			disk := crashfs.New(1)
			var seen log
			o := &jobs.Options{Dir: "/jobs", Handler: func(ctx context.Context, job *jobs.Job) error {
				seen.add("%d %v", job.Attempt, job.Details)
				if job.Attempt == 3 {
					return nil
				}
				if offline {
					w.net.Disconnect("device")
				}
				if err := job.Progress(ctx, map[string]string{fmt.Sprint("attempt", job.Attempt): "yes"}); err != nil {
					return err
				}
				<-ctx.Done()
				return errors.New("stopped")
			}}
			for range 3 {
				_, stop := w.start(o, disk)
				settle(10 * time.Second)
				last := disk
				disk = disk.Reboot()
				stop()
				if _, err := last.Open("/jobs/hub-7.jobs"); !errors.Is(err, crashfs.ErrCrashed) {
					t.Errorf("Open = %v; want the power off", err)
				}
				w.net.Connect("device")
			}
			if got := fmt.Sprint(seen.take()); got != "[1 map[] 2 map[attempt1:yes] 3 map[attempt1:yes attempt2:yes]]" {
				t.Error(got)
			}
			_, stop := w.start(o, disk)
			settle(time.Minute)
			stop()
			w.want("a", "SUCCEEDED")
			if got := seen.take(); len(got) != 0 {
				t.Errorf("it was run again: %v", got)
			}
		})
	}
}

// The end of a job that nobody could be told is told on the next connection,
// by the same process and by the next.
func TestEndToldLater(t *testing.T) {
	for _, restart := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.create("a", `{}`)
			disk := crashfs.New(1)
			runs := 0
			o := &jobs.Options{Dir: "/jobs", Handler: func(context.Context, *jobs.Job) error {
				runs++
				time.Sleep(time.Minute)
				return nil
			}}
			_, stop := w.start(o, disk)
			settle(time.Second)
			w.net.Disconnect("device")
			settle(10 * time.Minute)
			w.want("a", "IN_PROGRESS")
			if restart {
				stop()
				_, stop = w.start(o, disk.Reboot())
				settle(time.Minute)
			}
			w.net.Connect("device")
			settle(time.Minute)
			stop()
			w.want("a", "SUCCEEDED")
			if runs != 1 {
				t.Errorf("it was run %d times", runs)
			}
		})
	}
}

// A job that stops the device each time fails in the end.
func TestAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.create("a", `{}`)
		disk := crashfs.New(1)
		runs := 0
		o := &jobs.Options{Dir: "/jobs", Attempts: 3, Handler: func(ctx context.Context, _ *jobs.Job) error {
			runs++
			<-ctx.Done()
			return ctx.Err()
		}}
		for range 5 {
			_, stop := w.start(o, disk)
			settle(10 * time.Second)
			stop()
			disk = disk.Reboot()
		}
		if x := w.execution("a"); runs != 3 || x.Status != "FAILED" || x.Details["reason"] != "begun 3 times without coming to an end" {
			t.Errorf("%d runs, %+v", runs, x)
		}
	})
}

// A disk that fails does not let a job begin that could not be remembered, and
// does not keep the end of one from being told.
func TestDiskFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		disk := crashfs.New(1)
		var broken atomic.Bool
		disk.Fail(func(string, string) error {
			if broken.Load() {
				return errors.New("broken")
			}
			return nil
		})
		var runs atomic.Int32
		w.start(&jobs.Options{Dir: "/jobs", Handler: func(context.Context, *jobs.Job) error {
			runs.Add(1)
			broken.Store(!broken.Load())
			return nil
		}}, disk)
		settle(time.Second)
		broken.Store(true)
		w.create("a", `{}`)
		settle(10 * time.Minute)
		if runs.Load() != 0 {
			t.Errorf("it began with a broken disk")
		}
		broken.Store(false)
		settle(2 * time.Minute)
		if runs.Load() != 1 || !broken.Load() {
			t.Errorf("%d runs", runs.Load())
		}
		w.want("a", "SUCCEEDED")
	})
}

// A journal that is damaged, or another thing's, is told of; the former is no
// reason not to start.
func TestDamagedJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		disk := crashfs.New(1)
		if err := disk.MkdirAll("/jobs"); err != nil {
			t.Fatal(err)
		}
		f, err := disk.Create("/jobs/hub-7.jobs")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte("not a journal"), 0); err != nil {
			t.Fatal(err)
		}
		f.Close()
		w.create("a", `{}`)
		w.start(&jobs.Options{Dir: "/jobs", Handler: func(context.Context, *jobs.Job) error { return nil }}, disk)
		settle(time.Minute)
		w.want("a", "SUCCEEDED")
	})
}
