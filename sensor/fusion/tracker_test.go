package fusion_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/fusion"
	"github.com/brinkml/brink/sensor/sensortest"
)

func newTracker(t testing.TB, o *fusion.TrackerOptions) *fusion.Tracker {
	t.Helper()
	tracker, err := fusion.NewTracker(o)
	if err != nil {
		t.Fatal(err)
	}
	return tracker
}

// spy is a filter that keeps what it gets.
type spy struct {
	fusion.Tilt
	got      []fusion.Sample
	restarts int
}

func (s *spy) Update(x fusion.Sample) bool {
	s.got = append(s.got, x)
	return s.Tilt.Update(x)
}

func (s *spy) Restart() {
	s.restarts++
	s.Tilt.Restart()
}

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func reading(ms int, m sensor.Motion, q sensor.Quality) sensor.Reading[sensor.Motion] {
	return sensor.Reading[sensor.Motion]{Value: m, At: noon.Add(time.Duration(ms) * time.Millisecond), Quality: q}
}

// TestTracker feeds one reading after another and tells what becomes of each.
func TestTracker(t *testing.T) {
	flat := sensor.Motion{Accel: [3]float64{0, 0, 9.81}, Mag: [3]float64{0, 20, 44}}
	turning := flat
	turning.Gyro = [3]float64{0, 0, 1}
	elsewhere := flat
	elsewhere.Mag = [3]float64{20, 0, 44}
	broken := flat
	broken.Accel[1] = math.NaN()

	const none = -1 * time.Millisecond
	filter := &spy{Tilt: *fusion.NewTilt()}
	tracker := newTracker(t, &fusion.TrackerOptions{Filter: filter})
	for _, step := range []struct {
		name     string
		in       sensor.Reading[sensor.Motion]
		dt       time.Duration // of what the filter gets
		mag      bool          // whether it gets a field
		restarts int
		quality  sensor.Quality
		err      error
	}{
		{"bad from the start", reading(0, broken, 0), none, false, 0, sensor.Stale | sensor.OutOfRange | sensor.NotReady, sensor.ErrNotReady},
		{"first", reading(10, flat, 0), 0, true, 1, 0, nil},
		{"flags go on", reading(20, turning, sensor.Clipped|sensor.Overrun), 10 * time.Millisecond, false, 1, sensor.Clipped | sensor.Overrun, nil},
		{"stale", reading(30, turning, sensor.Stale), none, false, 1, sensor.Stale, nil},
		{"fresh again", reading(45, flat, 0), 25 * time.Millisecond, false, 1, 0, nil},
		{"a new field", reading(50, elsewhere, 0), 5 * time.Millisecond, true, 1, 0, nil},
		{"stale, but not all", reading(60, sensor.Motion{Accel: flat.Accel, Mag: elsewhere.Mag, Gyro: turning.Gyro}, sensor.Stale), 10 * time.Millisecond, false, 1, 0, nil},
		{"the same time", reading(60, flat, 0), none, false, 1, sensor.Stale, nil},
		{"back in time", reading(40, flat, 0), none, false, 1, sensor.Stale, nil},
		{"bad", reading(70, broken, sensor.Stuck), none, false, 1, sensor.Stale | sensor.OutOfRange | sensor.Stuck, nil},
		{"the bad one's time counts", reading(80, elsewhere, 0), 20 * time.Millisecond, false, 1, 0, nil},
		{"a field that stays", reading(300, elsewhere, 0), 220 * time.Millisecond, true, 1, 0, nil},
		{"the longest gap", reading(800, elsewhere, 0), 500 * time.Millisecond, true, 1, 0, nil},
		{"a longer one", reading(1301, elsewhere, 0), 0, true, 2, 0, nil},
		{"a recording that begins anew", reading(0, elsewhere, 0), 0, true, 3, 0, nil},
	} {
		before := len(filter.got)
		out := sensor.Reading[fusion.Orientation]{Seq: 99, Quality: sensor.Interpolated}
		err := tracker.Track(&step.in, &out)
		if !errors.Is(err, step.err) || (err == nil) != (step.err == nil) {
			t.Errorf("%s: error = %v; want %v", step.name, err, step.err)
		}
		if out.Quality != step.quality || !out.At.Equal(step.in.At) {
			t.Errorf("%s: quality = %v at %v; want %v at %v", step.name, out.Quality, out.At, step.quality, step.in.At)
		}
		if filter.restarts != step.restarts {
			t.Errorf("%s: restarts = %d; want %d", step.name, filter.restarts, step.restarts)
		}
		switch fed := filter.got[before:]; {
		case step.dt == none:
			if len(fed) != 0 {
				t.Errorf("%s: the filter got %+v; want nothing", step.name, fed)
			}
		case len(fed) != 1 || fed[0].Dt != step.dt || (fed[0].Mag != [3]float64{}) != step.mag:
			t.Errorf("%s: the filter got %+v; want one sample after %v, field: %v", step.name, fed, step.dt, step.mag)
		}
	}
	want := fusion.TrackerStats{Fed: 10, Repeated: 3, Rejected: 2, Restarts: 2}
	if diff := cmp.Diff(want, tracker.Stats()); diff != "" {
		t.Errorf("Stats (-want +got):\n%s", diff)
	}
}

