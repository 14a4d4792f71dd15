package payload

import (
	"encoding/base64"
	"time"

	"github.com/brinkml/brink/transport/payload/internal/text"
)

// JSON writes records as a JSON array of objects, which keeps all of them and
// needs no explanation:
//
//	[{"name":"urn:dev:mac:0024befffe804ff1:temp","unit":"Cel","value":21.5,"time":"2026-03-04T05:06:07.008Z"}]
//
// Bytes are in base64, as "value_base64" in place of "value". Unit and time are
// left out where a record has none. Times are RFC 3339 in UTC, to the nanosecond.
// [ParseJSON] is the other direction.
type JSON struct{}

var _ Encoder = JSON{}

// ContentType is application/json.
func (JSON) ContentType() string { return "application/json" }

// AppendEncode implements [Encoder].
func (JSON) AppendEncode(dst []byte, records ...Record) ([]byte, error) {
	if len(records) == 0 {
		return dst, ErrNoRecords
	}
	for i := range records {
		r := &records[i]
		if err := r.Check(); err != nil {
			return dst, recordError(i, r, err)
		}
		if !sayable(r.Time) {
			return dst, recordError(i, r, ErrTime)
		}
	}
	for i := range records {
		r := &records[i]
		if i == 0 {
			dst = append(dst, `[{"name":"`...)
		} else {
			dst = append(dst, `,{"name":"`...)
		}
		dst = text.AppendEscaped(dst, r.Base)
		dst = text.AppendEscaped(dst, r.Name)
		if r.Unit != "" {
			dst = text.AppendString(append(dst, `","unit":`...), r.Unit)
			dst = append(dst, ',')
		} else {
			dst = append(dst, `",`...)
		}
		if r.Value.kind == KindBytes {
			dst = append(dst, `"value_base64":`...)
		} else {
			dst = append(dst, `"value":`...)
		}
		dst = r.Value.AppendJSON(dst, base64.StdEncoding)
		if !r.Time.IsZero() {
			dst = AppendTime(append(dst, `,"time":"`...), r.Time)
			dst = append(dst, '"')
		}
		dst = append(dst, '}')
	}
	return append(dst, ']'), nil
}

// AppendTime appends a time as RFC 3339 has it, in UTC, with as many digits as
// it needs.
func AppendTime(dst []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(dst, time.RFC3339Nano)
}

// sayable reports whether RFC 3339 has a form for the time, which ends with the
// year 9999.
func sayable(t time.Time) bool {
	y := t.UTC().Year()
	return y >= 0 && y <= 9999
}
