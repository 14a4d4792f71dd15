package payload

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"
)

// ErrFormat reports bytes that are not a message of this encoding. Errors that
// wrap it say why.
var ErrFormat = errors.New("payload: not a message of this encoding")

// MaxRecords is how many records a message may have that is decoded.
const MaxRecords = 1 << 16

// ParseJSON reads what [JSON] wrote. Members that it does not know are left out;
// Base is empty and Name the whole name. The error wraps [ErrFormat] or is a
// [*RecordError].
func ParseJSON(b []byte) ([]Record, error) {
	if !utf8.Valid(b) {
		return nil, fmt.Errorf("%w: %w", ErrFormat, ErrText)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return nil, fmt.Errorf("%w: not a JSON array", ErrFormat)
	}
	var records []Record
	for d.More() {
		if len(records) == MaxRecords {
			return nil, fmt.Errorf("%w: more than %d records", ErrFormat, MaxRecords)
		}
		var m member
		if err := d.Decode(&m); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		r, err := m.record()
		if err == nil {
			err = r.Check()
		}
		if err != nil {
			return nil, recordError(len(records), &r, err)
		}
		records = append(records, r)
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: more after the array", ErrFormat)
	}
	if len(records) == 0 {
		return nil, ErrNoRecords
	}
	return records, nil
}

// member is one object of the array.
type member struct {
	Name   string          `json:"name"`
	Unit   string          `json:"unit"`
	Value  json.RawMessage `json:"value"`
	Base64 *string         `json:"value_base64"`
	Time   time.Time       `json:"time"`
}

func (m *member) record() (Record, error) {
	r := Record{Name: m.Name, Unit: m.Unit, Time: m.Time}
	if m.Base64 != nil {
		if m.Value != nil {
			return r, errors.New("value and value_base64")
		}
		b, err := base64.StdEncoding.DecodeString(*m.Base64)
		r.Value = Bytes(b)
		return r, err
	}
	if len(m.Value) == 0 {
		return r, ErrNoValue
	}
	var err error
	switch c := m.Value[0]; {
	case c == 't' || c == 'f':
		r.Value = Bool(c == 't')
	case c == '"':
		var s string
		err = json.Unmarshal(m.Value, &s)
		r.Value = String(s)
	case c == 'n':
		err = ErrNoValue
	case c == '{' || c == '[':
		err = ErrNumber
	default:
		r.Value, err = ParseNumber(string(m.Value))
	}
	return r, err
}
