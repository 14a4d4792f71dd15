package ops

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

const ml = "ai.onnx.ml"

// stump is a tree of one question about feature 0: yes is 1, no is 2.
func stump(mode string, split float32, missing int64) attrs {
	return attrs{
		"nodes_treeids": []int64{0, 0, 0}, "nodes_nodeids": []int64{0, 1, 2}, "nodes_featureids": []int64{0, 0, 0},
		"nodes_modes": []string{mode, "LEAF", "LEAF"}, "nodes_values": []float32{split, 0, 0},
		"nodes_truenodeids": []int64{1, 0, 0}, "nodes_falsenodeids": []int64{2, 0, 0},
		"nodes_missing_value_tracks_true": []int64{missing, 0, 0},
		"target_treeids":                  []int64{0, 0}, "target_nodeids": []int64{1, 2},
		"target_ids": []int64{0, 0}, "target_weights": []float32{1, 2}, "n_targets": int64(1),
	}
}

func TestTreeBranches(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	ask := map[string]func(x, split float64) bool{
		"BRANCH_LEQ": func(x, s float64) bool { return x <= s },
		"BRANCH_LT":  func(x, s float64) bool { return x < s },
		"BRANCH_GTE": func(x, s float64) bool { return x >= s },
		"BRANCH_GT":  func(x, s float64) bool { return x > s },
		"BRANCH_EQ":  func(x, s float64) bool { return x == s },
		"BRANCH_NEQ": func(x, s float64) bool { return x != s },
	}
	x := []float64{-inf, -3, -1, math.Copysign(0, -1), 0, 1, 1.5, 2, 3, inf, nan}
	for mode, f := range ask {
		for _, split := range []float64{1.5, 0, 2, inf, -inf, nan} {
			for missing := range int64(2) {
				want := make([]float64, len(x))
				for i, v := range x {
					want[i] = 2
					if f(v, split) || missing == 1 && v != v {
						want[i] = 1
					}
				}
				c := call{domain: ml, op: "TreeEnsembleRegressor", opset: 3, attrs: stump(mode, float32(split), missing), outs: 1}
				c.in = []*tensor.Tensor{f32(x, len(x), 1)}
				wantNumbers(t, mode+" float32", c.run(t)[0], want, 0)
				c.in = []*tensor.Tensor{floatsAs[float64](x, len(x), 1)}
				wantNumbers(t, mode+" float64", c.run(t)[0], want, 0)
				whole := []float64{-3, -1, 0, 1, 2, 3}
				for i, v := range whole {
					want[i] = 2
					if f(v, split) {
						want[i] = 1
					}
				}
				c.in = []*tensor.Tensor{floatsAs[int64](whole, len(whole), 1)}
				wantNumbers(t, mode+" int64", c.run(t)[0], want[:len(whole)], 0)
				c.in = []*tensor.Tensor{floatsAs[int32](whole, len(whole), 1)}
				wantNumbers(t, mode+" int32", c.run(t)[0], want[:len(whole)], 0)
			}
		}
	}
}

