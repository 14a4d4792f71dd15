package inference_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// quantizedNetwork is a small network as quantizers leave it: two convolutions, the second of each channel by itself, a
// pooling, a product with a bias, and a product that is quantized while it runs.
func quantizedNetwork(t *testing.T, r *rand.Rand) []byte {
	g := build.New("quantized", nil)
	count := 0
	name := func() string { count++; return fmt.Sprint("c", count) }
	weights := func(dims ...int) build.Value {
		data := make([]int8, product(dims))
		for i := range data {
			data[i] = int8(r.IntN(200) - 100)
		}
		return build.Const(g, name(), data, dims...)
	}
	scale := func(v float32) build.Value { return build.Const(g, name(), []float32{v}) }
	zero := func(v uint8) build.Value { return build.Const(g, name(), []uint8{v}) }
	pair := func(x build.Value, by float32, at uint8) build.Value {
		q := g.Op("QuantizeLinear", []build.Value{x, scale(by), zero(at)})
		return g.Op("DequantizeLinear", []build.Value{q, scale(by), zero(at)})
	}
	constant := func(by float32, dims ...int) build.Value {
		return g.Op("DequantizeLinear", []build.Value{weights(dims...), scale(by), build.Const(g, name(), []int8{0})})
	}
	x := pair(g.Input("x", inference.Float32, build.Fixed(1), build.Fixed(3), build.Fixed(9), build.Fixed(7)), 0.03, 120)
	bias := g.Op("DequantizeLinear", []build.Value{build.Const(g, name(), []int32{5, -90, 700, 3, 2, -1, 60, 1}, 8), scale(0.03 * 0.01)})
	y := g.Op("Conv", []build.Value{x, constant(0.01, 8, 3, 3, 3), bias}, build.Ints("pads", 1, 1, 1, 1))
	y = pair(g.Op("Relu", []build.Value{y}), 0.05, 0)
	y = pair(g.Op("Conv", []build.Value{y, constant(0.02, 8, 1, 3, 3)}, build.Ints("pads", 1, 1, 1, 1), build.Int("group", 8)), 0.1, 128)
	y = pair(g.Op("MaxPool", []build.Value{y}, build.Ints("kernel_shape", 2, 2), build.Ints("strides", 2, 2)), 0.1, 128)
	y = pair(g.Op("Flatten", []build.Value{y}), 0.1, 128)
	y = g.Op("Gemm", []build.Value{y, constant(0.01, 10, 96), build.Const(g, name(), []float32{1, -2, 3, 0, 0, .5, 0, 0, 1, 2}, 10)}, build.Int("transB", 1))
	y = pair(y, 0.2, 128)
	q := g.Ops("DynamicQuantizeLinear", 3, []build.Value{y})
	z := g.Op("MatMulInteger", []build.Value{q[0], weights(10, 6), q[2], build.Const(g, name(), []int8{0})})
	z = g.Op("Cast", []build.Value{z}, build.Int("to", int64(inference.Float32)))
	z = g.Op("Mul", []build.Value{z, g.Op("Mul", []build.Value{q[1], scale(0.01)})})
	z = g.Op("Relu", []build.Value{g.Op("Add", []build.Value{z, build.Const(g, name(), []float32{1, 2, 3, -1, -2, -3}, 6)})})
	g.Output("y", y, inference.Float32, build.Fixed(1), build.Fixed(10))
	g.Output("z", z, inference.Float32, build.Fixed(1), build.Fixed(6))
	b, err := g.Model()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPassesPreserveQuantized compares a quantized network in all modes with none of the passes.
func TestPassesPreserveQuantized(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 4 {
		model := quantizedNetwork(t, r)
		x := make([]float32, 3*9*7)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		run := func(without []string) map[string]inference.Value {
			m, err := inference.Load(bytes.NewReader(model), &inference.LoadOptions{Without: without})
			if err != nil {
				t.Fatal(err)
			}
			s, err := m.NewSession(nil)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			out, err := s.Run(t.Context(), map[string]inference.Value{"x": tensorOf(t, x, 1, 3, 9, 7)})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		want := run([]string{"all"})
		for mode, without := range passModes() {
			got := run(without)
			// A unit of the last quantization, and what one before it may come to.
			if err := sameValue(got["y"], want["y"], 0, 0.41); err != nil {
				t.Errorf("%s: y: %v", mode, err)
			}
			if err := sameValue(got["z"], want["z"], 0, 1); err != nil {
				t.Errorf("%s: z: %v", mode, err)
			}
		}
	}
}
