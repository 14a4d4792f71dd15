package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"periph.io/x/conn/v3/physic"
)

// options are the command line.
type options struct {
	bus      string
	speed    physic.Frequency
	emulated bool
	recover  bool
	color    bool
	kernel   bool
	duration time.Duration
	json     bool
}

// parse reads the command line; all that is wrong with it is said at once.
func parse(args []string, usage io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("sensehat", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	fs.StringVar(&o.bus, "bus", "", "I2C `bus` of the board, such as 1 (default: the first one)")
	fs.Var(&o.speed, "speed", "set the bus to this `frequency`, such as 400kHz, where the system allows it (default: leave it)")
	fs.BoolVar(&o.emulated, "emulated", false, "test an emulated board instead")
	fs.BoolVar(&o.recover, "recover", false, "first free the bus from a part that holds its data line down")
	fs.BoolVar(&o.color, "color", false, "the board must have a colour sensor: it is one of the second version")
	fs.BoolVar(&o.kernel, "kernel", false, "take matrix and joystick from the kernel's devices where there are some")
	fs.DurationVar(&o.duration, "duration", 5*time.Second, "`time` for which the parts are sampled")
	fs.BoolVar(&o.json, "json", false, "print the report as JSON")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(usage, "sensehat tests the parts of a Sense HAT and how punctually they can be sampled.")
			fs.SetOutput(usage)
			fs.PrintDefaults()
		}
		return o, err
	}
	var errs []error
	if fs.NArg() > 0 {
		errs = append(errs, fmt.Errorf("unexpected argument %q", fs.Arg(0)))
	}
	if o.duration < time.Second {
		errs = append(errs, fmt.Errorf("-duration is %v, want 1s or more", o.duration))
	}
	if o.speed < 0 {
		errs = append(errs, fmt.Errorf("-speed is %v, want more than 0", o.speed))
	}
	if o.emulated && (o.bus != "" || o.recover) {
		errs = append(errs, errors.New("-emulated has no use for -bus and -recover"))
	}
	return o, errors.Join(errs...)
}
