package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
)

// treeFeatures are the types of features that trees before version 5 look at.
const treeFeatures = dtype.Floats | 1<<dtype.Int32 | 1<<dtype.Int64

var _ = register(&opTreeEnsembleRegressor)

// opTreeEnsembleRegressor computes aggregates what the leaves say that a row of features falls into, one in each
// tree.
var opTreeEnsembleRegressor = Op{
	Name:   "TreeEnsembleRegressor",
	Domain: "ai.onnx.ml",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"float32"}, Types: []Constraint{{"T", treeFeatures}},
			Attrs: []Attr{
				{"target_ids", Ints, nil},
				{"target_nodeids", Ints, nil},
				{"target_treeids", Ints, nil},
				{"target_weights", Floats, nil},
				{"aggregate_function", String, "SUM"},
				{"n_targets", Int, nil},
			},
			Common: &treeAttrs, Infer: inferTreeRegressor, New: newTreeRegressor,
		},
		{
			Since: 3, In: Args{"T"}, Out: Args{"float32"}, Types: []Constraint{{"T", treeFeatures}},
			Attrs: []Attr{
				{"target_ids", Ints, nil},
				{"target_nodeids", Ints, nil},
				{"target_treeids", Ints, nil},
				{"target_weights", Floats, nil},
				{"aggregate_function", String, "SUM"},
				{"n_targets", Int, nil},
				{"base_values_as_tensor", Tensor, nil},
				{"nodes_hitrates_as_tensor", Tensor, nil},
				{"nodes_values_as_tensor", Tensor, nil},
				{"target_weights_as_tensor", Tensor, nil},
			},
			Common: &treeAttrs, Infer: inferTreeRegressor, New: newTreeRegressor,
		},
	},
}

// treeTargets returns how many targets there are: n_targets, or as many as the given ids need.
func treeTargets(n *Node, ids string) (int, error) {
	targets := n.Int("n_targets")
	if !n.HasAttr("n_targets") {
		for _, id := range n.Ints(ids) {
			targets = max(targets, id+1)
		}
	}
	if targets < 1 {
		return 0, fault.Format("the ensemble has %d targets", targets)
	}
	if targets > maxTreeTargets {
		return 0, &fault.LimitError{What: "targets of a tree ensemble", Got: targets, Max: maxTreeTargets}
	}
	return int(targets), nil
}

func inferTreeRegressor(n *Node) error {
	targets, err := treeTargets(n, "target_ids")
	if err != nil {
		return err
	}
	rows, _, err := treeRows(n.In[0].Shape)
	n.SetOut(0, shape.Of(rows, shape.Dim(targets)))
	return err
}

func newTreeRegressor(n *Node) (Kernel, error) {
	targets, err := treeTargets(n, "target_ids")
	if err != nil {
		return nil, err
	}
	s := &regression[float32]{}
	var ok bool
	if s.transform, ok = transforms[n.String("post_transform")]; !ok {
		return nil, fault.Format("post_transform %q is not known", n.String("post_transform"))
	}
	a, ok := aggregates[n.String("aggregate_function")]
	if !ok {
		return nil, fault.Format("aggregate_function %q is not known", n.String("aggregate_function"))
	}
	if s.base, _, err = floatsOrTensor(n, "base_values"); err != nil {
		return nil, err
	}
	if len(s.base) != 0 && len(s.base) != targets {
		return nil, fault.Format("base_values has %d elements for %d targets", len(s.base), targets)
	}
	return newTrees(n, "target", targets, a, s)
}

// newTrees makes the kernel of a TreeEnsembleRegressor or TreeEnsembleClassifier.
func newTrees(n *Node, votes string, targets int, a aggregate, s scorer) (Kernel, error) {
	double := false
	for _, name := range []string{"nodes_values", votes + "_weights"} {
		_, d, err := floatsOrTensor(n, name)
		if err != nil {
			return nil, err
		}
		double = double || d
	}
	spec := func() (*treeSpec, error) { return readTrees(n, votes, targets) }
	return newEnsemble(n, spec, double, targets, a, s)
}
