package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opSoftmax)

// opSoftmax computes e^x divided by the sum of all e^x along an axis.
var opSoftmax = Op{
	Name:     "Softmax",
	Versions: softmaxVersions(newSoftmax),
}

// softmaxVersions returns the versions of an operator of Softmax's kind. Before 13 the axis is not the one to go along:
// it says where to fold the tensor into a matrix, along whose rows to go.
func softmaxVersions(new func(*Node) (Kernel, error)) []Version {
	v := Version{
		Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
		Attrs: []Attr{{"axis", Int, 1}}, Infer: inferSoftmax, New: new, InPlace: 1,
	}
	along := v
	v.Again = 1 << 11
	along.Since, along.Attrs = 13, []Attr{{"axis", Int, -1}}
	return []Version{v, along}
}

func inferSoftmax(n *Node) error {
	n.SetOut(0, n.In[0].Shape)
	if !n.In[0].Shape.Ranked() {
		return nil
	}
	_, err := softmaxAxis(n)
	return err
}

// softmaxAxis returns the axis of a node whose rank is known.
func softmaxAxis(n *Node) (int, error) {
	rank := n.In[0].Shape.Rank()
	if n.Version.Since < 13 && n.Int("axis") == int64(rank) {
		return rank, nil // folded into a single column
	}
	if rank == 0 {
		rank = 1 // a scalar is its only run
	}
	return n.axis("axis", rank)
}

// softmaxKernel is the kernel of Softmax and LogSoftmax: as matrices of n rows, along whose columns it goes.
type softmaxKernel[T kernels.Float] struct {
	n, width int
	log      bool
	exp      func(dst, src []T)
}

func newSoftmax(n *Node) (Kernel, error) { return softmaxFor(n, false) }

func softmaxFor(n *Node, log bool) (Kernel, error) {
	doubles := func(n *Node) (Kernel, error) { return softmaxOf(n, log, kernels.Exp64) }
	if frugal {
		return inDoubles(n, doubles)
	}
	return choose(n,
		typed[float32](func(n *Node) (Kernel, error) {
			if vec.Has(n.CPU) {
				level := n.CPU
				return vectorSoftmaxOf(n, log, func(dst, src []float32) { vec.Exp(level, dst, src) })
			}
			return softmaxOf(n, log, kernels.Exp32)
		}),
		typed[float64](doubles))
}

func softmaxOf[T kernels.Float](n *Node, log bool, exp func(dst, src []T)) (Kernel, error) {
	axis, err := softmaxAxis(n)
	if err != nil {
		return nil, err
	}
	dims := n.In[0].Dims()
	k := &softmaxKernel[T]{width: 1, log: log, exp: exp}
	switch {
	case tensor.Elems(dims) == 0:
		return nothing{}, nil
	case n.Version.Since < 13:
		k.n = tensor.Elems(dims[axis:])
	case len(dims) == 0:
		k.n = 1
	default:
		k.n, k.width = dims[axis], tensor.Elems(dims[axis+1:])
	}
	return k, nil
}

// softmaxRun is how many elements LogSoftmax keeps aside at a time when it goes along contiguous ones.
const softmaxRun = 512

// Scratch has room for one element of each column, and for LogSoftmax as many again.
func (k *softmaxKernel[T]) Scratch() int {
	switch {
	case !k.log:
		return elemBytes[T](k.width)
	case k.width == 1:
		return elemBytes[T](1 + min(k.n, softmaxRun))
	}
	return elemBytes[T](2 * k.width)
}

// softmaxWork is what an element costs, in multiply-accumulates.
const softmaxWork = 8

func (k *softmaxKernel[T]) Run(c *Ctx) error {
	dst, src := tensor.View[T](c.Out[0]), tensor.View[T](c.In[0])
	scratch := tensor.Cast[T](c.Scratch)
	acc, temp := scratch[:k.width], scratch[k.width:]
	p := pace{c: c}
	for size := k.n * k.width; len(src) > 0; dst, src = dst[size:], src[size:] {
		if err := p.spend(size * softmaxWork); err != nil {
			return err
		}
		if k.log {
			kernels.LogSoftmax(dst[:size], src[:size], acc, temp, k.n, k.width, k.exp)
		} else {
			kernels.Softmax(dst[:size], src[:size], acc, k.n, k.width, k.exp)
		}
	}
	return nil
}