// TestTrackerCalibrates has a gyroscope that shows something at rest.
func TestTrackerCalibrates(t *testing.T) {
	bias := [3]float64{0.3, -0.2, 0.1}
	calibration := &fusion.Calibration{Gyro: bias}
	filter := &spy{Tilt: *fusion.NewTilt()}
	tracker := newTracker(t, &fusion.TrackerOptions{Filter: filter, Calibration: calibration})
	calibration.Gyro = [3]float64{} // the tracker has its own
	in := reading(0, sensor.Motion{Accel: [3]float64{0, 0, 9.81}, Gyro: bias}, 0)
	var out sensor.Reading[fusion.Orientation]
	if err := tracker.Track(&in, &out); err != nil || out.Quality != sensor.Compensated {
		t.Fatalf("Track = %v with %v; want nil with Compensated", err, out.Quality)
	}
	if got := filter.got[0].Gyro; got != [3]float64{} {
		t.Errorf("the filter got the rate %v; want 0", got)
	}
}

// TestTrackerLearns has a gyroscope that shows 12 °/s at rest, which is more than VQF makes up for.
func TestTrackerLearns(t *testing.T) {
	bias := [3]float64{5 * fusion.Degree, -10 * fusion.Degree, 3 * fusion.Degree}
	tracker := newTracker(t, &fusion.TrackerOptions{Still: newStill(t, nil)})
	var out sensor.Reading[fusion.Orientation]
	for i := range 9000 {
		m := sensor.Motion{Accel: [3]float64{0, 0, 9.81}, Mag: [3]float64{20, 0, 44}, Gyro: bias}
		if i > 1500 {
			m.Gyro[0] += 0.3 * fusion.Degree // which is left to the filter
		}
		in := reading(10*i, m, 0)
		if err := tracker.Track(&in, &out); err != nil {
			t.Fatal(err)
		}
	}
	if s := tracker.Stats(); s.Learnt != 1 || s.Restarts != 0 {
		t.Errorf("Stats = %+v; want the rate learnt once", s)
	}
	if got := tracker.Calibration(); !near(got.Gyro, bias, 1e-9) || out.Quality != sensor.Compensated {
		t.Errorf("Calibration = %+v with %v; want the rate %v with Compensated", got, out.Quality, bias)
	}
	if !near(out.Value.Bias, [3]float64{0.3 * fusion.Degree, 0, 0}, 0.05*fusion.Degree) {
		t.Errorf("bias of the filter = %v; want what is left", out.Value.Bias)
	}
	if e := out.Value.Quat9D.Euler(); max(off(e.Roll/fusion.Degree, 0), off(e.Pitch/fusion.Degree, 0), off(e.Yaw/fusion.Degree, 0)) > 0.5 {
		t.Errorf("angles = %+v; want a flat board with x to the north", e)
	}
}

