package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opGemm)

// opGemm computes alpha * A * B + beta * C, for matrices.
var opGemm = Op{
	Name: "Gemm",
	// The first versions say whether C is broadcast. Broadcasting it where they do not harms nobody.
	Versions: []Version{
		{
			Since: 1, In: Args{"T", "T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs: []Attr{{"broadcast", Int, 0}, {"alpha", Float, 1.0}, {"beta", Float, 1.0}, {"transA", Int, 0}, {"transB", Int, 0}},
			Infer: inferGemm, New: newGemm, Cost: gemmCost,
		},
		{
			Since: 6, In: Args{"T", "T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs: []Attr{{"broadcast", Int, 0}, {"alpha", Float, 1.0}, {"beta", Float, 1.0}, {"transA", Int, 0}, {"transB", Int, 0}},
			Infer: inferGemm, New: newGemm, Cost: gemmCost,
		},
		{
			Since: 7, In: Args{"T", "T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs: []Attr{{"alpha", Float, 1.0}, {"beta", Float, 1.0}, {"transA", Int, 0}, {"transB", Int, 0}},
			Infer: inferGemm, New: newGemm, Cost: gemmCost,
		},
		{
			Since: 9, In: Args{"T", "T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}},
			Attrs: []Attr{{"alpha", Float, 1.0}, {"beta", Float, 1.0}, {"transA", Int, 0}, {"transB", Int, 0}},
			Infer: inferGemm, New: newGemm, Cost: gemmCost,
		},
		{
			Since: 11, In: Args{"T", "T", "T?"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}},
			Attrs: []Attr{{"alpha", Float, 1.0}, {"beta", Float, 1.0}, {"transA", Int, 0}, {"transB", Int, 0}},
			Infer: inferGemm, New: newGemm, Cost: gemmCost, Again: 1 << 13,
		},
	},
}

// gemmDims returns m, n and k, as far as they are known.
func gemmDims(n *Node) (m, cols, k shape.Dim, err error) {
	m, cols, k = shape.Unknown, shape.Unknown, shape.Unknown
	var depth [2]shape.Dim
	for i, trans := range [2]string{"transA", "transB"} {
		depth[i] = shape.Unknown
		s := n.In[i].Shape
		if !s.Ranked() {
			continue
		}
		if s.Rank() != 2 {
			return m, cols, k, fault.Shape("input %d has %d dimensions, not 2", i, s.Rank())
		}
		outer, inner := s.Dim(0), s.Dim(1)
		if n.Flag(trans) != (i == 1) {
			outer, inner = inner, outer
		}
		if i == 0 {
			m, depth[0] = outer, inner
		} else {
			cols, depth[1] = outer, inner
		}
	}
	if depth[0].Known() && depth[1].Known() && depth[0] != depth[1] {
		return m, cols, k, fault.Shape("a matrix with %d columns does not multiply one with %d rows", depth[0], depth[1])
	}
	return m, cols, depth[0], nil
}

func inferGemm(n *Node) error {
	m, cols, _, err := gemmDims(n)
	if err != nil {
		return err
	}
	out := shape.Of(m, cols)
	n.SetOut(0, out)
	if !n.Has(2) || !n.In[2].Shape.Ranked() {
		return nil
	}
	c := n.In[2].Shape
	both, err := shape.Broadcast(out, c)
	if err != nil {
		return err
	}
	for i := range min(both.Rank(), 2) {
		if d := out.Dim(i); both.Rank() > 2 || d.Known() && d != both.Dim(i) {
			return fault.Shape("C, %v, does not broadcast to %v", c.Ints(), out.Ints())
		}
	}
	return nil
}

func gemmCost(n *Node) int64 {
	m, cols, k, _ := gemmDims(n)
	return int64(m) * int64(cols) * int64(k)
}

func newGemm(n *Node) (Kernel, error) {
	return choose(n, typed[float32](newGemm32), typed[float64](newGemm64), typed[int64](intGemm), typed[uint64](intGemm))
}

// intGemm makes the kernel for integers, which have integer factors.
func intGemm(n *Node) (Kernel, error) {
	m, cols, k, err := gemmDims(n)
	if err != nil {
		return nil, err
	}
	p := newIntProduct(n, int(m), int(cols), int(k), nil)
	p.alpha, p.beta, p.add = int64(n.Float("alpha")), int64(n.Float("beta")), n.Has(2)
	if float32(p.alpha) != n.Float("alpha") || float32(p.beta) != n.Float("beta") {
		return nil, fault.Format("alpha %v or beta %v is no integer", n.Float("alpha"), n.Float("beta"))
	}
	if n.Flag("transA") {
		p.a = [2]int{1, int(m)}
	}
	if n.Flag("transB") {
		p.b = [2]int{1, int(k)}
	}
	if p.add {
		copy(p.c[:], kernels.Broadcast(n.In[2].Dims(), []int{int(m), int(cols)}))
	}
	return p, nil
}

func newGemm32(n *Node) (Kernel, error) { return newActiveGemm(n, "", nil) }

// newActiveGemm makes the kernel for float32 with the activation of that name.
func newActiveGemm(n *Node, name string, params []float32) (Kernel, error) {
	m, cols, k, err := gemmDims(n)
	if err != nil {
		return nil, err
	}
	p := newProduct32(n, int(m), int(cols), int(k), nil, n.Flag("transA"), n.Flag("transB"), n.Float("alpha"))
	if n.Has(2) {
		p.addend(n, n.Float("beta"))
	}
	err = p.activate(name, params)
	return p.small(), err
}

// gemm64 is the kernel of Gemm, and of MatMul, for float64.
type gemm64 struct {
	*product
	alpha, beta float64
	add         bool   // there is C
	strides     [2]int // of C; 0 repeats it
}

func newGemm64(n *Node) (Kernel, error) {
	m, cols, depth, err := gemmDims(n)
	if err != nil {
		return nil, err
	}
	k := &gemm64{
		product: newProduct(n, int(m), int(cols), int(depth), nil, n.Flag("transA"), n.Flag("transB")),
		alpha:   float64(n.Float("alpha")), beta: float64(n.Float("beta")), add: n.Has(2),
	}
	if k.add {
		copy(k.strides[:], kernels.Broadcast(n.In[2].Dims(), []int{int(m), int(cols)}))
	}
	return k, nil
}

func (k *gemm64) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *gemm64) RunPart(c *Ctx, part, parts int) error {
	y, a, b := tensor.View[float64](c.Out[0]), tensor.View[float64](c.In[0]), tensor.View[float64](c.In[1])
	scratch := tensor.Cast[float64](c.Part(part, parts))
	from, to := share(k.blocks(), part, parts)
	p := pace{c: c}
	for i := from; i < to; i++ {
		at := k.area(i)
		if err := p.spend((at.i1 - at.i0) * (at.j1 - at.j0) * k.k); err != nil {
			return err
		}
		k.compute(y, a, b, scratch, at)
		if k.add || k.alpha != 1 {
			k.finish(c, y, at)
		}
	}
	return nil
}

// finish scales a block of the product and adds C.
func (k *gemm64) finish(c *Ctx, y []float64, at area) {
	for i := at.i0; i < at.i1; i++ {
		row := y[(at.batch*k.m+i)*k.n:][at.j0:at.j1]
		if !k.add {
			kernels.ScaleBy(row, k.alpha)
			continue
		}
		bias := tensor.View[float64](c.In[2])[i*k.strides[0]:]
		if k.strides[1] == 0 {
			bias = bias[:1]
		} else {
			bias = bias[at.j0:at.j1]
		}
		kernels.AddScaled(row, bias, k.alpha, k.beta)
	}
}

func (k *gemm64) Parts(threads int) int { return partsFor(threads, k.blocks(), k.work()) }

func (k *gemm64) Scratch() int { return 8 * k.scratch() }
