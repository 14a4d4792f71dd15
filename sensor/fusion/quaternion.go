package fusion

import "math"

// Quaternion is an orientation: W is the scalar part. Those that filters return have length 1 and turn vectors of the
// body's axes into the world's, which are east, north and up.
type Quaternion struct{ W, X, Y, Z float64 }

// Identity is the orientation of a body whose axes are the world's.
var Identity = Quaternion{W: 1}

// FromAxisAngle returns the rotation by angle, in radians and by the right-hand rule, about axis, which need not have
// length 1. It is Identity when the axis has no direction.
func FromAxisAngle(axis [3]float64, angle float64) Quaternion {
	u, ok := unit(vec(axis))
	if !ok {
		return Identity
	}
	s, c := math.Sincos(angle / 2)
	return Quaternion{c, s * u.x, s * u.y, s * u.z}
}

// Mul returns the rotation p followed, seen from the world, by q: q.Mul(p).Rotate(v) is q.Rotate(p.Rotate(v)).
func (q Quaternion) Mul(p Quaternion) Quaternion {
	return Quaternion{
		q.W*p.W - q.X*p.X - q.Y*p.Y - q.Z*p.Z,
		q.W*p.X + q.X*p.W + q.Y*p.Z - q.Z*p.Y,
		q.W*p.Y - q.X*p.Z + q.Y*p.W + q.Z*p.X,
		q.W*p.Z + q.X*p.Y - q.Y*p.X + q.Z*p.W,
	}
}

// Conj returns the conjugate: of a unit quaternion it is the inverse rotation, from the world's axes into the body's.
func (q Quaternion) Conj() Quaternion { return Quaternion{q.W, -q.X, -q.Y, -q.Z} }

// Rotate returns v, which is in the body's axes, in those of the world. q must have length 1.
func (q Quaternion) Rotate(v [3]float64) [3]float64 { return q.rotate(vec(v)).array() }

func (q Quaternion) rotate(v vector) vector {
	u := vector{q.X, q.Y, q.Z}
	t := scale(2, cross(u, v))
	return add(add(v, scale(q.W, t)), cross(u, t))
}

// AngleTo returns the angle of the rotation between q and p: 0 to π.
func (q Quaternion) AngleTo(p Quaternion) float64 {
	d := q.Conj().Mul(p)
	return 2 * math.Atan2(math.Sqrt(d.X*d.X+d.Y*d.Y+d.Z*d.Z), math.Abs(d.W))
}

// Norm returns the length.
func (q Quaternion) Norm() float64 {
	return math.Sqrt(q.W*q.W + q.X*q.X + q.Y*q.Y + q.Z*q.Z)
}

// Normalized returns q with length 1, or Identity if q has no direction.
func (q Quaternion) Normalized() Quaternion {
	n := q.Norm()
	if !(n >= tiny && n <= math.MaxFloat64) {
		return Identity
	}
	return q.scaled(1 / n)
}

// scaled returns k·q.
func (q Quaternion) scaled(k float64) Quaternion {
	return Quaternion{k * q.W, k * q.X, k * q.Y, k * q.Z}
}

// matrix returns the rotation's matrix: its rows are the world's axes in the body's.
func (q Quaternion) matrix() matrix {
	xx, yy, zz := q.X*q.X, q.Y*q.Y, q.Z*q.Z
	xy, xz, yz := q.X*q.Y, q.X*q.Z, q.Y*q.Z
	wx, wy, wz := q.W*q.X, q.W*q.Y, q.W*q.Z
	return matrix{
		{1 - 2*(yy+zz), 2 * (xy - wz), 2 * (xz + wy)},
		{2 * (xy + wz), 1 - 2*(xx+zz), 2 * (yz - wx)},
		{2 * (xz - wy), 2 * (yz + wx), 1 - 2*(xx+yy)},
	}
}

// fromMatrix is the inverse of [Quaternion.matrix] for a rotation. It divides by the largest of the four components.
func fromMatrix(m *matrix) Quaternion {
	var q Quaternion
	switch trace := m[0].x + m[1].y + m[2].z; {
	case trace > max(m[0].x, m[1].y, m[2].z):
		q = Quaternion{1 + trace, m[2].y - m[1].z, m[0].z - m[2].x, m[1].x - m[0].y}
	case m[0].x >= max(m[1].y, m[2].z):
		q = Quaternion{m[2].y - m[1].z, 1 + m[0].x - m[1].y - m[2].z, m[0].y + m[1].x, m[0].z + m[2].x}
	case m[1].y >= m[2].z:
		q = Quaternion{m[0].z - m[2].x, m[0].y + m[1].x, 1 - m[0].x + m[1].y - m[2].z, m[1].z + m[2].y}
	default:
		q = Quaternion{m[1].x - m[0].y, m[0].z + m[2].x, m[1].z + m[2].y, 1 - m[0].x - m[1].y + m[2].z}
	}
	return q.Normalized()
}

// turned returns the rotation by the rate w, in rad/s in the body's axes, for dt seconds after q.
func (q Quaternion) turned(w vector, dt float64) Quaternion {
	n := norm(w)
	if n < tiny {
		return q
	}
	s, c := math.Sincos(n * dt / 2)
	s /= n
	return q.Mul(Quaternion{c, s * w.x, s * w.y, s * w.z}).Normalized()
}

// yawed returns q turned about the world's vertical by angle, counter-clockwise seen from above.
func (q Quaternion) yawed(angle float64) Quaternion {
	s, c := math.Sincos(angle / 2)
	return Quaternion{c*q.W - s*q.Z, c*q.X - s*q.Y, c*q.Y + s*q.X, c*q.Z + s*q.W}
}

// upright returns the shortest rotation that takes the unit vector up to the world's vertical.
//
// It is the inclination correction of Laidig and Seel: half angles by the vertical's components, and a half turn about x
// for a vector that points down.
func upright(up vector) Quaternion {
	w := math.Sqrt(max(1+up.z, 0) / 2)
	if up.z < 0 { // the same, without the digits that the sum cancels
		w = math.Sqrt((up.x*up.x + up.y*up.y) / (2 * (1 - up.z)))
	}
	if w < 1e-6 {
		return Quaternion{X: 1}
	}
	return Quaternion{w, up.y / (2 * w), -up.x / (2 * w), 0}
}
