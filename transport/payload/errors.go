package payload

import (
	"errors"
	"fmt"
	"strings"
)

// Why a record cannot be encoded or decoded. A [*RecordError] wraps them.
var (
	// ErrNoRecords reports a message of nothing.
	ErrNoRecords = errors.New("payload: no records")
	// ErrName reports a record without a name, or one whose name has characters
	// that the encoding does not take.
	ErrName = errors.New("payload: no name, or not one for this encoding")
	// ErrNoValue reports a record without a value.
	ErrNoValue = errors.New("payload: no value")
	// ErrNotFinite reports a number that is infinite or not a number.
	ErrNotFinite = errors.New("payload: NaN or infinite")
	// ErrNumber reports what should be a number and is none.
	ErrNumber = errors.New("payload: not a number")
	// ErrText reports text that is not UTF-8.
	ErrText = errors.New("payload: not UTF-8")
	// ErrTime reports a time that the encoding cannot say.
	ErrTime = errors.New("payload: a time that this encoding cannot say")
	// ErrUnit reports a unit that the encoding does not know.
	ErrUnit = errors.New("payload: not a unit of this encoding")
	// ErrMany reports records that do not go into one message, such as two
	// values of one name in a [Flat] object.
	ErrMany = errors.New("payload: records that do not go into one message")
)

// RecordError reports which record is wrong.
type RecordError struct {
	Index int    // in the list, from 0
	Name  string // the record's, as far as known
	Err   error
}

func (e *RecordError) Error() string {
	return fmt.Sprintf("payload: record %d (%.64q): %s", e.Index, e.Name, strings.TrimPrefix(e.Err.Error(), "payload: "))
}

func (e *RecordError) Unwrap() error { return e.Err }

// recordError leaves the concatenation to the path that fails.
func recordError(i int, r *Record, err error) error {
	return &RecordError{Index: i, Name: r.Base + r.Name, Err: err}
}
