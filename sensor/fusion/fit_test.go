package fusion_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/fusion"
)

// spread returns n directions, evenly over the part of the sphere from the height low to 1.
func spread(n int, low float64) [][3]float64 {
	all := make([][3]float64, n)
	for i := range all {
		z := 1 - (1-low)*(float64(i)+0.5)/float64(n)
		s, c := math.Sincos(float64(i) * math.Pi * (3 - math.Sqrt(5)))
		r := math.Sqrt(1 - z*z)
		all[i] = [3]float64{r * c, r * s, z}
	}
	return all
}

// distorted is what a sensor shows for directions of length radius: it has soft and hard iron, and noise.
func distorted(directions [][3]float64, radius float64, soft [3][3]float64, hard [3]float64, noise float64) [][3]float64 {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([][3]float64, len(directions))
	for i, d := range directions {
		for j := range d {
			out[i][j] = radius*(soft[j][0]*d[0]+soft[j][1]*d[1]+soft[j][2]*d[2]) + hard[j] + noise*r.NormFloat64()
		}
	}
	return out
}

var (
	round  = [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	scales = [3][3]float64{{1.1, 0, 0}, {0, 0.95, 0}, {0, 0, 1.02}}
	skewed = [3][3]float64{{1.2, 0.1, -0.05}, {0.1, 0.8, 0.07}, {-0.05, 0.07, 1.1}}
	iron   = [3]float64{30, -60, 15}
	faces  = [][3]float64{{1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, -1}}
)

// largestError of the corrected length, relative to the radius.
func largestError(f *fusion.Fit, radius float64, soft [3][3]float64, hard [3]float64) (worst float64) {
	for _, v := range distorted(spread(500, -1), radius, soft, hard, 0) {
		c := f.Correct(v)
		worst = max(worst, math.Abs(math.Sqrt(c[0]*c[0]+c[1]*c[1]+c[2]*c[2])/radius-1))
	}
	return worst
}

func TestFit(t *testing.T) {
	const radius = 48
	for _, tt := range []struct {
		name    string
		samples [][3]float64
		soft    [3][3]float64
		o       fusion.FitOptions
		model   fusion.FitModel
		worst   float64 // relative error anywhere on the sphere
	}{
		{"all over", distorted(spread(400, -1), radius, skewed, iron, 0), skewed, fusion.FitOptions{}, fusion.FitFull, 1e-9},
		{"with noise", distorted(spread(400, -1), radius, skewed, iron, 0.5), skewed, fusion.FitOptions{}, fusion.FitFull, 0.006},
		{"nine samples and more", distorted(spread(12, -1), radius, skewed, iron, 0), skewed, fusion.FitOptions{MinCoverage: 0.01}, fusion.FitFull, 1e-9},
		{"upper half", distorted(spread(400, 0), radius, skewed, iron, 0.5), skewed, fusion.FitOptions{}, fusion.FitFull, 0.03},
		{"six faces", distorted(faces, radius, scales, iron, 0), scales, fusion.FitOptions{}, fusion.FitScale, 1e-9},
		{"scale only", distorted(spread(400, -1), radius, scales, iron, 0.5), scales, fusion.FitOptions{Model: fusion.FitScale}, fusion.FitScale, 0.005},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.Radius = radius
			f, err := fusion.FitMag(tt.samples, &tt.o)
			if err != nil {
				t.Fatal(err)
			}
			worst := largestError(f, radius, tt.soft, iron)
			t.Logf("largest error %.2g, residual %.2g, coverage %.2f", worst, f.Residual, f.Coverage)
			if worst > tt.worst || f.Model != tt.model || f.Samples != len(tt.samples) {
				t.Errorf("largest error = %v with %v from %d; want %v with %v from %d",
					worst, f.Model, f.Samples, tt.worst, tt.model, len(tt.samples))
			}
			if !(f.Coverage > 0 && f.Coverage <= 1) {
				t.Errorf("Coverage = %v; want it in (0, 1]", f.Coverage)
			}
		})
	}
}

