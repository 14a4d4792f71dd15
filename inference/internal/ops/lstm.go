package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opLSTM)

// opLSTM computes one layer of long short-term memory, in one or both directions.
var opLSTM = Op{
	Name: "LSTM",
	Versions: []Version{
		{
			Since: 1, In: Args{"T", "T", "T", "T?", "T1?", "T?", "T?", "T?"}, Out: Args{"T?", "T?", "T?"},
			Types:  []Constraint{{"T", dtype.IEEE}, {"T1", 1 << dtype.Int32}},
			Attrs:  []Attr{{"input_forget", Int, 0}, {"output_sequence", Int, 0}},
			Common: &recurrentAttrs, Infer: inferLSTM, New: newLSTM, Cost: lstmCost,
		},
		{
			Since: 7, In: Args{"T", "T", "T", "T?", "T1?", "T?", "T?", "T?"}, Out: Args{"T?", "T?", "T?"},
			Types:  []Constraint{{"T", dtype.IEEE}, {"T1", 1 << dtype.Int32}},
			Attrs:  []Attr{{"input_forget", Int, 0}},
			Common: &recurrentAttrs, Infer: inferLSTM, New: newLSTM, Cost: lstmCost,
		},
		{
			Since: 14, In: Args{"T", "T", "T", "T?", "T1?", "T?", "T?", "T?"}, Out: Args{"T?", "T?", "T?"},
			Types:  []Constraint{{"T", dtype.IEEE}, {"T1", 1 << dtype.Int32}},
			Attrs:  []Attr{{"input_forget", Int, 0}, {"layout", Int, 0}},
			Common: &recurrentAttrs, Infer: inferLSTM, New: newLSTM, Cost: lstmCost,
		},
		{
			Since: 22, In: Args{"T", "T", "T", "T?", "T1?", "T?", "T?", "T?"}, Out: Args{"T?", "T?", "T?"},
			Types:  []Constraint{{"T", dtype.Floating}, {"T1", 1 << dtype.Int32}},
			Attrs:  []Attr{{"input_forget", Int, 0}, {"layout", Int, 0}},
			Common: &recurrentAttrs, Infer: inferLSTM, New: newLSTM, Cost: lstmCost,
		},
	},
}

const lstmGates = 4

func inferLSTM(n *Node) error { return inferRecurrent(n, lstmGates) }

func newLSTM(n *Node) (Kernel, error) {
	return newRecurrent(n, lstmGates, newLSTMCell[float32], newLSTMCell[float64])
}

func lstmCost(n *Node) int64 { return recurrentCost(n, lstmGates) }

// lstmCell computes, with . the element-by-element product,
//
//	i = f(Xt*Wi' + H*Ri' + Pi.C + bi)
//	f = f(Xt*Wf' + H*Rf' + Pf.C + bf), or 1 - i when input and forget gate are coupled
//	c = g(Xt*Wc' + H*Rc' + bc)
//	C = f.C + i.c
//	o = f(Xt*Wo' + H*Ro' + Po.C + bo)
//	H = o.h(C)
//
// The gates lie in the order i, o, f, c. Clip limits what f and g get; C itself is not limited.
type lstmCell[T kernels.Float] struct {
	f, g, h activation[T]
	coupled bool
}

func newLSTMCell[T kernels.Float](n *Node, dir int) (cell[T], error) {
	fs, err := activations[T](n, dir, "Sigmoid", "Tanh", "Tanh")
	if err != nil {
		return nil, err
	}
	limit, err := limiter[T](n)
	if err != nil {
		return nil, err
	}
	return &lstmCell[T]{gate(limit, fs[0]), gate(limit, fs[1]), fs[2], n.Flag("input_forget")}, nil
}

//lint:ignore U1000 called through cell[T], which the checker does not follow
func (l *lstmCell[T]) bias() int { return 4 }

//lint:ignore U1000 called through cell[T], which the checker does not follow
func (l *lstmCell[T]) step(s cellStep[T]) {
	n := s.hidden
	kernels.MulTransposed(kernels.Rows[T]{Data: s.gates, Stride: 4 * n}, kernels.Rows[T]{Data: s.h, Stride: n},
		kernels.Rows[T]{Data: s.r, Stride: n}, s.rows, 4*n, n, true)
	for row := range s.rows {
		g := s.gates[row*4*n:][:4*n]
		in, out, forget, cand := g[:n], g[n:2*n], g[2*n:3*n], g[3*n:]
		state, h, t := s.c[row*n:][:n], s.h[row*n:][:n], s.temp[row*n:][:n]
		if s.p != nil {
			kernels.AddProduct(in, s.p[:n], state)
			kernels.AddProduct(forget, s.p[2*n:], state)
		}
		l.f(in)
		if l.coupled {
			kernels.Complement(forget, in)
		} else {
			l.f(forget)
		}
		l.g(cand)
		kernels.Mul(state, forget, state)
		kernels.AddProduct(state, in, cand)
		if s.p != nil {
			kernels.AddProduct(out, s.p[n:2*n], state)
		}
		l.f(out)
		copy(t, state)
		l.h(t)
		kernels.Mul(h, out, t)
	}
}
