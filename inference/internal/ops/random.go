package ops

import (
	"math"
	"math/rand/v2"
	"sync/atomic"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// random is the source of random numbers of one kernel. With a seed every run gets the same ones; without, no two runs
// of any kernel do. Runs may start at the same time, as each draws from a generator of its own.
type random struct {
	seed  uint64
	fixed bool
	runs  atomic.Uint64
}

// seedFor takes n's seed, or one that cannot be foretold.
func (r *random) seedFor(n *Node) {
	if n.HasAttr("seed") {
		r.seed, r.fixed = uint64(math.Float32bits(n.Float("seed"))), true
		return
	}
	r.seed = rand.Uint64()
}

// start seeds the generator of one run.
func (r *random) start(g *rand.PCG) {
	run := uint64(0)
	if !r.fixed {
		run = r.runs.Add(1)
	}
	const spread = 0x9e3779b97f4a7c15 // sets generators of consecutive runs far apart
	g.Seed(r.seed*spread, run*spread)
}

// uniform returns a number from 0 up to, but not including, 1: a multiple of 2 to the power of -bits, of which there
// are 53 at most.
func uniform(g *rand.PCG, bits int) float64 {
	return float64(g.Uint64()>>(64-bits)) / float64(uint64(1)<<bits)
}

// digitsOf returns how many bits a float of type d has for its digits.
func digitsOf(d dtype.DType) int {
	switch d {
	case dtype.F16:
		return 11
	case dtype.BF16:
		return 8
	case dtype.Float32:
		return 24
	}
	return 53
}

// normals fills dst with numbers from the standard normal distribution, two at a time by the method of Box and Muller.
func normals(dst []float64, g *rand.PCG) {
	for i := 0; i < len(dst); i += 2 {
		r := math.Sqrt(-2 * math.Log(1-uniform(g, 53)))
		sin, cos := math.Sincos(2 * math.Pi * uniform(g, 53))
		dst[i] = r * cos
		if i+1 < len(dst) {
			dst[i+1] = r * sin
		}
	}
}

// generator is the kernel that fills its output with random numbers, a tile at a time. Draw is told from which element
// on.
type generator struct {
	random
	draw func(c *Ctx, g *rand.PCG, dst []float64, from int)
}

// newGenerator makes the kernel for n.
func newGenerator(n *Node, draw func(c *Ctx, g *rand.PCG, dst []float64, from int)) (Kernel, error) {
	k := &generator{draw: draw}
	k.seedFor(n)
	return k, nil
}

// Scratch has room for the generator too, which draw would otherwise cause to be taken from the heap.
func (k *generator) Scratch() int { return 2*tileBytes + elemBytes[rand.PCG](1) }

func (k *generator) Run(c *Ctx) error {
	g := &tensor.Cast[rand.PCG](c.Scratch[2*tileBytes:])[0]
	k.start(g)
	numbers := tensor.Cast[float64](c.Scratch[:tileBytes])
	p := pace{c: c}
	for at, n := 0, c.Out[0].Len(); at < n; at += tile {
		if err := p.spend(32 * tile); err != nil {
			return err
		}
		dst := numbers[:min(tile, n-at)]
		k.draw(c, g, dst, at)
		storeNumbers(c.Out[0], at, dst, c.Scratch[tileBytes:2*tileBytes])
	}
	return nil
}

// storeNumbers writes numbers as elements of t, from the given one on: integers without their fraction. Scratch has
// room for them.
func storeNumbers(t *tensor.Tensor, from int, numbers []float64, scratch []byte) {
	var results []byte
	switch computingType(t.DType) {
	case dtype.Float64:
		results = tensor.BytesOf(numbers)
	case dtype.Float32:
		results = scratch[:4*len(numbers)]
		kernels.Convert(tensor.Cast[float32](results), numbers)
	default:
		results = scratch[:8*len(numbers)]
		kernels.Convert(tensor.Cast[int64](results), numbers)
	}
	store(t.Data[from*t.DType.Size():], results, t.DType, len(numbers))
}

// outType sets the type of n's output to what its attribute dtype names, or else that of its input.
func outType(n *Node) error {
	if !n.HasAttr("dtype") {
		n.Out[0].DType = n.In[0].DType
		return nil
	}
	d := n.Int("dtype")
	if d < 0 || d > 255 || !dtype.DType(d).Valid() {
		return fault.Format("there is no element type %d", d)
	}
	n.Out[0].DType = dtype.DType(d)
	return nil
}

// inferLike is the Infer of operators whose output has the shape of the input and a type of its own.
func inferLike(n *Node) error {
	if err := outType(n); err != nil {
		return err
	}
	return sameShape(n)
}

// inferShaped is the Infer of operators without inputs whose output has the shape that an attribute says.
func inferShaped(n *Node) error {
	var dims []shape.Dim
	for _, d := range n.Ints("shape") {
		if d < 0 || d > maxDim {
			return fault.Shape("a dimension of %d", d)
		}
		dims = append(dims, shape.Dim(d))
	}
	n.SetOut(0, shape.Of(dims...))
	return outType(n)
}
