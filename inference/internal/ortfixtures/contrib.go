package main

import (
	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
	"github.com/brinkml/brink/inference/internal/dtype"
)

// contrib are ONNX Runtime's own operators, which its optimizer and converters leave in models.
func contrib(s *suite) {
	f32 := inference.Float32
	add := func(name string) *testCase {
		return s.add("ms_"+name, &build.Options{Opset: 13, Domains: map[string]int{"com.microsoft": 1}})
	}
	c := add("cdist")
	a, b := c.x("a", 3, 4), c.x("b", 2, 4)
	c.atol = 1e-5
	for _, metric := range []string{"euclidean", "sqeuclidean"} {
		c.out(metric, c.Op("com.microsoft.CDist", list{a, b}, build.String("metric", metric)), f32)
	}

	c = add("gelu")
	c.out("y", c.do("com.microsoft.Gelu", c.x("x", 2, 6)), f32)

	c = add("fused_matmul")
	m, n := c.x("m", 2, 4, 3), c.x("n", 2, 5, 4)
	c.out("both", c.Op("com.microsoft.FusedMatMul", list{m, n}, build.Int("transA", 1), build.Int("transB", 1), build.Float("alpha", 0.25)), f32)
	c.out("plain", c.do("com.microsoft.FusedMatMul", n, m), f32)
	p, q := c.x("p", 2, 3, 4), c.x("q", 3, 4, 5)
	c.out("batch_a", c.Op("com.microsoft.FusedMatMul", list{p, q}, build.Int("transBatchA", 1)), f32)

	c = add("fused_conv")
	x := c.x("x", 1, 2, 5, 5)
	w, cb := c.w("w", 3, 2, 3, 3), c.w("b", 3)
	pads := build.Ints("pads", 1, 1, 1, 1)
	c.out("relu", c.Op("com.microsoft.FusedConv", list{x, w, cb}, pads, build.String("activation", "Relu")), f32)
	c.out("leaky", c.Op("com.microsoft.FusedConv", list{x, w, cb}, pads, build.String("activation", "LeakyRelu"), build.Floats("activation_params", 0.125)), f32)
	c.out("clip", c.Op("com.microsoft.FusedConv", list{x, w}, pads, build.String("activation", "Clip"), build.Floats("activation_params", -1, 2)), f32)
	c.out("sum", c.Op("com.microsoft.FusedConv", list{x, w, cb, c.x("z", 1, 3, 5, 5)}, pads, build.String("activation", "Relu")), f32)

	c = add("skip_layer_normalization")
	c.atol = 1e-6
	x, skip := c.x("x", 2, 3, 4), c.x("skip", 2, 3, 4)
	gamma, beta, offset := c.w("gamma", 4), c.w("beta", 4), c.w("offset", 4)
	c.out("y", c.Op("com.microsoft.SkipLayerNormalization", list{x, skip, gamma, beta, offset}, build.Float("epsilon", 0.001)), f32)
	out := c.Ops("com.microsoft.SkipLayerNormalization", 4, list{x, skip, gamma})
	c.out("plain", out[0], f32)
	c.out("sum", out[3], f32)
}

// half are models in float16.
func half(s *suite) {
	f16 := inference.F16
	c := s.add("half_network", opset(17))
	c.rtol, c.atol = 5e-3, 2e-3
	x := batch(c, "x", halves(c, 4), 1, 4)
	w := build.Const(c.Graph, "w", halves(c, 12), 4, 3)
	b := build.Const(c.Graph, "b", halves(c, 3), 3)
	h := c.do("Add", c.do("MatMul", x, w), b)
	c.out("sum", h, f16)
	c.out("relu", c.do("Relu", h), f16)
	c.out("sigmoid", c.do("Sigmoid", h), f16)
	c.out("soft", c.Op("Softmax", list{h}, build.Int("axis", -1)), f16)
	c.out("mean", c.Op("ReduceMean", list{h}, build.Ints("axes", 1)), f16)
	c.out("wide", c.Op("Cast", list{h}, build.Int("to", 1)), inference.Float32)
	c.out("concat", c.Op("Concat", list{h, b2(c, h)}, build.Int("axis", 1)), f16)

	c = s.add("half_conv", opset(11))
	c.rtol, c.atol = 5e-3, 2e-3
	x = input(c, "x", halves(c, 2*25), 1, 2, 5, 5)
	y := c.Op("Conv", list{x, build.Const(c.Graph, "w", halves(c, 54), 3, 2, 3, 3), build.Const(c.Graph, "b", halves(c, 3), 3)}, build.Ints("pads", 1, 1, 1, 1))
	c.out("y", y, f16)
	c.out("pool", c.Op("MaxPool", list{y}, build.Ints("kernel_shape", 2, 2)), f16)
	c.out("mean", c.do("GlobalAveragePool", y), f16)
	c.out("soft", c.do("Clip", y, build.Const(c.Graph, "low", []inference.Float16{0})), f16)

	// Values that float16 cannot hold, its smallest ones, and ties between two.
	c = s.add("half_cast", opset(13))
	v := input(c, "x", []float32{65519, 65520, -1e6, 5.9604645e-8, 2.9802322e-8, 1.0004883, 1.0014648, nan32, inf32, 6.1e-5}, 10)
	n := c.Op("Cast", list{v}, build.Int("to", 10))
	c.out("narrow", n, f16)
	c.out("back", c.Op("Cast", list{n}, build.Int("to", 1)), inference.Float32)
	c.out("bf16", c.Op("Cast", list{c.Op("Cast", list{v}, build.Int("to", 16))}, build.Int("to", 1)), inference.Float32)
}

func b2(c *testCase, h build.Value) build.Value { return c.do("Mul", h, h) }

// halves are random multiples of 1/32 within 1 of 0.
func halves(c *testCase, n int) []inference.Float16 {
	out := make([]inference.Float16, n)
	for i := range out {
		out[i] = dtype.ToFloat16(float64(c.random.IntN(65)-32) / 32)
	}
	return out
}
