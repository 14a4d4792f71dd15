package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opOneHotEncoder)

// opOneHotEncoder computes for each element a row of zeros with a one at its category.
var opOneHotEncoder = Op{
	Name:   "OneHotEncoder",
	Domain: "ai.onnx.ml",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"float32"}, Types: []Constraint{{"T", features | dtype.Strings}},
			Attrs: []Attr{{"cats_int64s", Ints, nil}, {"cats_strings", Strings, nil}, {"zeros", Int, 1}},
			Infer: inferOneHotEncoder, New: newOneHotEncoder,
		},
	},
}

func inferOneHotEncoder(n *Node) error {
	ints, strings := len(n.Ints("cats_int64s")), len(n.Strings("cats_strings"))
	if (ints > 0) == (strings > 0) || (strings > 0) != (n.In[0].DType == dtype.String) {
		return fault.Format("%d categories that are integers and %d that are strings for elements of %v", ints, strings, n.In[0].DType)
	}
	if s := n.In[0].Shape; s.Ranked() {
		n.SetOut(0, shape.Of(append(s.Clone(), shape.Dim(ints+strings))...))
	}
	return nil
}

// oneHotEncoder knows the place of each category; of those given twice, the last.
type oneHotEncoder struct {
	ints    map[int64]int
	strings map[string]int // when ints is nil
	count   int
	zeros   bool // for what is of no category
}

func newOneHotEncoder(n *Node) (Kernel, error) {
	k := &oneHotEncoder{zeros: n.Flag("zeros")}
	if n.In[0].DType == dtype.String {
		k.strings, k.count = placesOf(n.Strings("cats_strings")), len(n.Strings("cats_strings"))
	} else {
		k.ints, k.count = placesOf(n.Ints("cats_int64s")), len(n.Ints("cats_int64s"))
	}
	return k, nil
}

func placesOf[K comparable](list []K) map[K]int {
	places := make(map[K]int, len(list))
	for i, v := range list {
		places[v] = i
	}
	return places
}

func (k *oneHotEncoder) Run(c *Ctx) error {
	x, y := c.In[0], tensor.View[float32](c.Out[0])
	clear(y)
	p := pace{c: c}
	for i := range x.Len() {
		if err := p.spend(16); err != nil {
			return err
		}
		if at, ok := k.place(x, i); ok {
			y[i*k.count+at] = 1
		} else if !k.zeros {
			return fault.Shape("element %d is of no category", i)
		}
	}
	return nil
}

// place returns the place of the i-th element's category. A float is cut to an integer first.
func (k *oneHotEncoder) place(x *tensor.Tensor, i int) (at int, ok bool) {
	switch x.DType {
	case dtype.String:
		at, ok = k.strings[x.Strings[i]]
	case dtype.Int32:
		at, ok = k.ints[int64(tensor.View[int32](x)[i])]
	case dtype.Int64:
		at, ok = k.ints[tensor.View[int64](x)[i]]
	default:
		var v float64
		if x.DType == dtype.Float32 {
			v = float64(tensor.View[float32](x)[i])
		} else {
			v = tensor.View[float64](x)[i]
		}
		if v < math.MinInt64 || v >= math.MaxInt64 || v != v {
			return 0, false
		}
		at, ok = k.ints[int64(v)]
	}
	return at, ok
}
