package learn

import (
	"errors"
	"fmt"
	"math"
)

// Options of [Train]. Zero fields, and nil, are the defaults.
type Options struct {
	// Lag is the number of rows in a window, 2 or more. Zero: 20.
	Lag int

	// Folds is the number of parts of the training rows, 2 or more, each scored by what the others say is normal.
	// Zero: 10.
	Folds int
}

// maxValues bounds the values in the matrix that is decomposed: 128 MiB of float64, several times which [Train] takes.
const maxValues = 1 << 24

// LeastRows returns how many rows [Train] needs with these options: a window in each fold, and two in what is left
// without it. It is 200 by default, and of no meaning for options that Train refuses.
func (o *Options) LeastRows() int {
	d := o.withDefaults()
	if d.Lag > math.MaxInt/max(d.Folds, 3) {
		return math.MaxInt
	}
	return max(d.Lag*d.Folds, 2*(d.Lag+1))
}

func (o *Options) withDefaults() Options {
	var d Options
	if o != nil {
		d = *o
	}
	if d.Lag == 0 {
		d.Lag = 20
	}
	if d.Folds == 0 {
		d.Folds = 10
	}
	return d
}

// check returns all that is wrong with options, which have their defaults, and with what is to be trained on.
func (o *Options) check(rows []float32, channels int) error {
	var errs []error
	if channels < 1 || len(rows)%channels != 0 {
		errs = append(errs, fmt.Errorf("learn: %d values are no rows of %d channels", len(rows), channels))
	}
	if o.Lag < 2 {
		errs = append(errs, fmt.Errorf("learn: windows of %d rows, want 2 or more", o.Lag))
	}
	if o.Folds < 2 {
		errs = append(errs, fmt.Errorf("learn: %d folds, want 2 or more", o.Folds))
	}
	if len(errs) == 0 {
		n := len(rows) / channels
		if least := o.LeastRows(); n < least {
			errs = append(errs, fmt.Errorf("learn: %d rows, want %d or more for %d folds and windows of %d rows", n, least, o.Folds, o.Lag))
		} else if windows := n - o.Lag + 1; windows > maxValues/(o.Lag*channels) {
			errs = append(errs, fmt.Errorf("learn: %d windows of %d x %d values are more than %d values together", windows, o.Lag, channels, maxValues))
		}
	}
	for i, v := range rows {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			at := fmt.Sprintf("value %d", i)
			if channels > 0 {
				at = fmt.Sprintf("row %d, channel %d", i/channels, i%channels)
			}
			errs = append(errs, fmt.Errorf("learn: %s is %v, want finite values", at, v))
			break
		}
	}
	return errors.Join(errs...)
}
