package defender

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/internal/call"
	"github.com/brinkml/brink/transport/awsiot/internal/faults"
	"github.com/brinkml/brink/transport/awsiot/internal/name"
	"github.com/brinkml/brink/transport/awsiot/internal/wait"
)

const (
	minInterval = 300 * time.Second // the service throttles what comes more often
	maxPayload  = 128 << 10
	maxList     = 1000
)

// ErrRunning reports a second Run, in this process or another one with the same
// Dir.
var ErrRunning = errors.New("defender: already running")

// Options of [New]. The zero value is ready to use, without a Dir.
type Options struct {
	// Dir is the directory that keeps the last report identifier, in an A/B
	// file of 8 KB that each report overwrites half of. It is created when
	// missing, and may be shared with other packages. Empty: identifiers grow
	// as long as the clock does.
	Dir string

	// Interval is the time between two reports: 300 s or more. 0: 300 s. Up to
	// a twentieth is added at random, so that a fleet does not report in step.
	Interval time.Duration

	// ShortNames makes reports a third shorter; the service takes both.
	ShortNames bool

	// System samples the system. Nil: [System].
	System Sampler
	// NoSystem reports custom metrics only.
	NoSystem bool

	// Custom samples custom metrics, by the names under which they were
	// registered: 1 to 128 of a-z, A-Z, 0-9, colon, underscore, hyphen. It is
	// called before each report, on Run's goroutine, and may block as long as
	// it ends with ctx. What it returns beside an error is reported; values
	// that cannot be are left out and logged. Nil: none.
	Custom func(ctx context.Context) (map[string]Value, error)

	// MaxList is how many ports, connections, or values of a custom metric one
	// list of a report holds: 1 to 1000. 0: 50. Of longer lists of the system
	// each report shows another part, and the true count.
	MaxList int

	// Timeout is how long the service may take to answer. 0: 10 s.
	Timeout time.Duration

	// OnReport is told how each report ended, on Run's goroutine: err is nil
	// when the service accepted it. Nil: nobody is told.
	OnReport func(id int64, err error)

	// Logger gets reports that failed and metrics that could not be sampled.
	// Nil: nothing is logged.
	Logger *slog.Logger
}

// Reporter reports the metrics of one thing.
type Reporter struct {
	opts    Options
	names   *names
	conn    awsiot.Conn
	topic   string
	thing   string
	fs      durable.FS
	running atomic.Bool
}

// New makes a reporter. It starts nothing, and touches no file.
func New(conn awsiot.Conn, thing string, o *Options) (*Reporter, error) {
	r := &Reporter{conn: conn, thing: thing, fs: durable.OS{}, names: longNames()}
	if o != nil {
		r.opts = *o
	}
	s := &r.opts
	s.Interval = cmp.Or(s.Interval, minInterval)
	s.MaxList = cmp.Or(s.MaxList, 50)
	s.Timeout = cmp.Or(s.Timeout, 10*time.Second)
	if s.System == nil {
		s.System = System()
	}
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	if s.ShortNames {
		r.names = shortNames()
	}
	var errs faults.List
	if conn == nil {
		errs.Addf("defender: no connection")
	}
	errs.Add(name.Thing(thing))
	if s.Interval < minInterval {
		errs.Addf("defender: Interval is %v; want %v or more", s.Interval, minInterval)
	}
	if s.MaxList < 1 || s.MaxList > maxList {
		errs.Addf("defender: MaxList is %d; want 1 to %d", s.MaxList, maxList)
	}
	if s.Timeout < 0 {
		errs.Addf("defender: Timeout is %v; want more than none", s.Timeout)
	}
	if s.NoSystem && s.Custom == nil {
		errs.Addf("defender: neither metrics of the system nor custom ones")
	}
	if err := errs.Err(); err != nil {
		return nil, err
	}
	r.topic = "$aws/things/" + thing + "/defender/metrics/json"
	return r, nil
}

// run is what one Run keeps.
type run struct {
	*Reporter
	ids  *ids
	due  time.Time           // of the next report
	last map[string]Counters // as of the last report that was accepted, or of the first
	turn int
	told bool // that the system is not supported
}

