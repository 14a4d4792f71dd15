package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/brinkml/brink/transport/awsiot"
)

// options are the command line.
type options struct {
	endpoint  string
	ca        string
	claimCert string
	claimKey  string
	template  string
	serial    string
	state     string
	rule      string
	i2c       string
	interval  time.Duration
	duration  time.Duration
	drain     time.Duration
	stdin     bool
	print     bool
	level     slog.Level

	trial int
	seed  uint64
	json  bool
}

// minInterval and maxInterval bound the time between readings, on the command line and in the shadow.
const (
	minInterval = time.Millisecond
	maxInterval = 24 * time.Hour
)

// parse reads the command line; all that is wrong with it is said at once.
func parse(args []string, usage io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("awsdevice", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	fs.StringVar(&o.endpoint, "endpoint", "", "`name` of the account's endpoint, or a URL such as tls://127.0.0.1:8883 (default: none, twins of the services)")
	fs.StringVar(&o.ca, "ca", "", "`file` with the certificates that the endpoint's is held against (default: the system's)")
	fs.StringVar(&o.claimCert, "claim-cert", "", "`file` with the claim certificate; not needed once the device is provisioned")
	fs.StringVar(&o.claimKey, "claim-key", "", "`file` with its key")
	fs.StringVar(&o.template, "template", "hubs", "`name` of the provisioning template")
	fs.StringVar(&o.serial, "serial", "hub-1", "serial `number` of this device, which the template gets as its parameter SerialNumber")
	fs.StringVar(&o.state, "state", "awsdevice-state", "`folder` for the identity, what is not yet delivered, and the model")
	fs.StringVar(&o.rule, "rule", "store", "`rule` that gets the readings, by Basic Ingest; empty: they go to devices/THING/air")
	fs.StringVar(&o.i2c, "i2c", "", "read the Sense HAT at this I2C `bus`, such as 1 (default: an emulated board)")
	fs.DurationVar(&o.interval, "interval", time.Second, "`time` between readings, until the shadow says another")
	fs.DurationVar(&o.duration, "duration", 0, "end after this `time` (0: run until SIGTERM or Ctrl-C)")
	fs.DurationVar(&o.drain, "drain", 10*time.Second, "`time` for delivering what is left at the end; the rest stays for the next start")
	fs.BoolVar(&o.stdin, "stdin", false, "end when standard input ends, as a process does whose parent is gone")
	fs.BoolVar(&o.print, "print", false, "print what was done, a line with a word and JSON for each")
	fs.TextVar(&o.level, "log", slog.LevelWarn, "least `level` that is logged: debug, info, warn, error")
	fs.IntVar(&o.trial, "trial", 0, "without -endpoint: kill the device this many `times`")
	fs.Uint64Var(&o.seed, "seed", 0, "of the trial's random moments (0: a new one)")
	fs.BoolVar(&o.json, "json", false, "print the summary as one JSON object on the last line")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(usage, "awsdevice provisions itself at AWS IoT, reports, takes jobs and is watched.")
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
	if (o.claimCert == "") != (o.claimKey == "") {
		bad("-claim-cert and -claim-key belong together")
	}
	if o.endpoint == "" && (o.ca != "" || o.claimCert != "") {
		bad("-ca, -claim-cert and -claim-key need an -endpoint")
	}
	if o.endpoint != "" && o.trial > 0 {
		bad("-trial is for the twins, and there is an -endpoint")
	}
	if o.serial == "" || len(o.serial) > 100 || strings.ContainsAny(o.serial, "/+#\x00 ") {
		bad("-serial %q must have 1 to 100 characters and no / + # or spaces", o.serial)
	}
	if o.state == "" {
		bad("-state is empty")
	}
	if o.rule != "" {
		if _, err := awsiot.RuleTopic(o.rule, ""); err != nil {
			bad("-rule: %w", err)
		}
	}
	if o.interval < minInterval || o.interval > maxInterval {
		bad("-interval is %v, want %v to %v", o.interval, minInterval, maxInterval)
	}
	if o.duration < 0 || o.drain < 0 {
		bad("-duration or -drain is negative")
	}
	if o.trial < 0 {
		bad("-trial is %d, want 0 or more", o.trial)
	}
	return o, errors.Join(errs...)
}

// broker is the endpoint's URL.
func (o *options) broker() string {
	if strings.Contains(o.endpoint, "://") {
		return o.endpoint
	}
	return "tls://" + o.endpoint + ":8883"
}
