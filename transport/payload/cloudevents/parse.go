package cloudevents

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/brinkml/brink/transport/payload"
)

// ErrFormat reports bytes that are not an event or a batch in JSON. Errors that
// wrap it say why.
var ErrFormat = errors.New("cloudevents: not an event in JSON")

// MaxEvents is how many events a batch may have that is read.
const MaxEvents = 10_000

// Parse reads an event in the structured mode, which does not alias b. Form says
// how its data stood: JSON as it is, text and binary data decoded. The error is
// an [*Error] or wraps [ErrFormat].
func Parse(b []byte) (Event, error) {
	d, err := decoder(b)
	if err != nil {
		return Event{}, err
	}
	e, err := parse(d)
	if err == nil {
		err = end(d)
	}
	if err != nil {
		return Event{}, err
	}
	return e, nil
}

// ParseBatch reads a batch, which may be empty.
func ParseBatch(b []byte) ([]Event, error) {
	d, err := decoder(b)
	if err != nil {
		return nil, err
	}
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return nil, fmt.Errorf("%w: not an array", ErrFormat)
	}
	var events []Event
	for d.More() {
		if len(events) == MaxEvents {
			return nil, fmt.Errorf("%w: more than %d events", ErrFormat, MaxEvents)
		}
		e, err := parse(d)
		if err != nil {
			var bad *Error
			if errors.As(err, &bad) {
				bad.Index = len(events)
			}
			return nil, err
		}
		events = append(events, e)
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if err := end(d); err != nil {
		return nil, err
	}
	return events, nil
}

func decoder(b []byte) (*json.Decoder, error) {
	if !utf8.Valid(b) {
		return nil, fmt.Errorf("%w: not UTF-8", ErrFormat)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d, nil
}

func end(d *json.Decoder) error {
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: more after the end", ErrFormat)
	}
	return nil
}

// reading is an event that is being read.
type reading struct {
	Event
	seen   map[string]bool
	data   json.RawMessage
	base64 *string
}

func parse(d *json.Decoder) (Event, error) {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return Event{}, fmt.Errorf("%w: not an object", ErrFormat)
	}
	r := reading{seen: map[string]bool{}}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return Event{}, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		name, _ := t.(string)
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return Event{}, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		if r.seen[name] {
			return Event{}, &Error{Attribute: name, Reason: "is given twice"}
		}
		r.seen[name] = true
		if reason := r.set(name, value); reason != "" {
			return Event{}, &Error{Attribute: name, Reason: reason}
		}
	}
	if _, err := d.Token(); err != nil {
		return Event{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if !r.seen["specversion"] {
		return Event{}, &Error{Attribute: "specversion", Reason: "is missing"}
	}
	if reason := r.setData(); reason != "" {
		return Event{}, &Error{Attribute: "data", Reason: reason}
	}
	if _, err := r.check(false); err != nil {
		return Event{}, err
	}
	return r.Event, nil
}

// set takes one member; it returns what is wrong with it.
func (r *reading) set(name string, value json.RawMessage) (reason string) {
	if name == "data" {
		r.data = value
		return ""
	}
	if string(value) == "null" { // as if it were not there
		delete(r.seen, name)
		return ""
	}
	var to *string
	switch name {
	case "id":
		to = &r.ID
	case "source":
		to = &r.Source
	case "type":
		to = &r.Type
	case "subject":
		to = &r.Subject
	case "datacontenttype":
		to = &r.DataContentType
	case "dataschema":
		to = &r.DataSchema
	case "data_base64":
		r.base64 = new(string)
		to = r.base64
	case "specversion", "time":
		to = new(string)
	default:
		return r.extend(name, value)
	}
	if value[0] != '"' || json.Unmarshal(value, to) != nil {
		return "is not a string"
	}
	switch {
	case *to == "" && name != "data_base64":
		return "is empty"
	case name == "specversion" && *to != SpecVersion:
		return "is not 1.0"
	case name == "time":
		var err error
		if r.Time, err = time.Parse(time.RFC3339Nano, strings.ToUpper(*to)); err != nil {
			return "is not a time of RFC 3339"
		}
	}
	return ""
}

// extend takes an extension.
func (r *reading) extend(name string, value json.RawMessage) (reason string) {
	a := Attribute{Name: name}
	switch c := value[0]; {
	case c == 't' || c == 'f':
		a.Value = payload.Bool(c == 't')
	case c == '"':
		var s string
		if json.Unmarshal(value, &s) != nil {
			return "is not a string"
		}
		a.Value = payload.String(s)
	case c == '{' || c == '[':
		return "is neither a truth value nor a number nor a string"
	default:
		n, err := strconv.ParseInt(string(value), 10, 32)
		if err != nil {
			return "is not an integer of 32 bits"
		}
		a.Value = payload.Int(n)
	}
	r.Extensions = append(r.Extensions, a)
	return ""
}

// setData decodes the data, which depends on the content type.
func (r *reading) setData() (reason string) {
	switch {
	case r.base64 != nil && r.data != nil:
		return "is there twice, as data and data_base64"
	case r.base64 != nil:
		b, err := base64.StdEncoding.DecodeString(*r.base64)
		if err != nil {
			return "is not base64"
		}
		r.Data, r.Form = append([]byte{}, b...), FormBinary
	case r.data == nil:
	case declaresJSON(r.DataContentType):
		r.Data, r.Form = r.data, FormJSON
	default:
		var s string
		if r.data[0] != '"' || json.Unmarshal(r.data, &s) != nil {
			return "is not a string, and its content type is not JSON"
		}
		r.Data, r.Form = append([]byte{}, s...), FormText
	}
	return ""
}
