package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

// rnnAttrs are the attributes that all versions of RNN have.
var rnnAttrs = []Attr{
	{"activation_alpha", Floats, nil},
	{"activation_beta", Floats, nil},
	{"activations", Strings, []string{"Tanh", "Tanh"}},
	{"clip", Float, nil},
	{"direction", String, "forward"},
	{"hidden_size", Int, nil},
}

var _ = register(&opRNN)

// opRNN computes one simple recurrent layer, in one or both directions.
var opRNN = Op{
	Name: "RNN",
	Versions: []Version{
		{
			Since: 1, In: Args{"T", "T", "T", "T?", "T1?", "T?"}, Out: Args{"T?", "T?"},
			Types:  []Constraint{{"T", dtype.IEEE}, {"T1", 1 << dtype.Int32}},
			Attrs:  []Attr{{"output_sequence", Int, 0}},
			Common: &rnnAttrs, Infer: inferRNN, New: newRNN, Cost: rnnCost,
		},
		{
			Since: 7, In: Args{"T", "T", "T", "T?", "T1?", "T?"}, Out: Args{"T?", "T?"},
			Types:  []Constraint{{"T", dtype.IEEE}, {"T1", 1 << dtype.Int32}},
			Common: &rnnAttrs, Infer: inferRNN, New: newRNN, Cost: rnnCost,
		},
		{
			Since: 14, In: Args{"T", "T", "T", "T?", "T1?", "T?"}, Out: Args{"T?", "T?"},
			Types:  []Constraint{{"T", dtype.IEEE}, {"T1", 1 << dtype.Int32}},
			Attrs:  []Attr{{"layout", Int, 0}},
			Common: &rnnAttrs, Infer: inferRNN, New: newRNN, Cost: rnnCost,
		},
		{
			Since: 22, In: Args{"T", "T", "T", "T?", "T1?", "T?"}, Out: Args{"T?", "T?"},
			Types:  []Constraint{{"T", dtype.Floating}, {"T1", 1 << dtype.Int32}},
			Attrs:  []Attr{{"layout", Int, 0}},
			Common: &rnnAttrs, Infer: inferRNN, New: newRNN, Cost: rnnCost,
		},
	},
}

const rnnGates = 1

func inferRNN(n *Node) error { return inferRecurrent(n, rnnGates) }

func newRNN(n *Node) (Kernel, error) {
	return newRecurrent(n, rnnGates, newRNNCell[float32], newRNNCell[float64])
}

func rnnCost(n *Node) int64 { return recurrentCost(n, rnnGates) }

// rnnCell computes H = f(Xt*W' + H*R' + b). Clip limits what f gets.
type rnnCell[T kernels.Float] struct{ f activation[T] }

func newRNNCell[T kernels.Float](n *Node, dir int) (cell[T], error) {
	fs, err := activations[T](n, dir, "Tanh")
	if err != nil {
		return nil, err
	}
	limit, err := limiter[T](n)
	if err != nil {
		return nil, err
	}
	return &rnnCell[T]{gate(limit, fs[0])}, nil
}

//lint:ignore U1000 called through cell[T], which the checker does not follow
func (r *rnnCell[T]) bias() int { return 1 }

//lint:ignore U1000 called through cell[T], which the checker does not follow
func (r *rnnCell[T]) step(s cellStep[T]) {
	n := s.hidden
	kernels.MulTransposed(kernels.Rows[T]{Data: s.gates, Stride: n}, kernels.Rows[T]{Data: s.h, Stride: n},
		kernels.Rows[T]{Data: s.r, Stride: n}, s.rows, n, n, true)
	r.f(s.gates)
	copy(s.h, s.gates)
}
