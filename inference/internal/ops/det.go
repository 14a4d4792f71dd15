package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opDet)

// opDet computes the determinant of each of a stack of square matrices.
var opDet = Op{
	Name: "Det",
	Versions: []Version{
		{Since: 11, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}}, Infer: inferDet, New: newDet},
		{Since: 22, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: inferDet, New: newDet},
	},
}

func inferDet(n *Node) error {
	s := n.In[0].Shape
	if !s.Ranked() {
		return nil
	}
	if s.Rank() < 2 || s.Dim(-1).Known() && s.Dim(-2).Known() && s.Dim(-1) != s.Dim(-2) {
		return fault.Shape("%v is no stack of square matrices", s.Ints())
	}
	n.SetOut(0, shape.Of(s.Dims()[:s.Rank()-2]...))
	return nil
}

func newDet(n *Node) (Kernel, error) {
	size := int64(n.In[0].Shape.Dim(-1))
	bytes, err := scratchFor(size * size)
	return &det{int(size), bytes}, err
}

// det is the kernel of Det: by Gauss's elimination in double precision, each pivot being the greatest of its column.
type det struct{ n, scratch int }

func (k *det) Scratch() int { return k.scratch }

func (k *det) Run(c *Ctx) error {
	in, out := c.In[0], c.Out[0]
	m := tensor.Cast[float64](c.Scratch)[:k.n*k.n]
	p := pace{c: c}
	for i := range out.Len() {
		load(m, in.Data[i*len(m)*in.DType.Size():], in.DType)
		v, err := k.eliminate(m, &p)
		if err != nil {
			return err
		}
		if in.DType == dtype.Float64 {
			tensor.View[float64](out)[i] = v
			continue
		}
		storeTile(out, i, tensor.BytesOf([]float32{float32(v)}), 1)
	}
	return nil
}

// eliminate returns the determinant of m, and leaves anything there.
func (k *det) eliminate(m []float64, p *pace) (float64, error) {
	n, v := k.n, 1.0
	for col := range n {
		if err := p.spend((n - col) * (n - col)); err != nil {
			return 0, err
		}
		pivot := col
		for r := col + 1; r < n; r++ {
			if math.Abs(m[r*n+col]) > math.Abs(m[pivot*n+col]) {
				pivot = r
			}
		}
		if pivot != col {
			v = -v
			for j := col; j < n; j++ {
				m[pivot*n+j], m[col*n+j] = m[col*n+j], m[pivot*n+j]
			}
		}
		top := m[col*n:][:n]
		v *= top[col]
		if top[col] == 0 {
			return v, nil
		}
		for r := col + 1; r < n; r++ {
			row := m[r*n:][:n]
			by := row[col] / top[col]
			for j := col + 1; j < n; j++ {
				row[j] -= by * top[j]
			}
		}
	}
	return v, nil
}
