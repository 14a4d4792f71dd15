package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

var _ = register(&opZipMap)

// opZipMap computes the rows of x as maps from labels to what the row has for them.
var opZipMap = Op{
	Name:   "ZipMap",
	Domain: "ai.onnx.ml",
	Versions: []Version{
		{
			Since: 1, In: Args{"float32"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.NoTensors | dtype.InSequencesOfIntMaps | dtype.InSequencesOfStringMaps | 1<<dtype.Float32}},
			Attrs: []Attr{{"classlabels_int64s", Ints, nil}, {"classlabels_strings", Strings, nil}}, Infer: inferZipMap, New: newZipMap,
		},
	},
}

// zipLabels returns the labels of a ZipMap.
func zipLabels(n *Node) (*tensor.Tensor, error) {
	ints, words := n.Ints("classlabels_int64s"), n.Strings("classlabels_strings")
	switch {
	case len(ints) > 0 && len(words) > 0 || len(ints) == 0 && len(words) == 0:
		return nil, fault.Format("labels must be either integers or strings")
	case len(ints) > 0:
		return tensor.Of(ints, len(ints)), nil
	}
	return &tensor.Tensor{DType: dtype.String, Shape: []int{len(words)}, Strings: words}, nil
}

func inferZipMap(n *Node) error {
	labels, err := zipLabels(n)
	if err != nil {
		return err
	}
	if s := n.In[0].Shape; s.Ranked() && (s.Rank() == 0 || s.Rank() > 2 || s.Dim(s.Rank()-1).Known() && int(s.Dim(s.Rank()-1)) != labels.Len()) {
		return fault.Shape("%v has not a column for each of %d labels", s.Ints(), labels.Len())
	}
	value := graph.TensorType(dtype.Float32, shape.Shape{})
	n.Out[0].Type = graph.Type{Kind: wire.TypeSequence, Elem: &graph.Type{Kind: wire.TypeMap, Key: labels.DType, Elem: &value}}
	return nil
}

func newZipMap(n *Node) (Kernel, error) {
	labels, err := zipLabels(n)
	if err != nil {
		return nil, err
	}
	return run(func(c *Ctx) error {
		x := tensor.View[float32](c.In[0])
		if err := c.Budget.TakeBytes(int64(len(x)) * 4); err != nil {
			return err
		}
		s := &tensor.Sequence{}
		for width := labels.Len(); len(x) >= width; x = x[width:] {
			s.Items = append(s.Items, &tensor.Map{Keys: labels, Values: tensor.Of(slices.Clone(x[:width]), width)})
		}
		c.Hold(0, s)
		return nil
	}), nil
}
