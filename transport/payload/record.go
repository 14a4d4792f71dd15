package payload

import (
	"time"
	"unicode/utf8"
)

// Record is one measurement.
type Record struct {
	// Base and Name make the name together: Base is what the records of one
	// device share, such as "urn:dev:mac:0024befffe804ff1:", so that an encoding
	// that can say it once does. Either may be empty, not both. Each encoding
	// says which characters it takes.
	Base, Name string
	// Unit is a symbol of RFC 8428, section 12.1, or RFC 8798, such as "Cel",
	// "%RH", "Pa" and "m/s2"; package senml has them all. "" is no unit.
	Unit string
	// Value is the reading.
	Value Value
	// Time is when it was taken; the zero time is unknown.
	Time time.Time
}

// Encoder makes a message of records. It is safe for concurrent use.
type Encoder interface {
	// AppendEncode appends the message to dst. When it fails it returns dst as
	// it was, and the error is a [*RecordError] or [ErrNoRecords].
	AppendEncode(dst []byte, records ...Record) ([]byte, error)
	// ContentType is the media type of the messages.
	ContentType() string
}

// Check returns what no encoding can carry: no name, no value, text that is not
// UTF-8, or a number that is not finite. The error is one of this package's.
func (r *Record) Check() error {
	switch {
	case r.Base == "" && r.Name == "":
		return ErrName
	case !utf8.ValidString(r.Base) || !utf8.ValidString(r.Name) || !utf8.ValidString(r.Unit):
		return ErrText
	}
	return r.Value.Check()
}
