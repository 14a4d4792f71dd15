package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opTreeEnsemble)

// opTreeEnsemble computes aggregates what the leaves say that a row of features falls into, one in each tree.
var opTreeEnsemble = Op{
	Name:   "TreeEnsemble",
	Domain: "ai.onnx.ml",
	Versions: []Version{{
		Since: 5, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}},
		Attrs: []Attr{
			{"aggregate_function", Int, 1},
			{"leaf_targetids", Ints, Required},
			{"leaf_weights", Tensor, Required},
			{"membership_values", Tensor, nil},
			{"n_targets", Int, nil},
			{"nodes_falseleafs", Ints, Required},
			{"nodes_falsenodeids", Ints, Required},
			{"nodes_featureids", Ints, Required},
			{"nodes_hitrates", Tensor, nil},
			{"nodes_missing_value_tracks_true", Ints, nil},
			{"nodes_modes", Tensor, Required},
			{"nodes_splits", Tensor, Required},
			{"nodes_trueleafs", Ints, Required},
			{"nodes_truenodeids", Ints, Required},
			{"post_transform", Int, 0},
			{"tree_roots", Ints, Required},
		},
		Infer: inferTreeEnsemble,
		New:   newTreeEnsemble,
	}},
}

func inferTreeEnsemble(n *Node) error {
	targets, err := treeTargets(n, "leaf_targetids")
	if err != nil {
		return err
	}
	rows, _, err := treeRows(n.In[0].Shape)
	n.SetOut(0, shape.Of(rows, shape.Dim(targets)))
	return err
}

func newTreeEnsemble(n *Node) (Kernel, error) {
	return choose(n, typed[float32](treeEnsembleOf[float32]), typed[float64](treeEnsembleOf[float64]))
}

func treeEnsembleOf[T kernels.Float](n *Node) (Kernel, error) {
	targets, err := treeTargets(n, "leaf_targetids")
	if err != nil {
		return nil, err
	}
	a, post := n.Int("aggregate_function"), n.Int("post_transform")
	if a < 0 || a > int64(aggregateMax) {
		return nil, fault.Format("aggregate_function %d is not known", a)
	}
	if post < 0 || post > int64(transformProbit) {
		return nil, fault.Format("post_transform %d is not known", post)
	}
	s := &regression[T]{transform: transform(post)}
	double := n.Tensor("nodes_splits").DType == dtype.Float64 || n.Tensor("leaf_weights").DType == dtype.Float64
	spec := func() (*treeSpec, error) { return readTreeEnsemble(n, targets) }
	return newEnsemble(n, spec, double, targets, aggregate(a), s)
}

