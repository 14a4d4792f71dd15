package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// treeAttrs are the attributes that TreeEnsembleRegressor and TreeEnsembleClassifier share. They have others with names
// that begin with what their leaves vote for, a target or a class.
var treeAttrs = []Attr{
	{"base_values", Floats, nil},
	{"nodes_falsenodeids", Ints, nil},
	{"nodes_featureids", Ints, nil},
	{"nodes_hitrates", Floats, nil},
	{"nodes_missing_value_tracks_true", Ints, nil},
	{"nodes_modes", Strings, nil},
	{"nodes_nodeids", Ints, nil},
	{"nodes_treeids", Ints, nil},
	{"nodes_truenodeids", Ints, nil},
	{"nodes_values", Floats, nil},
	{"post_transform", String, "NONE"},
}

// branches are the values of nodes_modes before version 5.
var branches = map[string]branch{
	"BRANCH_LEQ": branchLEQ, "BRANCH_LT": branchLT, "BRANCH_GTE": branchGTE, "BRANCH_GT": branchGT,
	"BRANCH_EQ": branchEQ, "BRANCH_NEQ": branchNEQ, "LEAF": branchLeaf,
}

// readTrees reads the ensemble of a TreeEnsembleRegressor or TreeEnsembleClassifier.
func readTrees(n *Node, votes string, targets int) (*treeSpec, error) {
	modes := n.Strings("nodes_modes")
	spec := &treeSpec{nodes: make([]treeNode, len(modes))}
	if len(modes) == 0 {
		return nil, fault.Format("the ensemble has no nodes")
	}
	if len(modes) > maxTreeNodes {
		return nil, &fault.LimitError{What: "nodes of a tree ensemble", Got: int64(len(modes)), Max: maxTreeNodes}
	}
	values, double, err := floatsOrTensor(n, "nodes_values")
	if err != nil {
		return nil, err
	}
	spec.double = double
	trees, ids := n.Ints("nodes_treeids"), n.Ints("nodes_nodeids")
	yes, no := n.Ints("nodes_truenodeids"), n.Ints("nodes_falsenodeids")
	features, missing := n.Ints("nodes_featureids"), n.Ints("nodes_missing_value_tracks_true")
	for _, l := range []struct {
		name string
		n    int
	}{
		{"nodes_treeids", len(trees)},
		{"nodes_nodeids", len(ids)},
		{"nodes_truenodeids", len(yes)},
		{"nodes_falsenodeids", len(no)},
		{"nodes_featureids", len(features)},
		{"nodes_values", len(values)},
		{"nodes_missing_value_tracks_true", len(missing)},
	} {
		if l.n != len(modes) && !(l.name == "nodes_missing_value_tracks_true" && l.n == 0) {
			return nil, fault.Format("%s has %d elements, but nodes_modes has %d", l.name, l.n, len(modes))
		}
	}
	index, err := newTreeIndex(trees, ids)
	if err != nil {
		return nil, err
	}
	child := make([]bool, len(modes))
	var mode branch
	for i, name := range modes {
		if i == 0 || name != modes[i-1] {
			var ok bool
			if mode, ok = branches[name]; !ok {
				return nil, fault.Format("nodes_modes has %q, which is not known", name)
			}
		}
		d := &spec.nodes[i]
		d.mode = mode
		if mode == branchLeaf {
			continue
		}
		d.split = values[i]
		d.nanYes = len(missing) > 0 && missing[i] != 0
		if d.feature, err = featureID(features[i]); err != nil {
			return nil, err
		}
		for _, b := range []struct {
			to *int32
			id int64
		}{{&d.yes, yes[i]}, {&d.no, no[i]}} {
			to, ok := index.find(trees[i], b.id, i)
			if !ok {
				return nil, fault.Format("tree %d: node %d leads to node %d, which does not exist", trees[i], ids[i], b.id)
			}
			*b.to = to
			child[to] = true
		}
	}
	if err := spec.findRoots(trees, child); err != nil {
		return nil, err
	}
	return spec, spec.readVotes(n, votes, targets, index)
}

