package fusion_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/fusion"
)

func newStill(t *testing.T, o *fusion.StillOptions) *fusion.Still {
	t.Helper()
	s, err := fusion.NewStill(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// noisy returns the motion at t with the noise of an LSM9DS1, and a gyroscope that shows 20 °/s at rest.
func noisy(r *rand.Rand, m sensor.Motion) sensor.Motion {
	for i, bias := range [3]float64{20 * fusion.Degree, -10 * fusion.Degree, 5 * fusion.Degree} {
		m.Gyro[i] += bias + 0.2*fusion.Degree*r.NormFloat64()
		m.Accel[i] += 0.03 * r.NormFloat64()
		m.Mag[i] += 0.3 * r.NormFloat64()
	}
	return m
}

// TestStill says when a rest of two seconds is found in what a body does, sampled at 100 Hz.
func TestStill(t *testing.T) {
	flat := sensor.Motion{Accel: [3]float64{0, 0, 9.81}, Mag: [3]float64{0, 20, 44}}
	for _, tt := range []struct {
		name    string
		o       fusion.StillOptions
		at      func(t float64) sensor.Motion
		quality func(i int) sensor.Quality
		want    []float64 // s, when rests are found, within 0.1 s
	}{
		{name: "at rest", at: func(float64) sensor.Motion { return flat }, want: []float64{2, 4, 6, 8}},
		{name: "once", o: fusion.StillOptions{OncePerPose: true}, at: func(float64) sensor.Motion { return flat }, want: []float64{2}},
		{name: "half the time", o: fusion.StillOptions{For: time.Second, OncePerPose: true}, at: func(t float64) sensor.Motion {
			m := flat
			if math.Mod(t, 4) < 2 {
				m.Gyro[0] = math.Sin(10 * t)
			}
			return m
		}, want: []float64{3, 7}},
		{name: "shaken", at: func(t float64) sensor.Motion {
			m := flat
			m.Accel[0] = math.Sin(20 * t)
			return m
		}},
		{name: "tilted slowly", at: func(t float64) sensor.Motion {
			m := flat
			m.Gyro[0] = 0.3 * fusion.Degree
			s, c := math.Sincos(m.Gyro[0] * t)
			m.Accel = [3]float64{0, 9.81 * s, 9.81 * c}
			return m
		}},
		{name: "turned slowly", at: func(t float64) sensor.Motion {
			m := flat
			m.Gyro[2] = 4 * fusion.Degree
			s, c := math.Sincos(m.Gyro[2] * t)
			m.Mag = [3]float64{20 * s, 20 * c, 44}
			return m
		}},
		{name: "turned steadily without a magnetometer", at: func(float64) sensor.Motion {
			m := flat
			m.Gyro[2] = 60 * fusion.Degree
			m.Mag = [3]float64{}
			return m
		}},
		{
			name: "stale", at: func(float64) sensor.Motion { return flat },
			quality: func(int) sensor.Quality { return sensor.Stale },
		},
		{name: "not a number", at: func(float64) sensor.Motion { return sensor.Motion{Accel: [3]float64{math.NaN()}} }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			s := newStill(t, &tt.o)
			var found []float64
			for i := range 950 {
				in := reading(10*i, noisy(r, tt.at(float64(i)/100)), 0)
				if tt.quality != nil {
					in.Quality = tt.quality(i)
				}
				if s.Add(&in) {
					found = append(found, float64(i)/100)
					m := s.Mean()
					if !near(m.Gyro, [3]float64{20 * fusion.Degree, -10 * fusion.Degree, 5 * fusion.Degree}, 0.1*fusion.Degree) {
						t.Errorf("mean rate = %v; want the bias", m.Gyro)
					}
					if !near(m.Accel, flat.Accel, 0.02) {
						t.Errorf("mean acceleration = %v; want %v", m.Accel, flat.Accel)
					}
				}
			}
			if len(found) != len(tt.want) {
				t.Fatalf("rests found at %v s; want %v", found, tt.want)
			}
			for i, want := range tt.want {
				if math.Abs(found[i]-want) > 0.1 {
					t.Errorf("rests found at %v s; want %v", found, tt.want)
				}
			}
		})
	}
}

// TestStillGap lies still, but is not seen for a second.
func TestStillGap(t *testing.T) {
	s := newStill(t, nil)
	m := sensor.Motion{Accel: [3]float64{0, 0, 9.81}}
	for i := range 299 {
		ms := 10 * i
		if i >= 150 {
			ms += 1000
		}
		in := reading(ms, m, 0)
		if s.Add(&in) {
			t.Fatalf("a rest was found after %d ms; want none before two seconds without a gap", ms)
		}
	}
	in := reading(4500, m, 0)
	if s.Add(&in); s.Add(&in) {
		t.Error("the same time twice was taken for a rest")
	}
}

func TestStillDoesNotAllocate(t *testing.T) {
	s := newStill(t, &fusion.StillOptions{For: 50 * time.Millisecond})
	m := sensor.Motion{Accel: [3]float64{0, 0, 9.81}}
	ms := 0
	if got := testing.AllocsPerRun(200, func() {
		ms += 10
		in := reading(ms, m, 0)
		s.Add(&in)
	}); got != 0 {
		t.Errorf("Add allocates %v times; want 0", got)
	}
}
