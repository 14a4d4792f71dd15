package replay

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Column is one column that a [Row] has.
type Column struct {
	// Name is the column's name in the header.
	Name string
	// As is what the Reader calls it; "" is Name.
	As string
	// Unit is what the file has the column in. A zero Unit takes its numbers as
	// they are.
	Unit Unit
	// Optional is set for a column that a file may lack. Its values are NaN
	// then.
	Optional bool
}

// Columns returns the columns with the given names, none of them optional.
func Columns(names ...string) []Column {
	columns := make([]Column, len(names))
	for i, name := range names {
		columns[i].Name = name
	}
	return columns
}

// NaNPolicy says what becomes of values that are missing or not finite.
type NaNPolicy uint8

const (
	// Refuse makes such a value an [Error].
	Refuse NaNPolicy = iota
	// Flag keeps it, a missing one as NaN, and marks the row with
	// sensor.OutOfRange.
	Flag
)

// Options say how a CSV file is to be read. A zero Options takes every column
// as a value and none as the time.
type Options struct {
	// Comma is the byte between fields. 0 takes the one of ';', ',', tab and
	// '|' that is most frequent in the header.
	Comma byte

	// Header are the names of the file's columns, for a file that has no row
	// with them. Nil takes the first row. A Comma of 0 is ',' then.
	Header []string

	// Values are the columns of Row.Values, in that order. Nil takes all that
	// are neither Time nor Labels, in the file's order. Columns that are not
	// named anywhere may contain anything.
	Values []Column
	// Labels are the columns of Row.Labels.
	Labels []Column

	// Time is the name of the column with the time; "" is none.
	Time string
	// Layouts are those of package time in which Time may be written; the one
	// that fits is tried first from then on. None takes time.RFC3339,
	// "2006-01-02 15:04:05", "2006-01-02T15:04:05" and "2006/01/02 15:04:05".
	// A fraction after the seconds is always accepted.
	Layouts []string
	// Location is the time zone of times that are written without one. Nil is
	// UTC.
	Location *time.Location
	// TimeUnit is set for a column Time of numbers: that of so many units since
	// Start, or since 1970 if Start is zero. They reach 292 years.
	TimeUnit time.Duration

	// Start and Period give the rows of a file without Time theirs: the
	// first has Start, and each line that follows is a Period later. A Period of 0
	// leaves Row.At zero.
	Start  time.Time
	Period time.Duration

	// NaN is the rule for values that are missing or not finite.
	NaN NaNPolicy
}

var defaultLayouts = []string{time.RFC3339, time.DateTime, "2006-01-02T15:04:05", "2006/01/02 15:04:05"}

// check returns all that is wrong with o.
func (o *Options) check() error {
	var errs []error
	if strings.IndexByte("\"\r\n+-.:0123456789", o.Comma) >= 0 {
		errs = append(errs, fmt.Errorf("replay: %q cannot separate fields", o.Comma))
	}
	if o.NaN > Flag {
		errs = append(errs, fmt.Errorf("replay: unknown NaNPolicy %d", o.NaN))
	}
	if o.Period < 0 {
		errs = append(errs, fmt.Errorf("replay: period is %v, want 0 or more", o.Period))
	}
	if o.Time != "" && o.Period != 0 {
		errs = append(errs, errors.New("replay: both a time column and a period are given"))
	}
	if o.TimeUnit < 0 {
		errs = append(errs, fmt.Errorf("replay: unit of time is %v, want 0 or more", o.TimeUnit))
	}
	if o.TimeUnit != 0 && (o.Time == "" || o.Layouts != nil || o.Location != nil) {
		errs = append(errs, errors.New("replay: a unit of time needs a time column, and neither layouts nor a time zone"))
	}
	for _, columns := range [...][]Column{o.Values, o.Labels} {
		for i, c := range columns {
			if c.Name == "" {
				errs = append(errs, fmt.Errorf("replay: column %d of %d has no name", i+1, len(columns)))
			}
			if !c.Unit.good() {
				errs = append(errs, fmt.Errorf("replay: column %q has the unit %+v, want a finite scale that is not 0", c.Name, c.Unit))
			}
		}
	}
	return errors.Join(errs...)
}

func (o *Options) names(name string) bool {
	if name == o.Time {
		return true
	}
	for _, c := range o.Labels {
		if c.Name == name {
			return true
		}
	}
	return false
}
