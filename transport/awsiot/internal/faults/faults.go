// Package faults gathers errors as package errors does, in one place of the
// program. The compiler copies errors.Join, and what appends to a slice, to
// wherever they are used: 25 KB on a small board, for the dozens of places that
// report all mistakes at once.
package faults

import (
	"errors"
	"fmt"
)

// Join is errors.Join.
//
//go:noinline
func Join(errs ...error) error { return errors.Join(errs...) }

// List is mistakes. The zero value has none.
type List []error

// Add adds a mistake, unless err is nil.
//
//go:noinline
func (l *List) Add(err error) {
	if err != nil {
		*l = append(*l, err)
	}
}

// Addf adds what fmt.Errorf makes.
//
//go:noinline
func (l *List) Addf(format string, args ...any) { l.Add(fmt.Errorf(format, args...)) }

// Err is all of them, or nil.
func (l *List) Err() error { return Join(*l...) }
