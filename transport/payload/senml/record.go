package senml

import (
	"errors"
	"fmt"

	"github.com/brinkml/brink/transport/payload"
)

// The media types of packs.
const (
	TypeJSON = "application/senml+json"
	TypeCBOR = "application/senml+cbor"
)

// Version is the version of SenML that this package reads and writes, and what
// a pack without a version has.
const Version = 10

// Pack is a list of records as it is sent.
type Pack []Record

// Record is one record of a pack, with the fields of RFC 8428, sections 4.1 and
// 4.2. Times and sums are in seconds, and the record's unit times seconds. A
// field that is zero is left out, unless Zero has it.
type Record struct {
	BaseName  string        // bn, before every name from here on
	BaseTime  float64       // bt, added to every time
	BaseUnit  string        // bu, for every record without a unit
	BaseValue float64       // bv, added to every number
	BaseSum   float64       // bs, added to every sum
	Version   int           // bver, the same in all records that have it
	Name      string        // n
	Unit      string        // u
	Value     payload.Value // v, vs, vb or vd; a record with a sum may have none
	Sum       float64       // s, the integral of the values over time
	Time      float64       // t
	UpdateIn  float64       // ut, when the next value comes at the latest

	// Zero has the fields that are sent although they are zero: a base field
	// that ends an earlier one, or a sum of 0.
	Zero Field
}

// Field is a set of fields of a Record.
type Field uint16

// The fields that can be zero and present.
const (
	FieldBaseName Field = 1 << iota
	FieldBaseTime
	FieldBaseUnit
	FieldBaseValue
	FieldBaseSum
	FieldName
	FieldUnit
	FieldSum
	FieldTime
	FieldUpdateIn
)

var (
	// ErrVersion reports a pack of a version above [Version], of an impossible
	// one, or of several.
	ErrVersion = errors.New("senml: a version of SenML that is not known")
	// ErrLabel reports a field that must be understood and is not: its label
	// ends with '_' (section 4.4).
	ErrLabel = errors.New("senml: a field that must be understood and is not")
)

// SyntaxError reports bytes that are not a pack. Index is the record.
type SyntaxError struct {
	Index int
	Label string // the field, if it is in one
	Err   error
}

func (e *SyntaxError) Error() string {
	if e.Label != "" {
		return fmt.Sprintf("senml: record %d, field %.32q: %v", e.Index, e.Label, e.Err)
	}
	return fmt.Sprintf("senml: record %d: %v", e.Index, e.Err)
}

func (e *SyntaxError) Unwrap() error { return e.Err }

// Causes of a SyntaxError.
var (
	errForm   = errors.New("not an array of objects")
	errType   = errors.New("not of the type that this field has")
	errTwice  = errors.New("given twice")
	errValues = errors.New("more than one value")
	errMany   = errors.New("too many records")
	errAfter  = errors.New("more after the pack")
	errUTF8   = errors.New("not UTF-8")
	errEmpty  = errors.New("no records")
)

// CheckName returns payload.ErrName for a name, base name included, that section
// 4.5.1 does not allow: it begins with a letter or digit of ASCII, and has
// letters, digits and "-:./_".
func CheckName(name string) error {
	if name == "" || !alnum(name[0]) || !nameChars(name) {
		return payload.ErrName
	}
	return nil
}

func alnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func separator(c byte) bool {
	return c == '-' || c == ':' || c == '.' || c == '/' || c == '_'
}

func nameChars(s string) bool {
	for i := range len(s) {
		if !alnum(s[i]) && !separator(s[i]) {
			return false
		}
	}
	return true
}
