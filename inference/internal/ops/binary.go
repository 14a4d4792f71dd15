package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// pairing holds the loops of an operator that computes something of pairs of numbers: one for each type that is
// computed with. There are none for floats when the operator takes integers only; u64 is nil where i64 gives the same
// bits.
//
// Vec, unless it is zero, is what f32 computes, where there is assembly for it.
type pairing[R32, R64, RI, RU any] struct {
	vec vec.Pair
	f32 func(dst []R32, a, b []float32)
	f64 func(dst []R64, a, b []float64)
	i64 func(dst []RI, a, b []int64)
	u64 func(dst []RU, a, b []uint64)
}

type (
	arithmetic = pairing[float32, float64, int64, uint64]
	comparison = pairing[bool, bool, bool, bool]
)

// pairs computes every element of dst from one of a and one of b.
type pairs struct {
	run     func(w *kernels.Walk, dst, a, b *tensor.Tensor, scratch []byte, watch kernels.Watcher) // the walk is over dst, a and b
	scratch int                                                                                    // bytes that run wants
}

// of returns what computes with elements of type d. Bools are the numbers 0 and 1.
func (p *pairing[R32, R64, RI, RU]) of(d dtype.DType) pairs {
	unsigned := p.u64 != nil && !dtype.Signed.Has(d)
	switch {
	case d == dtype.Float32:
		return directPairs(p.f32)
	case d == dtype.Float64:
		return directPairs(p.f64)
	case d == dtype.Uint64 && unsigned:
		return directPairs(p.u64)
	case d == dtype.Int64 || d == dtype.Uint64:
		return directPairs(p.i64)
	case dtype.SmallFloats.Has(d):
		return loadedPairs(p.f32, dtype.Float32)
	case unsigned:
		return loadedPairs(p.u64, dtype.Uint64)
	}
	return loadedPairs(p.i64, dtype.Int64)
}

// directPairs computes with elements as they are stored.
func directPairs[T, R any](f kernels.Binary[T, R]) pairs {
	return pairs{run: func(w *kernels.Walk, dst, a, b *tensor.Tensor, _ []byte, watch kernels.Watcher) {
		f.Apply(w, tensor.View[R](dst), tensor.View[T](a), tensor.View[T](b), watch)
	}}
}

// loadedPairs computes with numbers that are loaded as T, of type d.
func loadedPairs[T, R any](f func(dst []R, a, b []T), d dtype.DType) pairs {
	t := &pairTiles{
		f:  func(dst, a, b []byte) { f(tensor.Cast[R](dst), tensor.Cast[T](a), tensor.Cast[T](b)) },
		of: d, result: elemBytes[R](1),
	}
	return pairs{t.run, 3 * tileBytes}
}

// pairTiles computes pairs a tile at a time.
type pairTiles struct {
	f      func(dst, a, b []byte)
	of     dtype.DType // of a and b
	result int         // bytes of an element of dst
}

func (t *pairTiles) run(w *kernels.Walk, dst, a, b *tensor.Tensor, scratch []byte, watch kernels.Watcher) {
	if w.Run == 0 {
		return
	}
	size := t.of.Size()
	for c := w.Start(watch); ; {
		for at := 0; at < w.Run; at += tile {
			n := min(tile, w.Run-at)
			x := loadTile(scratch, t.of, a, c.Off[1]+at*w.Step[1], 1+(n-1)*w.Step[1])
			y := loadTile(scratch[tileBytes:], t.of, b, c.Off[2]+at*w.Step[2], 1+(n-1)*w.Step[2])
			r := scratch[2*tileBytes:][:n*t.result]
			if len(x) == size && len(y) == size { // both are the same for all elements
				t.f(r[:t.result], x, y)
				kernels.Repeat(r, t.result)
			} else {
				t.f(r, x, y)
			}
			storeTile(dst, c.Off[0]+at, r, n)
		}
		if !c.Next() {
			return
		}
	}
}

// binary is the kernel of operators on two inputs that broadcast.
type binary struct {
	pairs
	walk *kernels.Walk
}

func newPairs[R32, R64, RI, RU any](n *Node, p *pairing[R32, R64, RI, RU]) (Kernel, error) {
	if n.In[0].DType == dtype.Float32 && vec.Has(n.CPU) && p.vec != 0 {
		return newVectorPairs(n, p.vec), nil
	}
	return &binary{p.of(n.In[0].DType), pairWalk(n)}, nil
}

// newLogic makes the kernel for operators on bools.
func newLogic(n *Node, f func(dst, a, b []bool)) (Kernel, error) {
	return &binary{directPairs(f), pairWalk(n)}, nil
}

func (k *binary) Scratch() int { return k.scratch }

func (k *binary) Run(c *Ctx) error {
	k.run(k.walk, c.Out[0], c.In[0], c.In[1], c.Scratch, c)
	return nil
}

// pairWalk returns the walk over n's output and its two inputs.
func pairWalk(n *Node) *kernels.Walk {
	out := n.Out[0].Dims()
	a, b := n.In[0].Dims(), n.In[1].Dims()
	if n.Version.Attr("broadcast") != nil {
		b = alignLegacy(n, b, len(a))
	}
	return kernels.NewWalk(out, kernels.Contiguous(out), kernels.Broadcast(a, out), kernels.Broadcast(b, out))
}

// legacyBroadcast are the attributes by which operators broadcast before opset 7: only if asked to, only the second
// input, and from a given axis of the first.
var legacyBroadcast = []Attr{{"axis", Int, nil}, {"broadcast", Int, 0}}

// legacyShape is the Infer of operators that broadcast in that way.
func legacyShape(n *Node) error {
	n.SetOut(0, n.In[0].Shape)
	a, b := n.In[0].Shape, n.In[1].Shape
	if !a.Static() || !b.Static() {
		return nil
	}
	if !n.Flag("broadcast") {
		if !a.Equal(b) {
			return shapeMismatch(n)
		}
		return nil
	}
	if axis := n.Int("axis"); n.HasAttr("axis") && (axis > int64(a.Rank()-b.Rank()) || axis < -int64(a.Rank())) {
		return fault.Shape("%v does not lie within %v from axis %d on", b.Ints(), a.Ints(), axis)
	}
	aligned := alignLegacy(n, n.In[1].Dims(), a.Rank())
	s, err := shape.Broadcast(a, shape.FromInts(aligned))
	if err != nil || !s.Equal(a) {
		return shapeMismatch(n)
	}
	return nil
}

// alignLegacy returns the dimensions of the second input with ones appended, so that its first lies at the axis.
func alignLegacy(n *Node, b []int, rank int) []int {
	if !n.HasAttr("axis") {
		return b
	}
	axis := n.Int("axis")
	if axis < 0 {
		axis += int64(rank)
	}
	for int64(rank)-axis > int64(len(b)) && len(b) < rank {
		b = append(b, 1)
	}
	return b
}
