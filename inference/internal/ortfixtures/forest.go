package main

import (
	"slices"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// tree is a decision tree: a leaf when it has weights, else a split.
type tree struct {
	mode    string // BRANCH_LEQ and so on; "MEMBER" tests for the set in members
	feature int
	value   float64
	members []float64
	missing bool // NaN takes the yes branch
	yes, no *tree
	weights map[int]float64 // by target or class
}

func split(mode string, feature int, value float64, yes, no *tree) *tree {
	return &tree{mode: mode, feature: feature, value: value, yes: yes, no: no}
}

func leaf(weights ...float64) *tree {
	t := &tree{weights: map[int]float64{}}
	for i, w := range weights {
		t.weights[i] = w
	}
	return t
}

// leafOf votes for one target.
func leafOf(target int, weight float64) *tree {
	return &tree{weights: map[int]float64{target: weight}}
}

// branchModes are the modes of versions 1 and 3; version 5 has them under the numbers 0 to 5.
var branchModes = []string{"BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"}

// forest flattens trees into the lists of version 1 and 3. With double the numbers go into tensors of doubles.
func forest(prefix string, double bool, trees ...*tree) []build.Attr {
	f := &lists{}
	for i, t := range trees {
		f.tree, f.next = i, 0
		f.add(t)
	}
	attrs := []build.Attr{
		build.Ints("nodes_treeids", f.trees...), build.Ints("nodes_nodeids", f.nodes...),
		build.Ints("nodes_featureids", f.features...), build.Strings("nodes_modes", f.modes...),
		build.Ints("nodes_truenodeids", f.yes...), build.Ints("nodes_falsenodeids", f.no...),
		build.Ints("nodes_missing_value_tracks_true", f.missing...),
		build.Ints(prefix+"_treeids", f.leafTrees...), build.Ints(prefix+"_nodeids", f.leafNodes...),
		build.Ints(prefix+"_ids", f.targets...),
	}
	if prefix == "target" {
		attrs = append(attrs, build.Int("n_targets", 1+slices.Max(f.targets)))
	}
	if double {
		return append(attrs, build.Tensor("nodes_values_as_tensor", vector(f.values)), build.Tensor(prefix+"_weights_as_tensor", vector(f.weights)))
	}
	return append(attrs, build.Floats("nodes_values", narrow(f.values)...), build.Floats(prefix+"_weights", narrow(f.weights)...))
}

// lists are the attributes that forest fills.
type lists struct {
	tree, next                             int
	trees, nodes, features, yes, no        []int
	missing, leafTrees, leafNodes, targets []int
	modes                                  []string
	values, weights                        []float64
}

// add appends a tree, its root first, and returns the root's number.
func (f *lists) add(t *tree) int {
	id, at := f.next, len(f.nodes)
	f.next++
	f.trees, f.nodes = append(f.trees, f.tree), append(f.nodes, id)
	f.features, f.values = append(f.features, t.feature), append(f.values, t.value)
	f.yes, f.no, f.missing = append(f.yes, 0), append(f.no, 0), append(f.missing, 0)
	if t.yes == nil {
		f.modes = append(f.modes, "LEAF")
		for target := range 8 {
			if w, ok := t.weights[target]; ok {
				f.leafTrees, f.leafNodes = append(f.leafTrees, f.tree), append(f.leafNodes, id)
				f.targets, f.weights = append(f.targets, target), append(f.weights, w)
			}
		}
		return id
	}
	f.modes = append(f.modes, t.mode)
	if t.missing {
		f.missing[at] = 1
	}
	f.yes[at] = f.add(t.yes)
	f.no[at] = f.add(t.no)
	return id
}

// ensemble flattens trees into the lists of version 5, where a leaf has one target. No tree may be a bare leaf.
func ensemble[T float32 | float64](trees ...*tree) []build.Attr {
	f := &lists5[T]{}
	var roots []int
	for _, t := range trees {
		roots = append(roots, len(f.features))
		f.add(t)
	}
	attrs := []build.Attr{
		build.Ints("tree_roots", roots...), build.Ints("nodes_featureids", f.features...),
		build.Tensor("nodes_modes", vector(f.modes)), build.Tensor("nodes_splits", vector(f.values)),
		build.Ints("nodes_truenodeids", f.yes...), build.Ints("nodes_trueleafs", f.yesLeaf...),
		build.Ints("nodes_falsenodeids", f.no...), build.Ints("nodes_falseleafs", f.noLeaf...),
		build.Ints("nodes_missing_value_tracks_true", f.missing...),
		build.Ints("leaf_targetids", f.targets...), build.Tensor("leaf_weights", vector(f.weights)),
	}
	if len(f.members) > 0 {
		attrs = append(attrs, build.Tensor("membership_values", vector(f.members)))
	}
	return attrs
}

// lists5 are the attributes that ensemble fills.
type lists5[T float32 | float64] struct {
	features, yes, no, yesLeaf, noLeaf, missing, targets []int
	modes                                                []uint8
	values, members, weights                             []T
}

func (f *lists5[T]) add(t *tree) {
	at := len(f.features)
	f.features, f.values = append(f.features, t.feature), append(f.values, T(t.value))
	f.yes, f.no, f.yesLeaf, f.noLeaf = append(f.yes, 0), append(f.no, 0), append(f.yesLeaf, 0), append(f.noLeaf, 0)
	mode, missing := uint8(6), 0
	for i, name := range branchModes {
		if t.mode == name {
			mode = uint8(i)
		}
	}
	if t.missing {
		missing = 1
	}
	f.modes, f.missing = append(f.modes, mode), append(f.missing, missing)
	if mode == 6 {
		for _, m := range t.members {
			f.members = append(f.members, T(m))
		}
		f.members = append(f.members, T(nan)) // ends the set
	}
	f.yes[at], f.yesLeaf[at] = f.child(t.yes)
	f.no[at], f.noLeaf[at] = f.child(t.no)
}

// child appends a subtree and returns where it is and whether that is a leaf.
func (f *lists5[T]) child(t *tree) (at, isLeaf int) {
	if t.yes != nil {
		at = len(f.features)
		f.add(t)
		return at, 0
	}
	at = len(f.targets)
	for target, w := range t.weights {
		f.targets, f.weights = append(f.targets, target), append(f.weights, T(w))
	}
	return at, 1
}

// vector is a tensor of one dimension.
func vector[T inference.Element](data []T) *inference.Tensor {
	t, err := inference.NewTensor(data, len(data))
	if err != nil {
		panic(err) // the shape is that of the data
	}
	return t
}

func narrow(list []float64) []float32 {
	out := make([]float32, len(list))
	for i, v := range list {
		out[i] = float32(v)
	}
	return out
}
