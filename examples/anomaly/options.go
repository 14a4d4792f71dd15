package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/brinkml/brink/edge/learn"
)

// options are the command line.
type options struct {
	data, out, models string
	columns           []string
	rows, lag, folds  int
}

// parse reads the command line; all that is wrong with it is said at once.
func parse(args []string, usage io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("anomaly", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	fs.StringVar(&o.data, "data", "", "`folder` with recordings <group>/<n>.csv, or one recording")
	fs.StringVar(&o.out, "out", "", "`folder` for the predictions, which get the recordings' names")
	fs.StringVar(&o.models, "models", "", "`folder` in which to keep the models (default: they are not kept)")
	columns := fs.String("columns", "", "comma-separated `names` of the columns to watch (default: SKAB's eight sensors)")
	fs.IntVar(&o.rows, "rows", 400, "`rows` at the start of each recording to train on")
	fs.IntVar(&o.lag, "lag", 20, "`rows` in a window")
	fs.IntVar(&o.folds, "folds", 10, "`parts` of the training rows, each judged by what the others say is normal")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(usage, "anomaly trains a detector on the start of each recording, writes it as an ONNX model, and judges the rest with it.")
			fs.SetOutput(usage)
			fs.PrintDefaults()
		}
		return o, err
	}
	if *columns != "" {
		o.columns = strings.Split(*columns, ",")
	}
	var errs []error
	if fs.NArg() > 0 {
		errs = append(errs, fmt.Errorf("unexpected argument %q", fs.Arg(0)))
	}
	if o.data == "" {
		errs = append(errs, errors.New("-data is missing"))
	}
	if o.out == "" {
		errs = append(errs, errors.New("-out is missing"))
	}
	if o.lag < 2 {
		errs = append(errs, fmt.Errorf("-lag is %d, want 2 or more", o.lag))
	}
	if o.folds < 2 {
		errs = append(errs, fmt.Errorf("-folds is %d, want 2 or more", o.folds))
	}
	if o.lag >= 2 && o.folds >= 2 {
		if least := (&learn.Options{Lag: o.lag, Folds: o.folds}).LeastRows(); o.rows < least {
			errs = append(errs, fmt.Errorf("-rows is %d, want %d or more for %d folds and windows of %d rows", o.rows, least, o.folds, o.lag))
		}
	}
	return o, errors.Join(errs...)
}
