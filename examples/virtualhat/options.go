package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"
)

// options are the command line.
type options struct {
	duration time.Duration
	listen   string
	plain    bool
	json     bool
	noise    float64
	seed     uint64
	script   script
}

// parse reads the command line; all that is wrong with it is said at once.
func parse(args []string, usage io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("virtualhat", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	fs.DurationVar(&o.duration, "duration", 0, "end after this `time` (0: run until Ctrl-C)")
	fs.StringVar(&o.listen, "listen", "127.0.0.1:0", "`address` of the page; port 0 takes a free one, an empty address shows none")
	fs.BoolVar(&o.plain, "plain", false, "print text without colours once a second instead of using the terminal")
	fs.BoolVar(&o.json, "json", false, "print nothing but the page's address and, at the end, one JSON object")
	fs.Float64Var(&o.noise, "noise", 1, "standard deviation of the sensors' noise, in `steps` of their outputs")
	fs.Uint64Var(&o.seed, "seed", 1, "seed of the noise")
	fs.Var(&o.script, "script", "press these `keys`, with pauses between them: 'd d 500ms e up enter 2s r'")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(usage, "virtualhat is a Sense HAT in the terminal and in the browser, that the keyboard turns.")
			fs.SetOutput(usage)
			fs.PrintDefaults()
			fmt.Fprint(usage, "Keys:\n", help())
		}
		return o, err
	}
	var errs []error
	if fs.NArg() > 0 {
		errs = append(errs, fmt.Errorf("unexpected argument %q", fs.Arg(0)))
	}
	if o.duration < 0 {
		errs = append(errs, fmt.Errorf("-duration is %v, want 0 or more", o.duration))
	}
	if !(o.noise >= 0) {
		errs = append(errs, fmt.Errorf("-noise is %v, want 0 or more", o.noise))
	}
	return o, errors.Join(errs...)
}
