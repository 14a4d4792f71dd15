package main

import (
	"strings"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// kernels are the kernels of support vectors with gamma, coef0 and degree.
var kernels = []struct {
	name   string
	params []float32
}{{"LINEAR", []float32{1, 0, 3}}, {"POLY", []float32{0.5, 0.25, 3}}, {"RBF", []float32{0.125, 0, 0}}, {"SIGMOID", []float32{0.125, -0.25, 0}}}

// svm are classifications and regressions by support vectors.
func svm(s *suite) {
	const classify, regress = "ai.onnx.ml.SVMClassifier", "ai.onnx.ml.SVMRegressor"
	for _, k := range kernels {
		kernel := []build.Attr{build.String("kernel_type", k.name), build.Floats("kernel_params", k.params...)}

		c := s.add("svm_classifier_"+strings.ToLower(k.name), ml(1))
		x := batch(c, "x", c.floats(6, 3), 6, 3)
		three := append(
			clip(kernel), build.Floats("support_vectors", c.floats(6, 3)...), build.Ints("vectors_per_class", 2, 3, 1),
			build.Floats("coefficients", c.floats(2, 6)...), build.Floats("rho", 0.25, -0.5, 0.125),
		)
		prob := []build.Attr{build.Floats("prob_a", -1, -0.5, -0.75), build.Floats("prob_b", 0.125, 0.25, -0.25)}
		numbers, names := build.Ints("classlabels_ints", 3, 1, 2), build.Strings("classlabels_strings", "a", "b", "c")
		c.classify("three", classify, inference.Int64, x, append(clip(three), numbers)...)
		c.classify("three_name", classify, inference.String, x, append(clip(three), names)...)
		c.classify("three_prob", classify, inference.String, x, append(append(clip(three), names), prob...)...)

		two := append(
			clip(kernel), build.Floats("support_vectors", c.floats(4, 3)...), build.Ints("vectors_per_class", 2, 2),
			build.Floats("coefficients", c.floats(1, 4)...), build.Floats("rho", -0.25),
		)
		c.classify("two", classify, inference.Int64, x, append(clip(two), build.Ints("classlabels_ints", 0, 1))...)
		c.classify("two_name", classify, inference.String, x, append(clip(two), build.Strings("classlabels_strings", "no", "yes"))...)
		c.classify("two_prob", classify, inference.Int64, x, append(clip(two), build.Ints("classlabels_ints", 0, 1), build.Floats("prob_a", -1.5), build.Floats("prob_b", 0.25))...)
		for _, p := range transforms[1:4] {
			if p == "LOGISTIC" { // the runtime does not apply the others to a single score
				c.classify("two_logistic", classify, inference.Int64, x, append(clip(two), build.Ints("classlabels_ints", 0, 1), build.String("post_transform", p))...)
			}
			c.classify("three_"+strings.ToLower(p), classify, inference.Int64, x, append(clip(three), numbers, build.String("post_transform", p))...)
		}

		c = s.add("svm_regressor_"+strings.ToLower(k.name), ml(1))
		x = batch(c, "x", c.floats(5, 3), 5, 3)
		vectors := append(
			clip(kernel), build.Floats("support_vectors", c.floats(4, 3)...), build.Int("n_supports", 4),
			build.Floats("coefficients", c.floats(4)...), build.Floats("rho", 0.375),
		)
		c.out("y", c.Op(regress, list{x}, vectors...), inference.Float32)
		c.out("outlier", c.Op(regress, list{x}, append(clip(vectors), build.Int("one_class", 1))...), inference.Float32)
	}

	// Without support vectors the coefficients weigh the features themselves.
	c := s.add("svm_linear", ml(1))
	x := batch(c, "x", c.floats(5, 3), 5, 3)
	c.out("y", c.Op(regress, list{x},
		build.Floats("coefficients", 0.5, -1, 0.25), build.Floats("rho", 0.5), build.String("kernel_type", "LINEAR"), build.Floats("kernel_params", 1, 0, 3)), inference.Float32)
	weights := []build.Attr{build.Floats("coefficients", c.floats(3, 3)...), build.Floats("rho", 0.5), build.String("kernel_type", "LINEAR"), build.Floats("kernel_params", 1, 0, 3)}
	c.classify("number", classify, inference.Int64, x, append(clip(weights), build.Ints("classlabels_ints", 4, 5, 6))...)
	c.classify("softmax", classify, inference.String, x, append(clip(weights), build.Strings("classlabels_strings", "a", "b", "c"), build.String("post_transform", "SOFTMAX"))...)

	c = s.add("svm_integers", ml(1))
	v := input(c, "x", []int64{1, -2, 0, 3, 1, 1}, 2, 3)
	c.classify("y", classify, inference.Int64, v, build.String("kernel_type", "RBF"), build.Floats("kernel_params", 0.125, 0, 0), build.Floats("support_vectors", c.floats(4, 3)...),
		build.Ints("vectors_per_class", 2, 2), build.Floats("coefficients", c.floats(1, 4)...), build.Floats("rho", -0.25), build.Ints("classlabels_ints", 0, 1))
}
