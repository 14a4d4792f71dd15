package ops

import "github.com/brinkml/brink/inference/internal/dtype"

var _ = register(&opMSFusedGemm)

// opMSFusedGemm computes an activation of alpha * A * B + beta * C, for matrices.
var opMSFusedGemm = Op{
	Name: "FusedGemm", Domain: microsoft,
	Versions: []Version{
		{
			Since: 1, In: Args{"T", "T", "T?"}, Out: Args{"T"}, Types: []Constraint{{"T", 1 << dtype.Float32}},
			Attrs: []Attr{
				{"activation", String, nil},
				{"activation_alpha", Float, nil},
				{"activation_beta", Float, nil},
				{"activation_gamma", Float, nil},
				{"alpha", Float, 1.0},
				{"beta", Float, 1.0},
				{"transA", Int, 0},
				{"transB", Int, 0},
			},
			Infer: inferGemm, New: newFusedGemm, Cost: gemmCost,
		},
	},
}

func newFusedGemm(n *Node) (Kernel, error) {
	var params []float32 // in the order of the attributes of the activation's own operator
	for _, name := range []string{"activation_alpha", "activation_beta", "activation_gamma"} {
		if n.HasAttr(name) {
			params = append(params, n.Float(name))
		}
	}
	return newActiveGemm(n, n.String("activation"), params)
}