// randomTree adds a tree to a and returns a function that walks it as the standard says.
func randomTree(r *rand.Rand, a attrs, tree int64, depth, targets int, modes []string) func(x []float64, votes []float64) {
	node := int64(0)
	add := func(list string, v int64) { a[list] = append(a[list].([]int64), v) }
	var grow func(depth int) (int64, func(x, votes []float64))
	grow = func(depth int) (int64, func(x, votes []float64)) {
		id := node
		node++
		at := len(a["nodes_modes"].([]string))
		mode, feature, split, missing := modes[r.IntN(len(modes))], r.IntN(5), float32(r.IntN(5)), int64(r.IntN(2))
		if depth == 0 || r.IntN(6) == 0 {
			mode = "LEAF"
		}
		a["nodes_modes"] = append(a["nodes_modes"].([]string), mode)
		a["nodes_values"] = append(a["nodes_values"].([]float32), split)
		add("nodes_treeids", tree)
		add("nodes_nodeids", id)
		add("nodes_featureids", int64(feature))
		add("nodes_missing_value_tracks_true", missing)
		add("nodes_truenodeids", 0)
		add("nodes_falsenodeids", 0)
		if mode == "LEAF" {
			var mine []func(votes []float64)
			for range r.IntN(3) {
				target, w := r.IntN(targets), float32(r.IntN(9)-4)
				add("target_treeids", tree)
				add("target_nodeids", id)
				add("target_ids", int64(target))
				a["target_weights"] = append(a["target_weights"].([]float32), w)
				mine = append(mine, func(votes []float64) { votes[target] += float64(w) })
			}
			return id, func(_, votes []float64) {
				for _, f := range mine {
					f(votes)
				}
			}
		}
		yesID, yes := grow(depth - 1)
		noID, no := grow(depth - 1)
		a["nodes_truenodeids"].([]int64)[at] = yesID
		a["nodes_falsenodeids"].([]int64)[at] = noID
		return id, func(x, votes []float64) {
			v, s := x[feature], float64(split)
			answer := map[string]bool{
				"BRANCH_LEQ": v <= s, "BRANCH_LT": v < s, "BRANCH_GTE": v >= s, "BRANCH_GT": v > s,
				"BRANCH_EQ": v == s, "BRANCH_NEQ": v != s,
			}[mode]
			if answer || missing == 1 && v != v {
				yes(x, votes)
			} else {
				no(x, votes)
			}
		}
	}
	_, walk := grow(depth)
	return walk
}

func emptyForest(targets int) attrs {
	a := attrs{"nodes_modes": []string{}, "nodes_values": []float32{}, "target_weights": []float32{}, "n_targets": int64(targets)}
	for _, list := range []string{
		"nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_missing_value_tracks_true",
		"nodes_truenodeids", "nodes_falsenodeids", "target_treeids", "target_nodeids", "target_ids",
	} {
		a[list] = []int64{}
	}
	return a
}

// TestTreesAgainstWalk compares random ensembles with a walk of each tree, node by node.
func TestTreesAgainstWalk(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	all := []string{"BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"}
	for round := range 60 {
		modes, targets, trees, rows := all[:1+r.IntN(6)], 1+r.IntN(3), 1+r.IntN(11), 1+r.IntN(150)
		a := emptyForest(targets)
		var walks []func(x, votes []float64)
		for tree := range trees {
			walks = append(walks, randomTree(r, a, int64(7-tree), r.IntN(7), targets, modes))
		}
		x := make([]float64, rows*5)
		for i := range x {
			x[i] = float64(r.IntN(12)) / 2
			if round%2 == 0 && r.IntN(9) == 0 {
				x[i] = math.NaN()
			}
		}
		want := make([]float64, rows*targets)
		for i := range rows {
			for _, w := range walks {
				w(x[i*5:][:5], want[i*targets:][:targets])
			}
		}
		c := call{domain: ml, op: "TreeEnsembleRegressor", opset: 1, attrs: a, in: []*tensor.Tensor{f32(x, rows, 5)}, outs: 1}
		wantNumbers(t, "random trees", c.run(t)[0], want, 0)
	}
}

// threeTrees is an ensemble of three stumps over two targets that votes, for x > 0 and x <= 0:
//
//	tree 0: target 0 gets 4, or 1
//	tree 1: target 0 gets 0.5, or 3; target 1 gets -2, or nothing
//	tree 2: target 1 gets 6, or nothing
func threeTrees() attrs {
	return attrs{
		"nodes_treeids": []int64{0, 0, 0, 1, 1, 1, 2, 2, 2}, "nodes_nodeids": []int64{0, 1, 2, 0, 1, 2, 0, 1, 2},
		"nodes_featureids": make([]int64, 9), "nodes_values": make([]float32, 9),
		"nodes_modes":       []string{"BRANCH_GT", "LEAF", "LEAF", "BRANCH_GT", "LEAF", "LEAF", "BRANCH_GT", "LEAF", "LEAF"},
		"nodes_truenodeids": []int64{1, 0, 0, 1, 0, 0, 1, 0, 0}, "nodes_falsenodeids": []int64{2, 0, 0, 2, 0, 0, 2, 0, 0},
		"target_treeids": []int64{0, 0, 1, 1, 1, 2}, "target_nodeids": []int64{1, 2, 1, 2, 1, 1},
		"target_ids": []int64{0, 0, 0, 0, 1, 1}, "target_weights": []float32{4, 1, 0.5, 3, -2, 6}, "n_targets": int64(2),
	}
}

