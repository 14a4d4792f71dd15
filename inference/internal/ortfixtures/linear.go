package main

import (
	"strings"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// linear are classifications and regressions by weighted sums.
func linear(s *suite) {
	const classify, regress = "ai.onnx.ml.LinearClassifier", "ai.onnx.ml.LinearRegressor"
	three := []build.Attr{build.Floats("coefficients", 0.5, -1, 0.25, 1, -0.5, 0.75, -0.25, 0.5, -1), build.Floats("intercepts", 0.125, -0.25, 0.5)}
	one := []build.Attr{build.Floats("coefficients", 0.5, -1, 0.25), build.Floats("intercepts", 0.125)}
	labels := build.Ints("classlabels_ints", 5, -7, 9)

	for _, p := range transforms[:4] { // of the sums, PROBIT has no value
		post := build.String("post_transform", p)
		c := s.add("linear_classifier_"+strings.ToLower(p), nil)
		x := batch(c, "x", c.floats(6, 3), 6, 3)
		c.classify("number", classify, inference.Int64, x, append(clip(three), labels, post, build.Int("multi_class", 1))...)
		c.classify("name", classify, inference.String, x, append(clip(three), build.Strings("classlabels_strings", "a", "b", "c"), post)...)
		if p == "SOFTMAX" || p == "SOFTMAX_ZERO" { // which the runtime does not apply to a single score
			labels := c.Ops(classify, 2, list{x}, append(clip(one), build.Ints("classlabels_ints", 0, 1), post)...)[0]
			c.out("binary", labels, inference.Int64)
			continue
		}
		c.classify("binary", classify, inference.Int64, x, append(clip(one), build.Ints("classlabels_ints", 0, 1), post)...)
		c.classify("binary_name", classify, inference.String, x, append(clip(one), build.Strings("classlabels_strings", "no", "yes"), post)...)
	}

	c := s.add("linear_classifier_integers", nil)
	x := input(c, "x", []int64{1, 2, 3, -4, 5, -6}, 2, 3)
	c.classify("long", classify, inference.Int64, x, append(clip(three), labels)...)
	y := input(c, "y", []int32{1, 2, 3, -4, 5, -6}, 2, 3)
	c.classify("int", classify, inference.Int64, y, append(clip(three), labels)...)
	z := input(c, "z", []float64{1, 2, 3, -4, 5, -6}, 2, 3)
	c.classify("double", classify, inference.Int64, z, append(clip(three), labels)...)

	c = s.add("linear_regressor", nil)
	v := batch(c, "x", c.floats(4, 3), 4, 3)
	c.out("one", c.Op(regress, list{v}, one...), inference.Float32)
	c.out("plain", c.Op(regress, list{v}, one[:1]...), inference.Float32)
	for _, p := range transforms[:4] {
		c.out(strings.ToLower(p), c.Op(regress, list{v}, append(clip(three), build.Int("targets", 3), build.String("post_transform", p))...), inference.Float32)
	}
}

// clip keeps appends from sharing memory.
func clip(attrs []build.Attr) []build.Attr { return attrs[:len(attrs):len(attrs)] }
