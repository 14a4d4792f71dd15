package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opNonZero)

// opNonZero computes the coordinates of the elements that are not 0, a row for each dimension.
var opNonZero = Op{
	Name: "NonZero",
	Versions: []Version{
		{Since: 9, In: Args{"T"}, Out: Args{"int64"}, Types: []Constraint{{"T", dtype.All &^ dtype.Float8s}}, Infer: inferNonZero, New: newNonZero, Again: 1 << 13},
	},
}

func inferNonZero(n *Node) error {
	rank := shape.Unknown
	if s := n.In[0].Shape; s.Ranked() {
		rank = shape.Dim(max(s.Rank(), 1))
	}
	n.SetOut(0, shape.Of(rank, shape.Unknown))
	return nil
}

func newNonZero(n *Node) (Kernel, error) {
	d := n.In[0].DType
	k := &nonZero{dims: n.In[0].Dims()}
	if len(k.dims) == 0 {
		k.dims = []int{1}
	}
	switch d {
	case dtype.String:
		k.find = findStrings
	case dtype.F16, dtype.BF16:
		k.find = findBits[uint16](1, 0x7fff)
	case dtype.Float32:
		k.find = findBits[uint32](1, 1<<31-1)
	case dtype.Float64:
		k.find = findBits[uint64](1, 1<<63-1)
	case dtype.Complex64:
		k.find = findBits[uint32](2, 1<<31-1)
	case dtype.Complex128:
		k.find = findBits[uint64](2, 1<<63-1)
	default:
		switch d.Size() {
		case 1:
			k.find = findBits[uint8](1, 1<<8-1)
		case 2:
			k.find = findBits[uint16](1, 1<<16-1)
		case 4:
			k.find = findBits[uint32](1, 1<<32-1)
		default:
			k.find = findBits[uint64](1, 1<<64-1)
		}
	}
	return k, nil
}

// nonZero is the kernel of NonZero.
type nonZero struct {
	dims []int
	find findFunc
}

// findFunc writes the indices of the elements that are not 0, and returns how many they are. It only counts when to is
// nil.
type findFunc func(t *tensor.Tensor, to []int64) (count int)

// findBits is for elements that consist of so many parts, of which one must have a bit of the mask: any bit but a
// float's sign, which a zero may have too.
//
// It is not inlined, so that there is one copy of the function that it returns.
//
//go:noinline
func findBits[T kernels.Integer](parts int, mask T) findFunc {
	return func(t *tensor.Tensor, to []int64) (count int) {
		x := tensor.Cast[T](t.Data)
		for i := 0; len(x) >= parts; i++ {
			bits := x[0]
			if parts == 2 {
				bits |= x[1]
			}
			x = x[parts:]
			if bits&mask == 0 {
				continue
			}
			if to != nil {
				to[count] = int64(i)
			}
			count++
		}
		return count
	}
}

// findStrings finds the strings that are not empty.
func findStrings(t *tensor.Tensor, to []int64) (count int) {
	for i, s := range t.Strings {
		if s == "" {
			continue
		}
		if to != nil {
			to[count] = int64(i)
		}
		count++
	}
	return count
}

func (k *nonZero) Run(c *Ctx) error {
	count := k.find(c.In[0], nil)
	out, err := c.Alloc(0, dtype.Int64, []int{len(k.dims), count})
	if err != nil {
		return err
	}
	places := tensor.View[int64](out)
	last := places[(len(k.dims)-1)*count:]
	if count > 0 {
		k.find(c.In[0], last)
	}
	for i, at := range last {
		for d := len(k.dims) - 1; d >= 0; d-- {
			places[d*count+i] = at % int64(k.dims[d])
			at /= int64(k.dims[d])
		}
	}
	return nil
}
