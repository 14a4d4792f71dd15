package fusion_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/brinkml/brink/sensor/fusion"
)

// TestFiltersFollow has every filter follow a body that tumbles, from any orientation, with a period that jitters.
// Madgwick's step has a length that does not become 0, and Mahony compares a sample with the orientation before it: both
// stay off by about what happens in a sample.
func TestFiltersFollow(t *testing.T) {
	limits := map[string]float64{"VQF": 1e-7, "Tilt": 1e-7, "Madgwick": 0.03, "Mahony": 0.03}
	for name := range filters(t) {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				start := quaternions().Draw(rt, "start")
				jitter := rapid.SliceOfN(rapid.IntRange(-4, 4), 7, 7).Draw(rt, "jitter in ms")
				dt := func(i int) time.Duration { return time.Duration(10+jitter[i%len(jitter)]) * time.Millisecond }
				f := filters(t)[name]
				var turn fusion.Quaternion // of Quat6D's world
				moving(start, 1000, dt, tumbling, func(s fusion.Sample, truth fusion.Quaternion) {
					if !f.Update(s) {
						rt.Fatalf("%+v was refused", s)
					}
					o := f.Orientation()
					if s.Dt == 0 {
						turn = truth.Mul(o.Quat6D.Conj())
					}
					if a := o.Quat9D.AngleTo(truth); a > limits[name] {
						rt.Fatalf("Quat9D is %v rad from the truth; want %v", a, limits[name])
					}
					if name == "Tilt" { // its heading without a field is none
						return
					}
					if a := turn.Mul(o.Quat6D).AngleTo(truth); a > limits[name] {
						rt.Fatalf("Quat6D is %v rad from the truth; want no difference but the first heading", a)
					}
				})
			})
		})
	}
}

// TestFiltersConverge starts each filter where the first sample was wrong about north and up.
func TestFiltersConverge(t *testing.T) {
	for name, f := range filters(t) {
		t.Run(name, func(t *testing.T) {
			f.Update(fusion.Sample{Accel: [3]float64{3, 2, 9}, Mag: [3]float64{-10, 20, -44}})
			var off float64
			moving(fusion.Identity, 12000, every(5*time.Millisecond), tumbling, func(s fusion.Sample, truth fusion.Quaternion) {
				if s.Dt == 0 {
					return
				}
				f.Update(s)
				off = f.Orientation().Quat9D.AngleTo(truth)
			})
			if off > 0.3*fusion.Degree {
				t.Errorf("after a minute it is %.3g° off; want less than 0.3°", off/fusion.Degree)
			}
		})
	}
}

// TestMagnetDoesNotTouchQuat6D gives filters any field, and none.
func TestMagnetDoesNotTouchQuat6D(t *testing.T) {
	for name := range filters(t) {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				with, without := filters(t)[name], filters(t)[name]
				fields := rapid.SliceOfN(vectors(1000), 5, 5).Draw(rt, "fields")
				moving(fusion.Identity, 50, every(10*time.Millisecond), tumbling, func(s fusion.Sample, _ fusion.Quaternion) {
					s.Mag = fields[int(s.Gyro[0]*1000)&0xff%len(fields)]
					with.Update(s)
					s.Mag = [3]float64{}
					without.Update(s)
					a, b := with.Orientation(), without.Orientation()
					if a.Quat6D != b.Quat6D {
						rt.Fatalf("Quat6D = %v with a magnetometer and %v without", a.Quat6D, b.Quat6D)
					}
					if b.Quat9D.AngleTo(b.Quat6D) > 1e-9 {
						rt.Fatalf("Quat9D = %v without a magnetometer; want Quat6D, %v", b.Quat9D, b.Quat6D)
					}
				})
			})
		})
	}
}

// hostile is any sample, among them bad ones.
func hostile() *rapid.Generator[fusion.Sample] {
	component := rapid.OneOf(
		rapid.Float64(),
		rapid.Float64Range(-1e6, 1e6),
		rapid.Float64Range(-10, 10),
		rapid.SampledFrom([]float64{0, 0, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, 5e-324, 1e-160, 1e6, -1e6}),
	)
	return rapid.Custom(func(t *rapid.T) (s fusion.Sample) {
		s.Dt = time.Duration(rapid.OneOf(rapid.Int64(), rapid.Int64Range(1, 1e8)).Draw(t, "dt"))
		for _, v := range []*[3]float64{&s.Gyro, &s.Accel, &s.Mag} {
			for i := range v {
				v[i] = component.Draw(t, "component")
			}
		}
		return s
	})
}

