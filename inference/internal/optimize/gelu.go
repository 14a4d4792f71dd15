//go:build !arm

package optimize

import (
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/wire"
)

// What a handful of nodes of exported transformers compute is one operator since version 20 of the standard. Results
// differ by rounding; they are better for large negative numbers.
var gelu = Pass{
	Name: "gelu",
	Doc:  "make one operator of the nodes that compute GELU, by the error function or by tanh",
	run:  func(d *draft) int { return fuseGelu(d, geluByErf, "none") + fuseGelu(d, geluByTanh, "tanh") },
}

func fuseGelu(d *draft, formulas []string, approximate string) int {
	return d.fuse(formulas, func(m *match, n *graph.Node) bool {
		*n = graph.Node{
			Name: n.Name, Op: "Gelu", Opset: 20, In: []graph.ID{m.value('x')}, Out: n.Out,
			Attrs: []graph.Attr{{Name: "approximate", Kind: wire.AttrString, Value: approximate}},
		}
		return true
	})
}

// geluByErf is x/2 * (1 + erf(x/sqrt(2))), in the orders that exporters write it.
var geluByErf = []string{
	"Mul(Mul(x,Add(Erf(Div(x,1.41421356)),1)),0.5)",
	"Mul(x,Mul(Add(Erf(Div(x,1.41421356)),1),0.5))",
	"Mul(Mul(x,0.5),Add(Erf(Div(x,1.41421356)),1))",
	"Mul(Mul(x,Add(Erf(Mul(x,0.70710678)),1)),0.5)",
	"Mul(x,Mul(Add(Erf(Mul(x,0.70710678)),1),0.5))",
	"Mul(Mul(x,0.5),Add(Erf(Mul(x,0.70710678)),1))",
}

// geluByTanh is x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))), likewise.
var geluByTanh = []string{
	"Mul(Mul(x,Add(Tanh(Mul(Add(x,Mul(Pow(x,3),0.044715)),0.79788456)),1)),0.5)",
	"Mul(x,Mul(Add(Tanh(Mul(Add(x,Mul(Pow(x,3),0.044715)),0.79788456)),1),0.5))",
	"Mul(Mul(x,0.5),Add(Tanh(Mul(Add(x,Mul(Pow(x,3),0.044715)),0.79788456)),1))",
	"Mul(Mul(x,Add(Tanh(Mul(Add(x,Mul(Mul(Mul(x,x),x),0.044715)),0.79788456)),1)),0.5)",
	"Mul(x,Mul(Add(Tanh(Mul(Add(x,Mul(Mul(Mul(x,x),x),0.044715)),0.79788456)),1),0.5))",
	"Mul(Mul(x,0.5),Add(Tanh(Mul(Add(x,Mul(Mul(Mul(x,x),x),0.044715)),0.79788456)),1))",
	"Mul(Mul(x,Add(Tanh(Mul(Mul(x,Add(Mul(Mul(x,x),0.044715),1)),0.79788456)),1)),0.5)",
	"Mul(x,Mul(Add(Tanh(Mul(Mul(x,Add(Mul(Mul(x,x),0.044715),1)),0.79788456)),1),0.5))",
	"Mul(Mul(x,0.5),Add(Tanh(Mul(Mul(x,Add(Mul(Mul(x,x),0.044715),1)),0.79788456)),1))",
	"Mul(Mul(x,Add(Tanh(Mul(Mul(x,0.79788456),Add(Mul(Mul(x,x),0.044715),1))),1)),0.5)",
	"Mul(x,Mul(Add(Tanh(Mul(Mul(x,0.79788456),Add(Mul(Mul(x,x),0.044715),1))),1),0.5))",
	"Mul(Mul(x,0.5),Add(Tanh(Mul(Mul(x,0.79788456),Add(Mul(Mul(x,x),0.044715),1))),1))",
	"Mul(Mul(x,Add(Tanh(Mul(Mul(x,0.79788456),Add(Mul(Mul(x,0.044715),x),1))),1)),0.5)",
	"Mul(x,Mul(Add(Tanh(Mul(Mul(x,0.79788456),Add(Mul(Mul(x,0.044715),x),1))),1),0.5))",
	"Mul(Mul(x,0.5),Add(Tanh(Mul(Mul(x,0.79788456),Add(Mul(Mul(x,0.044715),x),1))),1))",
}
