package fusion

import "math"

// vector is a direction, a rate or a field in some axes. It is a struct because the compiler keeps those in registers,
// and arrays in memory: a filter's update takes a third of the time.
type vector struct{ x, y, z float64 }

func vec(a [3]float64) vector { return vector{a[0], a[1], a[2]} }

func (a vector) array() [3]float64 { return [3]float64{a.x, a.y, a.z} }

func dot(a, b vector) float64 { return a.x*b.x + a.y*b.y + a.z*b.z }

func cross(a, b vector) vector {
	return vector{a.y*b.z - a.z*b.y, a.z*b.x - a.x*b.z, a.x*b.y - a.y*b.x}
}

func add(a, b vector) vector { return vector{a.x + b.x, a.y + b.y, a.z + b.z} }

func sub(a, b vector) vector { return vector{a.x - b.x, a.y - b.y, a.z - b.z} }

func scale(k float64, a vector) vector { return vector{k * a.x, k * a.y, k * a.z} }

func norm(a vector) float64 { return math.Sqrt(dot(a, a)) }

// clip limits each component to ±limit.
func clip(a vector, limit float64) vector {
	return vector{
		min(max(a.x, -limit), limit),
		min(max(a.y, -limit), limit),
		min(max(a.z, -limit), limit),
	}
}

// unit returns a with length 1, or false for a vector too short to have a direction.
func unit(a vector) (vector, bool) {
	n := norm(a)
	if n < tiny {
		return vector{}, false
	}
	return scale(1/n, a), true
}

// tiny is far below the resolution of any sensor, and its square is far above the smallest float.
const tiny = 1e-12

// within reports whether all components are measurements. It is false for NaN too.
func within(a [3]float64) bool {
	return math.Abs(a[0]) <= maxComponent && math.Abs(a[1]) <= maxComponent && math.Abs(a[2]) <= maxComponent
}

// maxComponent is beyond all sensors in any of the units: 10⁶ rad/s, 10⁶ m/s², 1 T. Below it nothing overflows.
const maxComponent = 1e6

// matrix is a 3×3 matrix by rows.
type matrix [3]vector

func (m *matrix) times(v vector) vector {
	return vector{dot(m[0], v), dot(m[1], v), dot(m[2], v)}
}

func (m *matrix) determinant() float64 { return dot(m[0], cross(m[1], m[2])) }

// inverse is only for a matrix that is known to have one.
func (m *matrix) inverse() matrix {
	k := 1 / m.determinant()
	a, b, c := scale(k, cross(m[1], m[2])), scale(k, cross(m[2], m[0])), scale(k, cross(m[0], m[1]))
	return matrix{{a.x, b.x, c.x}, {a.y, b.y, c.y}, {a.z, b.z, c.z}}
}

// symmetric is a symmetric 3×3 matrix.
type symmetric struct{ xx, xy, xz, yy, yz, zz float64 }

func (s *symmetric) times(v vector) vector {
	return vector{
		s.xx*v.x + s.xy*v.y + s.xz*v.z,
		s.xy*v.x + s.yy*v.y + s.yz*v.z,
		s.xz*v.x + s.yz*v.y + s.zz*v.z,
	}
}

// subtract takes k·v·vᵀ away.
func (s *symmetric) subtract(k float64, v vector) {
	kv := scale(k, v)
	s.xx -= kv.x * v.x
	s.xy -= kv.x * v.y
	s.xz -= kv.x * v.z
	s.yy -= kv.y * v.y
	s.yz -= kv.y * v.z
	s.zz -= kv.z * v.z
}

func (s *symmetric) determinant() float64 {
	m := s.matrix()
	return m.determinant()
}

func (s *symmetric) matrix() matrix {
	return matrix{{s.xx, s.xy, s.xz}, {s.xy, s.yy, s.yz}, {s.xz, s.yz, s.zz}}
}