func TestTreeAggregates(t *testing.T) {
	for _, tt := range []struct {
		aggregate string
		base      []float32
		want      []float64 // for x = 1, then for x = -1
	}{
		{"SUM", nil, []float64{4.5, 4, 4, 0}},
		{"SUM", []float32{10, 20}, []float64{14.5, 24, 14, 20}},
		{"AVERAGE", nil, []float64{1.5, 4. / 3, 4. / 3, 0}},
		{"AVERAGE", []float32{10, 20}, []float64{11.5, 20 + 4./3, 10 + 4./3, 20}},
		{"MIN", nil, []float64{0.5, -2, 1, 0}},
		{"MAX", nil, []float64{4, 6, 3, 0}},
		{"MAX", []float32{1, 1}, []float64{5, 7, 4, 1}},
	} {
		a := threeTrees()
		a["aggregate_function"] = tt.aggregate
		if tt.base != nil {
			a["base_values"] = tt.base
		}
		c := call{domain: ml, op: "TreeEnsembleRegressor", opset: 3, attrs: a, in: []*tensor.Tensor{f32([]float64{1, -1}, 2, 1)}, outs: 1}
		wantNumbers(t, tt.aggregate, c.run(t)[0], tt.want, 1e-7)
	}
}

func TestTreeDoubles(t *testing.T) {
	a := stump("BRANCH_LEQ", 0, 0)
	delete(a, "nodes_values")
	delete(a, "target_weights")
	const split = 1 + 1e-12 // float32 rounds it to 1
	a["nodes_values_as_tensor"] = tensor.Of([]float64{split, 0, 0}, 3)
	a["target_weights_as_tensor"] = tensor.Of([]float64{1, 2}, 2)
	a["base_values_as_tensor"] = tensor.Of([]float64{0.25}, 1)
	c := call{domain: ml, op: "TreeEnsembleRegressor", opset: 3, attrs: a, outs: 1}
	c.in = []*tensor.Tensor{floatsAs[float64]([]float64{1, split, 1 + 2e-12}, 3, 1)}
	wantNumbers(t, "double", c.run(t)[0], []float64{1.25, 1.25, 2.25}, 0)
	c.in = []*tensor.Tensor{f32([]float64{1}, 1)}
	wantNumbers(t, "one row without a batch", c.run(t)[0], []float64{1.25}, 0)
}

func TestTransforms(t *testing.T) {
	e := math.Exp
	for _, tt := range []struct {
		name     string
		in, want []float64
	}{
		{"NONE", []float64{1, -2}, []float64{1, -2}},
		{"LOGISTIC", []float64{0, math.Log(3), -math.Log(3), 800, -800}, []float64{0.5, 0.75, 0.25, 1, 0}},
		{"SOFTMAX", []float64{0, math.Log(3), 0}, []float64{0.2, 0.6, 0.2}},
		{"SOFTMAX", []float64{1000, 1000}, []float64{0.5, 0.5}},
		{"SOFTMAX_ZERO", []float64{0, math.Log(3), 0, math.Log(2)}, []float64{0, 0.6, 0, 0.4}},
		{"SOFTMAX_ZERO", []float64{-1, 0}, []float64{1, 0}},
		{"SOFTMAX_ZERO", []float64{0, 0}, []float64{0, 0}},
		{"SOFTMAX", []float64{-1, 0}, []float64{e(-1) / (1 + e(-1)), 1 / (1 + e(-1))}},
		{
			"PROBIT",
			[]float64{0.5, 0.975, 0.025, 0.8413447460685429, 1, 0, 2},
			[]float64{0, 1.959963984540054, -1.959963984540054, 1, math.Inf(1), math.Inf(-1), math.NaN()},
		},
	} {
		got := slices.Clone(tt.in)
		transforms[tt.name].apply(got)
		wantNumbers(t, tt.name, tensor.Of(got, len(got)), tt.want, 1e-12)
	}
}

