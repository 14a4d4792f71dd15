package ops

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// floatsOf returns the numbers of a tensor of any type.
func floatsOf(t *tensor.Tensor) []float64 {
	out := make([]float64, t.Len())
	load(out, t.Data, t.DType)
	return out
}

// meanAndVariance returns the mean and the variance.
func meanAndVariance(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x))
	}
	return mean, variance
}

func TestRandomDistributions(t *testing.T) {
	const n = 100_001
	for _, d := range []dtype.DType{dtype.Float32, dtype.Float64, dtype.F16, dtype.BF16} {
		c := call{op: "RandomNormal", opset: 22, outs: 1, attrs: attrs{
			"dtype": int64(d), "mean": float32(3), "scale": float32(2), "seed": float32(1), "shape": []int64{n},
		}}
		x := floatsOf(c.run(t)[0])
		mean, variance := meanAndVariance(x)
		if math.Abs(mean-3) > 0.03 || math.Abs(variance-4) > 0.08 {
			t.Errorf("RandomNormal of %v: mean %v and variance %v; want 3 and 4", d, mean, variance)
		}
		within := 0
		for _, v := range x {
			if math.Abs(v-3) < 2 {
				within++
			}
		}
		if share := float64(within) / n; math.Abs(share-0.6827) > 0.01 {
			t.Errorf("RandomNormal of %v: %v lie within a standard deviation; want 0.6827", d, share)
		}

		c = call{op: "RandomUniformLike", opset: 22, outs: 1, in: []*tensor.Tensor{tensor.New(dtype.Bool, []int{n})}, attrs: attrs{
			"dtype": int64(d), "seed": float32(1),
		}}
		x = floatsOf(c.run(t)[0])
		mean, variance = meanAndVariance(x)
		if math.Abs(mean-0.5) > 0.01 || math.Abs(variance-1.0/12) > 0.005 || slices.Min(x) < 0 || slices.Max(x) >= 1 {
			t.Errorf("RandomUniformLike of %v: from %v to %v, mean %v, variance %v", d, slices.Min(x), slices.Max(x), mean, variance)
		}
		c.attrs["low"], c.attrs["high"] = float32(-4), float32(-2)
		x = floatsOf(c.run(t)[0])
		if mean, _ := meanAndVariance(x); math.Abs(mean+3) > 0.02 || slices.Min(x) < -4 || slices.Max(x) > -2 {
			t.Errorf("RandomUniformLike of %v: from %v to %v, mean %v; want from -4 to -2", d, slices.Min(x), slices.Max(x), mean)
		}
	}
}

func TestBernoulli(t *testing.T) {
	const n = 30_000
	p := []float32{0, 0.25, 1, 2, -1, float32(math.NaN())}
	want := []float64{0, 0.25, 1, 1, 0, 0}
	x := tensorOf(slices.Repeat(p, n), n, len(p))
	for _, d := range []dtype.DType{0, dtype.Bool, dtype.Uint8, dtype.Int16, dtype.Int64, dtype.Uint64, dtype.F16, dtype.BF16, dtype.Float64} {
		c := call{op: "Bernoulli", opset: 22, outs: 1, in: []*tensor.Tensor{x}, attrs: attrs{"seed": float32(2)}}
		if d != 0 {
			c.attrs["dtype"] = int64(d)
		}
		out := c.run(t)[0]
		if d != 0 && out.DType != d || d == 0 && out.DType != dtype.Float32 {
			t.Errorf("Bernoulli makes %v; want %v", out.DType, d)
		}
		got := make([]float64, len(p))
		for i, v := range floatsOf(out) {
			if v != 0 && v != 1 {
				t.Fatalf("Bernoulli of %v drew %v", d, v)
			}
			got[i%len(p)] += v
		}
		for i := range p {
			got[i] /= n
			if math.Abs(got[i]-want[i]) > 0.01 || want[i] == math.Trunc(want[i]) && got[i] != want[i] {
				t.Errorf("Bernoulli of %v at %v: %v; want %v", d, p[i], got[i], want[i])
			}
		}
	}
}

