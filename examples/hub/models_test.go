package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/edge"
	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/sensehat"
)

var update = flag.Bool("update", false, "train the models in models/ anew")

// The detector knows the healthy appliance by prototypes: windows that it has seen, spread as far apart as they
// can be. Its score is the distance of a window's features to the nearest of them. The threshold is set on
// appliances that took no part in the choice of prototypes.
const (
	prototypes  = 64
	trainFor    = 100 * time.Second
	trainSeed   = 1000 // and the following; far from the seeds that a user tries
	trainOn     = 8    // houses for the prototypes
	calibrateOn = 8    // houses for the threshold
	margin      = 1.3  // over the worst that healthy appliances did
)

// softest is the least spread that a feature is taken to have, in its own unit: differences smaller than it are of no
// interest, however steady the healthy appliance keeps it.
var softest = [features]float32{0.5, 0.3, 0.15, 0.15, 0.15, 0.15, 0.15, 0.15, 0.15, 0.3}

const features = 10

// TestModels trains both models through the emulated boards, the real drivers and the engine itself, and finds in
// them what is committed. With -update it writes them. They are trained with kernels in plain Go: what others round
// differently depends on the processor.
func TestModels(t *testing.T) {
	t.Setenv("BRINK_CPU", "portable")
	for _, name := range []string{"boiler", "washer"} {
		t.Run(name, func(t *testing.T) {
			var train, calibrate [][][]float32
			synctest.Test(t, func(t *testing.T) {
				for i := range trainOn + calibrateOn {
					w := healthyWindows(t, name, trainSeed+uint64(i))
					if i < trainOn {
						train = append(train, w)
					} else {
						calibrate = append(calibrate, w)
					}
				}
			})
			got := fit(t, name, train, calibrate)
			path := "models/" + name + ".onnx"
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s is not what training gives; run go test ./examples/hub -run TestModels -update", path)
			}
		})
	}
}

// lateReads makes a chip's driver be called as on a busy machine: every tenth time late, by up to 60 ms.
func lateReads(src sensor.Source[sensor.Motion], seed uint64) sensor.Source[sensor.Motion] {
	rng := rand.New(rand.NewPCG(seed, 1))
	return sensor.SourceFunc[sensor.Motion](func(ctx context.Context, r *sensor.Reading[sensor.Motion]) error {
		late := rng.Int64N(int64(4 * time.Millisecond))
		if rng.IntN(10) == 0 {
			late = rng.Int64N(int64(60 * time.Millisecond))
		}
		time.Sleep(time.Duration(late))
		return src.Read(ctx, r)
	})
}

// healthyWindows samples one appliance of a house without faults, in simulated time, and returns its windows as
// the model takes them. Every other house is read by a busy machine, so that lateness is nothing new to the model.
func healthyWindows(t *testing.T, name string, seed uint64) [][]float32 {
	t.Helper()
	house := newHouse(seed, time.Now(), time.Time{})
	house.healthy = true
	hat, err := sensehat.Open(house.board("hub", seed), nil)
	if err != nil {
		t.Fatal(err)
	}
	here, err := hat.Env()
	if err != nil {
		t.Fatal(err)
	}
	r := new(room)
	k, err := newKit(house.board(name, seed+1), r)
	if err != nil {
		t.Fatal(err)
	}
	if seed%2 == 1 {
		k.motion = lateReads(k.motion, seed)
	}
	s, err := sensor.NewSampler(k, samplePeriod, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), trainFor)
	defer cancel()
	n := 0
	samples := func(yield func(timed) bool) {
		for reading, err := range s.All(ctx) {
			if n++; n%10 == 1 {
				if err := r.measure(ctx, here); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
			if err != nil || reading.Quality.Has(sensor.Stale) {
				continue
			}
			if !yield(timed{sample: reading.Value, at: reading.At}) {
				return
			}
		}
	}
	var out [][]float32
	for w := range edge.Window(regular(samples), windowLen, windowHop) {
		if !judgeable(w) {
			continue
		}
		x := make([]float32, windowLen*channels)
		for i := range w {
			w[i].row(x[i*channels:])
		}
		out = append(out, x)
	}
	if len(out) < int(trainFor.Seconds())/2 {
		t.Fatalf("%d windows of %s in %v", len(out), name, trainFor)
	}
	return out
}

// fit makes the model: first its front alone, to get features by the arithmetic that will be used, then all of it.
func fit(t *testing.T, name string, train, calibrate [][][]float32) []byte {
	t.Helper()
	front := writeModel(t, name, nil, nil, nil, 0)
	var seen [][]float32
	for _, house := range train {
		seen = append(seen, outputs(t, front, "features", house)...)
	}
	mean, spread := standard(seen)
	far := spreadOut(seen, mean, spread)
	scorer := writeModel(t, name, mean, spread, far, 0)
	worst := 0.0
	for _, house := range calibrate {
		scores := outputs(t, scorer, "score", house)
		for i := raiseAfter - 1; i < len(scores); i++ {
			both := math.Inf(1)
			for j := range raiseAfter {
				both = math.Min(both, float64(scores[i-j][0]))
			}
			worst = math.Max(worst, both)
		}
	}
	return writeModel(t, name, mean, spread, far, margin*worst)
}

