package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/internal/durable/crashfs"
	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/jobs"
)

// Random histories: jobs come and are canceled, removed and deleted, the link
// and the service lose, double, delay and refuse, the program stops, and the
// power goes. When all that is over every job comes to an end, nothing that
// succeeded was run again, and the service has what the handlers said.
func TestHistories(t *testing.T) {
	n := uint64(150)
	if os.Getenv("BRINK_LONG") != "" {
		n = 10_000
	}
	total := 0
	for seed := range n {
		if t.Failed() {
			break
		}
		synctest.Test(t, func(t *testing.T) { total += history(t, seed) })
	}
	if total < 2*int(n) {
		t.Errorf("%d jobs in %d histories; want more", total, n)
	}
}

func history(t *testing.T, seed uint64) (made int) {
	r := rand.New(rand.NewPCG(seed, 7))
	// The scripts are asked on many goroutines.
	var mu sync.Mutex
	scripts := rand.New(rand.NewPCG(seed, 8))
	below := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		return scripts.IntN(n)
	}
	chance := func(percent int) bool { return below(100) < percent }
	w := newWorld(t)
	var calm atomic.Bool
	w.net.Script(func(m shadowtest.Message) shadowtest.Action {
		var a shadowtest.Action
		if calm.Load() || m.ClientID != "device" {
			return a
		}
		a.Drop, a.Disconnect = chance(5), chance(5)
		if chance(10) {
			a.Duplicate = 1
		}
		if chance(10) {
			a.Delay = time.Duration(below(15)) * time.Second
		}
		return a
	})
	codes := []string{
		jobs.CodeRequestThrottled, jobs.CodeInternalError, jobs.CodeVersionMismatch, "Unheard-of",
	}
	w.cloud.Script(func(q awsiottest.Request) awsiottest.Fate {
		var f awsiottest.Fate
		if calm.Load() {
			return f
		}
		f.Silent = chance(5)
		if chance(5) {
			f.Again = 1
		}
		if chance(10) {
			f.Refuse = &awsiottest.Refusal{Code: codes[below(len(codes))]}
		}
		return f
	})

	var off atomic.Bool           // the power
	succeeded := map[string]int{} // by key, on a device whose power stayed on until its end was kept
	running := 0
	handle := func(ctx context.Context, job *jobs.Job) error {
		if running++; running > 1 {
			t.Errorf("seed %d: %d at once", seed, running)
		}
		defer func() { running-- }()
		if succeeded[job.Key] > 0 {
			t.Errorf("seed %d: %s, which succeeded, is run again", seed, job.Key)
		}
		for i := range 3 {
			select {
			case <-time.After(5 * time.Second):
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			if err := job.Progress(ctx, map[string]string{fmt.Sprint("part", i): "done"}); err != nil {
				return err
			}
		}
		if job.ID[0] == 'f' {
			return errors.New("failed")
		}
		if !off.Load() && ctx.Err() == nil {
			succeeded[job.Key]++
		}
		return nil
	}
	disk := crashfs.New(seed)
	o := &jobs.Options{Dir: "/jobs", Attempts: -1, Handlers: map[string]jobs.Handler{"do": handle}}
	_, stop := w.start(o, disk)
	gone := map[string]bool{}
	for range 25 {
		switch k := r.IntN(10); {
		case k < 4:
			id := fmt.Sprint([]string{"s", "f", "u"}[r.IntN(3)], made)
			doc := `{"operation":"do"}`
			if id[0] == 'u' {
				doc = `{"operation":"unknown"}`
			}
			w.create(id, doc)
			made++
		case k < 6 && made > 0:
			for _, kind := range []string{"s", "f", "u"} {
				id := fmt.Sprint(kind, r.IntN(made))
				if x, ok := w.cloud.Execution(thing, id); ok && (x.Status == "QUEUED" || x.Status == "IN_PROGRESS") {
					switch r.IntN(3) {
					case 0:
						_ = w.cloud.Cancel(thing, id)
					case 1:
						_ = w.cloud.Remove(thing, id)
					default:
						_ = w.cloud.Delete(thing, id)
					}
					gone[id] = true
				}
			}
		case k == 6:
			stop()
			_, stop = w.start(o, disk)
		case k == 7: // between two writes: each of them is whole
			off.Store(true)
			disk = disk.Reboot()
			stop()
			off.Store(false)
			_, stop = w.start(o, disk)
		}
		time.Sleep(time.Duration(r.IntN(20000)) * time.Millisecond)
	}
	calm.Store(true)
	w.net.Connect("device")
	settle(time.Duration(made+4)*3*time.Minute + 2*time.Hour) // longer than a lost notice stays unknown
	stop()
	for i := range made {
		for kind, want := range map[string]string{"s": "SUCCEEDED", "f": "FAILED", "u": "REJECTED"} {
			id := fmt.Sprint(kind, i)
			x, ok := w.cloud.Execution(thing, id)
			if !ok || gone[id] && (x.Status == "CANCELED" || x.Status == "REMOVED") {
				continue
			}
			if x.Status != want || kind != "u" && x.Details["part2"] != "done" {
				t.Errorf("seed %d: job %s is %+v; want %s", seed, id, x, want)
			}
		}
	}
	return made
}