// voters returns a classifier's attributes: one stump, x > 0, whose leaves vote as given: class, weight.
func voters(yes, no map[int64]float32, more attrs) attrs {
	a := stump("BRANCH_GT", 0, 0)
	for name := range a {
		if strings.HasPrefix(name, "target") || name == "n_targets" {
			delete(a, name)
		}
	}
	var nodes, ids []int64
	var weights []float32
	for leaf, votes := range map[int64]map[int64]float32{1: yes, 2: no} {
		for id, w := range votes {
			nodes, ids, weights = append(nodes, leaf), append(ids, id), append(weights, w)
		}
	}
	a["class_treeids"], a["class_nodeids"], a["class_ids"], a["class_weights"] = make([]int64, len(ids)), nodes, ids, weights
	for name, v := range more {
		a[name] = v
	}
	return a
}

func TestTreeClassifier(t *testing.T) {
	sig := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	two := []int64{-5, 5}
	for _, tt := range []struct {
		name    string
		yes, no map[int64]float32
		more    attrs
		labels  []float64 // for x = 1, then x = -1
		scores  []float64
	}{
		{
			"three classes",
			map[int64]float32{0: 1, 2: 2},
			map[int64]float32{1: 0.5},
			attrs{"classlabels_int64s": []int64{10, 20, 30}},
			[]float64{30, 20},
			[]float64{1, 0, 2, 0, 0.5, 0},
		},
		{
			"a tie, with base values",
			map[int64]float32{0: 1, 2: 2},
			map[int64]float32{1: 0.5},
			attrs{"classlabels_int64s": []int64{10, 20, 30}, "base_values": []float32{1, 0, 0}},
			[]float64{10, 10},
			[]float64{2, 0, 2, 1, 0.5, 0},
		},
		{
			"softmax",
			map[int64]float32{0: 1, 2: 1, 1: 1},
			map[int64]float32{1: float32(math.Log(2))},
			attrs{"classlabels_int64s": []int64{10, 20, 30}, "post_transform": "SOFTMAX"},
			[]float64{10, 20},
			[]float64{1. / 3, 1. / 3, 1. / 3, .25, .5, .25},
		},
		{
			"two classes, both voted for",
			map[int64]float32{0: 0.7, 1: 0.3},
			map[int64]float32{0: 0.2, 1: 0.8},
			attrs{"classlabels_int64s": two},
			[]float64{-5, 5},
			[]float64{.7, .3, .2, .8},
		},
		{
			"probability of the second class",
			map[int64]float32{0: 0.75},
			map[int64]float32{0: 0.5},
			attrs{"classlabels_int64s": two},
			[]float64{5, -5},
			[]float64{.25, .75, .5, .5},
		},
		{
			"the same, by its own id",
			map[int64]float32{1: 0.75},
			map[int64]float32{1: 0.5},
			attrs{"classlabels_int64s": two},
			[]float64{5, -5},
			[]float64{.25, .75, .5, .5},
		},
		{
			"margin",
			map[int64]float32{0: 0.25},
			map[int64]float32{0: -1},
			attrs{"classlabels_int64s": two},
			[]float64{5, -5},
			[]float64{-.25, .25, 1, -1},
		},
		{
			"margin, logistic",
			map[int64]float32{0: 0.25},
			map[int64]float32{0: -1},
			attrs{"classlabels_int64s": two, "post_transform": "LOGISTIC"},
			[]float64{5, -5},
			[]float64{sig(-.25), sig(.25), sig(1), sig(-1)},
		},
		{
			"margin, logistic, one base value",
			map[int64]float32{0: 0.25},
			map[int64]float32{0: -1},
			attrs{"classlabels_int64s": two, "post_transform": "LOGISTIC", "base_values": []float32{-0.5}},
			[]float64{-5, -5},
			[]float64{sig(.25), sig(-.25), sig(1.5), sig(-1.5)},
		},
		{
			"probability, probit",
			map[int64]float32{0: 0.975},
			map[int64]float32{0: 0.025},
			attrs{"classlabels_int64s": two, "post_transform": "PROBIT"},
			[]float64{5, -5},
			[]float64{-1.959964, 1.959964, 1.959964, -1.959964},
		},
		{
			"one class",
			map[int64]float32{0: 0.975},
			map[int64]float32{0: -1},
			attrs{"classlabels_int64s": []int64{3}},
			[]float64{3, 3},
			[]float64{.975, -1},
		},
	} {
		c := call{domain: ml, op: "TreeEnsembleClassifier", opset: 3, attrs: voters(tt.yes, tt.no, tt.more), outs: 2}
		c.in = []*tensor.Tensor{f32([]float64{1, -1}, 2, 1)}
		out := c.run(t)
		wantNumbers(t, tt.name+": labels", out[0], tt.labels, 0)
		wantNumbers(t, tt.name+": scores", out[1], tt.scores, 1e-6)

		c.attrs["classlabels_strings"] = []string{"a", "b", "c"}[:len(tt.more["classlabels_int64s"].([]int64))]
		ints := c.attrs["classlabels_int64s"].([]int64)
		delete(c.attrs, "classlabels_int64s")
		for i, s := range c.run(t)[0].Strings {
			if want := c.attrs["classlabels_strings"].([]string)[slices.Index(ints, int64(tt.labels[i]))]; s != want {
				t.Errorf("%s: label %d = %q; want %q", tt.name, i, s, want)
			}
		}
		wantNoAllocs(t, c)
	}
}

