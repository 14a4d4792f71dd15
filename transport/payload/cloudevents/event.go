package cloudevents

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/brinkml/brink/transport/payload"
	"github.com/brinkml/brink/transport/payload/internal/text"
)

// The media types of events and of batches.
const (
	TypeJSON  = "application/cloudevents+json"
	TypeBatch = "application/cloudevents-batch+json"
)

// SpecVersion is the version of the specification.
const SpecVersion = "1.0"

// Event is one event. ID, Source and Type are required; what is empty of the
// rest is not there.
type Event struct {
	ID     string // of this event alone among those of Source
	Source string // a URI reference: who says it
	Type   string // what it is about, such as "com.example.air.measured"

	Subject         string
	Time            time.Time
	DataContentType string // the media type of Data; "" is application/json, but for binary data
	DataSchema      string // a URI

	// Extensions are attributes beyond these: values of the kinds Bool, Int of 32
	// bits, String and Bytes, under names of up to 20 letters and digits, all in
	// lower case, the first a letter.
	Extensions []Attribute

	// Data is the event's own; nil is none.
	Data []byte
	// Form is how Data is written.
	Form Form
}

// Attribute is an extension of an event.
type Attribute struct {
	Name  string
	Value payload.Value
}

// Form is how data stands in JSON (JSON format, section 3.1).
type Form int

const (
	// FormAuto is FormJSON if the content type says so or is missing, and
	// otherwise FormBinary.
	FormAuto Form = iota
	// FormJSON is data that is JSON, as it is.
	FormJSON
	// FormText is data that is text, as a string; its content type is not JSON.
	FormText
	// FormBinary is any data, in base64.
	FormBinary
)

// Error reports an event that the specification does not allow.
type Error struct {
	Index     int    // in a batch
	Attribute string // or "data"
	Reason    string
}

func (e *Error) Error() string {
	return fmt.Sprintf("cloudevents: event %d: %.64s: %s", e.Index, strings.ToValidUTF8(e.Attribute, "?"), e.Reason)
}

// AppendJSON appends the event in the structured mode. The error is an [*Error],
// and dst as it was.
func (e *Event) AppendJSON(dst []byte) ([]byte, error) {
	form, err := e.check(true)
	if err != nil {
		return dst, err
	}
	dst = e.appendHead(dst, e.ID)
	switch {
	case e.Data == nil:
	case form == FormJSON:
		dst = append(append(dst, `,"data":`...), e.Data...)
	case form == FormText:
		dst = text.AppendString(append(dst, `,"data":`...), string(e.Data))
	default:
		dst = base64.StdEncoding.AppendEncode(append(dst, `,"data_base64":"`...), e.Data)
		dst = append(dst, '"')
	}
	return append(dst, '}'), nil
}

// AppendBatch appends events as a batch, which may be empty.
func AppendBatch(dst []byte, events ...Event) ([]byte, error) {
	start := len(dst)
	dst = append(dst, '[')
	for i := range events {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = events[i].AppendJSON(dst); err != nil {
			err.(*Error).Index = i
			return dst[:start], err
		}
	}
	return append(dst, ']'), nil
}

// appendHead appends all but the data and the last brace.
func (e *Event) appendHead(dst []byte, id string) []byte {
	dst = text.AppendString(append(dst, `{"specversion":"1.0","id":`...), id)
	return e.appendRest(dst)
}

// appendRest appends what follows the id.
func (e *Event) appendRest(dst []byte) []byte {
	dst = text.AppendString(append(dst, `,"source":`...), e.Source)
	dst = text.AppendString(append(dst, `,"type":`...), e.Type)
	if e.Subject != "" {
		dst = text.AppendString(append(dst, `,"subject":`...), e.Subject)
	}
	if !e.Time.IsZero() {
		dst = append(payload.AppendTime(append(dst, `,"time":"`...), e.Time), '"')
	}
	if e.DataContentType != "" {
		dst = text.AppendString(append(dst, `,"datacontenttype":`...), e.DataContentType)
	}
	if e.DataSchema != "" {
		dst = text.AppendString(append(dst, `,"dataschema":`...), e.DataSchema)
	}
	for i := range e.Extensions {
		dst = append(append(append(dst, `,"`...), e.Extensions[i].Name...), `":`...)
		dst = e.Extensions[i].Value.AppendJSON(dst, base64.StdEncoding)
	}
	return dst
}

