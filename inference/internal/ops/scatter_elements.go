package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/fault"
)

var _ = register(&opScatterElements)

var opScatterElements = Op{
	Name: "ScatterElements",
	Doc:  "x with the updates put, each at its place, but along the axis at its index",
	Versions: slices.Concat(
		widening(scatterVersion([]Attr{{"axis", Int, 0}}), 11, 13),
		widening(scatterVersion([]Attr{{"axis", Int, 0}, {"reduction", String, "none"}}), 16, 18),
	),
}

func scatterVersion(attrs []Attr) Version {
	return Version{
		In: Args{"T", "Tind", "T"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}, {"Tind", indexes}},
		Attrs: attrs, Infer: inferScatterElements, New: newScatterElements, InPlace: 1,
	}
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
	put, err := reductionOf(n)
	return &scatterElements{w, put}, err
}

func (k *scatterElements) Run(c *Ctx) error {
	copy(c.Out[0].Data, c.In[0].Data)
	copy(c.Out[0].Strings, c.In[0].Strings)
	return k.each(c, func(place, at int) { k.put(c.Out[0], c.In[2], at, place, 1) })
}
