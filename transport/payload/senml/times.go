package senml

import (
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	// absolute is where times begin to be absolute, 2^28 seconds after 1970
	// (section 4.5.3).
	absolute = 1 << 28
	// mostSeconds bounds what is taken for a time: the year 10000, from where on
	// RFC 3339 has no form for it.
	mostSeconds = 253402300800
)

// moment is seconds and nanoseconds, which count in the direction of time.
type moment struct{ sec, nsec int64 }

func (m moment) add(n moment) moment {
	m.sec += n.sec
	m.nsec += n.nsec
	switch {
	case m.nsec >= 1e9:
		m.sec, m.nsec = m.sec+1, m.nsec-1e9
	case m.nsec < 0:
		m.sec, m.nsec = m.sec-1, m.nsec+1e9
	}
	return m
}

// secondsOf reads a number of seconds by its decimal digits, which are what the
// sender wrote: the float next to 1276020076.001 is not that, but its shortest
// digits are.
func secondsOf(f float64) (moment, bool) {
	if !(math.Abs(f) < mostSeconds) {
		return moment{}, false
	}
	var room [64]byte
	whole, frac, _ := strings.Cut(string(strconv.AppendFloat(room[:0], math.Abs(f), 'f', -1, 64)), ".")
	sec, _ := strconv.ParseInt(whole, 10, 64) // strconv's own digits
	var nsec int64
	for i := range 9 {
		nsec *= 10
		if i < len(frac) {
			nsec += int64(frac[i] - '0')
		}
	}
	if len(frac) > 9 && frac[9] >= '5' {
		nsec++
	}
	m := moment{sec, 0}.add(moment{0, nsec})
	if f < 0 {
		m = moment{-m.sec, 0}.add(moment{0, -m.nsec})
	}
	return m, true
}

// float is the float next to the decimal digits of m.
func (m moment) float() float64 {
	const exact = 1 << 53 / 1_000_000 // seconds of which a float holds all microseconds
	if m.sec > -exact && m.sec < exact {
		// Both numbers are exact, and so the quotient is the float next to it.
		switch {
		case m.nsec == 0:
			return float64(m.sec)
		case m.nsec%1e6 == 0:
			return float64(m.sec*1e3+m.nsec/1e6) / 1e3
		case m.nsec%1e3 == 0:
			return float64(m.sec*1e6+m.nsec/1e3) / 1e6
		}
	}
	neg := m.sec < 0
	if neg {
		m = moment{-m.sec, 0}.add(moment{0, -m.nsec})
	}
	var room [40]byte
	b := strconv.AppendInt(room[:0], m.sec, 10)
	b = append(b, '.')
	for unit := int64(1e8); unit > 0; unit /= 10 {
		b = append(b, byte('0'+m.nsec/unit%10))
	}
	f, _ := strconv.ParseFloat(string(b), 64) // digits
	if neg {
		return -f
	}
	return f
}

// between is the time from a to b, in seconds.
func between(a, b time.Time) float64 {
	return moment{b.Unix() - a.Unix(), 0}.add(moment{0, int64(b.Nanosecond()) - int64(a.Nanosecond())}).float()
}
