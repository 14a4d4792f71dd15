package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opGRU)

// opGRU computes one layer of gated recurrent units, in one or both directions.
var opGRU = Op{
	Name: "GRU",
	Versions: []Version{
		{
			Since: 1, In: Args{"T", "T", "T", "T?", "T1?", "T?"}, Out: Args{"T?", "T"},
			Types: []Constraint{{"T", dtype.IEEE}, {"T1", 1 << dtype.Int32}},
			Attrs: []Attr{
				{"activation_alpha", Floats, nil},
				{"activation_beta", Floats, nil},
				{"activations", Strings, nil},
				{"clip", Float, nil},
				{"direction", String, "foward"},
				{"hidden_size", Int, nil},
				{"output_sequence", Int, 0},
			},
			Infer: inferGRU, New: newGRU, Cost: gruCost,
		},
		{
			Since: 3, In: Args{"T", "T", "T", "T?", "T1?", "T?"}, Out: Args{"T?", "T?"},
			Types:  []Constraint{{"T", dtype.IEEE}, {"T1", 1 << dtype.Int32}},
			Attrs:  []Attr{{"linear_before_reset", Int, 0}, {"output_sequence", Int, 0}},
			Common: &recurrentAttrs, Infer: inferGRU, New: newGRU, Cost: gruCost,
		},
		{
			Since: 7, In: Args{"T", "T", "T", "T?", "T1?", "T?"}, Out: Args{"T?", "T?"},
			Types:  []Constraint{{"T", dtype.IEEE}, {"T1", 1 << dtype.Int32}},
			Attrs:  []Attr{{"linear_before_reset", Int, 0}},
			Common: &recurrentAttrs, Infer: inferGRU, New: newGRU, Cost: gruCost,
		},
		{
			Since: 14, In: Args{"T", "T", "T", "T?", "T1?", "T?"}, Out: Args{"T?", "T?"},
			Types:  []Constraint{{"T", dtype.IEEE}, {"T1", 1 << dtype.Int32}},
			Attrs:  []Attr{{"linear_before_reset", Int, 0}, {"layout", Int, 0}},
			Common: &recurrentAttrs, Infer: inferGRU, New: newGRU, Cost: gruCost,
		},
		{
			Since: 22, In: Args{"T", "T", "T", "T?", "T1?", "T?"}, Out: Args{"T?", "T?"},
			Types:  []Constraint{{"T", dtype.Floating}, {"T1", 1 << dtype.Int32}},
			Attrs:  []Attr{{"linear_before_reset", Int, 0}, {"layout", Int, 0}},
			Common: &recurrentAttrs, Infer: inferGRU, New: newGRU, Cost: gruCost,
		},
	},
}

const gruGates = 3

func inferGRU(n *Node) error { return inferRecurrent(n, gruGates) }

func newGRU(n *Node) (Kernel, error) {
	return newRecurrent(n, gruGates, newGRUCell[float32], newGRUCell[float64])
}

func gruCost(n *Node) int64 { return recurrentCost(n, gruGates) }

// gruCell computes, with . the element-by-element product,
//
//	z = f(Xt*Wz' + H*Rz' + bz)
//	r = f(Xt*Wr' + H*Rr' + br)
//	h = g(Xt*Wh' + (r.H)*Rh' + Wbh + Rbh), or g(Xt*Wh' + r.(H*Rh' + Rbh) + Wbh) when linear_before_reset is set
//	H = (1 - z).h + z.H
//
// The gates lie in the order z, r, h. Clip limits what f and g get.
type gruCell[T kernels.Float] struct {
	f, g   activation[T]
	linear bool // linear_before_reset
}

func newGRUCell[T kernels.Float](n *Node, dir int) (cell[T], error) {
	fs, err := activations[T](n, dir, "Sigmoid", "Tanh")
	if err != nil {
		return nil, err
	}
	limit, err := limiter[T](n)
	if err != nil {
		return nil, err
	}
	linear := n.Version.Attr("linear_before_reset") != nil && n.Flag("linear_before_reset")
	return &gruCell[T]{gate(limit, fs[0]), gate(limit, fs[1]), linear}, nil
}

//lint:ignore U1000 called through cell[T], which the checker does not follow
func (g *gruCell[T]) bias() int {
	if g.linear {
		return 2
	}
	return 3
}

//lint:ignore U1000 called through cell[T], which the checker does not follow
func (g *gruCell[T]) step(s cellStep[T]) {
	n := s.hidden
	gates := kernels.Rows[T]{Data: s.gates, Stride: 3 * n}
	h, temp := kernels.Rows[T]{Data: s.h, Stride: n}, kernels.Rows[T]{Data: s.temp, Stride: n}
	rh := kernels.Rows[T]{Data: s.r[2*n*n:], Stride: n}
	kernels.MulTransposed(gates, h, kernels.Rows[T]{Data: s.r, Stride: n}, s.rows, 2*n, n, true)
	if g.linear {
		kernels.MulTransposed(temp, h, rh, s.rows, n, n, false)
	}
	for row := range s.rows {
		reset := s.gates[row*3*n+n:][:n]
		g.f(s.gates[row*3*n:][:2*n])
		t := s.temp[row*n:][:n]
		switch {
		case !g.linear:
			kernels.Mul(t, reset, s.h[row*n:][:n])
		case s.rb != nil:
			kernels.Add(t, t, s.rb[2*n:])
			fallthrough
		default:
			kernels.AddProduct(s.gates[row*3*n+2*n:][:n], reset, t)
		}
	}
	if !g.linear {
		kernels.MulTransposed(kernels.Rows[T]{Data: s.gates[2*n:], Stride: 3 * n}, temp, rh, s.rows, n, n, true)
	}
	for row := range s.rows {
		cand := s.gates[row*3*n+2*n:][:n]
		g.g(cand)
		kernels.Blend(s.h[row*n:][:n], s.gates[row*3*n:][:n], cand)
	}
}
