package main

import (
	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// exported are models in the style of several exporters: what surrounds the arithmetic there.
func exported(s *suite) {
	f32 := inference.Float32
	ints := func(c *testCase, name string, v ...int64) build.Value { return build.Const(c.Graph, name, v, len(v)) }
	constant := func(c *testCase, v ...int64) build.Value {
		return c.Op("Constant", nil, build.Tensor("value", vector(v)))
	}

	// A view as PyTorch traces it: sizes gathered from Shape one by one, and put together again.
	c := s.add("exported_torch_view", opset(11))
	x := batch(c, "x", c.floats(2, 3, 4, 5), 2, 3, 4, 5)
	size := func(v build.Value, i int64) build.Value {
		at := c.at(i)
		return c.Op("Unsqueeze", list{c.Op("Gather", list{c.do("Shape", v), at}, build.Int("axis", 0))}, build.Ints("axes", 0))
	}
	shape := c.Op("Concat", list{size(x, 0), constant(c, -1), size(x, 3)}, build.Int("axis", 0))
	v := c.do("Reshape", x, shape)
	c.out("view", v, f32)
	c.out("flat", c.do("Reshape", v, c.Op("Concat", list{size(v, 0), constant(c, -1)}, build.Int("axis", 0))), f32)
	c.out("chunk", c.do("Slice", v, constant(c, 0), c.Op("Unsqueeze", list{c.do("Div", c.do("Gather", c.do("Shape", v), c.at(1)), c.at(2))},
		build.Ints("axes", 0)), constant(c, 1)), f32)
	filled := c.Op("ConstantOfShape", list{c.do("Shape", v)}, build.Tensor("value", vector([]float32{0.5})))
	c.out("filled", c.do("Add", v, filled), f32)
	c.out("expanded", c.do("Expand", c.w("row", 1, 1, 5), c.do("Shape", v)), f32)
	c.out("up", c.Op("Resize", list{
		x, build.Const(c.Graph, "roi", []float32{}, 0), build.Const(c.Graph, "none", []float32{}, 0),
		c.Op("Concat", list{size(x, 0), size(x, 1), constant(c, 8), constant(c, 10)}, build.Int("axis", 0)),
	},
		build.String("mode", "linear"), build.String("coordinate_transformation_mode", "pytorch_half_pixel"), build.Float("cubic_coeff_a", -0.75), build.String("nearest_mode", "floor")), f32)

	// Attention and the feed-forward part of an encoder, written out.
	c = s.add("exported_torch_attention", opset(13))
	c.atol = 1e-5
	x = batch(c, "x", c.floats(2, 3, 8), 2, 3, 8)
	number := func(name string, v float32) build.Value { return build.Const(c.Graph, name, []float32{v}) }
	heads := func(name string) build.Value {
		v := c.do("Add", c.w(name+"_b", 8), c.do("MatMul", x, c.w(name, 8, 8)))
		sh := c.do("Shape", x)
		rows := func(i int64, name string) build.Value {
			return c.do("Unsqueeze", c.do("Gather", sh, c.at(i)), ints(c, name, 0))
		}
		v = c.do("Reshape", v, c.Op("Concat", list{rows(0, name+"_a0"), rows(1, name+"_a1"), constant(c, 2), constant(c, 4)}, build.Int("axis", 0)))
		return c.Op("Transpose", list{v}, build.Ints("perm", 0, 2, 1, 3))
	}
	q, k, val := heads("q"), heads("k"), heads("v")
	scores := c.do("Div", c.do("MatMul", q, c.Op("Transpose", list{k}, build.Ints("perm", 0, 1, 3, 2))), number("root", 8))
	mask := input(c, "mask", []bool{true, true, false, true, true, true}, 2, 1, 1, 3)
	scores = c.do("Where", mask, scores, number("low", -10000))
	context := c.Op("Transpose", list{c.do("MatMul", c.Op("Softmax", list{scores}, build.Int("axis", 3)), val)}, build.Ints("perm", 0, 2, 1, 3))
	h := c.do("Add", x, c.do("Reshape", context, ints(c, "merged", 0, 0, 8)))
	mean := c.Op("ReduceMean", list{h}, build.Ints("axes", -1))
	diff := c.do("Sub", h, mean)
	variance := c.Op("ReduceMean", list{c.do("Pow", diff, number("two", 2))}, build.Ints("axes", -1))
	dev := c.do("Sqrt", c.do("Add", variance, number("eps", 1e-5)))
	n := c.do("Add", c.do("Mul", c.do("Div", diff, dev), c.w("gamma", 8)), c.w("beta", 8))
	gelu := c.do("Add", c.do("Erf", c.do("Div", n, number("sqrt2", 1.4142135))), number("one", 1))
	c.out("y", c.do("Mul", c.do("Mul", n, gelu), number("halved", 0.5)), f32)

	// A convolution as tf2onnx leaves it: channels last outside, first inside, and padding of its own.
	c = s.add("exported_tensorflow_conv", opset(12))
	x = batch(c, "image", c.floats(2, 6, 6, 3), 2, 6, 6, 3)
	h = c.Op("Transpose", list{x}, build.Ints("perm", 0, 3, 1, 2))
	h = c.do("Pad", h, ints(c, "pads", 0, 0, 0, 0, 0, 0, 1, 1))
	h = c.Op("Conv", list{h, c.w("k", 4, 3, 3, 3)},
		build.Ints("strides", 2, 2), build.Ints("kernel_shape", 3, 3), build.String("auto_pad", "VALID"), build.Int("group", 1))
	h = c.Op("BatchNormalization", list{h, c.w("g", 4), c.w("be", 4), c.w("mu", 4), build.Const(c.Graph, "var", []float32{1, 0.5, 2, 0.25}, 4)},
		build.Float("epsilon", 0.001))
	h = c.do("Clip", h, build.Const(c.Graph, "zero", []float32{0}), build.Const(c.Graph, "six", []float32{6}))
	h = c.Op("Transpose", list{h}, build.Ints("perm", 0, 2, 3, 1))
	c.out("activations", h, f32)
	h = c.Op("Squeeze", list{c.Op("ReduceMean", list{h}, build.Ints("axes", 1, 2))}, build.Ints("axes", 1, 2))
	c.out("classes", c.do("Softmax", c.do("Add", c.do("MatMul", h, c.w("d", 4, 3)), c.w("db", 3))), f32)
	sh := c.Op("Cast", list{c.do("Shape", h)}, build.Int("to", 6))
	c.out("rows", c.do("Slice", sh, ints(c, "s0", 0), ints(c, "s1", 1), ints(c, "s2", 0)), inference.Int32)

	// Keras layers as keras2onnx writes a recurrent network: transposes and a squeeze around LSTM.
	c = s.add("exported_keras_lstm", opset(11))
	c.atol = 1e-6
	x = batch(c, "x", c.floats(2, 5, 3), 2, 5, 3)
	h = c.Op("Transpose", list{x}, build.Ints("perm", 1, 0, 2))
	out := c.Ops("LSTM", 2, list{h, c.w("w", 1, 16, 3), c.w("r", 1, 16, 4), c.w("b", 1, 32)},
		build.Int("hidden_size", 4), build.Strings("activations", "Sigmoid", "Tanh", "Tanh"), build.String("direction", "forward"))
	h = c.Op("Squeeze", list{out[1]}, build.Ints("axes", 0))
	c.out("y", c.do("Sigmoid", c.do("Gemm", h, c.w("d", 4, 1), c.w("db", 1))), f32)

	sklearn(s)
}

// sklearn are pipelines as sklearn-onnx writes them.
func sklearn(s *suite) {
	f32, i64 := inference.Float32, inference.Int64

	// Columns of numbers and of words, scaled and encoded, into logistic regression with a map of probabilities.
	c := s.add("exported_sklearn_pipeline", &build.Options{Opset: 15, Domains: map[string]int{"ai.onnx.ml": 1}})
	ages := batch(c, "age", []float32{20, nan32, 60}, 3, 1)
	temps := batch(c, "temperature", []float32{36.5, 38, nan32}, 3, 1)
	unit := words(c, "unit", []string{"boiler", "washer", "other"}, 3, 1)
	numbers := c.Op("Concat", list{ages, temps}, build.Int("axis", 1))
	numbers = c.Op("ai.onnx.ml.Imputer", list{numbers}, build.Floats("imputed_value_floats", 40, 37), build.Float("replaced_value_float", nan32))
	numbers = c.Op("ai.onnx.ml.Scaler", list{numbers}, build.Floats("offset", 40, 37), build.Floats("scale", 0.0625, 0.5))
	hot := c.Op("ai.onnx.ml.OneHotEncoder", list{unit}, build.Strings("cats_strings", "boiler", "washer"), build.Int("zeros", 1))
	hot = c.do("Reshape", hot, build.Const(c.Graph, "two", []int64{-1, 2}, 2))
	features := c.Op("Concat", list{numbers, hot}, build.Int("axis", 1))
	out := c.Ops("ai.onnx.ml.LinearClassifier", 2, list{features},
		build.Floats("coefficients", -0.5, 1, -0.25, 0.75, 0.5, -1, 0.25, -0.75), build.Floats("intercepts", 0.125, -0.125),
		build.Strings("classlabels_strings", "ok", "fault"), build.Int("multi_class", 1), build.String("post_transform", "LOGISTIC"))
	c.out("label", out[0], inference.String)
	norm := c.Op("ai.onnx.ml.Normalizer", list{out[1]}, build.String("norm", "L1"))
	c.OutputOf("probabilities", c.Op("ai.onnx.ml.ZipMap", list{norm}, build.Strings("classlabels_strings", "ok", "fault")), mapsOf(inference.String))

	// An isolation forest: path lengths from trees of doubles, scored with basic operators.
	c = s.add("exported_sklearn_isolation", &build.Options{Opset: 15, Domains: map[string]int{"ai.onnx.ml": 3}})
	x := batch(c, "x", c.floats(6, 3), 6, 3)
	var depth build.Value
	for i := range 4 {
		t := c.grow(4, 3)
		d := c.Op("ai.onnx.ml.TreeEnsembleRegressor", list{x}, forest("target", false, t)...)
		if i == 0 {
			depth = d
			continue
		}
		depth = c.do("Add", depth, d)
	}
	score := c.do("Pow", build.Const(c.Graph, "base", []float32{2}), c.do("Neg", c.do("Div", depth, build.Const(c.Graph, "norm", []float32{9}))))
	c.out("score", score, f32)
	flag := c.Op("Cast", list{c.do("Less", score, build.Const(c.Graph, "limit", []float32{1}))}, build.Int("to", 7))
	c.out("label", c.do("Sub", c.do("Mul", flag, build.Const(c.Graph, "k", []int64{2})), build.Const(c.Graph, "one", []int64{1})), i64)

	// Nearest neighbours: distances by broadcasting, TopK, labels by ArrayFeatureExtractor, a vote.
	c = s.add("exported_sklearn_neighbours", &build.Options{Opset: 13, Domains: map[string]int{"ai.onnx.ml": 1}})
	x = batch(c, "x", c.floats(4, 2), 4, 2)
	points := c.w("points", 7, 2)
	diff := c.do("Sub", c.do("Unsqueeze", x, build.Const(c.Graph, "a1", []int64{1}, 1)), points)
	d := c.Op("ReduceSumSquare", list{diff}, build.Ints("axes", 2), build.Int("keepdims", 0))
	near := c.Ops("TopK", 2, list{d, build.Const(c.Graph, "k", []int64{3}, 1)}, build.Int("largest", 0))
	labels := build.Const(c.Graph, "labels", []int64{0, 1, 2, 1, 0, 2, 2}, 7)
	flat := c.Op("Flatten", list{near[1]}, build.Int("axis", 1))
	flat = c.do("Reshape", flat, build.Const(c.Graph, "all", []int64{-1}, 1))
	found := c.do("Reshape", c.do("ai.onnx.ml.ArrayFeatureExtractor", labels, flat), build.Const(c.Graph, "three", []int64{-1, 3}, 2))
	c.out("labels_near", found, i64)
	ballots := c.do("OneHot", found, build.Const(c.Graph, "depth", []int64{3}), build.Const(c.Graph, "off_on", []float32{0, 1}, 2))
	votes := c.Op("ReduceSum", list{ballots, build.Const(c.Graph, "a1b", []int64{1}, 1)}, build.Int("keepdims", 0))
	c.out("vote", c.Op("ArgMax", list{votes}, build.Int("axis", 1), build.Int("keepdims", 0)), i64)
	c.out("distance", near[0], f32)
}
