package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

var _ = register(&opDictVectorizer)

// opDictVectorizer computes what a map has for each word of a vocabulary, zero or nothing where it lacks one.
var opDictVectorizer = Op{
	Name:   "DictVectorizer",
	Domain: "ai.onnx.ml",
	Versions: []Version{
		{
			Since: 1, In: Args{"T1"}, Out: Args{"T2"},
			Types: []Constraint{
				{"T1", dtype.NoTensors | dtype.InIntMaps | dtype.InStringMaps | dtype.Floats | dtype.Strings | 1<<dtype.Int64},
				{"T2", dtype.Floats | dtype.Strings | 1<<dtype.Int64},
			},
			Attrs: []Attr{{"int64_vocabulary", Ints, nil}, {"string_vocabulary", Strings, nil}}, Infer: inferDictVectorizer, New: newDictVectorizer,
		},
	},
}

func inferDictVectorizer(n *Node) error {
	ints, words := n.Ints("int64_vocabulary"), n.Strings("string_vocabulary")
	if n.In[0].Key == dtype.String && len(ints) > 0 || n.In[0].Key != dtype.String && len(words) > 0 {
		return fault.Format("the vocabulary is not of the map's keys, %v", n.In[0].Key)
	}
	n.Out[0].Kind, n.Out[0].DType = wire.TypeTensor, n.In[0].Elem.DType
	n.SetOut(0, shape.Of(1, shape.Dim(len(ints)+len(words))))
	return nil
}

func newDictVectorizer(n *Node) (Kernel, error) {
	ints, words := n.Ints("int64_vocabulary"), n.Strings("string_vocabulary")
	return run(func(c *Ctx) error {
		m, err := c.mapping(0)
		if err != nil {
			return err
		}
		keys, values := m.Keys, m.Values.(*tensor.Tensor)
		out, size := c.Out[0], values.DType.Size()
		clear(out.Data)
		clear(out.Strings)
		put := func(to, from int) {
			if size == 0 {
				out.Strings[to] = values.Strings[from]
			} else {
				copy(out.Data[to*size:][:size], values.Data[from*size:])
			}
		}
		for from := range keys.Len() {
			to := -1
			if keys.DType == dtype.String {
				to = slices.Index(words, keys.Strings[from])
			} else {
				to = slices.Index(ints, tensor.View[int64](keys)[from])
			}
			if to >= 0 {
				put(to, from)
			}
		}
		return nil
	}), nil
}