// Run reports until ctx ends, over connections as they come and go; it returns
// ctx's error, [ErrRunning], or an error of Dir.
func (r *Reporter) Run(ctx context.Context) (err error) {
	if !r.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	defer r.running.Store(false)
	i, err := openIDs(r.fs, r.opts.Dir, r.thing, r.opts.Logger)
	if err != nil {
		return err
	}
	defer func() { err = faults.Join(err, i.close()) }()
	u := &run{Reporter: r, ids: i, due: time.Now().Add(i.due(time.Now(), r.opts.Interval))}
	for link := range r.conn.Links(ctx) {
		u.serve(ctx, link)
		if ctx.Err() != nil {
			break
		}
	}
	if ctx.Err() == nil {
		return fmt.Errorf("%w: it will not come back", awsiot.ErrNoLink)
	}
	return ctx.Err()
}

// serve reports on one connection until it is lost.
func (u *run) serve(all, link context.Context) {
	ctx, cancel := context.WithCancel(all)
	defer cancel()
	defer context.AfterFunc(link, cancel)()
	var backoff wait.Backoff
	for ctx.Err() == nil {
		line, err := call.Open(link, u.conn, []string{u.topic + "/accepted", u.topic + "/rejected"}, u.opts.Timeout, nil)
		if err == nil {
			defer line.Close()
			u.reports(ctx, line)
			return
		}
		if ctx.Err() == nil {
			u.opts.Logger.Warn("cannot hear what the service says of reports", slog.Any("error", err))
			backoff.Wait(ctx)
		}
	}
}

func (u *run) reports(ctx context.Context, line *call.Line) {
	for {
		wait.Sleep(ctx, time.Until(u.due))
		if ctx.Err() != nil {
			return
		}
		id, err := u.report(ctx, line)
		if id == 0 && ctx.Err() != nil {
			return // before it was sent
		}
		if ctx.Err() != nil && err != nil {
			// The connection went: whether the report arrived nobody knows, and
			// the next one must not come too early.
			u.opts.Logger.Warn("report not confirmed", slog.Int64("id", id), slog.Any("error", err))
		} else if err != nil {
			u.opts.Logger.Warn("report failed", slog.Int64("id", id), slog.Any("error", err))
		}
		if u.opts.OnReport != nil {
			u.opts.OnReport(id, err)
		}
		gap := u.opts.Interval
		if rejected, ok := errors.AsType[*awsiot.RejectedError](err); ok && throttled(rejected.Code) {
			gap *= 2
		}
		u.due = time.Now().Add(gap + rand.N(u.opts.Interval/20))
	}
}

// report samples, sends one report, and waits for what the service says of it.
func (u *run) report(ctx context.Context, line *call.Line) (id int64, err error) {
	rep := report{turn: u.turn, limit: u.opts.MaxList}
	u.turn++
	if !u.opts.NoSystem {
		rep.system = u.sample()
	}
	now := rep.system.Counters
	switch {
	case now == nil:
	case u.last == nil:
		u.last = now
	default:
		t := traffic(now, u.last)
		rep.traffic = &t
	}
	rep.custom = u.custom(ctx)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if id, err = u.ids.next(time.Now()); err != nil {
		return 0, err
	}
	rep.id = id
	payload, err := rep.encode(u.names)
	if err != nil {
		return id, err
	}
	m, err := line.Do(ctx, u.topic, payload, func(m call.Message) bool {
		a, err := parseAnswer(m.Payload)
		return err == nil && (a.id == id || a.id == 0)
	})
	if err != nil {
		return id, err
	}
	a, err := parseAnswer(m.Payload)
	if err != nil {
		return id, &awsiot.MessageError{Topic: m.Topic, Err: err}
	}
	if !a.accepted {
		return id, &awsiot.RejectedError{Service: "defender", Op: "metrics", Code: a.code, Message: a.text, Payload: m.Payload}
	}
	if now != nil {
		u.last = now
	}
	return id, nil
}

func (u *run) sample() Metrics {
	m, err := u.opts.System.Sample()
	if err == nil {
		return m
	}
	if errors.Is(err, errors.ErrUnsupported) {
		if u.told {
			return m
		}
		u.told = true
	}
	u.opts.Logger.Warn("metrics of the system incomplete", slog.Any("error", err))
	return m
}

// custom samples custom metrics and leaves out what cannot be reported.
func (u *run) custom(ctx context.Context) map[string]Value {
	if u.opts.Custom == nil {
		return nil
	}
	all, err := u.opts.Custom(ctx)
	if err != nil {
		u.opts.Logger.Warn("custom metrics incomplete", slog.Any("error", err))
	}
	good := map[string]Value{}
	for key, v := range all {
		if err := faults.Join(name.Metric(key), v.check(u.opts.MaxList)); err != nil {
			u.opts.Logger.Warn("custom metric left out", slog.String("name", key), slog.Any("error", err))
			continue
		}
		good[key] = v
	}
	return good
}
