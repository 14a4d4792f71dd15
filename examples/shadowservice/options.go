package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"
)

// options are the command line.
type options struct {
	broker    string
	listen    string
	client    string
	ca        string
	cert      string
	key       string
	dir       string
	things    string
	rate      int
	latency   time.Duration
	drop      float64
	duplicate float64
	reorder   float64
	seed      uint64
	duration  time.Duration
	verbose   bool
	json      bool
}

// parse reads the command line; all that is wrong with it is said at once.
func parse(args []string, usage io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("shadowservice", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	fs.StringVar(&o.broker, "broker", "", "`URL` of the MQTT broker, tcp:// or tls:// (default: one inside this program)")
	fs.StringVar(&o.listen, "listen", "127.0.0.1:1883", "`address` of the broker inside; port 0 takes a free one")
	fs.StringVar(&o.client, "client", "shadowservice", "`name` of this program to the broker")
	fs.StringVar(&o.ca, "ca", "", "`file` with the certificates that the broker's is held against (default: the system's)")
	fs.StringVar(&o.cert, "cert", "", "`file` with this program's certificate")
	fs.StringVar(&o.key, "key", "", "`file` with its key")
	fs.StringVar(&o.dir, "dir", "", "`folder` that keeps the shadows (default: they end with the program)")
	fs.StringVar(&o.things, "things", "", "comma-separated `names` of the things that exist (default: all)")
	fs.IntVar(&o.rate, "rate", 20, "`requests` a second and thing before 429 (0: no limit)")
	fs.DurationVar(&o.latency, "latency", 0, "`time` that a request takes")
	fs.Float64Var(&o.drop, "drop", 0, "`percentage` of messages that are lost, either way")
	fs.Float64Var(&o.duplicate, "duplicate", 0, "`percentage` of messages that arrive twice")
	fs.Float64Var(&o.reorder, "reorder", 0, "`percentage` of messages that the next one overtakes")
	fs.Uint64Var(&o.seed, "seed", 1, "of the choice of those messages")
	fs.DurationVar(&o.duration, "duration", 0, "end after this `time` (0: run until SIGTERM or Ctrl-C)")
	fs.BoolVar(&o.verbose, "v", false, "log each request to standard error")
	fs.BoolVar(&o.json, "json", false, "print the summary as a JSON object")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(usage, "shadowservice answers on the topics of the AWS IoT device shadow service, at any MQTT broker.")
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
	if (o.cert == "") != (o.key == "") {
		bad("-cert and -key belong together")
	}
	if (o.ca != "" || o.cert != "") && !strings.HasPrefix(o.broker, "tls://") {
		bad("-ca, -cert and -key need a -broker tls://...")
	}
	if o.rate < 0 {
		bad("-rate %d is negative", o.rate)
	}
	if o.latency < 0 || o.duration < 0 {
		bad("-latency or -duration is negative")
	}
	if !(o.drop >= 0 && o.duplicate >= 0 && o.reorder >= 0 && o.drop+o.duplicate+o.reorder <= 100) {
		bad("-drop %v, -duplicate %v and -reorder %v are not percentages", o.drop, o.duplicate, o.reorder)
	}
	return o, errors.Join(errs...)
}
