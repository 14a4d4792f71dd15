package fusion

import "math"

// Degree is a degree in radians: 30*Degree, or angle/Degree.
const Degree = math.Pi / 180

// Euler is an orientation as three angles, turned in the order yaw, pitch, roll: of the body's x axis clockwise from
// north and then up, and of the body about that axis.
type Euler struct{ Roll, Pitch, Yaw float64 }

// Euler returns the angles, in radians, that python-sense-hat's get_orientation_radians gives a board with the axes of
// [sensor.Motion]: those of the axes forward, right and down in a world of north, east and down. A board that lies flat
// with its x axis to the north has none. Roll and Yaw are -π to π, Pitch is -π/2 to π/2; at ±π/2 only the sum or
// difference of the other two is defined.
//
// With [Orientation.Quat9D], Yaw is from magnetic north; with Quat6D, from wherever the filter started.
func (q Quaternion) Euler() Euler {
	// The rows of the world's matrix are east, north and up.
	m := q.matrix()
	return Euler{
		Roll:  math.Atan2(-m[2].y, -m[2].z),
		Pitch: math.Asin(min(max(m[2].x, -1), 1)),
		Yaw:   math.Atan2(m[0].x, m[1].x),
	}
}

// Quaternion returns the orientation with these angles, in radians.
func (e Euler) Quaternion() Quaternion {
	// North, east and down to east, north and up, then yaw about down, pitch about right, roll about forward.
	ned := Quaternion{0, math.Sqrt2 / 2, math.Sqrt2 / 2, 0}
	return ned.
		Mul(FromAxisAngle([3]float64{0, 0, 1}, e.Yaw)).
		Mul(FromAxisAngle([3]float64{0, 1, 0}, e.Pitch)).
		Mul(FromAxisAngle([3]float64{1, 0, 0}, e.Roll))
}

// Degrees returns the angles of e, which are in radians, in degrees from 0 to below 360, as python-sense-hat's
// get_orientation_degrees does.
func (e Euler) Degrees() Euler {
	return Euler{fullCircle(e.Roll), fullCircle(e.Pitch), fullCircle(e.Yaw)}
}

func fullCircle(angle float64) float64 {
	d := angle / Degree
	if d < 0 {
		d += 360
	}
	if d >= 360 { // the sum was rounded
		d = 0
	}
	return d
}

// Heading returns the direction of the body's x axis, clockwise from north, in radians from 0 to below 2π. It is the yaw
// of [Quaternion.Euler], for bodies with any axes.
func (q Quaternion) Heading() float64 {
	m := q.matrix()
	h := math.Atan2(m[0].x, m[1].x)
	if h < 0 {
		h += 2 * math.Pi
	}
	if h >= 2*math.Pi {
		h = 0
	}
	return h
}