func TestTreeEnsembleSets(t *testing.T) {
	nan := math.NaN()
	// Node 0: x[0] in {1, 3}? then leaf 0, else node 1: x[1] in {}? then leaf 1, else node 2: x[1] <= 2.
	a := attrs{
		"nodes_modes": tensor.Of([]uint8{6, 6, 0}, 3), "nodes_splits": tensor.Of([]float32{0, 0, 2}, 3),
		"membership_values": tensor.Of([]float32{3, 1, float32(nan), float32(nan)}, 4),
		"nodes_featureids":  []int64{0, 1, 1}, "nodes_truenodeids": []int64{0, 1, 0}, "nodes_trueleafs": []int64{1, 1, 1},
		"nodes_falsenodeids": []int64{1, 2, 2}, "nodes_falseleafs": []int64{0, 0, 1}, "tree_roots": []int64{0},
		"nodes_missing_value_tracks_true": []int64{0, 1, 0},
		"leaf_targetids":                  []int64{1, 0, 0}, "leaf_weights": tensor.Of([]float32{5, 7, 9}, 3), "n_targets": int64(2),
	}
	x := []float64{1, 9, 2, 1, 3, 0, 2, nan, nan, 3}
	want := []float64{0, 5, 0, 5, 0, 5, 7, 0, 9, 0}
	c := call{domain: ml, op: "TreeEnsemble", opset: 5, attrs: a, in: []*tensor.Tensor{f32(x, 5, 2)}, outs: 1}
	want[2], want[3] = 0, 5 // 2 is in no set, 1 <= 2 leads to leaf 0, which two nodes share
	wantNumbers(t, "sets", c.run(t)[0], want, 0)
	c.in = []*tensor.Tensor{floatsAs[float64](x, 5, 2)}
	a["aggregate_function"], a["post_transform"] = int64(3), int64(2)
	got := c.run(t)[0]
	for i, v := range want {
		want[i] = 1 / (1 + math.Exp(-v))
	}
	wantNumbers(t, "sets, logistic", got, want, 1e-12)
}

