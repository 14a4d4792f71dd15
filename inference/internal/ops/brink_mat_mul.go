//go:build !arm

package ops

import "github.com/brinkml/brink/inference/internal/dtype"

var _ = register(&opBrinkMatMul)

// opBrinkMatMul computes an activation of the products of matrices, to which another tensor, as large or a single
// row, may be added first.
var opBrinkMatMul = Op{
	Name: "MatMul", Domain: internal,
	Versions: []Version{
		{
			Since: 1, In: Args{"T", "T", "T?"}, Out: Args{"T"}, Types: []Constraint{{"T", 1 << dtype.Float32}},
			Attrs: []Attr{{"activation", String, nil}, {"activation_params", Floats, nil}},
			Infer: inferMatMul, New: newBrinkMatMul, Cost: matMulCost,
		},
	},
}

func newBrinkMatMul(n *Node) (Kernel, error) {
	m, cols, k, batch, err := matMulDims(n)
	if err != nil {
		return nil, err
	}
	p := newProduct32(n, m, cols, k, batch, false, false, 1)
	if n.Has(2) {
		p.addend(n, 1)
	}
	err = p.activate(n.String("activation"), n.Floats("activation_params"))
	return p.small(), err
}
