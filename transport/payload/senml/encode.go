package senml

import (
	"fmt"
	"time"

	"github.com/brinkml/brink/transport/internal/cbor"
	"github.com/brinkml/brink/transport/payload"
)

// Format is how a pack is written.
type Format int

// The formats of packs.
const (
	JSON Format = iota
	CBOR
)

// Options configure an Encoder. The zero value, like nil, is the defaults.
type Options struct {
	// Resolution is what times are rounded to; 0 means 1 ms. A float of seconds
	// since 1970 holds no less than a quarter of a microsecond.
	Resolution time.Duration
	// Relative writes times as seconds before the call, for a device whose clock
	// is wrong and whose messages arrive at once: what waits in an outbox says
	// "now" too late. Times with a monotonic reading, as time.Now gives them, are
	// right whatever the clock says.
	Relative bool
	// AnyUnit takes units that no RFC has, as they are.
	AnyUnit bool
	// Decimals writes a number in CBOR as a decimal fraction (tag 4, which
	// section 6 allows) where that is shorter: 21.3 takes 5 bytes and not 9. Not
	// every reader knows them. JSON has no use for it.
	Decimals bool
}

// Encoder is a payload.Encoder of packs. It is safe for concurrent use.
type Encoder struct {
	f Format
	o Options
}

var _ payload.Encoder = (*Encoder)(nil)

// New returns an encoder. Options may be nil.
func New(f Format, o *Options) (*Encoder, error) {
	e := &Encoder{f: f}
	if o != nil {
		e.o = *o
	}
	if e.o.Resolution == 0 {
		e.o.Resolution = time.Millisecond
	}
	switch {
	case f != JSON && f != CBOR:
		return nil, fmt.Errorf("senml: no such Format: %d", f)
	case e.o.Resolution < 0:
		return nil, fmt.Errorf("senml: Resolution is %v", e.o.Resolution)
	}
	return e, nil
}

// ContentType implements payload.Encoder.
func (e *Encoder) ContentType() string {
	if e.f == CBOR {
		return TypeCBOR
	}
	return TypeJSON
}

// AppendEncode implements payload.Encoder. Records keep their order. What a
// record can be refused for is payload.ErrName, by the rules of [CheckName],
// ErrNoValue, ErrNotFinite, ErrText, ErrUnit, and ErrTime for a time that is not
// unknown and before July 1978 or after the year 9999.
func (e *Encoder) AppendEncode(dst []byte, records ...payload.Record) ([]byte, error) {
	if len(records) == 0 {
		return dst, payload.ErrNoRecords
	}
	c := call{Encoder: e, records: records, origin: time.Unix(0, 0)}
	if e.o.Relative {
		c.origin = time.Now()
	}
	for i := range records {
		if err := c.check(&records[i]); err != nil {
			return dst, &payload.RecordError{Index: i, Name: records[i].Base + records[i].Name, Err: err}
		}
	}
	c.plan()
	if e.f == CBOR {
		dst = cbor.AppendHead(dst, cbor.Array, uint64(len(records)))
		for i := range records {
			r, s := c.next(i)
			dst = r.appendCBOR(dst, s, e.o.Decimals)
		}
		return dst, nil
	}
	dst = append(dst, '[')
	for i := range records {
		if i > 0 {
			dst = append(dst, ',')
		}
		r, s := c.next(i)
		dst = r.appendJSON(dst, s)
	}
	return append(dst, ']'), nil
}

// call is one pack in the making.
type call struct {
	*Encoder
	records []payload.Record
	origin  time.Time // where times count from

	symbol   string // what unit was looked up for
	unit     *Unit  // and nil if it is none
	baseUnit string
	runs     bool      // a base name for each run of records with one Base
	cut      int       // the length of the base name in effect
	until    int       // the record at which it ends
	base     time.Time // the base time in effect; zero for none
}

// check finds what cannot be said.
func (c *call) check(r *payload.Record) error {
	if err := r.Check(); err != nil {
		return err
	}
	first := r.Base
	if first == "" {
		first = r.Name
	}
	if !alnum(first[0]) || !nameChars(r.Base) || !nameChars(r.Name) {
		return payload.ErrName
	}
	if _, _, err := c.measure(r); err != nil {
		return err
	}
	if r.Time.IsZero() {
		return nil
	}
	at := c.at(r)
	sec := at.Unix() - c.origin.Unix()
	if c.o.Relative && (sec >= absolute || sec <= -mostSeconds) || !c.o.Relative && (sec < absolute || sec >= mostSeconds) {
		return payload.ErrTime
	}
	return nil
}

// measure is a record's value in a primary unit.
func (c *call) measure(r *payload.Record) (payload.Value, string, error) {
	if r.Unit == "" {
		return r.Value, "", nil
	}
	if r.Unit != c.symbol {
		c.symbol, c.unit = r.Unit, findUnit(r.Unit)
	}
	u := c.unit
	if u == nil {
		if !c.o.AnyUnit {
			return r.Value, "", payload.ErrUnit
		}
		return r.Value, r.Unit, nil
	}
	if u.Primary == "" || !r.Value.Number() {
		return r.Value, u.Symbol, nil
	}
	v := u.ToPrimary(r.Value)
	return v, u.Primary, v.Check()
}

// at is a record's time on the scale of the origin, rounded.
func (c *call) at(r *payload.Record) time.Time {
	if c.o.Relative {
		return c.origin.Add(r.Time.Sub(c.origin).Round(c.o.Resolution))
	}
	if c.o.Resolution < time.Second && r.Time.Nanosecond()%int(c.o.Resolution) == 0 && time.Second%c.o.Resolution == 0 {
		return r.Time
	}
	return r.Time.Round(c.o.Resolution)
}

// next is record i as it is sent, after those before it.
func (c *call) next(i int) (Record, names) {
	in := &c.records[i]
	var r Record
	var s names
	r.Value, r.Unit, _ = c.measure(in) // checked
	if i == 0 && c.baseUnit != "" {
		r.BaseUnit = c.baseUnit
	}
	if r.Unit == c.baseUnit {
		r.Unit = ""
	}
	if i == c.until {
		c.until = len(c.records)
		if c.runs {
			c.until = runEnd(c.records, i)
		}
		if c.cut = prefix(c.records[i:c.until]); c.runs || c.cut > 0 {
			s.bn = slice(in, 0, c.cut)
			if c.cut == 0 && i > 0 {
				r.Zero |= FieldBaseName // ends that of the run before
			}
		}
		if len(c.records) == 1 {
			c.cut, s.bn = 0, [2]string{}
		}
	}
	s.n = slice(in, c.cut, len(in.Base)+len(in.Name))
	c.setTime(&r, in)
	return r, s
}

// setTime says a record's time from the base time in effect, or sets one.
func (c *call) setTime(r *Record, in *payload.Record) {
	if in.Time.IsZero() {
		if !c.base.IsZero() { // back to now
			r.Zero |= FieldBaseTime
			c.base = time.Time{}
		}
		return
	}
	at := c.at(in)
	switch {
	case len(c.records) == 1:
		r.Time = between(c.origin, at)
	case c.base.IsZero():
		c.base = at
		r.BaseTime = between(c.origin, at)
	default:
		r.Time = between(c.base, at)
	}
}
