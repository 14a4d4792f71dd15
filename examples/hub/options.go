package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"
)

// options are the command line.
type options struct {
	duration time.Duration
	seed     uint64
	json     bool
	listen   string
	broker   string
	state    string
	thing    string
	cut      window
	i2c      string
	verbose  bool

	replay  string
	layout  string
	train   int
	speed   float64
	columns string
}

// window is a span of time since the start of the run; the zero window is empty.
type window struct{ from, to time.Duration }

// String is the flag's own notation.
func (w *window) String() string {
	if w.to == 0 {
		return ""
	}
	return w.from.String() + "-" + w.to.String()
}

// Set parses "10s-20s".
func (w *window) Set(s string) error {
	a, b, ok := strings.Cut(s, "-")
	from, err1 := time.ParseDuration(a)
	to, err2 := time.ParseDuration(b)
	if !ok || err1 != nil || err2 != nil || from < 0 || to <= from {
		return errors.New(`want a span such as "10s-20s"`)
	}
	*w = window{from, to}
	return nil
}

func (w window) contains(d time.Duration) bool { return d >= w.from && d < w.to }

// parse reads the command line; all that is wrong with it is said at once. help reports that the user only asked
// for the list of flags.
func parse(args []string, stderr io.Writer) (o options, help bool, err error) {
	fs := flag.NewFlagSet("hub", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	fs.DurationVar(&o.duration, "duration", 0, "end after this `time` (0: run until Ctrl-C, or until the recording ends)")
	fs.Uint64Var(&o.seed, "seed", 1, "seed of the simulated house: its appliances, their faults, the sensors' noise")
	fs.BoolVar(&o.json, "json", false, "print the summary as one JSON object on the last line")
	fs.StringVar(&o.listen, "listen", "127.0.0.1:0", "`address` of the status page; port 0 takes a free one")
	fs.StringVar(&o.broker, "broker", "", "`URL` of an MQTT broker such as tcp://127.0.0.1:1883 (default: one inside this program)")
	fs.StringVar(&o.state, "state", "", "`folder` for outbox and shadow, so that a killed run can be gone on with (default: a temporary one)")
	fs.StringVar(&o.thing, "thing", "hub", "name of this device in topics and in its shadow")
	fs.Var(&o.cut, "link", "cut the uplink in this `span` of the run, such as 10s-20s")
	fs.StringVar(&o.i2c, "i2c", "", "show the verdicts on the Sense HAT at this I2C `bus`, such as 1, instead of an emulated one")
	fs.BoolVar(&o.verbose, "v", false, "log what the components do to standard error")
	fs.StringVar(&o.replay, "replay", "", "feed this CSV `file` instead of the simulator")
	fs.StringVar(&o.layout, "layout", "auto", "layout of the recording: auto, skab, astropi1, astropi2")
	fs.StringVar(&o.columns, "columns", "", "comma-separated `names` of the columns to watch (default: those of the layout)")
	fs.IntVar(&o.train, "train", 400, "`rows` at the start of the recording from which the detector learns what is normal")
	fs.Float64Var(&o.speed, "speed", 0, "play the recording at this multiple of real time (0: as fast as possible)")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(stderr, "hub watches a simulated boiler and washing machine, or a recording, with an ONNX model on this machine.")
			fs.SetOutput(stderr)
			fs.PrintDefaults()
			return o, true, nil
		}
		return o, false, err
	}
	var errs []error
	bad := func(format string, a ...any) { errs = append(errs, fmt.Errorf(format, a...)) }
	if fs.NArg() > 0 {
		bad("unexpected argument %q", fs.Arg(0))
	}
	if o.duration < 0 {
		bad("-duration %v is negative", o.duration)
	}
	if o.broker != "" {
		if u, err := url.Parse(o.broker); err != nil || u.Host == "" {
			bad("-broker %q is not a URL such as tcp://127.0.0.1:1883", o.broker)
		}
	}
	if o.thing == "" || strings.ContainsAny(o.thing, "/+#\x00 ") {
		bad("-thing %q must not be empty or contain / + # or spaces", o.thing)
	}
	switch o.layout {
	case "auto", "skab", "astropi1", "astropi2":
	default:
		bad("-layout %q is not one of auto, skab, astropi1, astropi2", o.layout)
	}
	if o.speed < 0 {
		bad("-speed %v is negative", o.speed)
	}
	if o.replay != "" {
		if _, err := os.Stat(o.replay); err != nil {
			bad("-replay: %w", err)
		}
	}
	return o, false, errors.Join(errs...)
}