// TestFitResidual wants the residual to be the noise's share of the radius.
func TestFitResidual(t *testing.T) {
	for _, noise := range []float64{0, 0.1, 1} {
		f, err := fusion.FitMag(distorted(spread(2000, -1), 50, round, iron, noise), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := f.Residual, noise/50; math.Abs(got-want) > 0.05*want+1e-9 {
			t.Errorf("Residual = %v; want %v", got, want)
		}
	}
}

// TestFitAccel brings gravity to 9.80665 m/s² from poses, and from the faces that Still has seen.
func TestFitAccel(t *testing.T) {
	offset := [3]float64{0.3, -0.2, 0.5}
	for name, samples := range map[string][][3]float64{
		"poses": distorted(spread(30, -1), 9.9, skewed, offset, 0.005),
		"faces": distorted(faces, 9.9, scales, offset, 0.005),
	} {
		f, err := fusion.FitAccel(samples, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		c := fusion.Calibration{Accel: &f.Affine}
		for _, v := range samples {
			m := sensor.Motion{Accel: v}
			c.Apply(&m)
			g := math.Sqrt(m.Accel[0]*m.Accel[0] + m.Accel[1]*m.Accel[1] + m.Accel[2]*m.Accel[2])
			if math.Abs(g-9.80665) > 0.02 {
				t.Errorf("%s: %v becomes %v m/s²; want 9.80665", name, v, g)
			}
		}
	}
}

// TestFitKeepsVolume has no radius to go by: the correction then neither grows nor shrinks on the whole.
func TestFitKeepsVolume(t *testing.T) {
	f, err := fusion.FitMag(distorted(spread(100, -1), 50, skewed, iron, 0), nil)
	if err != nil {
		t.Fatal(err)
	}
	m := f.Matrix
	det := m[0][0]*(m[1][1]*m[2][2]-m[1][2]*m[2][1]) - m[0][1]*(m[1][0]*m[2][2]-m[1][2]*m[2][0]) + m[0][2]*(m[1][0]*m[2][1]-m[1][1]*m[2][0])
	if math.Abs(det-1) > 1e-9 {
		t.Errorf("determinant = %v; want 1", det)
	}
}

func TestFitRefuses(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	cloud := make([][3]float64, 500)
	plane := make([][3]float64, 200)
	bowl := make([][3]float64, 500)
	for i := range cloud {
		for j := range cloud[i] {
			cloud[i][j] = r.NormFloat64()
		}
	}
	for i := range plane {
		s, c := math.Sincos(float64(i))
		plane[i] = [3]float64{50*c + 10, 50*s - 5, 3 + 0.2*r.NormFloat64()}
	}
	for i := range bowl { // a hyperboloid of two sheets
		x, y := 100*r.Float64()-50, 100*r.Float64()-50
		bowl[i] = [3]float64{x, y, math.Copysign(math.Sqrt(400+x*x+y*y), float64(i%2)-0.5)}
	}
	nan := append(spread(20, -1), [3]float64{math.NaN(), 0, 0})
	huge := append(spread(20, -1), [3]float64{1e300, 0, 0})
	for _, tt := range []struct {
		name    string
		samples [][3]float64
		model   fusion.FitModel
		want    error
		message string // part of it
	}{
		{"none", nil, fusion.FitAuto, fusion.ErrFewSamples, "fusion: calibration from 0 samples: too few samples: want at least 6"},
		{"five", spread(5, -1), fusion.FitAuto, fusion.ErrFewSamples, "want at least 6"},
		{"six faces for all", faces, fusion.FitFull, fusion.ErrFewSamples, "want at least 9"},
		{"many of each face", append(append(faces[:6:6], faces...), faces...), fusion.FitFull, fusion.ErrCoverage, "coverage is 0.0"},
		{"always the same", make([][3]float64, 100), fusion.FitAuto, fusion.ErrCoverage, "coverage is 0.0"},
		{"in a plane", plane, fusion.FitAuto, fusion.ErrCoverage, "coverage is 0.0"},
		{"a cap of the sphere", distorted(spread(300, 0.8), 50, round, iron, 0.3), fusion.FitAuto, fusion.ErrCoverage, "coverage is 0.0"},
		{"a cloud", cloud, fusion.FitAuto, fusion.ErrNotEllipsoid, "residual is 0.3"},
		{"a hyperboloid", bowl, fusion.FitAuto, fusion.ErrNotEllipsoid, "do not lie on an ellipsoid"},
		{"not a number", nan, fusion.FitAuto, fusion.ErrNotFinite, "a sample is not a measurement"},
		{"absurd", huge, fusion.FitAuto, fusion.ErrNotFinite, "a sample is not a measurement"},
	} {
		f, err := fusion.FitMag(tt.samples, &fusion.FitOptions{Model: tt.model})
		e, ok := errors.AsType[*fusion.FitError](err)
		if f != nil || !ok || !errors.Is(err, tt.want) || e.Samples != len(tt.samples) || !strings.Contains(err.Error(), tt.message) {
			t.Errorf("%s: %v, %v; want *FitError for %d samples: %v", tt.name, f, err, len(tt.samples), tt.want)
		}
	}
	for model, want := range map[fusion.FitModel]string{
		fusion.FitAuto: "auto", fusion.FitFull: "full", fusion.FitScale: "scale", 7: "FitModel(7)",
	} {
		if got := model.String(); got != want {
			t.Errorf("String = %q; want %q", got, want)
		}
	}
	_, err := fusion.FitAccel(nil, &fusion.FitOptions{Model: 9, Radius: -1, MaxResidual: math.NaN(), MinCoverage: math.Inf(1)})
	if joined, ok := err.(interface{ Unwrap() []error }); !ok || len(joined.Unwrap()) != 4 {
		t.Errorf("bad options: %v; want four problems together", err)
	}
}

// TestFitOfAnything neither panics nor gives a calibration that would be refused.
func TestFitOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		component := rapid.OneOf(rapid.Float64(), rapid.Float64Range(-100, 100), rapid.Map(rapid.IntRange(-2, 2), func(i int) float64 { return float64(i) }))
		samples := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) (v [3]float64) {
			for i := range v {
				v[i] = component.Draw(t, "component")
			}
			return v
		}), 0, 30).Draw(t, "samples")
		f, err := fusion.FitMag(samples, nil)
		if err != nil {
			return
		}
		c := fusion.Calibration{Mag: &f.Affine}
		if _, err := c.Encode(); err != nil {
			t.Fatalf("a fit gives %+v, which cannot be kept: %v", f, err)
		}
	})
}
