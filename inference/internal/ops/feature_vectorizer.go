package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opFeatureVectorizer)

// opFeatureVectorizer computes the rows of all inputs side by side, cut or filled up with zeros to the widths given.
var opFeatureVectorizer = Op{
	Name:   "FeatureVectorizer",
	Domain: "ai.onnx.ml",
	Versions: []Version{
		{
			Since: 1, In: Args{"T..."}, Out: Args{"float32"}, Types: []Constraint{{"T", features}},
			Attrs: []Attr{{"inputdimensions", Ints, nil}}, Infer: inferFeatureVectorizer, New: newFeatureVectorizer,
		},
	},
}

// inferFeatureVectorizer takes rows as the first dimension of each input says; a list is one row.
func inferFeatureVectorizer(n *Node) error {
	rows, width := shape.Unknown, int64(0)
	given := n.Ints("inputdimensions")
	if given != nil && len(given) != len(n.In) {
		return fault.Format("inputdimensions has %d elements for %d inputs", len(given), len(n.In))
	}
	for i := range n.In {
		s, own := n.In[i].Shape, shape.Unknown
		if s.Ranked() {
			if s.Rank() == 0 {
				return fault.Shape("input %d is no row of features", i)
			}
			r := shape.Dim(1)
			if s.Rank() > 1 {
				r = s.Dim(0)
			}
			if rows.Known() && r.Known() && r != rows {
				return fault.Shape("inputs of %d and %d rows", rows, r)
			}
			if !rows.Known() {
				rows = r
			}
			own = s.Elems(min(1, s.Rank()-1), s.Rank())
		}
		if given != nil {
			if given[i] < 0 || given[i] > maxDim {
				return fault.Format("inputdimensions has %d", given[i])
			}
			own = shape.Dim(given[i])
		}
		switch {
		case !own.Known():
			width = -1
		case width >= 0:
			width += int64(own)
		}
	}
	cols := shape.Unknown
	if width > maxDim {
		return fault.Shape("rows of %d features", width)
	} else if width >= 0 {
		cols = shape.Dim(width)
	}
	n.SetOut(0, shape.Of(rows, cols))
	return nil
}

// featureVectorizer has, for each input, how wide its rows are and how wide they become.
type featureVectorizer struct {
	rows, width int
	from, to    []int
}

func newFeatureVectorizer(n *Node) (Kernel, error) {
	out := n.Out[0].Dims()
	k := &featureVectorizer{rows: out[0], width: out[1]}
	given := n.Ints("inputdimensions")
	for i := range n.In {
		dims := n.In[i].Dims()
		own := tensor.Elems(dims[min(1, len(dims)-1):])
		k.from = append(k.from, own)
		if given != nil {
			own = int(given[i])
		}
		k.to = append(k.to, own)
	}
	return k, nil
}

func (k *featureVectorizer) Run(c *Ctx) error {
	y := tensor.View[float32](c.Out[0])
	p := pace{c: c}
	for row := range k.rows {
		for i, x := range c.In {
			if err := p.spend(k.to[i]); err != nil {
				return err
			}
			n := min(k.from[i], k.to[i])
			load(y[:n], x.Data[row*k.from[i]*x.DType.Size():], x.DType)
			clear(y[n:k.to[i]])
			y = y[k.to[i]:]
		}
	}
	return nil
}
