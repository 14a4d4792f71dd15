package main

import (
	"math"
	"strings"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

var (
	nan   = math.NaN()
	nan32 = float32(math.NaN())
	inf32 = float32(math.Inf(1))
)

var transforms = []string{"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"}

// samples are rows of two features around the thresholds in use, with ties and the values that are no numbers.
var samples = []float32{0.5, 1, 0.25, -1, 0.75, 2, nan32, 1, 0.5, nan32, inf32, -inf32, 0, 0}

const (
	regressor  = "ai.onnx.ml.TreeEnsembleRegressor"
	classifier = "ai.onnx.ml.TreeEnsembleClassifier"
)

// pair is two trees over two features with all six modes between them, and weights for two targets.
func pair() []*tree {
	tracked := split("BRANCH_GT", 1, 1, leaf(0.25, -0.5), leaf(-1.5, 2))
	tracked.missing = true
	return []*tree{
		split("BRANCH_LEQ", 0, 0.5,
			split("BRANCH_LT", 1, 1, leaf(1, 0.5), tracked),
			split("BRANCH_EQ", 0, 0.75, leaf(0.125, 3), leaf(0.375, -1))),
		split("BRANCH_GTE", 0, 0.25, split("BRANCH_NEQ", 1, 1, leaf(0.5, 0.25), leaf(-0.75, 1)), leaf(0.875, -0.25)),
	}
}

// trees are regressions by trees of versions 1 and 3.
func trees(s *suite) {
	for version, suffix := range map[int]string{1: "_v1", 3: "_v3"} {
		for _, missing := range []bool{false, true} {
			name := "tree_regressor_modes" + suffix
			if missing {
				name += "_missing"
			}
			c := s.add(name, ml(version))
			x := batch(c, "x", samples, 7, 2)
			for _, mode := range branchModes {
				t := split(mode, 0, 0.5, leaf(1), leaf(2))
				t.missing = missing
				c.out(strings.ToLower(mode), c.Op(regressor, list{x}, forest("target", false, t)...), inference.Float32)
			}
		}
		c := s.add("tree_regressor_mixed"+suffix, ml(version))
		x := batch(c, "x", samples, 7, 2)
		for _, f := range []string{"SUM", "AVERAGE", "MIN", "MAX"} {
			attrs := append(forest("target", false, pair()...), build.String("aggregate_function", f))
			c.out(strings.ToLower(f), c.Op(regressor, list{x}, attrs...), inference.Float32)
			attrs = append(attrs, build.Floats("base_values", 10, -20))
			c.out(strings.ToLower(f)+"_base", c.Op(regressor, list{x}, attrs...), inference.Float32)
		}
	}

	c := s.add("tree_regressor_post_transforms", ml(3))
	x := batch(c, "x", samples[:6], 3, 2)
	for _, p := range transforms[:4] {
		attrs := append(forest("target", false, pair()...), build.String("post_transform", p))
		c.out(strings.ToLower(p), c.Op(regressor, list{x}, attrs...), inference.Float32)
	}
	// PROBIT wants numbers between 0 and 1.
	attrs := append(forest("target", false, split("BRANCH_LEQ", 0, 0.5, leaf(0.1), leaf(0.9))), build.String("post_transform", "PROBIT"))
	c.out("probit", c.Op(regressor, list{x}, attrs...), inference.Float32)

	// 0.1 and its neighbour in float32 lie on two sides of the double threshold.
	c = s.add("tree_regressor_doubles", ml(3))
	y := batch(c, "x", []float64{0.1, float64(float32(0.1)), math.Nextafter(0.1, 1), nan}, 4, 1)
	attrs = append(forest("target", true, split("BRANCH_LEQ", 0, 0.1, leaf(1.5), leaf(-0.5))), build.Tensor("base_values_as_tensor", vector([]float64{0.25})))
	c.out("y", c.Op(regressor, list{y}, attrs...), inference.Float32)

	many := make([]*tree, 40)
	c = s.add("tree_regressor_many", ml(3))
	for i := range many {
		many[i] = c.grow(5, 6)
	}
	x = c.x("x", 30, 6)
	c.out("y", c.Op(regressor, list{x}, forest("target", false, many...)...), inference.Float32)
}

// grow makes a random tree.
func (c *testCase) grow(depth, features int) *tree {
	if depth == 0 || c.random.IntN(6) == 0 && depth < 4 {
		return leaf(float64(c.random.IntN(64)-32) / 16)
	}
	t := split("BRANCH_LEQ", c.random.IntN(features), float64(c.random.IntN(257)-128)/64, nil, nil)
	t.yes, t.no = c.grow(depth-1, features), c.grow(depth-1, features)
	return t
}

// treeClassifiers are classifications by trees.
func treeClassifiers(s *suite) {
	three := func() []*tree {
		return []*tree{
			split("BRANCH_LEQ", 0, 0.5, leafOf(0, 0.75), split("BRANCH_LT", 1, 1, leafOf(1, 0.5), leafOf(2, 1))),
			split("BRANCH_GT", 1, 0.5, leaf(0.125, 0.25, 0.5), leafOf(1, 0.25)),
		}
	}
	numbers := build.Ints("classlabels_int64s", 7, -3, 11)
	for version, suffix := range map[int]string{1: "_v1", 3: "_v3"} {
		c := s.add("tree_classifier_classes"+suffix, ml(version))
		x := batch(c, "x", samples, 7, 2)
		for _, p := range transforms {
			post := build.String("post_transform", p)
			c.classify("number_"+strings.ToLower(p), classifier, inference.Int64, x, append(forest("class", false, three()...), numbers, post)...)
		}
		names := build.Strings("classlabels_strings", "low", "", "high")
		c.classify("name", classifier, inference.String, x, append(forest("class", false, three()...), names)...)
		c.classify("base", classifier, inference.Int64, x, append(forest("class", false, three()...), numbers, build.Floats("base_values", 0.5, 0.25, -0.5))...)
	}

	binaryTrees(s)

	c := s.add("tree_classifier_doubles", ml(3))
	y := batch(c, "x", []float64{0.1, float64(float32(0.1)), nan}, 3, 1)
	c.classify("y", classifier, inference.Int64, y, append(forest("class", true, split("BRANCH_LEQ", 0, 0.1, leafOf(0, 1), leafOf(2, 1))), numbers, build.Tensor("base_values_as_tensor", vector([]float64{0.1, 0.2, 0.3})))...)

	c = s.add("tree_classifier_integers", ml(1))
	z := batch(c, "x", []int64{0, 1, 2, -1, 1, 1}, 3, 2)
	c.classify("y", classifier, inference.Int64, z, append(forest("class", false, three()...), numbers)...)
}

// binaryTrees are classifications into two classes. The standard leaves open what follows from votes for one of them
// alone. Left out is where the runtime goes ways of its own: it applies most transforms to a single score in part or not
// at all, has 0 for the first class where all votes are for the second, and where both have votes it takes the second
// whenever its score is positive, greatest or not.
func binaryTrees(s *suite) {
	labels := func() build.Attr { return build.Strings("classlabels_strings", "no", "yes") }
	for _, w := range []struct {
		name  string
		class int
		a, b  float64
	}{{"positive", 1, 0.75, 0.25}, {"negative", 1, -0.75, 0.5}, {"first", 0, 0.75, 0.25}, {"first_negative", 0, -0.75, 0.5}} {
		c := s.add("tree_classifier_binary_"+w.name, ml(3))
		x := batch(c, "x", samples, 7, 2)
		attrs := append(forest("class", false,
			split("BRANCH_LEQ", 0, 0.5, leafOf(w.class, w.a), leafOf(w.class, w.b)),
			split("BRANCH_LT", 1, 1, leafOf(w.class, w.a/4), leafOf(w.class, w.b/4))), labels())
		if w.class == 1 {
			c.out("label", c.Ops(classifier, 2, list{x}, attrs...)[0], inference.String)
			continue
		}
		c.classify("none", classifier, inference.String, x, attrs...)
		c.classify("base", classifier, inference.String, x, append(clip(attrs), build.Floats("base_values", -0.5))...)
		scores := c.Ops(classifier, 2, list{x}, append(clip(attrs), build.String("post_transform", "LOGISTIC"))...)
		c.out("logistic_scores", scores[1], inference.Float32)
	}

	c := s.add("tree_classifier_binary_both", ml(3))
	x := batch(c, "x", samples, 7, 2)
	for _, p := range transforms[:4] {
		attrs := append(forest("class", false, split("BRANCH_LEQ", 0, 0.5, leaf(0.75, 0.25), leaf(0.25, 0.5))), labels(), build.String("post_transform", p))
		c.out(strings.ToLower(p)+"_scores", c.Ops(classifier, 2, list{x}, attrs...)[1], inference.Float32)
	}
}

// classify applies a classifier and makes outputs of the labels and the scores.
func (c *testCase) classify(name, op string, label inference.DType, x build.Value, attrs ...build.Attr) {
	out := c.Ops(op, 2, list{x}, attrs...)
	c.out(name, out[0], label)
	c.out(name+"_scores", out[1], inference.Float32)
}

// treeEnsembles are trees of version 5.
func treeEnsembles(s *suite) {
	const op = "ai.onnx.ml.TreeEnsemble"
	options := func() *build.Options { return &build.Options{Opset: 21, Domains: map[string]int{"ai.onnx.ml": 5}} }
	for _, missing := range []bool{false, true} {
		name := "tree_ensemble5_modes"
		if missing {
			name += "_missing"
		}
		c := s.add(name, options())
		x := batch(c, "x", samples, 7, 2)
		for _, mode := range append(branchModes, "MEMBER") {
			t := split(mode, 0, 0.5, leaf(1), leaf(2))
			t.missing, t.members = missing, []float64{0.25, 0, 0.75}
			c.out(strings.ToLower(mode), c.Op(op, list{x}, append(ensemble[float32](t), build.Int("n_targets", 1))...), inference.Float32)
		}
	}
	trees := func() []*tree {
		member := split("MEMBER", 1, 0, leafOf(0, 3), leafOf(1, 1.5))
		member.members = []float64{1, 2, -4}
		return []*tree{
			split("BRANCH_LEQ", 0, 0.5, split("BRANCH_GT", 1, 0, leafOf(0, 1.25), leafOf(2, -1)), split("BRANCH_NEQ", 0, 0.75, leafOf(1, 2), leafOf(0, 0.5))),
			split("BRANCH_GTE", 1, 1, leafOf(2, 0.75), member),
		}
	}
	c := s.add("tree_ensemble5_aggregates", options())
	x := batch(c, "x", samples, 7, 2)
	for i, f := range []string{"average", "sum", "min", "max"} {
		c.out(f, c.Op(op, list{x}, append(ensemble[float32](trees()...), build.Int("n_targets", 3), build.Int("aggregate_function", i))...), inference.Float32)
	}
	// The runtime has the numbers of SOFTMAX, 1, and LOGISTIC, 2, the other way round.
	c.out("softmax_zero", c.Op(op, list{x}, append(ensemble[float32](trees()...), build.Int("n_targets", 3), build.Int("post_transform", 3))...), inference.Float32)
	c = s.add("tree_ensemble5_doubles", options())
	y := batch(c, "x", []float64{0.1, 1, float64(float32(0.1)), 2, nan, 0}, 3, 2)
	c.out("y", c.Op(op, list{y}, append(ensemble[float64](split("BRANCH_LEQ", 0, 0.1, leafOf(0, 1), split("BRANCH_EQ", 1, 2, leafOf(0, 1e-9), leafOf(1, 3)))), build.Int("n_targets", 2))...), inference.Float64)
}
