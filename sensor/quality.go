package sensor

import (
	"math/bits"
	"strconv"
	"strings"
)

// Quality is a set of flags that says what is special about a reading. Zero means nothing is.
type Quality uint32

const (
	// NotReady: no conversion has finished since the sensor was started; it comes with [ErrNotReady].
	NotReady Quality = 1 << iota
	// Stale: nothing new since the previous read; the value is that of an earlier conversion.
	Stale
	// Clipped: the value lay outside what can be expressed and was cut to the limit, or the converter was saturated.
	Clipped
	// OutOfRange: the value is outside the range for which the sensor is specified.
	OutOfRange
	// Stuck: the value has not moved for longer than noise allows.
	Stuck
	// Overrun: deadlines of the schedule were missed before this reading, or this reading is late by a period or more.
	Overrun
	// Interpolated: the value was computed between or beyond measured ones.
	Interpolated
	// Compensated: a correction was applied to the value, for heat of the board for example.
	Compensated
)

var qualityNames = [...]string{
	"NotReady", "Stale", "Clipped", "OutOfRange", "Stuck", "Overrun", "Interpolated", "Compensated",
}

// Has reports whether all flags of f are set in q.
func (q Quality) Has(f Quality) bool { return q&f == f }

// String lists the flags by name, as in "Stale|Clipped", unknown ones in hexadecimal; "OK" when there is none.
func (q Quality) String() string {
	if q == 0 {
		return "OK"
	}
	var s strings.Builder
	for rest := q; rest != 0; rest &= rest - 1 {
		if s.Len() > 0 {
			s.WriteByte('|')
		}
		if i := bits.TrailingZeros32(uint32(rest)); i < len(qualityNames) {
			s.WriteString(qualityNames[i])
		} else {
			s.WriteString("0x" + strconv.FormatUint(1<<i, 16))
		}
	}
	return s.String()
}