// outputs runs a model over windows.
func outputs(t *testing.T, b []byte, name string, windows [][]float32) [][]float32 {
	t.Helper()
	m, err := inference.Load(bytes.NewReader(b), nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := m.NewSession(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	bound, err := s.Bind(map[string][]int{"x": {1, windowLen, channels}})
	if err != nil {
		t.Fatal(err)
	}
	x, err := inference.Input[float32](bound, "x")
	if err != nil {
		t.Fatal(err)
	}
	y, err := inference.Output[float32](bound, name)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]float32
	for _, w := range windows {
		copy(x, w)
		if err := bound.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		out = append(out, slices.Clone(y))
	}
	return out
}

// standard returns the mean of each feature and its spread, at least softest.
func standard(seen [][]float32) (mean, spread []float32) {
	mean, spread = make([]float32, features), make([]float32, features)
	for j := range features {
		sum, square := 0.0, 0.0
		for _, f := range seen {
			sum += float64(f[j])
		}
		m := sum / float64(len(seen))
		for _, f := range seen {
			square += (float64(f[j]) - m) * (float64(f[j]) - m)
		}
		mean[j] = float32(m)
		spread[j] = max(float32(math.Sqrt(square/float64(len(seen)))), softest[j])
	}
	return mean, spread
}

// spreadOut chooses prototypes by farthest-first traversal (Gonzalez, Clustering to minimize the maximum intercluster
// distance, 1985): each is the window that is farthest from those chosen before.
func spreadOut(seen [][]float32, mean, spread []float32) [][]float32 {
	points := make([][]float32, len(seen))
	nearest := make([]float64, len(seen))
	for i, f := range seen {
		points[i] = make([]float32, features)
		for j := range f {
			points[i][j] = (f[j] - mean[j]) / spread[j]
		}
		nearest[i] = math.Inf(1)
	}
	chosen := [][]float32{points[0]}
	for len(chosen) < prototypes {
		last, best := chosen[len(chosen)-1], 0
		for i, p := range points {
			d := 0.0
			for j := range p {
				d += float64(p[j]-last[j]) * float64(p[j]-last[j])
			}
			if nearest[i] = math.Min(nearest[i], d); nearest[i] > nearest[best] {
				best = i
			}
		}
		chosen = append(chosen, points[best])
	}
	return chosen
}

// writeModel writes x [1, 100, 6] -> features [1, 10], and with prototypes -> score [1].
//
// Features: the means of the three climate channels; the logarithm of the RMS of each axis of acceleration, and of
// its differences from sample to sample, which tells rattling from swinging; how much warmer it became.
func writeModel(t *testing.T, name string, mean, spread []float32, far [][]float32, threshold float64) []byte {
	t.Helper()
	g := build.New(name, &build.Options{Producer: "brink examples/hub", Metadata: map[string]string{
		"threshold": strconv.FormatFloat(threshold, 'g', 6, 64),
		"about":     fmt.Sprintf("distance of a window's features to the nearest of %d prototypes of a healthy %s", len(far), name),
	}})
	op := func(name string, in []build.Value, attrs ...build.Attr) build.Value { return g.Op(name, in, attrs...) }
	two := func(name string, a, b build.Value) build.Value { return op(name, []build.Value{a, b}) }
	n := 0
	next := func() string { n++; return fmt.Sprintf("c%d", n) }
	ints := func(v ...int64) build.Value { return build.Const(g, next(), v, len(v)) }
	floats := func(v ...float32) build.Value { return build.Const(g, next(), v, len(v)) }
	cut := func(v build.Value, axis, from, to int64) build.Value {
		return op("Slice", []build.Value{v, ints(from), ints(to), ints(axis)})
	}
	average := func(v build.Value) build.Value {
		return op("ReduceMean", []build.Value{v}, build.Ints("axes", 1), build.Int("keepdims", 1))
	}
	logRMS := func(v build.Value) build.Value {
		power := two("Add", average(two("Mul", v, v)), floats(0.0025))
		return two("Mul", op("Log", []build.Value{power}), floats(0.5))
	}
	x := g.Input("x", inference.Float32, build.Shape(1, windowLen, channels)...)
	accel, air := cut(x, 2, 0, 3), cut(x, 2, 3, 6)
	swing := two("Sub", accel, average(accel))
	rattle := two("Sub", cut(accel, 1, 1, windowLen), cut(accel, 1, 0, windowLen-1))
	warmth := cut(air, 2, 0, 1)
	warming := two("Sub", cut(warmth, 1, windowLen-1, windowLen), cut(warmth, 1, 0, 1))
	f := op("Concat", []build.Value{average(air), logRMS(swing), logRMS(rattle), warming}, build.Int("axis", 2))
	f = two("Reshape", f, ints(1, features))
	if far == nil {
		g.Output("features", f, inference.Float32, build.Shape(1, features)...)
	} else {
		z := two("Div", two("Sub", f, floats(mean...)), floats(spread...))
		apart := two("Sub", two("Reshape", z, ints(1, 1, features)), build.Const(g, "prototypes", slices.Concat(far...), 1, len(far), features))
		distance := op("ReduceSum", []build.Value{two("Mul", apart, apart), ints(2)}, build.Int("keepdims", 0))
		nearest := op("ReduceMin", []build.Value{distance}, build.Ints("axes", 1), build.Int("keepdims", 0))
		g.Output("score", op("Sqrt", []build.Value{nearest}), inference.Float32, build.Fixed(1))
	}
	b, err := g.Model()
	if err != nil {
		t.Fatal(err)
	}
	return b
}
