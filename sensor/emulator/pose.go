package emulator

import (
	"math"
	"time"
)

// Pose is where a board is in a room, and how it is turned there.
type Pose struct {
	Attitude Attitude
	// Position is in metres to the north, to the east and down.
	Position [3]float64
}

// Attitude is how a board is turned: the unit quaternion (w, x, y, z) that
// takes a direction in the board's axes to the same one in the room's axes,
// which point to the magnetic north, to the east and down. The zero Attitude,
// like (1, 0, 0, 0), is a board that lies flat with its x axis to the north.
type Attitude [4]float64

// Rotation returns the attitude after a turn by angle, in radians, around an
// axis: clockwise for who looks along it. An axis of length 0 is no turn.
func Rotation(axis [3]float64, angle float64) Attitude {
	n := math.Hypot(math.Hypot(axis[0], axis[1]), axis[2])
	if n == 0 {
		return Attitude{1}
	}
	sin, cos := math.Sincos(angle / 2)
	return Attitude{cos, sin * axis[0] / n, sin * axis[1] / n, sin * axis[2] / n}
}

// Euler returns the attitude that python-sense-hat's users know by three
// angles, here in radians: a board that lay flat with x to the north was turned
// by yaw around its z axis, then by pitch around its y axis, then by roll around
// its x axis.
func Euler(roll, pitch, yaw float64) Attitude {
	x, y, z := [3]float64{1, 0, 0}, [3]float64{0, 1, 0}, [3]float64{0, 0, 1}
	return Rotation(z, yaw).Times(Rotation(y, pitch)).Times(Rotation(x, roll))
}

// Euler returns the angles by which the function [Euler] makes a: roll and yaw
// within ±π, pitch within ±π/2. Of a board that stands on edge, with a pitch of
// ±π/2, only the sum or difference of roll and yaw is defined; roll is 0 then.
func (a Attitude) Euler() (roll, pitch, yaw float64) {
	a = a.unit()
	w, x, y, z := a[0], a[1], a[2], a[3]
	sin := 2 * (w*y - z*x)
	if math.Abs(sin) > 1-1e-12 {
		return 0, math.Copysign(math.Pi/2, sin), -2 * math.Copysign(1, sin) * math.Atan2(x, w)
	}
	return math.Atan2(2*(w*x+y*z), 1-2*(x*x+y*y)), math.Asin(sin), math.Atan2(2*(w*z+x*y), 1-2*(y*y+z*z))
}

// Times returns the attitude a after a further turn by b around axes of the
// board; for a turn around axes of the room, it is b.Times(a).
func (a Attitude) Times(b Attitude) Attitude {
	a, b = a.unit(), b.unit()
	return Attitude{
		a[0]*b[0] - a[1]*b[1] - a[2]*b[2] - a[3]*b[3],
		a[0]*b[1] + a[1]*b[0] + a[2]*b[3] - a[3]*b[2],
		a[0]*b[2] - a[1]*b[3] + a[2]*b[0] + a[3]*b[1],
		a[0]*b[3] + a[1]*b[2] - a[2]*b[1] + a[3]*b[0],
	}
}

// Inverse returns the attitude that undoes a.
func (a Attitude) Inverse() Attitude {
	a = a.unit()
	return Attitude{a[0], -a[1], -a[2], -a[3]}
}

// Turn returns v, given in the board's axes, in the room's.
func (a Attitude) Turn(v [3]float64) [3]float64 {
	a = a.unit()
	w, u := a[0], [3]float64{a[1], a[2], a[3]}
	t := cross(u, v)
	for i := range t {
		t[i] = 2 * t[i]
	}
	s := cross(u, t)
	for i := range v {
		v[i] += w*t[i] + s[i]
	}
	return v
}

// unit returns a with length 1.
func (a Attitude) unit() Attitude {
	n := math.Sqrt(a[0]*a[0] + a[1]*a[1] + a[2]*a[2] + a[3]*a[3])
	if n == 0 {
		return Attitude{1}
	}
	for i := range a {
		a[i] /= n
	}
	return a
}

// vector returns the rotation vector of a: its axis, as long as the angle in
// radians, which is π at most.
func (a Attitude) vector() [3]float64 {
	if a = a.unit(); a[0] < 0 {
		a = Attitude{-a[0], -a[1], -a[2], -a[3]}
	}
	sin := math.Sqrt(a[1]*a[1] + a[2]*a[2] + a[3]*a[3])
	scale := 2.0 // of a small angle
	if sin > 1e-12 {
		scale = 2 * math.Atan2(sin, a[0]) / sin
	}
	return [3]float64{scale * a[1], scale * a[2], scale * a[3]}
}

func cross(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

// Scene is a room with a board in it that is turned and moved. What the
// board's inertial sensors have to sense there follows from its pose:
//
//	scene := &emulator.Scene{Pose: func(t time.Time) emulator.Pose {
//		turn := emulator.Rotation([3]float64{0, 0, 1}, t.Sub(start).Seconds()) // 1 rad/s
//		return emulator.Pose{Attitude: turn}
//	}}
//	board.SetFunc(scene.At)
//
// The zero Scene is a board that lies flat and still with x to the north.
type Scene struct {
	// Pose says how the board is held at an instant. It may be asked for any
	// instant, and should be smooth: a jump is a very fast turn and a violent
	// push, which saturate the sensors. nil is a zero Pose at all times.
	Pose func(t time.Time) Pose
	// Room says what there is to sense at an instant besides motion; the
	// Motion in it is replaced. nil is that of the function [Room].
	Room func(t time.Time) World
	// Field is the magnetic field in µT to the north, to the east and down.
	// All zero is {20, 0, 44}, about that of central Europe.
	Field [3]float64
	// Gravity is the acceleration of free fall in m/s². 0 is 9.80665.
	Gravity float64
}

// step is the time over which a Scene takes differences: short against any
// movement of a hand, long against the rounding of positions.
const step = time.Millisecond

// At returns the world at t, for [Board.SetFunc]. Gyro is the turn from 1 ms
// before t to 1 ms after it as a rate, exact while the rate is constant. Accel
// is gravity less the second difference of Position over the same time. Both,
// and the field, are in the axes of the board at t.
func (s *Scene) At(t time.Time) World {
	w := Room()
	if s.Room != nil {
		w = s.Room(t)
	}
	var was, is, will Pose
	if s.Pose != nil {
		was, is, will = s.Pose(t.Add(-step)), s.Pose(t), s.Pose(t.Add(step))
	}
	h := step.Seconds()
	pull := [3]float64{0, 0, 9.80665}
	if s.Gravity != 0 {
		pull[2] = s.Gravity
	}
	for i := range pull {
		pull[i] -= (will.Position[i] - 2*is.Position[i] + was.Position[i]) / (h * h)
	}
	field := s.Field
	if field == [3]float64{} {
		field = [3]float64{20, 0, 44}
	}
	w.Motion.Gyro = was.Attitude.Inverse().Times(will.Attitude).vector()
	for i := range w.Motion.Gyro {
		w.Motion.Gyro[i] /= 2 * h
	}
	back := is.Attitude.Inverse()
	w.Motion.Accel, w.Motion.Mag = back.Turn(pull), back.Turn(field)
	return w
}
