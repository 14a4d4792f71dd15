package optimize

import (
	"strings"

	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/wire"
)

// What a dozen nodes of exported transformers compute is one operator since version 20 of the standard. Results differ by
// rounding; they are better for large negative numbers.
var gelu = Pass{
	Name: "gelu",
	Doc:  "make one operator of the nodes that compute GELU, by the error function or by tanh",
	run:  func(d *draft) int { return fuseGelu(d, geluErf, "none") + fuseGelu(d, geluTanh, "tanh") },
}

// The factors of x that make GELU of it, twice. Z is the argument of the function in it, in one of several forms.
const (
	geluErf  = "Add(Erf(Z),1)"
	geluTanh = "Add(Tanh(Z),1)"
)

var geluArguments = map[string][]string{
	geluErf: {"Div(x,1.41421356)", "Mul(x,0.70710678)"},
	geluTanh: {
		"Mul(Add(x,Mul(Pow(x,3),0.044715)),0.79788456)", "Mul(Add(x,Mul(Mul(Mul(x,x),x),0.044715)),0.79788456)",
		"Mul(Mul(x,Add(Mul(Mul(x,x),0.044715),1)),0.79788456)", "Mul(Mul(x,0.79788456),Add(Mul(Mul(x,x),0.044715),1))",
		"Mul(Mul(x,0.79788456),Add(Mul(Mul(x,0.044715),x),1))",
	},
}

func fuseGelu(d *draft, factor, approximate string) int {
	var formulas []string
	for _, z := range geluArguments[factor] {
		f := strings.ReplaceAll(factor, "Z", z)
		for _, product := range []string{"Mul(Mul(x,F),0.5)", "Mul(x,Mul(F,0.5))", "Mul(Mul(x,0.5),F)"} {
			formulas = append(formulas, strings.ReplaceAll(product, "F", f))
		}
	}
	return d.fuse(formulas, func(m *match, n *graph.Node) bool {
		*n = graph.Node{
			Name: n.Name, Op: "Gelu", Opset: 20, In: []graph.ID{m.value('x')}, Out: n.Out,
			Attrs: []graph.Attr{{Name: "approximate", Kind: wire.AttrString, Value: approximate}},
		}
		return true
	})
}
