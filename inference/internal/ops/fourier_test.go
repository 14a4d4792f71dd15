package ops

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// naiveDFT transforms numbers, of two parts each, to a spectrum of n.
func naiveDFT(x []float64, n int, sign float64) []float64 {
	y := make([]float64, 2*n)
	for k := range n {
		for i := 0; i < n && 2*i < len(x); i++ {
			sin, cos := math.Sincos(sign * 2 * math.Pi * float64(i*k%n) / float64(n))
			y[2*k] += x[2*i]*cos - x[2*i+1]*sin
			y[2*k+1] += x[2*i]*sin + x[2*i+1]*cos
		}
	}
	return y
}

func TestDFT(t *testing.T) {
	rnd := rand.New(rand.NewPCG(11, 12))
	for _, n := range []int{1, 2, 5, 8, 12, 17, 30} {
		for _, length := range []int{n, n + 3, max(n-2, 1)} {
			x := noise(rnd, 1, n, 2)
			size := tensor.Of([]int64{int64(length)})
			forward := call{op: "DFT", opset: 17, in: []*tensor.Tensor{x, size}}.result(t)
			wantNumbers(t, fmt.Sprintf("%d as %d", n, length), forward, naiveDFT(numbers(x), length, -1), 1e-5)
			back := call{op: "DFT", opset: 20, attrs: attrs{"inverse": int64(1)}, in: []*tensor.Tensor{forward}}.result(t)
			want := make([]float64, 2*length)
			copy(want, numbers(x))
			wantNumbers(t, fmt.Sprintf("%d as %d, and back", n, length), back, want, 1e-5)
		}
	}
}

// TestDFTHalf transforms real signals along each axis to half a spectrum, and back.
func TestDFTHalf(t *testing.T) {
	rnd := rand.New(rand.NewPCG(13, 14))
	x := noise(rnd, 3, 4, 5, 1)
	for axis := range 3 {
		at := tensor.Of([]int64{int64(axis - 4)})
		half := call{op: "DFT", opset: 20, attrs: attrs{"onesided": int64(1)}, in: []*tensor.Tensor{x, nil, at}}.result(t)
		if got, want := half.Shape[axis], x.Shape[axis]/2+1; got != want {
			t.Errorf("axis %d: the spectrum has length %d; want %d", axis, got, want)
		}
		length := tensor.Of([]int32{int32(x.Shape[axis])})
		back := call{op: "DFT", opset: 20, attrs: attrs{"onesided": int64(1), "inverse": int64(1)}, in: []*tensor.Tensor{half, length, at}}.result(t)
		wantTensor(t, fmt.Sprintf("axis %d", axis), back, x.Shape, numbers(x))
	}
}

func TestDFTRefuses(t *testing.T) {
	x := f32([]float64{1, 2, 3, 4}, 1, 4, 1)
	scalar := func(v int64) *tensor.Tensor { return tensor.Of([]int64{v}) }
	for name, in := range map[string][]*tensor.Tensor{
		"no length":      {x, scalar(0)},
		"less than that": {x, scalar(-4)},
		"a huge length":  {x, scalar(1 << 40)},
		"the last axis":  {x, nil, scalar(-1)},
		"no such axis":   {x, nil, scalar(7)},
		"three parts":    {f32([]float64{1, 2, 3}, 1, 1, 3)},
		"no signal":      {f32([]float64{1}, 1)},
		"two lengths":    {x, tensor.Of([]int64{4, 4}, 2)},
		"of nothing":     {f32(nil, 1, 0, 1)},
	} {
		if _, err := (call{op: "DFT", opset: 20, in: in, outs: 1}).eval(t); err == nil {
			t.Errorf("%s: no error; want one", name)
		}
	}
}