// Check returns an [*Error] for what the specification does not allow.
func (e *Event) Check() error {
	_, err := e.check(true)
	return err
}

// check also says how the data stands. With strict the shoulds for names count.
func (e *Event) check(strict bool) (Form, error) {
	bad := func(attribute, reason string) (Form, error) {
		return 0, &Error{Attribute: attribute, Reason: reason}
	}
	for _, a := range [...]struct{ name, value string }{{"id", e.ID}, {"source", e.Source}, {"type", e.Type}} {
		if a.value == "" {
			return bad(a.name, "is missing")
		}
	}
	for _, a := range [...]struct{ name, value string }{
		{"id", e.ID}, {"source", e.Source}, {"type", e.Type}, {"subject", e.Subject}, {"datacontenttype", e.DataContentType}, {"dataschema", e.DataSchema},
	} {
		if !isString(a.value) {
			return bad(a.name, "has a character that the specification disallows")
		}
	}
	if !isURIReference(e.Source) {
		return bad("source", "is not a URI reference")
	}
	if e.DataSchema != "" && (scheme(e.DataSchema) == 0 || !isURIReference(e.DataSchema)) {
		return bad("dataschema", "is not a URI")
	}
	if e.DataContentType != "" && !isMediaType(e.DataContentType) {
		return bad("datacontenttype", "is not a media type")
	}
	if y := e.Time.UTC().Year(); y < 0 || y > 9999 {
		return bad("time", "is beyond what RFC 3339 can say")
	}
	for i := range e.Extensions {
		if err := e.Extensions[i].check(strict); err != nil {
			return 0, err
		}
		for k := range e.Extensions[:i] {
			if e.Extensions[k].Name == e.Extensions[i].Name {
				return bad(e.Extensions[i].Name, "is given twice")
			}
		}
	}
	form, isJSON := e.Form, declaresJSON(e.DataContentType)
	if form == FormAuto {
		if form = FormBinary; isJSON {
			form = FormJSON
		}
	}
	switch {
	case e.Data == nil:
	case form < FormJSON || form > FormBinary:
		return bad("data", "has no such Form")
	case form == FormJSON && !isJSON:
		return bad("data", "is to be JSON, and its content type is not")
	case form == FormText && isJSON:
		return bad("data", "is to be text, and its content type is JSON")
	case form == FormJSON && !(validUTF8(e.Data) && json.Valid(e.Data)):
		return bad("data", "is not JSON")
	case form == FormText && !validUTF8(e.Data):
		return bad("data", "is not UTF-8")
	}
	return form, nil
}

func (a *Attribute) check(strict bool) error {
	bad := func(reason string) error { return &Error{Attribute: a.Name, Reason: reason} }
	if !isName(a.Name) {
		return bad("is no name for an extension")
	}
	if strict && (len(a.Name) > 20 || a.Name[0] <= '9') {
		return bad("is a name that an extension should not have: longer than 20, or with a digit first")
	}
	switch a.Value.Kind() {
	case payload.KindBool, payload.KindBytes:
	case payload.KindInt:
		if n := a.Value.Int64(); n < math.MinInt32 || n > math.MaxInt32 {
			return bad("is an integer of more than 32 bits")
		}
	case payload.KindString:
		if !isString(a.Value.Str()) {
			return bad("has a character that the specification disallows")
		}
	default:
		return bad("has a value of a kind that extensions cannot have")
	}
	return nil
}
