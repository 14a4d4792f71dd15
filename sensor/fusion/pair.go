package fusion

import "math"

// pair has the two orientations of a filter that keeps them separately, and how they begin.
type pair struct {
	six, nine    Quaternion
	level, north bool // whether they have been aligned with the vertical, and the second with north
}

func (p *pair) restart() { *p = pair{six: Identity, nine: Identity} }

// align sets what has not been aligned yet from the first acceleration and field. It reports whether it has set the
// first, or both.
func (p *pair) align(accel, mag vector) bool {
	begin := false
	if !p.level {
		up, ok := unit(accel)
		if !ok {
			return false
		}
		p.six = upright(up)
		p.nine = p.six
		p.level, begin = true, true
	}
	if !p.north {
		earth := p.nine.rotate(mag)
		if math.Hypot(earth.x, earth.y) > tiny {
			p.nine = p.nine.yawed(math.Atan2(earth.x, earth.y))
			p.north = true
		}
	}
	return begin
}

// level returns a field as it would be were there no declination: all that is level in it points north. It is the
// compensation of Madgwick, equations 45 and 46, by which a disturbed field only touches the heading.
func level(earth vector) (north, up float64) { return math.Hypot(earth.x, earth.y), earth.z }
