package ops

import "github.com/brinkml/brink/inference/internal/fault"

var _ = register(&opScatterElements)

// opScatterElements computes x with the updates put, each at its place, but along the axis at its index.
var opScatterElements = Op{
	Name: "ScatterElements",
	Versions: []Version{
		{
			Since: 11, In: Args{"T", "Tind", "T"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}, {"Tind", indexes}},
			Attrs: []Attr{{"axis", Int, 0}}, Infer: inferScatterElements, New: newScatterElements, InPlace: 1, Again: 1 << 13,
		},
		{
			Since: 16, In: Args{"T", "Tind", "T"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}, {"Tind", indexes}},
			Attrs: []Attr{{"axis", Int, 0}, {"reduction", String, "none"}}, Infer: inferScatterElements, New: newScatterElements, InPlace: 1, Again: 1 << 18,
		},
	},
}

func inferScatterElements(n *Node) error {
	n.SetOut(0, n.In[0].Shape)
	if a, b := n.In[1].Shape, n.In[2].Shape; a.Static() && b.Static() && !a.Equal(b) {
		return fault.Shape("updates of %v for indices of %v", b.Ints(), a.Ints())
	}
	return checkElements(n)
}

type scatterElements struct {
	elementWalk
	put putFunc
}

func newScatterElements(n *Node) (Kernel, error) {
	w, err := newElementWalk(n)
	if err != nil {
		return nil, err
	}
	return newScatter(n, func(n *Node, put putFunc) (Kernel, error) { return &scatterElements{w, put}, nil })
}

func (k *scatterElements) Run(c *Ctx) error {
	copy(c.Out[0].Data, c.In[0].Data)
	copy(c.Out[0].Strings, c.In[0].Strings)
	return k.each(c, func(place, at int) { k.put(c.Out[0], c.In[2], at, place, 1) })
}