// findRoots finds the one node of each tree that no other leads to.
func (s *treeSpec) findRoots(trees []int64, child []bool) error {
	root := map[int64]bool{}
	for i, tree := range trees {
		if child[i] {
			continue
		}
		if root[tree] {
			return fault.Format("tree %d has several nodes that no other node leads to", tree)
		}
		root[tree] = true
		s.roots = append(s.roots, int32(i))
	}
	for _, tree := range trees {
		if !root[tree] {
			return fault.Format("tree %d has no root: its nodes lead to each other in a circle", tree)
		}
	}
	return s.checkReach(trees)
}

// checkReach refuses nodes that no root leads to. As each has a node before it, these go in a circle.
func (s *treeSpec) checkReach(trees []int64) error {
	reached := make([]bool, len(s.nodes))
	todo := append([]int32(nil), s.roots...)
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if reached[i] {
			continue // plant refuses what is reached twice
		}
		reached[i] = true
		if d := &s.nodes[i]; d.mode != branchLeaf {
			todo = append(todo, d.yes, d.no)
		}
	}
	for i, ok := range reached {
		if !ok {
			return fault.Format("tree %d has nodes that lead to each other in a circle", trees[i])
		}
	}
	return nil
}

// readVotes reads what the leaves say. Weights that belong to inner nodes mean nothing; old converters wrote them.
func (s *treeSpec) readVotes(n *Node, prefix string, targets int, index *treeIndex) error {
	weights, double, err := floatsOrTensor(n, prefix+"_weights")
	if err != nil {
		return err
	}
	s.double = s.double || double
	trees, nodes, ids := n.Ints(prefix+"_treeids"), n.Ints(prefix+"_nodeids"), n.Ints(prefix+"_ids")
	if len(trees) != len(weights) || len(nodes) != len(weights) || len(ids) != len(weights) {
		return fault.Format("%[1]s_treeids, %[1]s_nodeids, %[1]s_ids and %[1]s_weights have %d, %d, %d and %d elements",
			prefix, len(trees), len(nodes), len(ids), len(weights))
	}
	leaf := int32(0)
	for i, w := range weights {
		var ok bool
		leaf, ok = index.find(trees[i], nodes[i], int(leaf))
		if !ok {
			return fault.Format("%s_nodeids names node %d of tree %d, which does not exist", prefix, nodes[i], trees[i])
		}
		if ids[i] < 0 || ids[i] >= int64(targets) {
			return fault.Format("%s_ids has %d, but there are %d", prefix, ids[i], targets)
		}
		if s.nodes[leaf].mode == branchLeaf {
			s.votes = append(s.votes, vote{leaf, int32(ids[i]), w})
		}
	}
	return nil
}

func featureID(id int64) (uint32, error) {
	if id < 0 || id > 1<<31-2 {
		return 0, fault.Format("nodes_featureids has %d, which is no feature", id)
	}
	return uint32(id), nil
}

// floatsOrTensor returns a list of numbers that is given as an attribute or, from version 3 on, as a tensor under the
// same name with _as_tensor. Double says that float32 does not hold them.
func floatsOrTensor(n *Node, name string) (list []float64, double bool, err error) {
	if asTensor := name + "_as_tensor"; n.Version.Attr(asTensor) != nil {
		if t := n.Tensor(asTensor); t != nil {
			return floatTensor(asTensor, t)
		}
	}
	for _, v := range n.Floats(name) {
		list = append(list, float64(v))
	}
	return list, false, nil
}

// floatTensor returns the numbers of a tensor of floats.
func floatTensor(name string, t *tensor.Tensor) (list []float64, double bool, err error) {
	if !dtype.IEEE.Has(t.DType) {
		return nil, false, fault.Format("%s is of type %v, which is no type of its numbers", name, t.DType)
	}
	list = make([]float64, t.Len())
	load(list, t.Data, t.DType)
	return list, t.DType == dtype.Float64, nil
}