// TestTreeEnsembleHalves has features, thresholds and weights of 16 bits.
func TestTreeEnsembleHalves(t *testing.T) {
	half := func(v ...float64) *tensor.Tensor { return tensorAs(dtype.F16, v, len(v)) }
	a := attrs{
		"nodes_modes": tensor.Of([]uint8{6, 1}, 2), "nodes_splits": half(0, 0.5), "membership_values": half(1, 2.5),
		"nodes_featureids": []int64{0, 0}, "nodes_truenodeids": []int64{0, 1}, "nodes_trueleafs": []int64{1, 1},
		"nodes_falsenodeids": []int64{1, 2}, "nodes_falseleafs": []int64{0, 1}, "tree_roots": []int64{0},
		"leaf_targetids": []int64{0, 0, 0}, "leaf_weights": half(3, 5, 0.25),
	}
	c := call{domain: ml, op: "TreeEnsemble", opset: 5, attrs: a, in: []*tensor.Tensor{shaped(half(1, 2.5, 0.25, 0.5), 4, 1)}, outs: 1}
	got := c.run(t)[0]
	if want := []float64{3, 3, 5, 0.25}; got.DType != dtype.F16 || !slices.Equal(valuesOf(got), want) {
		t.Errorf("got %v %v; want %v", got.DType, valuesOf(got), want)
	}
	wantNoAllocs(t, c)
	// A tree that is one leaf: both ways lead to it.
	for name, list := range map[string][]int64{
		"nodes_truenodeids": {1}, "nodes_falsenodeids": {1}, "nodes_trueleafs": {1}, "nodes_falseleafs": {1}, "nodes_featureids": {0}, "leaf_targetids": {0, 0},
	} {
		a[name] = list
	}
	a["nodes_modes"], a["nodes_splits"], a["leaf_weights"] = tensor.Of([]uint8{0}, 1), half(0), half(7, 8)
	delete(a, "membership_values")
	if got := valuesOf(c.run(t)[0]); !slices.Equal(got, []float64{8, 8, 8, 8}) {
		t.Errorf("a single leaf gives %v", got)
	}
}

func TestBadTrees(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(a attrs)
		want string
	}{
		{"a node that leads to itself", func(a attrs) { a["nodes_truenodeids"] = []int64{0, 0, 0} }, "circle"},
		{"a branch to nowhere", func(a attrs) { a["nodes_falsenodeids"] = []int64{9, 0, 0} }, "node 9, which does not exist"},
		{"a node twice", func(a attrs) { a["nodes_nodeids"] = []int64{0, 1, 1} }, "two nodes 1"},
		{"an orphan", func(a attrs) { a["nodes_truenodeids"] = []int64{2, 0, 0} }, "several nodes that no other"},
		{"a mode that is none", func(a attrs) { a["nodes_modes"] = []string{"BRANCH", "LEAF", "LEAF"} }, `"BRANCH"`},
		{"a short list", func(a attrs) { a["nodes_values"] = []float32{1} }, "nodes_values has 1 elements"},
		{"no nodes", func(a attrs) { a["nodes_modes"] = []string{} }, "no nodes"},
		{"a feature that is not there", func(a attrs) { a["nodes_featureids"] = []int64{2, 0, 0} }, "feature 2"},
		{"a negative feature", func(a attrs) { a["nodes_featureids"] = []int64{-1, 0, 0} }, "-1"},
		{"a weight for nothing", func(a attrs) { a["target_nodeids"] = []int64{1, 5} }, "node 5 of tree 0"},
		{"a target that is not there", func(a attrs) { a["target_ids"] = []int64{0, 1} }, "target_ids has 1"},
		{"a target for too few", func(a attrs) { a["target_ids"] = []int64{0} }, "2, 2, 1 and 2"},
		{"no targets", func(a attrs) { a["n_targets"] = int64(0) }, "0 targets"},
		{"endless targets", func(a attrs) { a["n_targets"] = int64(1) << 60 }, "exceeds the limit"},
		{"base values", func(a attrs) { a["base_values"] = []float32{1, 2} }, "base_values has 2"},
		{"a transform", func(a attrs) { a["post_transform"] = "NO" }, `"NO"`},
		{"an aggregate", func(a attrs) { a["aggregate_function"] = "NO" }, `"NO"`},
		{"a tensor of ints", func(a attrs) { a["nodes_values_as_tensor"] = tensor.Of([]int64{1, 2, 3}, 3) }, "int64"},
	} {
		c := call{domain: ml, op: "TreeEnsembleRegressor", opset: 3, attrs: stump("BRANCH_LEQ", 1, 0), outs: 1}
		c.in = []*tensor.Tensor{f32([]float64{1, 2}, 1, 2)}
		tt.edit(c.attrs)
		if _, err := c.try(t); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error = %v; want one with %q", tt.name, err, tt.want)
		}
	}
}