// TestNothingBreaksFilters feeds anything: orientations stay finite and of length 1, bad samples change nothing but the
// count of them, and good ones are used.
func TestNothingBreaksFilters(t *testing.T) {
	for name := range filters(t) {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				f := filters(t)[name]
				var rejected uint64
				for i, s := range rapid.SliceOfN(hostile(), 1, 50).Draw(rt, "samples") {
					good := s.Dt > 0 || s.Dt == 0 && i == int(rejected)
					for _, x := range append(append(s.Gyro[:], s.Accel[:]...), s.Mag[:]...) {
						good = good && math.Abs(x) <= 1e6
					}
					before := f.Orientation()
					if got := f.Update(s); got != good {
						rt.Fatalf("Update(%+v) = %v; want %v", s, got, good)
					}
					o := f.Orientation()
					if !good {
						rejected++
						before.Rejected++
						if o != before {
							rt.Fatalf("after a bad sample %+v; want %+v", o, before)
						}
					}
					if o.Rejected != rejected {
						rt.Fatalf("Rejected = %d; want %d", o.Rejected, rejected)
					}
					for _, q := range []fusion.Quaternion{o.Quat6D, o.Quat9D} {
						if !(math.Abs(q.Norm()-1) < 1e-9) {
							rt.Fatalf("after %+v: %v has length %v; want 1", s, q, q.Norm())
						}
					}
					if b := o.Bias[0] + o.Bias[1] + o.Bias[2] + o.BiasSigma; math.IsNaN(b) || math.IsInf(b, 0) {
						rt.Fatalf("after %+v: bias %v ± %v; want numbers", s, o.Bias, o.BiasSigma)
					}
				}
			})
		})
	}
}

// TestResetForgets runs each filter twice, with a Reset between: the results are the same to the bit.
func TestResetForgets(t *testing.T) {
	for name, f := range filters(t) {
		t.Run(name, func(t *testing.T) {
			run := func() (all []fusion.Orientation) {
				f.Update(fusion.Sample{Dt: -1})
				moving(fusion.Identity, 1000, every(10*time.Millisecond), tumbling, func(s fusion.Sample, _ fusion.Quaternion) {
					f.Update(s)
					all = append(all, f.Orientation())
				})
				return all
			}
			first := run()
			f.Reset()
			if o := f.Orientation(); o.Quat9D != fusion.Identity || o.Rejected != 0 || o.Bias != [3]float64{} {
				t.Errorf("after Reset: %+v; want nothing known", o)
			}
			for i, o := range run() {
				if o != first[i] {
					t.Fatalf("sample %d after Reset: %+v; want %+v", i, o, first[i])
				}
			}
		})
	}
}

// TestBiasSurvivesRestart has a gyroscope with a bias on a body that lies still.
func TestBiasSurvivesRestart(t *testing.T) {
	bias := [3]float64{0.01, -0.02, 0.015}
	for name, f := range map[string]fusion.Filter{
		"VQF":      newVQF(t, nil),
		"Mahony":   newMahony(t, &fusion.MahonyOptions{KP: 1, KI: 0.3}),
		"Madgwick": newMadgwick(t, &fusion.MadgwickOptions{Beta: 0.1, Zeta: 0.02}),
	} {
		t.Run(name, func(t *testing.T) {
			moving(fusion.Identity, 6000, every(10*time.Millisecond), resting, func(s fusion.Sample, _ fusion.Quaternion) {
				s.Gyro = bias
				f.Update(s)
			})
			learnt := f.Orientation()
			if !near(learnt.Bias, bias, 2e-3) {
				t.Errorf("bias = %v; want %v", learnt.Bias, bias)
			}
			f.Restart()
			if o := f.Orientation(); o.Bias != learnt.Bias || o.Quat9D != fusion.Identity {
				t.Errorf("after Restart: bias %v and orientation %v; want %v and the identity", o.Bias, o.Quat9D, learnt.Bias)
			}
			if !f.Update(fusion.Sample{Accel: up, Mag: field}) {
				t.Error("a first sample without a past was refused")
			}
		})
	}
}

func TestUpdateDoesNotAllocate(t *testing.T) {
	samples := waving(10 * time.Microsecond)
	for name, f := range filters(t) {
		i := 0
		if got := testing.AllocsPerRun(500, func() {
			f.Update(samples[i%len(samples)])
			f.Orientation()
			i++
		}); got != 0 {
			t.Errorf("%s: Update and Orientation allocate %v times; want 0", name, got)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	nan := math.NaN()
	for name, err := range map[string]error{
		"VQF":      errorOf(fusion.NewVQF(&fusion.VQFOptions{TauAcc: -1, BiasClip: nan, MagRejectionFactor: math.Inf(1)})),
		"Madgwick": errorOf(fusion.NewMadgwick(&fusion.MadgwickOptions{Beta: -1, Zeta: nan})),
		"Mahony":   errorOf(fusion.NewMahony(&fusion.MahonyOptions{KP: nan, KI: nan})),
		"Still":    errorOf(fusion.NewStill(&fusion.StillOptions{For: -1, MaxGyro: nan, MaxAccel: -1, MaxBias: nan})),
		"Tracker":  errorOf(fusion.NewTracker(&fusion.TrackerOptions{MaxGap: -1, Calibration: &fusion.Calibration{Mag: &fusion.Affine{}}})),
	} {
		want := map[string]int{"VQF": 3, "Madgwick": 2, "Mahony": 2, "Still": 4, "Tracker": 2}[name]
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok || len(joined.Unwrap()) != want {
			t.Errorf("%s: error = %v; want %d problems together", name, err, want)
		}
	}
}

func errorOf[T any](_ T, err error) error { return err }