func TestSTFT(t *testing.T) {
	rnd := rand.New(rand.NewPCG(15, 16))
	x := noise(rnd, 2, 20, 1)
	window := noise(rnd, 6)
	step := tensor.Of([]int64{4})
	y := call{op: "STFT", opset: 17, attrs: attrs{"onesided": int64(0)}, in: []*tensor.Tensor{x, step, window, tensor.Of([]int64{8})}}.result(t)
	var want []float64
	for b := range 2 {
		for from := 0; from+8 <= 20; from += 4 {
			frame := make([]float64, 16)
			for i, w := range numbers(window) {
				frame[2*i] = w * numbers(x)[20*b+from+i]
			}
			want = append(want, naiveDFT(frame, 8, -1)...)
		}
	}
	wantTensor(t, "STFT", y, []int{2, 4, 8, 2}, want)
	y = call{op: "STFT", opset: 17, in: []*tensor.Tensor{x, step, nil, tensor.Of([]int64{30})}}.result(t)
	wantTensor(t, "STFT of frames longer than the signal", y, []int{2, 0, 16, 2}, nil)
	if _, err := (call{op: "STFT", opset: 17, in: []*tensor.Tensor{x, tensor.Of([]int64{0}), window}, outs: 1}).eval(t); err == nil {
		t.Error("a step of 0: no error; want one")
	}
}

func TestWindows(t *testing.T) {
	for _, test := range []struct {
		op       string
		size     int64
		periodic int64
		as       dtype.DType
		want     []float64
	}{
		{"HannWindow", 4, 1, dtype.Float64, []float64{0, 0.5, 1, 0.5}},
		{"HannWindow", 5, 0, dtype.Float32, []float64{0, 0.5, 1, 0.5, 0}},
		{"HannWindow", 3, 0, dtype.Int8, []float64{0, 1, 0}},
		{"HammingWindow", 3, 0, dtype.Float32, []float64{4.0 / 46, 1, 4.0 / 46}},
		{"BlackmanWindow", 4, 1, dtype.Float64, []float64{0, 0.34, 1, 0.34}},
		{"BlackmanWindow", 1, 1, dtype.Float32, []float64{0}},
		{"HannWindow", 0, 0, dtype.Float32, nil},
	} {
		c := call{op: test.op, opset: 17, attrs: attrs{"periodic": test.periodic, "output_datatype": int64(test.as)}, in: []*tensor.Tensor{tensor.Of([]int32{int32(test.size)})}}
		wantNumbers(t, fmt.Sprintf("%s of %d", test.op, test.size), c.result(t), test.want, 1e-7)
	}
	for _, size := range []int64{-1, 1 << 40} {
		if _, err := (call{op: "HannWindow", opset: 17, in: []*tensor.Tensor{tensor.Of([]int64{size})}, outs: 1}).eval(t); err == nil {
			t.Errorf("a window of %d: no error; want one", size)
		}
	}
}

// TestMelWeightMatrix checks that bands beyond the spectrum are no error, and what no bands are.
func TestMelWeightMatrix(t *testing.T) {
	c := func(bands, length, rate int64, lower, upper float64) call {
		return call{op: "MelWeightMatrix", opset: 17, outs: 1, in: []*tensor.Tensor{
			tensor.Of([]int64{bands}), tensor.Of([]int64{length}), tensor.Of([]int64{rate}), f32([]float64{lower}), f32([]float64{upper}),
		}}
	}
	if y := c(8, 16, 100, 0, 4000).result(t); y.Shape[0] != 9 || y.Shape[1] != 8 {
		t.Errorf("the matrix is of %v; want [9 8]", y.Shape)
	}
	if y := c(0, 16, 100, 0, 50).result(t); y.Len() != 0 {
		t.Errorf("no bands: the matrix is of %v", y.Shape)
	}
	for name, bad := range map[string]call{
		"no rate":        c(8, 16, 0, 0, 50),
		"negative bands": c(-1, 16, 100, 0, 50),
		"no frequency":   c(8, 16, 100, math.NaN(), 50),
		"a negative one": c(8, 16, 100, -800, 50),
	} {
		if _, err := bad.eval(t); err == nil {
			t.Errorf("%s: no error; want one", name)
		}
	}
}
