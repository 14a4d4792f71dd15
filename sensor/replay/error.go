package replay

import (
	"errors"
	"fmt"
	"strconv"
)

// What an [Error] can be about.
var (
	ErrHeader    = errors.New("there is no header row")
	ErrColumn    = errors.New("the header has no such column")
	ErrDuplicate = errors.New("the header has this column more than once")
	ErrFields    = errors.New("wrong number of fields")
	ErrNumber    = errors.New("is not a number")
	ErrNotFinite = errors.New("is not a finite number")
	ErrTime      = errors.New("is not a time")
	ErrQuote     = errors.New("a quoted field does not end where it should")
	ErrLine      = errors.New("the line is longer than " + strconv.Itoa(maxLine) + " bytes")
)

// Error says what is wrong with a file, and where.
type Error struct {
	File   string // as given to [Open] or [NewReader]
	Line   int    // or record, from 1; 0 when it is not about one
	Column string // its name in the header; "" when it is not about one column
	Err    error
}

func (e *Error) Error() string {
	s := "replay: " + e.File
	if e.Line > 0 {
		s += ":" + strconv.Itoa(e.Line)
	}
	if e.Column != "" {
		s += ": column " + strconv.Quote(e.Column)
	}
	return s + ": " + e.Err.Error()
}

// Unwrap returns e.Err: one of this package's errors, or that of the file.
func (e *Error) Unwrap() error { return e.Err }

// quoted puts a field's text in front of what is wrong with it, as far as it
// helps to recognize the field.
func quoted(text []byte, err error) error {
	if len(text) == 0 {
		return fmt.Errorf("an empty field %w", err)
	}
	const most = 40
	if len(text) > most {
		return fmt.Errorf("%q... %w", text[:most], err)
	}
	return fmt.Errorf("%q %w", text, err)
}
