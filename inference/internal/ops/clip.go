package ops

import (
	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opClip)

// opClip computes x, but no less than min and no more than max.
var opClip = Op{
	Name: "Clip",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Attrs: []Attr{{"max", Float, nil}, {"min", Float, nil}}, Infer: sameShape, New: newClip, InPlace: 1},
		{
			Since: 6, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs: []Attr{{"max", Float, 3.402823e+38}, {"min", Float, -3.402823e+38}}, Infer: sameShape, New: newClip, InPlace: 1,
		},
		{Since: 11, In: Args{"T", "T?", "T?"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: sameShape, New: newClip, InPlace: 1},
		{Since: 12, In: Args{"T", "T?", "T?"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Halves}}, Infer: sameShape, New: newClip, InPlace: 1, Again: 1 << 13},
	},
}

// clip is the kernel of Clip. It holds the bounds that attributes give.
type clip struct {
	low, high *float32
	level     cpu.Level
	n         int
}

func newClip(n *Node) (Kernel, error) {
	k := &clip{level: n.CPU, n: n.In[0].Len()}
	for name, bound := range map[string]**float32{"min": &k.low, "max": &k.high} {
		if n.Version.Attr(name) != nil && n.HasAttr(name) {
			v := n.Float(name)
			*bound = &v
		}
	}
	return k, nil
}

// Scratch is for a tile of integers.
func (k *clip) Scratch() int { return tileBytes }

func (k *clip) Run(c *Ctx) error {
	switch computingType(c.In[0].DType) {
	case dtype.Float32:
		if vec.Has(k.level) && c.In[0].DType == dtype.Float32 {
			m := vectorMap{vec.Activation{
				Func: vec.OfClip,
				A:    bound(c, 1, k.low, kernels.Lowest[float32]()),
				B:    bound(c, 2, k.high, kernels.Highest[float32]()),
			}, k.level, k.n}
			return m.Run(c)
		}
		clipAs[float32](k, c)
	case dtype.Float64:
		clipAs[float64](k, c)
	case dtype.Int64:
		clipAs[int64](k, c)
	case dtype.Uint64:
		clipAs[uint64](k, c)
	}
	return nil
}

// clipAs computes with T.
func clipAs[T kernels.Number](k *clip, c *Ctx) {
	low, high := bound(c, 1, k.low, kernels.Lowest[T]()), bound(c, 2, k.high, kernels.Highest[T]())
	dst, src := c.Out[0], c.In[0]
	if src.DType == computingType(src.DType) {
		kernels.Clip(tensor.View[T](dst), tensor.View[T](src), low, high)
		return
	}
	size := src.DType.Size()
	for at, n := 0, src.Len(); at < n; at += tile {
		bytes := c.Scratch[:elemBytes[T](min(tile, n-at))]
		part := tensor.Cast[T](bytes)
		load(part, src.Data[at*size:], src.DType)
		kernels.Clip(part, part, low, high)
		storeTile(dst, at, bytes, len(part))
	}
}

// bound returns the only element of input i, or else what an attribute gave, or else d.
func bound[T kernels.Number](c *Ctx, i int, given *float32, d T) T {
	if given != nil {
		d = T(*given)
	}
	if i < len(c.In) && c.In[i] != nil && len(c.In[i].Data) > 0 {
		var v [1]T
		load(v[:], c.In[i].Data, c.In[i].DType)
		d = v[0]
	}
	return d
}

// scalarOr returns the only element of an optional input, or d when it is left out or empty.
func scalarOr[T any](t *tensor.Tensor, d T) T {
	if t == nil || len(t.Data) == 0 {
		return d
	}
	return tensor.View[T](t)[0]
}
