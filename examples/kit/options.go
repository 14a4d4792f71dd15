package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
)

// options are the command line.
type options struct {
	id       string
	broker   string
	state    string
	ca       string
	cert     string
	key      string
	i2c      string
	interval time.Duration
	hot      float64
	duration time.Duration
	drain    time.Duration
	print    bool
	level    slog.Level

	trial int
	seed  uint64
	json  bool
}

// minInterval and maxInterval bound the time between readings, on the command line and in commands.
const (
	minInterval = time.Millisecond
	maxInterval = 24 * time.Hour
)

// parse reads the command line; all that is wrong with it is said at once.
func parse(args []string, usage io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("kit", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	fs.StringVar(&o.broker, "broker", "", "`URL` of the MQTT broker, such as tls://broker.example:8883 (default: none, a trial)")
	fs.StringVar(&o.id, "id", "kit", "`name` of this device: to the broker, in topics, and in what it sends")
	fs.StringVar(&o.state, "state", "kit-state", "`folder` for what is not yet delivered")
	fs.StringVar(&o.ca, "ca", "", "`file` with the certificates that the broker's is held against (default: the system's)")
	fs.StringVar(&o.cert, "cert", "", "`file` with this device's certificate; it is read again for each connection")
	fs.StringVar(&o.key, "key", "", "`file` with its key")
	fs.StringVar(&o.i2c, "i2c", "", "read the Sense HAT at this I2C `bus`, such as 1 (default: an emulated board)")
	fs.DurationVar(&o.interval, "interval", time.Second, "`time` between readings")
	fs.Float64Var(&o.hot, "hot", 30, "`temperature` in °C from which on it is an alarm")
	fs.DurationVar(&o.duration, "duration", 0, "end after this `time` (0: run until SIGTERM or Ctrl-C)")
	fs.DurationVar(&o.drain, "drain", 10*time.Second, "`time` for delivering what is left at the end; the rest stays for the next start")
	fs.BoolVar(&o.print, "print", false, "print each message that was accepted, a line of JSON")
	fs.TextVar(&o.level, "log", slog.LevelInfo, "least `level` that is logged: debug, info, warn, error")
	fs.IntVar(&o.trial, "trial", 10, "without -broker: pull the plug this many `times`")
	fs.Uint64Var(&o.seed, "seed", 0, "of the trial's random moments (0: a new one)")
	fs.BoolVar(&o.json, "json", false, "print the trial's result as one JSON object on the last line")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(usage, "kit reads a Sense HAT and loses nothing on the way to the broker, whenever its plug is pulled.")
			fs.SetOutput(usage)
			fs.PrintDefaults()
		}
		return o, err
	}
	var errs []error
	bad := func(format string, a ...any) { errs = append(errs, fmt.Errorf(format, a...)) }
	if fs.NArg() > 0 {
		bad("unexpected argument %q", fs.Arg(0))
	}
	if o.id == "" || strings.ContainsAny(o.id, "/+#\x00 ") {
		bad("-id %q must not be empty or contain / + # or spaces", o.id)
	}
	if o.state == "" {
		bad("-state is empty")
	}
	if (o.cert == "") != (o.key == "") {
		bad("-cert and -key belong together")
	}
	if (o.ca != "" || o.cert != "") && !strings.HasPrefix(o.broker, "tls://") {
		bad("-ca, -cert and -key need a -broker tls://...")
	}
	if o.interval < minInterval || o.interval > maxInterval {
		bad("-interval is %v, want %v to %v", o.interval, minInterval, maxInterval)
	}
	if o.duration < 0 || o.drain < 0 {
		bad("-duration or -drain is negative")
	}
	if o.trial < 1 {
		bad("-trial is %d, want 1 or more", o.trial)
	}
	return o, errors.Join(errs...)
}
