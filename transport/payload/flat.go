package payload

import (
	"encoding/base64"
	"strconv"
	"time"

	"github.com/brinkml/brink/transport/payload/internal/text"
)

// Flat writes the records of one moment as one JSON object, with their names for
// members, which rules and dashboards take as it is:
//
//	{"time":"2026-03-04T05:06:07.008Z","temp":21.5,"humidity":40.2}
//
// Base, which names the device, and units are left to the topic and to whoever
// reads. All records of a message must have the same time or none, and names of
// their own, none of them that of the time. Bytes are a string in base64.
type Flat struct {
	// Time is the name of the time; "" means "time".
	Time string
	// Milli writes the time as milliseconds since 1970, a number.
	Milli bool
}

var _ Encoder = Flat{}

// ContentType is application/json.
func (Flat) ContentType() string { return "application/json" }

// AppendEncode implements [Encoder].
func (f Flat) AppendEncode(dst []byte, records ...Record) ([]byte, error) {
	if len(records) == 0 {
		return dst, ErrNoRecords
	}
	if f.Time == "" {
		f.Time = "time"
	}
	at := records[0].Time
	for i := range records {
		r := &records[i]
		if err := r.Check(); err != nil {
			return dst, recordError(i, r, err)
		}
		switch {
		case r.Name == "":
			return dst, recordError(i, r, ErrName)
		case !r.Time.Equal(at) || r.Name == f.Time:
			return dst, recordError(i, r, ErrMany)
		case !sayable(r.Time):
			return dst, recordError(i, r, ErrTime)
		}
		for k := range records[:i] {
			if records[k].Name == r.Name {
				return dst, recordError(i, r, ErrMany)
			}
		}
	}
	dst = append(dst, '{')
	if !at.IsZero() {
		dst = f.appendTime(append(text.AppendString(dst, f.Time), ':'), at)
		dst = append(dst, ',')
	}
	for i := range records {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(text.AppendString(dst, records[i].Name), ':')
		dst = records[i].Value.AppendJSON(dst, base64.StdEncoding)
	}
	return append(dst, '}'), nil
}

func (f Flat) appendTime(dst []byte, t time.Time) []byte {
	if f.Milli {
		return strconv.AppendInt(dst, t.UnixMilli(), 10)
	}
	return append(AppendTime(append(dst, '"'), t), '"')
}
