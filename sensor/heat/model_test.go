package heat_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"periph.io/x/conn/v3/physic"
	"pgregory.net/rapid"

	"github.com/brinkml/brink/sensor/heat"
)

func celsius(c float64) physic.Temperature {
	return physic.ZeroCelsius + physic.Temperature(math.Round(c*float64(physic.Celsius)))
}

// heated is a point at which a sensor reads too much as a model says: it solves reads = air + gain·(cpu − reads) + offset.
func heated(gain, offset, air, cpu float64) heat.Point {
	reads := (air + gain*cpu + offset) / (1 + gain)
	return heat.Point{True: celsius(air), Sensor: celsius(reads), CPU: celsius(cpu)}
}

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

func TestFitByHand(t *testing.T) {
	// Excess 1, 2, 4 K at rises of 0, 10, 20 K: the line 0.15·rise + 5/6, and residuals 1/6, -1/3, 1/6.
	var points []heat.Point
	for i, excess := range []float64{1, 2, 4} {
		points = append(points, heat.Point{True: celsius(30 - excess), Sensor: celsius(30), CPU: celsius(30 + 10*float64(i))})
	}
	m, err := heat.Fit(points)
	if err != nil {
		t.Fatal(err)
	}
	if !near(m.Gain, 0.15, 1e-12) || !near(m.Offset, 5.0/6, 1e-9) || !near(m.Residual, math.Sqrt(1.0/6), 1e-9) ||
		m.Points != 3 || !near(m.MinRise, 0, 1e-9) || !near(m.MaxRise, 20, 1e-9) {
		t.Errorf("Fit = %+v; want gain 0.15, offset 5/6, residual √(1/6), rises 0 to 20", m)
	}
	if got, want := m.String(), "0.15·(CPU − sensor) + 0.8333 K, residual 0.41 K over 3 points"; got != want {
		t.Errorf("String() = %q; want %q", got, want)
	}
}

// A fit over points that a model has made finds that model, at any level and in any order.
func TestFitFindsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gain := rapid.Float64Range(0, 1).Draw(t, "gain")
		offset := rapid.Float64Range(-3, 3).Draw(t, "offset")
		points := []heat.Point{heated(gain, offset, 20, 35), heated(gain, offset, 22, 60)}
		for range rapid.IntRange(1, 20).Draw(t, "more") {
			points = append(points, heated(gain, offset,
				rapid.Float64Range(-20, 50).Draw(t, "air"), rapid.Float64Range(30, 85).Draw(t, "cpu")))
		}
		m, err := heat.Fit(points)
		if err != nil {
			t.Fatal(err)
		}
		if !near(m.Gain, gain, 1e-7) || !near(m.Offset, offset, 1e-6) || m.Residual > 1e-6 {
			t.Fatalf("Fit = %+v; want gain %v, offset %v", m, gain, offset)
		}
		for _, p := range points {
			if got := m.True(p.Sensor, p.CPU); !near(float64(got-p.True), 0, float64(10*physic.MicroKelvin)) {
				t.Fatalf("True(%v, %v) = %v; want %v", p.Sensor, p.CPU, got, p.True)
			}
		}
	})
}

// The residual is the noise of the points.
func TestFitResidual(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const noise = 0.3
	var points []heat.Point
	for range 5000 {
		p := heated(0.4, -0.5, 15+10*rng.Float64(), 40+40*rng.Float64())
		p.True += physic.Temperature(noise * rng.NormFloat64() * float64(physic.Kelvin))
		points = append(points, p)
	}
	m, err := heat.Fit(points)
	if err != nil {
		t.Fatal(err)
	}
	if !near(m.Residual, noise, 0.02) || !near(m.Gain, 0.4, 0.01) {
		t.Errorf("Fit over points with a noise of %v K = %v", noise, m)
	}
}

