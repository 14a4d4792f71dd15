package senml

import (
	"cmp"
	"slices"
	"time"

	"github.com/brinkml/brink/transport/payload"
)

// resolved is a record to which the base fields were applied.
type resolved struct {
	Record
	at moment
}

// Resolve applies the base fields and the time that is now, as section 4.6 has
// it: every record stands by itself, with its whole name, a time that is
// absolute, and in the order of times. Records that carry base fields only are
// left out. Names, values and times are checked: the error is a
// [*payload.RecordError] with the index in p.
func (p Pack) Resolve(now time.Time) (Pack, error) {
	all, err := p.resolve(now)
	if err != nil {
		return nil, err
	}
	out := make(Pack, len(all))
	for i := range all {
		out[i] = all[i].Record
	}
	return out, nil
}

// Records resolves a pack into records. Sums and update times are left out, and
// with them records that have a sum only.
func (p Pack) Records(now time.Time) ([]payload.Record, error) {
	all, err := p.resolve(now)
	if err != nil {
		return nil, err
	}
	out := make([]payload.Record, 0, len(all))
	for i := range all {
		r := &all[i]
		if r.Value.Kind() != payload.KindNone {
			out = append(out, payload.Record{Name: r.Name, Unit: r.Unit, Value: r.Value, Time: time.Unix(r.at.sec, r.at.nsec)})
		}
	}
	if len(out) == 0 {
		return nil, payload.ErrNoRecords
	}
	return out, nil
}

// bases are the base fields in effect.
type bases struct {
	name, unit string
	time       moment
	value, sum float64
	hasSum     bool
	hasValue   bool
}

func (p Pack) resolve(now time.Time) ([]resolved, error) {
	var b bases
	out := make([]resolved, 0, len(p))
	for i := range p {
		if !b.take(&p[i]) {
			return nil, &payload.RecordError{Index: i, Name: b.name, Err: payload.ErrTime}
		}
		if p[i].onlyBases() {
			continue
		}
		r, err := b.apply(&p[i], now)
		if err != nil {
			return nil, &payload.RecordError{Index: i, Name: b.name + p[i].Name, Err: err}
		}
		if v := p.version(); v != Version {
			r.Version = v
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		return nil, payload.ErrNoRecords
	}
	slices.SortStableFunc(out, func(a, b resolved) int {
		return cmp.Or(cmp.Compare(a.at.sec, b.at.sec), cmp.Compare(a.at.nsec, b.at.nsec))
	})
	return out, nil
}

// onlyBases reports whether a record is there for its base fields, as the first
// of section 5.1.7.
func (r *Record) onlyBases() bool {
	const fields = FieldName | FieldUnit | FieldSum | FieldTime | FieldUpdateIn
	return r.Name == "" && r.Unit == "" && r.Value.Kind() == payload.KindNone &&
		r.Sum == 0 && r.Time == 0 && r.UpdateIn == 0 && r.Zero&fields == 0 &&
		(r.BaseName != "" || r.BaseTime != 0 || r.BaseUnit != "" || r.BaseValue != 0 || r.BaseSum != 0 || r.Version != 0 || r.Zero != 0)
}

// take takes over the base fields of a record; false is for a time that is none.
func (b *bases) take(r *Record) bool {
	if r.has(FieldBaseName, r.BaseName != "") {
		b.name = r.BaseName
	}
	if r.has(FieldBaseUnit, r.BaseUnit != "") {
		b.unit = r.BaseUnit
	}
	if r.has(FieldBaseValue, r.BaseValue != 0) {
		b.value, b.hasValue = r.BaseValue, true
	}
	if r.has(FieldBaseSum, r.BaseSum != 0) {
		b.sum, b.hasSum = r.BaseSum, true
	}
	if r.has(FieldBaseTime, r.BaseTime != 0) {
		var ok bool
		if b.time, ok = secondsOf(r.BaseTime); !ok {
			return false
		}
	}
	return true
}

// apply makes a record stand by itself.
func (b *bases) apply(r *Record, now time.Time) (resolved, error) {
	out := resolved{Record: Record{
		Name: b.name + r.Name, Unit: r.Unit, Value: r.Value, UpdateIn: r.UpdateIn, Zero: r.Zero & FieldUpdateIn,
	}}
	if err := CheckName(out.Name); err != nil {
		return out, err
	}
	if !r.has(FieldUnit, r.Unit != "") {
		out.Unit = b.unit
	}
	if b.hasSum || r.has(FieldSum, r.Sum != 0) {
		if out.Sum = b.sum + r.Sum; out.Sum == 0 {
			out.Zero |= FieldSum
		}
	}
	hasSum := out.Sum != 0 || out.Zero&FieldSum != 0
	switch {
	case r.Value.Number() && b.value != 0:
		out.Value = payload.Float(b.value + r.Value.Float64())
	case r.Value.Kind() == payload.KindNone && b.hasValue:
		out.Value = payload.Float(b.value)
	case r.Value.Kind() == payload.KindNone && !hasSum:
		return out, payload.ErrNoValue
	}
	if out.Value.Kind() != payload.KindNone {
		if err := out.Value.Check(); err != nil {
			return out, err
		}
	}
	if out.Sum-out.Sum != 0 || r.UpdateIn-r.UpdateIn != 0 {
		return out, payload.ErrNotFinite
	}
	t, ok := secondsOf(r.Time)
	if !ok {
		return out, payload.ErrTime
	}
	t = t.add(b.time)
	if t.sec < absolute {
		t = t.add(moment{now.Unix(), int64(now.Nanosecond())})
	}
	if t.sec <= -mostSeconds || t.sec >= mostSeconds {
		return out, payload.ErrTime
	}
	out.at = t
	out.Time = t.float()
	return out, nil
}
