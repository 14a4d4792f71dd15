package jobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/brinkml/brink/transport/awsiot/internal/call"
	"github.com/brinkml/brink/transport/awsiot/internal/wait"
)

// step is something to do on a connection.
type step func(run, ctx context.Context, line *call.Line) error

// serve works on one connection until it is lost.
func (j *Jobs) serve(run, link context.Context) {
	ctx, cancel := context.WithCancel(link)
	defer cancel()
	defer context.AfterFunc(run, cancel)()
	var pause wait.Backoff
	var line *call.Line
	for line == nil {
		var err error
		if line, err = call.Open(ctx, j.conn, j.topics(), j.o.Timeout, j.notice); err != nil {
			if ctx.Err() != nil {
				return
			}
			j.failed(err)
			pause.Wait(ctx)
		}
	}
	defer line.Close()
	pause.Reset()
	j.connected(line)
	defer j.connected(nil)
	for ctx.Err() == nil {
		do, due := j.next()
		if do == nil {
			sleep(ctx, due, j.woken)
			continue
		}
		err := do(run, ctx, line)
		switch {
		case err == nil:
			pause.Reset()
		case ctx.Err() == nil:
			j.failed(err)
			pause.Wait(ctx)
		}
	}
}

func (j *Jobs) failed(err error) {
	j.o.Logger.Warn("request about jobs failed", slog.String("thing", j.thing), slog.Any("error", err))
}

// connected makes a line the present one. What happened without it is to be
// asked.
func (j *Jobs) connected(line *call.Line) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.line = line
	if line == nil {
		return
	}
	j.noticed, j.polled = true, time.Time{}
	if j.work != nil {
		j.work.doubt = true
	}
}

// next is what to do now, or else how long to wait unless woken; 0 for as long
// as it takes.
func (j *Jobs) next() (do step, due time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.takeNotices()
	w := j.work
	switch {
	case w == nil:
		if left := j.poll(j.noticed); left != 0 {
			return nil, max(0, left)
		}
		return j.take, 0
	case w.gone != nil && !w.running:
		return j.drop, 0
	case w.gone != nil:
		return nil, 0
	case w.running:
		left := j.poll(w.doubt)
		if left == 0 {
			return j.check, 0
		}
		if w.untold {
			wait := time.Until(w.told.Add(progressEvery))
			if wait <= 0 {
				return j.tell, 0
			}
			if left < 0 || wait < left {
				left = wait
			}
		}
		return nil, max(0, left)
	case j.store.Current.End == "":
		return nil, 0 // Run is ending
	default:
		return j.finish, 0
	}
}

// poll is how long it is until the service is asked again: 0 for now, negative
// for never.
func (j *Jobs) poll(noticed bool) time.Duration {
	every := j.o.Refresh
	if noticed {
		every = pollEvery
	}
	if every < 0 {
		return -1
	}
	return max(0, time.Until(j.polled.Add(every)))
}

// take begins the next job, if there is one.
func (j *Jobs) take(run, ctx context.Context, line *call.Line) error {
	j.mu.Lock()
	j.noticed, j.polled = false, time.Now()
	j.mu.Unlock()
	x, ok, err := j.startNext(ctx, line)
	if err == nil && ok {
		var again bool
		again, err = j.begin(run, x)
		if again {
			j.again.Wait(ctx) // a service that does not take an end is not asked all the time
		} else {
			j.again.Reset()
		}
	}
	if err != nil {
		j.mu.Lock()
		j.noticed = true
		j.mu.Unlock()
	}
	return err
}

// sleep waits for a time, 0 being for ever, unless ctx ends or wake is heard.
func sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) {
	var after <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		after = t.C
	}
	select {
	case <-ctx.Done():
	case <-after:
	case <-wake:
	}
}