// readTreeEnsemble reads the ensemble of a TreeEnsemble. Its inner nodes come first in the result, then its leaves.
func readTreeEnsemble(n *Node, targets int) (*treeSpec, error) {
	if n.Tensor("nodes_modes").DType != dtype.Uint8 {
		return nil, fault.Format("nodes_modes is of type %v, not uint8", n.Tensor("nodes_modes").DType)
	}
	modes := tensor.View[uint8](n.Tensor("nodes_modes"))
	splits, _, err := floatTensor("nodes_splits", n.Tensor("nodes_splits"))
	if err != nil {
		return nil, err
	}
	weights, _, err := floatTensor("leaf_weights", n.Tensor("leaf_weights"))
	if err != nil {
		return nil, err
	}
	features, missing, ids := n.Ints("nodes_featureids"), n.Ints("nodes_missing_value_tracks_true"), n.Ints("leaf_targetids")
	inner, leaves := len(modes), len(weights)
	if inner > maxTreeNodes/2 || leaves > maxTreeNodes/2 {
		return nil, &fault.LimitError{What: "nodes of a tree ensemble", Got: int64(max(inner, leaves)), Max: maxTreeNodes / 2}
	}
	if len(splits) != inner || len(features) != inner || len(missing) != 0 && len(missing) != inner {
		return nil, fault.Format("nodes_splits, nodes_featureids and nodes_missing_value_tracks_true have %d, %d and %d "+
			"elements, but nodes_modes has %d", len(splits), len(features), len(missing), inner)
	}
	if len(ids) != leaves {
		return nil, fault.Format("leaf_targetids has %d elements, but leaf_weights has %d", len(ids), leaves)
	}
	spec := &treeSpec{nodes: make([]treeNode, inner+leaves)}
	if spec.sets, err = memberSets(n.Tensor("membership_values")); err != nil {
		return nil, err
	}
	sets := 0
	for i, mode := range modes {
		d := &spec.nodes[i]
		if mode > uint8(branchMember) {
			return nil, fault.Format("nodes_modes has %d, which is not known", mode)
		}
		d.mode, d.split, d.nanYes = branch(mode), splits[i], len(missing) > 0 && missing[i] != 0
		if d.mode == branchMember {
			d.set = int32(sets)
			sets++
		}
		if d.feature, err = featureID(features[i]); err != nil {
			return nil, err
		}
	}
	if sets != len(spec.sets) {
		return nil, fault.Format("membership_values has %d sets, but %d nodes ask for one", len(spec.sets), sets)
	}
	for i, id := range ids {
		if id < 0 || id >= int64(targets) {
			return nil, fault.Format("leaf_targetids has %d, but there are %d targets", id, targets)
		}
		spec.nodes[inner+i].mode = branchLeaf
		spec.votes = append(spec.votes, vote{int32(inner + i), int32(id), weights[i]})
	}
	return spec, spec.link(n, inner, leaves)
}

// link sets where the inner nodes lead to, and the roots.
func (s *treeSpec) link(n *Node, inner, leaves int) error {
	resolve := func(ids, isLeaf string, i int) (int32, error) {
		id, leaf := n.Ints(ids)[i], n.Ints(isLeaf)[i] != 0
		switch {
		case leaf && id >= 0 && id < int64(leaves):
			return int32(inner) + int32(id), nil
		case !leaf && id >= 0 && id < int64(inner):
			return int32(id), nil
		case leaf:
			return 0, fault.Format("node %d leads to leaf %d, which does not exist", i, id)
		}
		return 0, fault.Format("node %d leads to node %d, which does not exist", i, id)
	}
	for _, name := range []string{"nodes_truenodeids", "nodes_falsenodeids", "nodes_trueleafs", "nodes_falseleafs"} {
		if got := len(n.Ints(name)); got != inner {
			return fault.Format("%s has %d elements, but nodes_modes has %d", name, got, inner)
		}
	}
	for i := range inner {
		var err error
		if s.nodes[i].yes, err = resolve("nodes_truenodeids", "nodes_trueleafs", i); err != nil {
			return err
		}
		if s.nodes[i].no, err = resolve("nodes_falsenodeids", "nodes_falseleafs", i); err != nil {
			return err
		}
	}
	roots := n.Ints("tree_roots")
	if len(roots) == 0 {
		return fault.Format("tree_roots is empty")
	}
	for _, r := range roots {
		if r < 0 || r >= int64(inner) {
			return fault.Format("tree_roots has %d, which is no node", r)
		}
		s.roots = append(s.roots, int32(r))
	}
	return nil
}

// maxTreeSets bounds the sets of an ensemble, so that float32 holds the number of each.
const maxTreeSets = 1 << 24

// memberSets splits the members of all sets: each set ends with NaN, the last one with it or without.
func memberSets(t *tensor.Tensor) ([][]float64, error) {
	if t == nil {
		return nil, nil
	}
	values, _, err := floatTensor("membership_values", t)
	if err != nil {
		return nil, err
	}
	var sets [][]float64
	for start, i := 0, 0; i < len(values); i++ {
		last := i == len(values)-1
		if math.IsNaN(values[i]) {
			sets = append(sets, values[start:i])
			start = i + 1
		} else if last {
			sets = append(sets, values[start:])
		}
	}
	if len(sets) > maxTreeSets {
		return nil, &fault.LimitError{What: "sets of a tree ensemble", Got: int64(len(sets)), Max: maxTreeSets}
	}
	return sets, nil
}
