// Package check collects what is wrong with the options of a driver.
package check

import (
	"errors"
	"slices"
	"strconv"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// Options are the checks of one driver's options. Those that fail are joined in Err.
type Options struct {
	Chip string // as its package is named
	errs []error
}

// Want says that what is got, unless it is as it should be.
func (o *Options) Want(ok bool, what, got, want string) {
	if !ok {
		o.errs = append(o.errs, errors.New("sensor: "+o.Chip+": "+what+" is "+got+", want "+want))
	}
}

// Number wants v in list.
func (o *Options) Number(what string, v int, list []int, want string) {
	o.Want(slices.Contains(list, v), what, strconv.Itoa(v), want)
}

// Frequency wants v in list.
func (o *Options) Frequency(what string, v physic.Frequency, list []physic.Frequency, want string) {
	o.Want(slices.Contains(list, v), what, v.String(), want)
}

// Addr wants v to be one of two addresses.
func (o *Options) Addr(what string, v, low, high uint16) {
	o.Want(v == low || v == high, what, i2c.Addr(v).String(), i2c.Addr(low).String()+" or "+i2c.Addr(high).String())
}

// Err returns all problems, or nil.
func (o *Options) Err() error { return errors.Join(o.errs...) }
