package main

import (
	"fmt"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// quantized are the operators on small integers, and networks around them.
func quantized(s *suite) {
	scale := func(c *testCase, name string, v ...float32) build.Value {
		if len(v) == 1 {
			return build.Const(c.Graph, name, v)
		}
		return build.Const(c.Graph, name, v, len(v))
	}
	signed := func(c *testCase, n int) []int8 {
		out := make([]int8, n)
		for i, b := range c.bytes(n) {
			out[i] = int8(b)
		}
		return out
	}

	for _, version := range []int{10, 13, 19, 21} {
		c := s.add(fmt.Sprintf("quantize_%d", version), opset(version))
		x := input(c, "x", []float32{0, 0.25, -0.25, 0.75, 1000, -1000, 1.25, -1.75, 0.125, 3, 2.5, -0.5}, 2, 6)
		by := scale(c, "by", 0.5)
		q := c.do("QuantizeLinear", x, by, build.Const(c.Graph, "zu", []uint8{100}))
		c.out("u", q, inference.Uint8)
		c.out("u_back", c.do("DequantizeLinear", q, by, build.Const(c.Graph, "zu2", []uint8{100})), inference.Float32)
		q = c.do("QuantizeLinear", x, by, build.Const(c.Graph, "zi", []int8{-3}))
		c.out("i", q, inference.Int8)
		c.out("i_back", c.do("DequantizeLinear", q, by), inference.Float32)
		c.out("plain", c.do("QuantizeLinear", x, by), inference.Uint8)
		n := input(c, "n", []int32{1 << 20, -5}, 2)
		c.out("sum_back", c.do("DequantizeLinear", n, scale(c, "small", 1.0/1024)), inference.Float32)
		if version >= 13 {
			each := scale(c, "each", 0.5, 0.25)
			q = c.Op("QuantizeLinear", list{x, each, build.Const(c.Graph, "zeach", []uint8{10, 200}, 2)}, build.Int("axis", 0))
			c.out("axis", q, inference.Uint8)
			c.out("axis_back", c.Op("DequantizeLinear", list{q, each, build.Const(c.Graph, "zeach2", []uint8{10, 200}, 2)}, build.Int("axis", -2)), inference.Float32)
		}
		if version >= 21 {
			c.out("wide", c.do("QuantizeLinear", x, by, build.Const(c.Graph, "zw", []uint16{1000})), inference.Uint16)
			blocks := build.Const(c.Graph, "blocks", []float32{0.5, 0.25, 1, 2, 0.5, 4}, 2, 3)
			q = c.Op("QuantizeLinear", list{x, blocks}, build.Int("axis", 1), build.Int("block_size", 2), build.Int("output_dtype", 3))
			c.out("blocked", q, inference.Int8)
			c.out("blocked_back", c.Op("DequantizeLinear", list{q, blocks}, build.Int("axis", 1), build.Int("block_size", 2)), inference.Float32)
			nibbles := build.Const(c.Graph, "nibbles", []inference.Int4{-8, 7, 1, 0, -1, 3}, 6)
			c.out("nibbles_back", c.do("DequantizeLinear", nibbles, scale(c, "quarter", 0.25)), inference.Float32)
		}
	}

	c := s.add("quantized_matmul", opset(10))
	a, b := input(c, "a", c.bytes(8), 2, 4), build.Const(c.Graph, "b", c.bytes(12), 4, 3)
	bi := build.Const(c.Graph, "bi", signed(c, 12), 4, 3)
	za, zb, zbi := build.Const(c.Graph, "za", []uint8{113}), build.Const(c.Graph, "zb", []uint8{114}), build.Const(c.Graph, "zbi", []int8{-2})
	c.out("integer", c.do("MatMulInteger", a, b, za, zb), inference.Int32)
	c.out("integer_plain", c.do("MatMulInteger", a, b), inference.Int32)
	c.out("integer_mixed", c.do("MatMulInteger", a, bi, za, zbi), inference.Int32)
	c.out("integer_columns", c.do("MatMulInteger", a, bi, za, build.Const(c.Graph, "zcol", []int8{-2, 0, 5}, 3)), inference.Int32)
	sa, sb, sy, zy := scale(c, "sa", 0.0078125), scale(c, "sb", 0.015625), scale(c, "sy", 0.25), build.Const(c.Graph, "zy", []uint8{118})
	c.out("linear", c.do("QLinearMatMul", a, sa, za, b, sb, zb, sy, zy), inference.Uint8)
	c.out("linear_mixed", c.do("QLinearMatMul", a, sa, za, bi, sb, zbi, sy, zy), inference.Uint8)
	c.out("linear_columns", c.do("QLinearMatMul", a, sa, za, bi, scale(c, "scol", 0.015625, 0.03125, 0.0625), build.Const(c.Graph, "zcol2", []int8{-2, 0, 5}, 3), sy, zy), inference.Uint8)

	c = s.add("quantized_conv", opset(10))
	x := input(c, "x", c.bytes(2*4*5*5), 2, 4, 5, 5)
	w, wi := build.Const(c.Graph, "w", c.bytes(6*4*9), 6, 4, 3, 3), build.Const(c.Graph, "wi", signed(c, 6*2*9), 6, 2, 3, 3)
	zx, zw := build.Const(c.Graph, "zx", []uint8{130}), build.Const(c.Graph, "zw", []uint8{120})
	each, zeach := scale(c, "each", 0.0078125, 0.015625, 0.03125, 0.0078125, 0.0625, 0.015625), build.Const(c.Graph, "zeach", []int8{0, 0, 0, 0, 0, 0}, 6)
	bias := build.Const(c.Graph, "bias", []int32{100, -1000, 5000, 0, 7, -20000}, 6)
	sx, sw, sout, zout := scale(c, "sx", 0.0078125), scale(c, "sw", 0.015625), scale(c, "sout", 0.125), build.Const(c.Graph, "zout", []uint8{128})
	c.out("integer", c.Op("ConvInteger", list{x, w, zx, zw}, build.Ints("pads", 1, 1, 1, 1)), inference.Int32)
	c.out("linear", c.Op("QLinearConv", list{x, sx, zx, w, sw, zw, sout, zout}, build.Ints("strides", 2, 1)), inference.Uint8)
	c.out("linear_each", c.Op("QLinearConv", list{x, sx, zx, wi, each, zeach, sout, zout, bias},
		build.Int("group", 2), build.Ints("pads", 1, 0, 0, 1)), inference.Uint8)

	c = s.add("quantized_dynamic", opset(11))
	v := batch(c, "x", c.floats(3, 4), 3, 4)
	q := c.Ops("DynamicQuantizeLinear", 3, list{v})
	c.out("q", q[0], inference.Uint8)
	c.out("scale", q[1], inference.Float32)
	c.out("zero", q[2], inference.Uint8)
	product := c.do("MatMulInteger", q[0], build.Const(c.Graph, "weights", signed(c, 8), 4, 2), q[2], build.Const(c.Graph, "zero_w", []int8{0}))
	scaled := c.do("Mul", c.Op("Cast", list{product}, build.Int("to", 1)), c.do("Mul", q[1], scale(c, "scale_w", 0.03125)))
	c.out("y", c.do("Add", scaled, c.w("b", 2)), inference.Float32)
	q = c.Ops("DynamicQuantizeLinear", 3, list{c.do("Abs", v)})
	c.out("positive", q[0], inference.Uint8)
	q = c.Ops("DynamicQuantizeLinear", 3, list{c.do("Sub", v, v)})
	c.out("nothing", q[0], inference.Uint8)

	// A network as quantizers leave it: integers only in the weights, pairs of QuantizeLinear and DequantizeLinear around all.
	c = s.add("quantized_qdq_network", opset(13))
	pair := func(v build.Value, name string, by float32, zero int8) build.Value {
		q := c.do("QuantizeLinear", v, scale(c, name+"_scale", by), build.Const(c.Graph, name+"_zero", []int8{zero}))
		return c.do("DequantizeLinear", q, scale(c, name+"_scale2", by), build.Const(c.Graph, name+"_zero2", []int8{zero}))
	}
	in := pair(batch(c, "x", c.floats(2, 2, 6, 6), 2, 2, 6, 6), "x", 0.015625, 3)
	kernel := c.Op("DequantizeLinear", list{build.Const(c.Graph, "k", signed(c, 4*2*9), 4, 2, 3, 3), scale(c, "ks", 0.0078125, 0.015625, 0.03125, 0.0078125), build.Const(c.Graph, "kz", make([]int8, 4), 4)},
		build.Int("axis", 0))
	offset := c.Op("DequantizeLinear", list{build.Const(c.Graph, "kb", []int32{1000, -500, 0, 77}, 4), scale(c, "kbs", 1.0/8192, 1.0/4096, 1.0/2048, 1.0/8192), build.Const(c.Graph, "kbz", make([]int32, 4), 4)},
		build.Int("axis", 0))
	h := pair(c.do("Relu", c.Op("Conv", list{in, kernel, offset}, build.Ints("pads", 1, 1, 1, 1))), "h", 0.125, -128)
	h = pair(c.Op("MaxPool", list{h}, build.Ints("kernel_shape", 2, 2), build.Ints("strides", 2, 2)), "p", 0.125, -128)
	h = c.do("Flatten", pair(c.do("GlobalAveragePool", h), "g", 0.0625, -128))
	dense := c.do("DequantizeLinear", build.Const(c.Graph, "d", signed(c, 12), 4, 3), scale(c, "ds", 0.015625), build.Const(c.Graph, "dz", []int8{0}))
	c.out("y", pair(c.do("MatMul", h, dense), "y", 0.5, 0), inference.Float32)
}