// TestTreeCycles has circles beside, below and around the root.
func TestTreeCycles(t *testing.T) {
	for name, leads := range map[string][2][]int64{
		"beside": {{1, 0, 0, 4, 3}, {2, 0, 0, 4, 3}},
		"below":  {{3, 0, 0, 4, 3}, {2, 0, 0, 1, 3}},
		"around": {{3, 0, 0, 4, 0}, {2, 0, 0, 1, 1}},
	} {
		a := stump("BRANCH_LEQ", 1, 0)
		a["nodes_treeids"], a["nodes_nodeids"], a["nodes_featureids"] = make([]int64, 5), []int64{0, 1, 2, 3, 4}, make([]int64, 5)
		a["nodes_modes"] = []string{"BRANCH_LEQ", "LEAF", "LEAF", "BRANCH_LEQ", "BRANCH_LEQ"}
		a["nodes_values"], a["nodes_missing_value_tracks_true"] = make([]float32, 5), []int64{}
		a["nodes_truenodeids"], a["nodes_falsenodeids"] = leads[0], leads[1]
		c := call{domain: ml, op: "TreeEnsembleRegressor", opset: 1, attrs: a, in: []*tensor.Tensor{f32([]float64{1}, 1, 1)}, outs: 1}
		if out, err := c.try(t); err == nil {
			t.Errorf("%s: a circle %s the root gave %v", name, name, out)
		}
	}
}

func TestTreesAllocateNothing(t *testing.T) {
	c := call{domain: ml, op: "TreeEnsembleRegressor", opset: 3, attrs: threeTrees(), outs: 1}
	c.in = []*tensor.Tensor{f32(make([]float64, 100), 100, 1)}
	wantNoAllocs(t, c)
}

// BenchmarkTrees runs 100 full trees of depth 8 over 16 features.
func BenchmarkTrees(b *testing.B) {
	r := rand.New(rand.NewPCG(3, 4))
	a := emptyForest(1)
	for tree := range int64(100) {
		for node := range int64(511) {
			mode, yes, no := "BRANCH_LEQ", 2*node+1, 2*node+2
			if node >= 255 {
				mode, yes, no = "LEAF", 0, 0
				a["target_treeids"] = append(a["target_treeids"].([]int64), tree)
				a["target_nodeids"] = append(a["target_nodeids"].([]int64), node)
				a["target_ids"] = append(a["target_ids"].([]int64), 0)
				a["target_weights"] = append(a["target_weights"].([]float32), r.Float32())
			}
			a["nodes_modes"] = append(a["nodes_modes"].([]string), mode)
			a["nodes_values"] = append(a["nodes_values"].([]float32), r.Float32())
			for list, v := range map[string]int64{
				"nodes_treeids": tree, "nodes_nodeids": node, "nodes_featureids": r.Int64N(16),
				"nodes_missing_value_tracks_true": 0, "nodes_truenodeids": yes, "nodes_falsenodeids": no,
			} {
				a[list] = append(a[list].([]int64), v)
			}
		}
	}
	for name, rows := range map[string]int{"1 row": 1, "256 rows": 256} {
		b.Run(name, func(b *testing.B) {
			const copies = 64 // of different rows, so that the branch predictor cannot learn the way
			x := make([]float64, copies*rows*16)
			for i := range x {
				x[i] = r.Float64()
			}
			all := f32(x, copies*rows, 16)
			c := call{domain: ml, op: "TreeEnsembleRegressor", opset: 3, attrs: a, in: []*tensor.Tensor{f32(x[:rows*16], rows, 16)}, outs: 1}
			k, ctx, err := c.kernel(b, 1)
			if err != nil {
				b.Fatal(err)
			}
			i := 0
			for b.Loop() {
				ctx.In[0].Data = all.Data[i%copies*rows*64:][:rows*64]
				i++
				if err := k.Run(ctx); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
		})
	}
}
