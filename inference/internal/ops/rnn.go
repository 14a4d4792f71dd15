package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var rnn = Version{
	In:    Args{"T", "T", "T", "T?", "T1?", "T?"},
	Out:   Args{"T?", "T?"},
	Types: recurrentTypes,
	Infer: inferRecurrent(1),
	New:   newRecurrent(1, newRNNCell[float32], newRNNCell[float64]),
	Cost:  recurrentCost(1),
}

var rnnActivations = []string{"Tanh", "Tanh"}

var _ = register(&opRNN)

var opRNN = Op{
	Name: "RNN",
	Doc:  "one simple recurrent layer, in one or both directions",
	Versions: []Version{
		rnn.with(1, recurrentAttrs("forward", rnnActivations, Attr{"output_sequence", Int, 0})),
		rnn.with(7, recurrentAttrs("forward", rnnActivations)),
		rnn.with(14, recurrentAttrs("forward", rnnActivations, Attr{"layout", Int, 0})),
		rnn.of(dtype.Floating).with(22, recurrentAttrs("forward", rnnActivations, Attr{"layout", Int, 0})),
	},
}

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