func TestFitRefuses(t *testing.T) {
	same := func(n int, step float64) []heat.Point {
		var p []heat.Point
		for i := range n {
			p = append(p, heat.Point{True: celsius(20), Sensor: celsius(25), CPU: celsius(50 + step*float64(i))})
		}
		return p
	}
	for _, tt := range []struct {
		name   string
		points []heat.Point
		want   error
		text   string
	}{
		{"none", nil, heat.ErrTooFew, "sensor: heat: there are too few points: 0, within 0.00 K; want 3 or more, over 1 K or more"},
		{"two", same(2, 10), heat.ErrTooFew, "sensor: heat: there are too few points: 2, within 10.00 K; want 3 or more, over 1 K or more"},
		{"same", same(10, 0), heat.ErrCollinear, "sensor: heat: the processor was about equally warm in all points: 10, within 0.00 K; want 3 or more, over 1 K or more"},
		{"close", same(10, 0.1), heat.ErrCollinear, "sensor: heat: the processor was about equally warm in all points: 10, within 0.90 K; want 3 or more, over 1 K or more"},
	} {
		m, err := heat.Fit(tt.points)
		if fit, ok := errors.AsType[*heat.FitError](err); m != nil || !ok || !errors.Is(err, tt.want) || fit.Points != len(tt.points) || err.Error() != tt.text {
			t.Errorf("%s: Fit = %v, %v; want %v", tt.name, m, err, tt.text)
		}
	}
}

func TestModelText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-1e300, 1e300)
		a, b := x.Draw(t, "min"), x.Draw(t, "max")
		want := heat.Model{
			Gain: x.Draw(t, "gain"), Offset: x.Draw(t, "offset"), Residual: math.Abs(x.Draw(t, "residual")),
			Points: rapid.IntRange(3, 1000).Draw(t, "points"), MinRise: min(a, b), MaxRise: max(a, b),
		}
		var got struct{ Model *heat.Model }
		b1, err := json.Marshal(struct{ Model *heat.Model }{&want})
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b1, &got); err != nil {
			t.Fatal(err)
		}
		if *got.Model != want {
			t.Fatalf("%s is read back as %+v; want %+v", b1, got.Model, want)
		}
	})
}

const modelText = "points=3 gain=0.15 offset=0.5 residual=0.1 min_rise=5 max_rise=20"

func TestModelTextBad(t *testing.T) {
	for _, text := range []string{
		"", "points=3", modelText + " x=1", "gain=0.15 points=3 offset=0.5 residual=0.1 min_rise=5 max_rise=20",
		"points=2 gain=0.15 offset=0.5 residual=0.1 min_rise=5 max_rise=20",
		"points=3 gain=NaN offset=0.5 residual=0.1 min_rise=5 max_rise=20",
		"points=3 gain=0.15 offset=+Inf residual=0.1 min_rise=5 max_rise=20",
		"points=3 gain=0.15 offset=0.5 residual=-0.1 min_rise=5 max_rise=20",
		"points=3 gain=0.15 offset=0.5 residual=0.1 min_rise=50 max_rise=20",
	} {
		m := heat.Model{Gain: 7}
		if err := m.UnmarshalText([]byte(text)); err == nil || m != (heat.Model{Gain: 7}) {
			t.Errorf("UnmarshalText(%q) = %v, and the model is %+v; want an error, and no change", text, err, m)
		}
	}
	if b, err := new(heat.Model).MarshalText(); err == nil {
		t.Errorf("MarshalText of no model = %q; want an error", b)
	}
}

func FuzzModel(f *testing.F) {
	f.Add([]byte(modelText))
	f.Add([]byte("points=3 gain=1e999 offset=0x1p-2 residual=1 min_rise=0 max_rise=_"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var m heat.Model
		if m.UnmarshalText(text) != nil {
			return
		}
		b, err := m.MarshalText()
		if err != nil {
			t.Fatalf("MarshalText of %q = %v", text, err)
		}
		var again heat.Model
		if err := again.UnmarshalText(b); err != nil || again != m {
			t.Fatalf("%q is read back as %+v, %v; want %+v", b, again, err, m)
		}
	})
}
