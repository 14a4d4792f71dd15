package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(Op{
	Name: "Pow",
	Doc:  "x to the power y, in the type of x",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Attrs: []Attr{{"axis", Int, nil}, {"broadcast", Int, 0}}, Infer: legacyShape, New: newPow, InPlace: 1},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: broadcastShape, New: newPow, InPlace: 1},
		{
			Since: 12, In: Args{"T", "T1"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats | indexes}, {"T1", dtype.Numbers}},
			Infer: broadcastShape, New: newPow, InPlace: 1,
		},
	},
})

func newPow(n *Node) (Kernel, error) {
	switch n.In[0].DType {
	case dtype.Float32:
		return powOf[float32](n)
	case dtype.Float64:
		return powOf[float64](n)
	case dtype.Int32:
		return powOfInt[int32](n)
	}
	return powOfInt[int64](n)
}

func powOf[T kernels.Number](n *Node) (Kernel, error) {
	switch n.In[1].DType {
	case dtype.Float32:
		return newPowKernel(n, kernels.Pow[T, float32])
	case dtype.Float64:
		return newPowKernel(n, kernels.Pow[T, float64])
	case dtype.Int8:
		return newPowKernel(n, kernels.Pow[T, int8])
	case dtype.Int16:
		return newPowKernel(n, kernels.Pow[T, int16])
	case dtype.Int32:
		return newPowKernel(n, kernels.Pow[T, int32])
	case dtype.Int64:
		return newPowKernel(n, kernels.Pow[T, int64])
	case dtype.Uint8:
		return newPowKernel(n, kernels.Pow[T, uint8])
	case dtype.Uint16:
		return newPowKernel(n, kernels.Pow[T, uint16])
	case dtype.Uint32:
		return newPowKernel(n, kernels.Pow[T, uint32])
	}
	return newPowKernel(n, kernels.Pow[T, uint64])
}

// powOfInt raises integers to integers exactly, and to floats as powOf does.
func powOfInt[T kernels.Integer](n *Node) (Kernel, error) {
	switch n.In[1].DType {
	case dtype.Int32:
		return newPowKernel(n, kernels.PowInt[T, int32])
	case dtype.Int64:
		return newPowKernel(n, kernels.PowInt[T, int64])
	}
	return powOf[T](n)
}

type pow[T, E any] struct {
	f    func(dst, a []T, b []E)
	walk *kernels.Walk
}

func newPowKernel[T, E any](n *Node, f func(dst, a []T, b []E)) (Kernel, error) {
	out, b := n.Out[0].Dims(), n.In[1].Dims()
	if n.Version.Attr("broadcast") != nil {
		b = alignLegacy(n, b, len(out))
	}
	return &pow[T, E]{f, kernels.NewWalk(out, kernels.Contiguous(out), kernels.Broadcast(n.In[0].Dims(), out), kernels.Broadcast(b, out))}, nil
}

func (k *pow[T, E]) Run(c *Ctx) error {
	w := k.walk
	if w.Run == 0 {
		return nil
	}
	dst, a, b := tensor.View[T](c.Out[0]), tensor.View[T](c.In[0]), tensor.View[E](c.In[1])
	na, nb := 1+(w.Run-1)*w.Step[1], 1+(w.Run-1)*w.Step[2]
	for at := w.Start(); ; {
		k.f(dst[at.Off[0]:][:w.Run], a[at.Off[1]:][:na], b[at.Off[2]:][:nb])
		if !at.Next() {
			return nil
		}
	}
}
