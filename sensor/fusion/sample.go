package fusion

import (
	"time"

	"github.com/brinkml/brink/sensor"
)

// Sample is what a filter takes: one sample of an inertial unit in right-handed axes that its three sensors share.
type Sample struct {
	// Dt is the time since the sample before. It may vary. It may be 0 in the first one that a filter gets, which is
	// then a start without a past; anywhere else a sample without a positive Dt is refused.
	Dt time.Duration
	// Gyro is the rate of rotation, in rad/s: positive is counter-clockwise seen against the axis.
	Gyro [3]float64
	// Accel is the specific force, in m/s²: at rest it points up. All zero means that there is none in this sample.
	Accel [3]float64
	// Mag is the magnetic field, in µT: it points north, and on the northern hemisphere down. All zero means that there
	// is none in this sample: a magnetometer that is slower than the gyroscope is given when it has a new value.
	Mag [3]float64
}

// FromMotion makes a sample of a reading of a SenseHAT, dt after the one before.
//
// The axes stay: those of [sensor.Motion], with z into the board, are right-handed. Rate and field have the signs of
// [Sample] already; Motion's Accel is the specific force negated, and is turned round here. A board that lies flat and
// still so has Accel = (0, 0, -9.81): up is where its LEDs shine, against z.
func FromMotion(m *sensor.Motion, dt time.Duration) Sample {
	return Sample{
		Dt:    dt,
		Gyro:  m.Gyro,
		Accel: [3]float64{-m.Accel[0], -m.Accel[1], -m.Accel[2]},
		Mag:   m.Mag,
	}
}

// usable reports whether all numbers can be computed with.
func (s *Sample) usable() bool {
	return within(s.Gyro) && within(s.Accel) && within(s.Mag)
}

// clock is what all filters do with the time of samples: refuse those that cannot be used, and know the time since
// acceleration and field were last there.
type clock struct {
	started  bool
	rejected uint64
	accel    float64 // s since the last sample with acceleration
	mag      float64 // s since the last sample with a field
}

// admit reports whether s can be used, and counts it when not.
func (c *clock) admit(s *Sample) bool {
	if s.Dt < 0 || s.Dt == 0 && c.started || !s.usable() {
		c.rejected++
		return false
	}
	c.started = true
	dt := s.Dt.Seconds()
	c.accel += dt
	c.mag += dt
	return true
}

// restart keeps the count.
func (c *clock) restart() { *c = clock{rejected: c.rejected} }