// board is a source that turns about z.
func board(at *time.Time) sensor.Source[sensor.Motion] {
	var seq uint64
	return sensor.SourceFunc[sensor.Motion](func(ctx context.Context, r *sensor.Reading[sensor.Motion]) error {
		*r = sensor.Reading[sensor.Motion]{}
		if err := ctx.Err(); err != nil {
			return err
		}
		*at = at.Add(10 * time.Millisecond)
		seq++
		s, c := math.Sincos(float64(seq) * 0.01)
		*r = sensor.Reading[sensor.Motion]{At: *at, Seq: seq, Value: sensor.Motion{
			Accel: [3]float64{0, 0, 9.81}, Gyro: [3]float64{0, 0, 1}, Mag: [3]float64{20 * c, -20 * s, 44},
		}}
		return nil
	})
}

func TestTrackerIsASource(t *testing.T) {
	sensortest.TestSource(t, func(t *testing.T) sensor.Source[fusion.Orientation] {
		at := noon
		return newTracker(t, nil).Source(board(&at))
	}, &sensortest.Contract{Recorded: true})
}

// TestTrackerSourceNotReady wants of a source that has nothing yet that its answer is passed on.
func TestTrackerSourceNotReady(t *testing.T) {
	src := newTracker(t, nil).Source(sensor.SourceFunc[sensor.Motion](func(_ context.Context, r *sensor.Reading[sensor.Motion]) error {
		*r = sensor.Reading[sensor.Motion]{At: noon, Quality: sensor.NotReady}
		return sensor.ErrNotReady
	}))
	r := sensor.Reading[fusion.Orientation]{Seq: 7}
	if err := src.Read(t.Context(), &r); !errors.Is(err, sensor.ErrNotReady) {
		t.Errorf("Read = %v; want ErrNotReady", err)
	}
	if want := (sensor.Reading[fusion.Orientation]{At: noon, Quality: sensor.NotReady}); r != want {
		t.Errorf("reading = %+v; want %+v", r, want)
	}
}

func TestTrackerAll(t *testing.T) {
	at := noon
	src := board(&at)
	lost := &sensor.BusError{Chip: "lsm9ds1", Op: "read", Err: io.ErrUnexpectedEOF}
	var readings iter.Seq2[sensor.Reading[sensor.Motion], error] = func(yield func(sensor.Reading[sensor.Motion], error) bool) {
		for i := range 200 {
			var r sensor.Reading[sensor.Motion]
			err := src.Read(t.Context(), &r)
			if i == 50 {
				err = lost
			}
			if !yield(r, err) {
				return
			}
		}
		t.Error("the loop went on after a break")
	}
	tracker := newTracker(t, nil)
	n, failed := 0, 0
	for r, err := range tracker.All(readings) {
		n++
		if err != nil {
			failed++
			if !errors.Is(err, lost) || r.Value != (fusion.Orientation{}) {
				t.Errorf("reading %d: %+v, %v; want no value, and the bus's error", n, r, err)
			}
			continue
		}
		if a := r.Value.Quat9D.Euler().Yaw; math.Abs(a-float64(n)*0.01) > 1e-6 {
			t.Fatalf("reading %d: yaw = %v; want %v", n, a, float64(n)*0.01)
		}
		if n == 100 {
			break
		}
	}
	if n != 100 || failed != 1 || tracker.Stats().Fed != 99 {
		t.Errorf("readings = %d, failed %d, %+v; want 100, 1, and 99 fed", n, failed, tracker.Stats())
	}
}

func TestTrackerDoesNotAllocate(t *testing.T) {
	at := noon
	src := board(&at)
	tracker := newTracker(t, &fusion.TrackerOptions{Calibration: &fusion.Calibration{
		Accel: &fusion.Affine{Matrix: [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
	}})
	var in sensor.Reading[sensor.Motion]
	var out sensor.Reading[fusion.Orientation]
	if got := testing.AllocsPerRun(200, func() {
		if err := src.Read(t.Context(), &in); err != nil {
			t.Fatal(err)
		}
		if err := tracker.Track(&in, &out); err != nil {
			t.Fatal(err)
		}
	}); got != 0 {
		t.Errorf("Track allocates %v times; want 0", got)
	}
}
