package cloudevents

import (
	"encoding/base64"
	"errors"
	"slices"

	"github.com/brinkml/brink/transport/payload"
)

// Options configure an Encoder. The zero value, like nil, is the defaults.
type Options struct {
	// Inner writes the data; nil means payload.JSON.
	Inner payload.Encoder
	// Subject, DataSchema and Extensions are those of every event.
	Subject, DataSchema string
	Extensions          []Attribute
}

// Encoder is a payload.Encoder that makes one event of the records of a call.
// Its time is the first that a record has. It is safe for concurrent use.
type Encoder struct {
	event Event
	ids   *IDs
	inner payload.Encoder
	json  bool // what inner writes
}

var _ payload.Encoder = (*Encoder)(nil)

// New returns an encoder of events of that source and type. Options may be nil.
// The error is an [*Error] or says that ids are missing.
func New(source, eventType string, ids *IDs, o *Options) (*Encoder, error) {
	if o == nil {
		o = &Options{}
	}
	e := &Encoder{ids: ids, inner: o.Inner}
	if e.inner == nil {
		e.inner = payload.JSON{}
	}
	e.event = Event{
		ID: "1", Source: source, Type: eventType, Subject: o.Subject, DataSchema: o.DataSchema,
		DataContentType: e.inner.ContentType(), Extensions: slices.Clone(o.Extensions),
	}
	e.json = declaresJSON(e.event.DataContentType)
	err := e.event.Check()
	if ids == nil {
		err = errors.Join(errors.New("cloudevents: an encoder needs ids"), err)
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

// ContentType implements payload.Encoder.
func (*Encoder) ContentType() string { return TypeJSON }

// AppendEncode implements payload.Encoder, with the next id.
func (e *Encoder) AppendEncode(dst []byte, records ...payload.Record) ([]byte, error) {
	return e.AppendAs(dst, e.ids.Next(), records...)
}

// AppendAs is AppendEncode with an id that the caller chose, to give it to the
// outbox as well. The error is also [ErrID], for an id that ParseID would not
// read.
func (e *Encoder) AppendAs(dst []byte, id ID, records ...payload.Record) ([]byte, error) {
	if !id.valid() {
		return dst, ErrID
	}
	event := e.event
	for i := range records {
		if event.Time = records[i].Time; !event.Time.IsZero() {
			break
		}
	}
	if y := event.Time.UTC().Year(); y < 0 || y > 9999 {
		return dst, &payload.RecordError{Err: payload.ErrTime}
	}
	start := len(dst)
	dst = id.AppendTo(append(dst, `{"specversion":"1.0","id":"`...))
	dst = event.appendRest(append(dst, '"'))
	if e.json {
		dst = append(dst, `,"data":`...)
	} else {
		dst = append(dst, `,"data_base64":"`...)
	}
	from := len(dst)
	dst, err := e.inner.AppendEncode(dst, records...)
	if err != nil {
		return dst[:start], err
	}
	if e.json {
		return append(dst, '}'), nil
	}
	// In base64 after itself, and then where it was.
	to := len(dst)
	dst = base64.StdEncoding.AppendEncode(dst, dst[from:to])
	dst = dst[:from+copy(dst[from:], dst[to:])]
	return append(dst, `"}`...), nil
}
