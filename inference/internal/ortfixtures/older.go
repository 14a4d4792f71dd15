package main

import (
	"fmt"
	"strings"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// older are versions of operators before the ones that ONNX's cases use: what computes.
func older(s *suite) {
	for _, version := range []int{7, 11, 13} {
		c := s.add(fmt.Sprintf("softmax_%d", version), opset(version))
		x := c.x("x", 2, 3, 4)
		for _, op := range []string{"Softmax", "LogSoftmax", "Hardmax"} {
			c.out(op, c.do(op, x), inference.Float32)
			for axis := range 3 {
				c.out(fmt.Sprintf("%s%d", op, axis), c.Op(op, list{x}, build.Int("axis", axis)), inference.Float32)
			}
		}
	}

	c := s.add("batch_normalization_7", opset(7))
	x := c.x("x", 2, 3, 4)
	variance := build.Const(c.Graph, "var", []float32{1, 0.25, 2}, 3)
	c.out("y", c.Op("BatchNormalization", list{x, c.w("scale", 3), c.w("b", 3), c.w("mean", 3), variance},
		build.Float("epsilon", 0.125), build.Float("momentum", 0.5)), inference.Float32)
	c = s.add("batch_normalization_9", opset(9))
	x = c.x("x", 2, 3)
	variance = build.Const(c.Graph, "var", []float32{1, 0.25, 2}, 3)
	c.out("y", c.do("BatchNormalization", x, c.w("scale", 3), c.w("b", 3), c.w("mean", 3), variance), inference.Float32)

	for _, version := range []int{7, 10, 12} {
		c = s.add(fmt.Sprintf("dropout_%d", version), opset(version))
		x = c.x("x", 2, 3)
		var out []build.Value
		if version < 12 {
			out = c.Ops("Dropout", 2, list{x}, build.Float("ratio", 0.75))
			c.out("y1", c.do("Dropout", x), inference.Float32)
		} else {
			out = c.Ops("Dropout", 2, list{x, build.Const(c.Graph, "ratio", []float32{0.75})})
			c.out("y1", c.do("Dropout", x), inference.Float32)
		}
		c.out("y", out[0], inference.Float32)
		if version >= 12 { // the masks of versions before are left undefined
			c.out("mask", out[1], inference.Bool)
		}
	}

	for _, version := range []int{7, 11, 12} {
		c = s.add(fmt.Sprintf("clip_%d", version), opset(version))
		x = c.x("x", 3, 4)
		if version < 11 {
			c.out("both", c.Op("Clip", list{x}, build.Float("min", -0.5), build.Float("max", 0.75)), inference.Float32)
			c.out("low", c.Op("Clip", list{x}, build.Float("min", -0.5)), inference.Float32)
			c.out("none", c.do("Clip", x), inference.Float32)
			continue
		}
		low, high := build.Const(c.Graph, "low", []float32{-0.5}), build.Const(c.Graph, "high", []float32{0.75})
		c.out("both", c.do("Clip", x, low, high), inference.Float32)
		c.out("upper", c.Op("Clip", list{x, {}, high}), inference.Float32)
		if version > 11 {
			n := input(c, "n", []int8{-100, 0, 100}, 3)
			c.out("ints", c.do("Clip", n, build.Const(c.Graph, "from", []int8{-5})), inference.Int8)
			c.out("crossed", c.do("Clip", x, high, low), inference.Float32)
		}
	}

	reductions := strings.Fields("ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare")
	for _, version := range []int{7, 11, 13, 18} {
		c = s.add(fmt.Sprintf("reduce_%d", version), opset(version))
		data := c.floats(2, 3, 4)
		for i := range data {
			data[i] = max(data[i], -data[i]) + 0.25 // ReduceLogSum wants positive sums
		}
		x = input(c, "x", data, 2, 3, 4)
		n := input(c, "n", []int32{5, 2, -3, 1 << 20, 7, 0}, 2, 3)
		axes := build.Const(c.Graph, "axes", []int64{0, 2}, 2)
		for _, op := range reductions {
			c.out(op, c.do(op, x), inference.Float32)
			asInput := version >= 18 || version == 13 && op == "ReduceSum"
			if asInput {
				c.out(op+"_axes", c.Op(op, list{x, axes}, build.Int("keepdims", 0)), inference.Float32)
				c.out(op+"_noop", c.Op(op, list{x}, build.Int("noop_with_empty_axes", 1)), inference.Float32)
			} else {
				c.out(op+"_axes", c.Op(op, list{x}, build.Ints("axes", 0, 2), build.Int("keepdims", 0)), inference.Float32)
				if version >= 11 {
					c.out(op+"_last", c.Op(op, list{x}, build.Ints("axes", -1)), inference.Float32)
				}
			}
		}
		c.out("ints", c.do("ReduceSum", n), inference.Int32)
		c.out("most", c.do("ReduceMax", n), inference.Int32)
		for _, op := range []string{"ArgMax", "ArgMin"} {
			c.out(op, c.Op(op, list{x}, build.Int("axis", 1), build.Int("keepdims", 0)), inference.Int64)
			c.out(op+"_n", c.do(op, n), inference.Int64)
			if version >= 12 {
				c.out(op+"_last", c.Op(op, list{n}, build.Int("axis", 1), build.Int("select_last_index", 1)), inference.Int64)
			}
		}
	}

	for _, version := range []int{7, 9, 11, 13} {
		c = s.add(fmt.Sprintf("gemm_%d", version), opset(version))
		a, b, bias := c.x("a", 3, 2), c.w("b", 4, 3), c.w("c", 4)
		c.out("y", c.Op("Gemm", list{a, b, bias}, build.Int("transA", 1), build.Int("transB", 1), build.Float("alpha", 0.5), build.Float("beta", 0.25)), inference.Float32)
		c.out("column", c.Op("Gemm", list{a, b, c.w("d", 2, 1)}, build.Int("transA", 1), build.Int("transB", 1)), inference.Float32)
		if version >= 11 {
			c.out("plain", c.Op("Gemm", list{a, b}, build.Int("transA", 1), build.Int("transB", 1)), inference.Float32)
		}
	}

	for _, version := range []int{7, 10, 11} {
		c = s.add(fmt.Sprintf("pool_%d", version), opset(version))
		x = c.x("x", 1, 2, 7, 6)
		for _, op := range []string{"MaxPool", "AveragePool"} {
			kernel, strides := build.Ints("kernel_shape", 3, 2), build.Ints("strides", 2, 2)
			c.out(op, c.Op(op, list{x}, kernel, strides), inference.Float32)
			c.out(op+"_pads", c.Op(op, list{x}, kernel, strides, build.Ints("pads", 1, 0, 1, 1)), inference.Float32)
			c.out(op+"_upper", c.Op(op, list{x}, kernel, strides, build.String("auto_pad", "SAME_UPPER")), inference.Float32)
			c.out(op+"_lower", c.Op(op, list{x}, kernel, strides, build.String("auto_pad", "SAME_LOWER")), inference.Float32)
			if version >= 10 {
				c.out(op+"_ceil", c.Op(op, list{x}, kernel, strides, build.Int("ceil_mode", 1)), inference.Float32)
				c.out(op+"_ceil_pads", c.Op(op, list{x}, kernel, strides, build.Int("ceil_mode", 1), build.Ints("pads", 1, 1, 1, 1)), inference.Float32)
			}
		}
		c.out("counted", c.Op("AveragePool", list{x},
			build.Ints("kernel_shape", 3, 3), build.Ints("pads", 1, 1, 1, 1), build.Int("count_include_pad", 1)), inference.Float32)
	}

	c = s.add("conv_variants", opset(11))
	x = c.x("x", 2, 4, 7, 6)
	c.out("groups", c.Op("Conv", list{x, c.w("w1", 6, 2, 3, 3), c.w("b1", 6)}, build.Int("group", 2), build.Ints("pads", 1, 0, 2, 1)), inference.Float32)
	c.out("depth", c.Op("Conv", list{x, c.w("w2", 8, 1, 3, 2)}, build.Int("group", 4), build.Ints("strides", 2, 1), build.Ints("dilations", 2, 1)), inference.Float32)
	c.out("lower", c.Op("Conv", list{x, c.w("w3", 1, 4, 2, 2)}, build.String("auto_pad", "SAME_LOWER")), inference.Float32)
	c.out("upper", c.Op("Conv", list{x, c.w("w6", 1, 4, 2, 2)}, build.String("auto_pad", "SAME_UPPER"), build.Ints("strides", 2, 3)), inference.Float32)
	c.out("up", c.Op("ConvTranspose", list{x, c.w("w4", 4, 2, 3, 3), c.w("b4", 2)},
		build.Ints("strides", 2, 2), build.Ints("output_padding", 1, 0), build.Ints("pads", 1, 1, 0, 1)), inference.Float32)
	c.out("up_shape", c.Op("ConvTranspose", list{x, c.w("w5", 4, 1, 3, 3)},
		build.Ints("strides", 2, 2), build.Ints("output_shape", 14, 12), build.Int("group", 2)), inference.Float32)
	c.out("up_same", c.Op("ConvTranspose", list{x, c.w("w7", 4, 1, 3, 3)},
		build.Ints("strides", 2, 2), build.String("auto_pad", "SAME_UPPER"), build.Ints("dilations", 1, 1)), inference.Float32)
	line := c.x("line", 1, 3, 9)
	c.out("one", c.Op("Conv", list{line, c.w("w8", 2, 3, 4)}, build.Ints("dilations", 2), build.Ints("pads", 3, 0)), inference.Float32)
	cube := c.x("cube", 1, 2, 3, 4, 3)
	c.out("three", c.Op("Conv", list{cube, c.w("w9", 2, 2, 2, 2, 2)}, build.Ints("strides", 1, 2, 1)), inference.Float32)

	c = s.add("norms_old", opset(9))
	x = c.x("x", 2, 3, 4, 2)
	c.atol = 1e-6
	c.out("instance", c.Op("InstanceNormalization", list{x, c.w("scale", 3), c.w("b", 3)}, build.Float("epsilon", 0.01)), inference.Float32)
	c.out("lrn", c.Op("LRN", list{x}, build.Int("size", 3), build.Float("alpha", 0.5), build.Float("beta", 0.75), build.Float("bias", 2)), inference.Float32)
	c.out("mvn", c.do("MeanVarianceNormalization", x), inference.Float32)
	c.out("mvn_axes", c.Op("MeanVarianceNormalization", list{x}, build.Ints("axes", 0, 1)), inference.Float32)
	c.out("lp", c.Op("LpNormalization", list{x}, build.Int("axis", 2), build.Int("p", 1)), inference.Float32)
	c.out("lp2", c.do("LpNormalization", x), inference.Float32)
	c.out("lppool", c.Op("LpPool", list{x}, build.Ints("kernel_shape", 2, 2), build.Int("p", 3)), inference.Float32)
	c.out("glp", c.Op("GlobalLpPool", list{x}, build.Int("p", 1)), inference.Float32)

	c = s.add("elementwise_7", opset(7))
	x, y := c.x("x", 2, 3), c.x("y", 3)
	for _, op := range strings.Fields("Add Sub Mul Div PRelu") {
		c.out(op, c.do(op, x, y), inference.Float32)
	}
	for _, op := range strings.Fields("Abs Neg Exp Floor Ceil Relu Sigmoid Tanh Softplus Softsign Elu Selu LeakyRelu HardSigmoid Identity Sin Cos Atan Reciprocal Not") {
		if op == "Not" {
			c.out("not", c.do(op, c.do("Less", x, y)), inference.Bool)
			continue
		}
		c.out(op+"_x", c.do(op, x), inference.Float32)
	}
	for _, op := range []string{"Greater", "Less"} {
		c.out(op, c.do(op, x, y), inference.Bool)
	}
	c.out("sum", c.do("Sum", x, x, x), inference.Float32)
	c.out("max", c.do("Max", x, x), inference.Float32)
	n := input(c, "n", []int32{7, -7, 3, 9}, 4)
	m := input(c, "m", []int32{2, 2, -2, 3}, 4)
	c.out("quotient", c.do("Div", n, m), inference.Int32)
	c.out("same", c.do("Equal", n, m), inference.Bool)

	c = s.add("mod_pow_round", opset(13))
	n = input(c, "n", []int32{7, -7, 7, -7}, 4)
	m = input(c, "m", []int32{3, 3, -3, -3}, 4)
	c.out("mod", c.do("Mod", n, m), inference.Int32)
	c.out("fmod", c.Op("Mod", list{n, m}, build.Int("fmod", 1)), inference.Int32)
	x = input(c, "x", []float32{2.5, 3.5, -2.5, 0.5, -0.5, 7.25}, 6)
	c.out("round", c.do("Round", x), inference.Float32)
	c.out("pow", c.do("Pow", n, build.Const(c.Graph, "exponent", []float32{2})), inference.Int32)
	c.out("fmodf", c.Op("Mod", list{x, build.Const(c.Graph, "divisor", []float32{-1.5})}, build.Int("fmod", 1)), inference.Float32)
	c.out("cast", c.Op("Cast", list{x}, build.Int("to", 6)), inference.Int32)
	c.out("bool", c.Op("Cast", list{x}, build.Int("to", 9)), inference.Bool)
	c.out("text", c.Op("Cast", list{x}, build.Int("to", 8)), inference.String)
}
