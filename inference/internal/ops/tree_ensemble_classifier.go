package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opTreeEnsembleClassifier)

// opTreeEnsembleClassifier computes sums up what the leaves say of each class that a row of features falls into, one
// in each tree.
var opTreeEnsembleClassifier = Op{
	Name:   "TreeEnsembleClassifier",
	Domain: "ai.onnx.ml",
	Versions: []Version{
		{
			Since: 1, In: Args{"T1"}, Out: Args{"T2", "float32"}, Types: []Constraint{{"T1", treeFeatures}, {"T2", dtype.Strings | 1<<dtype.Int64}},
			Attrs: []Attr{
				{"class_ids", Ints, nil},
				{"class_nodeids", Ints, nil},
				{"class_treeids", Ints, nil},
				{"class_weights", Floats, nil},
				{"classlabels_int64s", Ints, nil},
				{"classlabels_strings", Strings, nil},
			},
			Common: &treeAttrs, Infer: inferTreeClassifier, New: newTreeClassifier,
		},
		{
			Since: 3, In: Args{"T1"}, Out: Args{"T2", "float32"}, Types: []Constraint{{"T1", treeFeatures}, {"T2", dtype.Strings | 1<<dtype.Int64}},
			Attrs: []Attr{
				{"class_ids", Ints, nil},
				{"class_nodeids", Ints, nil},
				{"class_treeids", Ints, nil},
				{"class_weights", Floats, nil},
				{"classlabels_int64s", Ints, nil},
				{"classlabels_strings", Strings, nil},
				{"base_values_as_tensor", Tensor, nil},
				{"nodes_hitrates_as_tensor", Tensor, nil},
				{"nodes_values_as_tensor", Tensor, nil},
				{"class_weights_as_tensor", Tensor, nil},
			},
			Common: &treeAttrs, Infer: inferTreeClassifier, New: newTreeClassifier,
		},
	},
}

// classification is the scorer of TreeEnsembleClassifier. The class with the greatest score wins, the first of several;
// a class that no leaf votes for has its base value as its score, or 0.
//
// Two classes of which the leaves only ever vote for one are a case of their own: that one score s is the second
// class's, whichever the leaves name. When the transform is NONE, and no weight is negative, s is a probability, and
// the first class's score is 1 - s; when some are, it is -s. PROBIT takes s for a probability always; the other
// transforms are applied to -s and s. The second class wins when s is above 1/2, or above 0 where it is no probability.
//
// The standard says nothing of that case. In the form in which converters write it, with votes for the first class and
// at most one base value, ONNX Runtime 1.23 gives the same for NONE, and for LOGISTIC when some weight is negative. It
// does not apply LOGISTIC when none is, nor SOFTMAX and SOFTMAX_ZERO at all; votes for the second class alone it takes
// for one of two independent scores. Of several classes it lets only those win that a leaf voted for.
type classification struct {
	ints      []int64
	strings   []string // when ints is empty
	base      []float64
	transform transform
	only      int  // the class that all votes are for, of two; or -1
	share     bool // the score of only is a probability
}

// classes returns how many labels the node has.
func classes(n *Node) (int, error) {
	i, s := len(n.Ints("classlabels_int64s")), len(n.Strings("classlabels_strings"))
	switch {
	case i > 0 && s > 0:
		return 0, fault.Format("classlabels_int64s and classlabels_strings are both given")
	case i+s == 0:
		return 0, fault.Format("neither classlabels_int64s nor classlabels_strings is given")
	case i+s > maxTreeTargets:
		return 0, &fault.LimitError{What: "classes of a tree ensemble", Got: int64(i + s), Max: maxTreeTargets}
	}
	return i + s, nil
}

func inferTreeClassifier(n *Node) error {
	count, err := classes(n)
	if err != nil {
		return err
	}
	rows, _, err := treeRows(n.In[0].Shape)
	n.Out[0].DType = dtype.Int64
	if len(n.Strings("classlabels_strings")) > 0 {
		n.Out[0].DType = dtype.String
	}
	n.SetOut(0, shape.Of(rows))
	n.SetOut(1, shape.Of(rows, shape.Dim(count)))
	return err
}

func newTreeClassifier(n *Node) (Kernel, error) {
	count, err := classes(n)
	if err != nil {
		return nil, err
	}
	s := &classification{ints: n.Ints("classlabels_int64s"), strings: n.Strings("classlabels_strings"), only: -1}
	var ok bool
	if s.transform, ok = transforms[n.String("post_transform")]; !ok {
		return nil, fault.Format("post_transform %q is not known", n.String("post_transform"))
	}
	if s.base, _, err = floatsOrTensor(n, "base_values"); err != nil {
		return nil, err
	}
	ids := n.Ints("class_ids")
	if count == 2 && len(ids) > 0 && !slices.ContainsFunc(ids, func(id int64) bool { return id != ids[0] }) {
		s.only = int(ids[0])
		weights, _, err := floatsOrTensor(n, "class_weights")
		if err != nil {
			return nil, err
		}
		s.share = s.transform == transformProbit ||
			s.transform == transformNone && !slices.ContainsFunc(weights, func(w float64) bool { return w < 0 })
	}
	if b := len(s.base); b != 0 && b != count && !(b == 1 && s.only >= 0) {
		return nil, fault.Format("base_values has %d elements for %d classes", b, count)
	}
	return newTrees(n, "class", count, aggregateSum, s)
}

func (s *classification) score(c *Ctx, row int, votes []float64) {
	best := 0
	if s.only >= 0 {
		best = s.split(votes)
	} else {
		for i, b := range s.base {
			votes[i] += b
		}
		for i, v := range votes {
			if v > votes[best] {
				best = i
			}
		}
	}
	if len(s.ints) > 0 {
		tensor.View[int64](c.Out[0])[row] = s.ints[best]
	} else {
		c.Out[0].Strings[row] = s.strings[best]
	}
	s.transform.apply(votes)
	putScores[float32](c, 1, row, votes)
}

// split makes two scores of the one of two classes that all votes are for, and returns the class that wins.
func (s *classification) split(votes []float64) int {
	v := votes[s.only]
	if len(s.base) > 0 {
		v += s.base[len(s.base)-1]
	}
	threshold := 0.0
	votes[0], votes[1] = -v, v
	if s.share {
		threshold, votes[0] = 0.5, 1-v
	}
	if v > threshold {
		return 1
	}
	return 0
}
