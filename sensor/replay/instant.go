package replay

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// instant returns the time of the row in r.fields.
func (r *Reader) instant() (time.Time, error) {
	if r.stamp.index < 0 {
		if r.o.Period == 0 {
			return time.Time{}, nil
		}
		return r.o.Start.Add(time.Duration(r.rows-1) * r.o.Period), nil
	}
	text := r.fields[r.stamp.index]
	if r.o.TimeUnit != 0 {
		d, ok := units(text, r.o.TimeUnit)
		if !ok {
			return time.Time{}, r.errorf(r.line, r.stamp.Name,
				fmt.Errorf("%w written as a number of %v", quoted(text, ErrTime), r.o.TimeUnit))
		}
		if r.o.Start.IsZero() {
			return time.Unix(0, int64(d)).UTC(), nil
		}
		return r.o.Start.Add(d), nil
	}
	for i := range r.o.Layouts {
		n := (r.layout + i) % len(r.o.Layouts)
		if t, err := time.ParseInLocation(r.o.Layouts[n], string(text), r.o.Location); err == nil {
			r.layout = n
			return t, nil
		}
	}
	return time.Time{}, r.errorf(r.line, r.stamp.Name,
		fmt.Errorf("%w written as %s", quoted(text, ErrTime), strings.Join(r.o.Layouts, " or ")))
}

// units returns how long so many units are, to the nanosecond.
func units(text []byte, unit time.Duration) (time.Duration, bool) {
	digits, negative := bytes.CutPrefix(text, []byte("-"))
	d, ok := decimal(digits, unit)
	if !ok { // in some other notation
		x, err := strconv.ParseFloat(string(digits), 64)
		x = math.Round(x * float64(unit))
		if err != nil || !(x >= 0 && x < math.MaxInt64) {
			return 0, false
		}
		d = time.Duration(x)
	}
	if negative {
		d = -d
	}
	return d, true
}

// decimal takes the whole and the fraction of a number each for itself: seconds since 1970 do not fit a float64 together
// with their nanoseconds.
func decimal(digits []byte, unit time.Duration) (time.Duration, bool) {
	whole, fraction, _ := bytes.Cut(digits, []byte("."))
	n, err := strconv.ParseUint(string(whole), 10, 63)
	if err != nil || n >= uint64(math.MaxInt64/unit) || bytes.ContainsFunc(fraction, func(c rune) bool { return c < '0' || c > '9' }) {
		return 0, false
	}
	var part float64
	if len(fraction) > 0 {
		if part, err = strconv.ParseFloat(string(digits[len(whole):]), 64); err != nil {
			return 0, false
		}
	}
	return time.Duration(n)*unit + time.Duration(math.Round(part*float64(unit))), true
}