func TestMultinomial(t *testing.T) {
	const n = 60_000
	inf := math.Inf(1)
	logs := []float64{
		math.Log(0.2), math.Log(0.3), -inf, math.Log(0.5),
		1000 + math.Log(3), -inf, 1000, math.NaN(),
	}
	want := []float64{0.2, 0.3, 0, 0.5, 0.75, 0, 0.25, 0}
	for _, d := range []dtype.DType{dtype.Int32, dtype.Int64} {
		c := call{op: "Multinomial", opset: 7, outs: 1, attrs: attrs{"dtype": int64(d), "sample_size": int64(n), "seed": float32(3)}}
		c.in = []*tensor.Tensor{f32(logs, 2, 4)}
		out := c.run(t)[0]
		if out.DType != d || !slices.Equal(out.Shape, []int{2, n}) {
			t.Fatalf("Multinomial makes %v%v", out.DType, out.Shape)
		}
		got := make([]float64, len(want))
		for i, class := range floatsOf(out) {
			got[i/n*4+int(class)] += 1.0 / n
		}
		for i := range want {
			if math.Abs(got[i]-want[i]) > 0.01 || want[i] == 0 && got[i] != 0 {
				t.Errorf("Multinomial draws class %d of row %d with %v; want %v", i%4, i/4, got[i], want[i])
			}
		}
	}
	for name, c := range map[string]call{
		"no class":     {in: []*tensor.Tensor{f32([]float64{-inf, math.NaN()}, 1, 2)}},
		"no classes":   {in: []*tensor.Tensor{f32(nil, 1, 0)}},
		"a list":       {in: []*tensor.Tensor{f32([]float64{0}, 1)}},
		"no samples":   {in: []*tensor.Tensor{f32([]float64{0}, 1, 1)}, attrs: attrs{"sample_size": int64(0)}},
		"too many":     {in: []*tensor.Tensor{f32([]float64{0}, 1, 1)}, attrs: attrs{"sample_size": int64(1 << 40)}},
		"no such type": {in: []*tensor.Tensor{f32([]float64{0}, 1, 1)}, attrs: attrs{"dtype": int64(99)}},
	} {
		c.op, c.opset, c.outs = "Multinomial", 22, 1
		if _, err := c.try(t); err == nil {
			t.Errorf("Multinomial of %s is no error", name)
		}
	}
}

// randomCalls are a node of each operator that draws numbers.
func randomCalls() []call {
	x := tensorOf(slices.Repeat(floats(0.5), 1000), 10, 100)
	return []call{
		{op: "RandomNormal", opset: 1, attrs: attrs{"shape": []int64{10, 101}}},
		{op: "RandomNormalLike", opset: 22, in: []*tensor.Tensor{x}, attrs: attrs{}},
		{op: "RandomUniform", opset: 1, attrs: attrs{"shape": []int64{10, 100}}},
		{op: "RandomUniformLike", opset: 1, in: []*tensor.Tensor{x}, attrs: attrs{}},
		{op: "Bernoulli", opset: 15, in: []*tensor.Tensor{x}, attrs: attrs{}},
		{op: "Multinomial", opset: 22, in: []*tensor.Tensor{x}, attrs: attrs{"sample_size": int64(100)}},
	}
}

// TestRandomSeeds has kernels with a seed make the same numbers in every run, and those without other ones in each.
func TestRandomSeeds(t *testing.T) {
	for _, c := range randomCalls() {
		c.outs = 1
		draw := func() string {
			k, ctx, err := c.kernel(t, 1)
			if err != nil {
				t.Fatal(err)
			}
			out := ""
			for range 2 {
				if err := k.Run(ctx); err != nil {
					t.Fatal(err)
				}
				out += fmt.Sprintln(ctx.Out[0].Data)
			}
			return out
		}
		if a, b := draw(), draw(); a == b || a[:len(a)/2] == a[len(a)/2:] {
			t.Errorf("%s draws the same numbers twice without a seed", c.op)
		}
		c.attrs["seed"] = float32(0)
		first := draw()
		if first[:len(first)/2] != first[len(first)/2:] {
			t.Errorf("%s with a seed draws other numbers in its second run", c.op)
		}
		if again := draw(); again != first {
			t.Errorf("%s with a seed draws other numbers in another kernel", c.op)
		}
		c.attrs["seed"] = float32(0.5)
		if other := draw(); other == first {
			t.Errorf("%s draws the same numbers with another seed", c.op)
		}
		wantNoAllocs(t, c)
	}
}

// TestRandomConcurrently runs one kernel on several goroutines: no two of them may draw the same.
func TestRandomConcurrently(t *testing.T) {
	for _, c := range randomCalls() {
		c.outs = 1
		k, _, err := c.kernel(t, 1)
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		seen := map[string]bool{}
		var group sync.WaitGroup
		for range 4 {
			_, ctx, err := c.kernel(t, 1)
			if err != nil {
				t.Fatal(err)
			}
			group.Go(func() {
				for range 5 {
					if err := k.Run(ctx); err != nil {
						t.Error(err)
					}
					mu.Lock()
					seen[string(ctx.Out[0].Data)] = true
					mu.Unlock()
				}
			})
		}
		group.Wait()
		if len(seen) != 20 {
			t.Errorf("%s: 20 runs drew %d different tensors", c.op, len(seen))
		}
	}
}

func TestRandomShapes(t *testing.T) {
	for _, dims := range [][]int64{{}, {0}, {2, 0, 3}, {1, 1, 1, 1, 1}} {
		c := call{op: "RandomUniform", opset: 22, outs: 1, attrs: attrs{"shape": dims}}
		want := []int{}
		for _, d := range dims {
			want = append(want, int(d))
		}
		if got := c.run(t)[0]; !slices.Equal(got.Shape, want) {
			t.Errorf("RandomUniform of %v has shape %v", dims, got.Shape)
		}
	}
	for _, dims := range [][]int64{{-1}, {1 << 40}} {
		c := call{op: "RandomNormal", opset: 22, outs: 1, attrs: attrs{"shape": dims}}
		if _, err := c.try(t); err == nil {
			t.Errorf("RandomNormal of %v is no error", dims)
		}
	}
}
