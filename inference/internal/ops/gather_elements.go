package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opGatherElements)

// opGatherElements computes for each index the element of x at its place, but along the axis at the index.
var opGatherElements = Op{
	Name: "GatherElements",
	Versions: []Version{
		{
			Since: 11, In: Args{"T", "Tind"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}, {"Tind", indexes}},
			Attrs: []Attr{{"axis", Int, 0}}, Infer: inferGatherElements, New: newGatherElements, Again: 1 << 13,
		},
	},
}

func inferGatherElements(n *Node) error {
	n.SetOut(0, n.In[1].Shape)
	return checkElements(n)
}

// checkElements checks the shapes of indices into the elements of x: they must lie within x along all dimensions but the
// axis.
func checkElements(n *Node) error {
	x, indices := n.In[0].Shape, n.In[1].Shape
	if !x.Ranked() || !indices.Ranked() {
		return nil
	}
	axis, err := n.axis("axis", x.Rank())
	if err != nil {
		return err
	}
	if x.Rank() != indices.Rank() {
		return shapeMismatch(n)
	}
	for i, d := range indices.Dims() {
		if i != axis && d.Known() && x.Dim(i).Known() && d > x.Dim(i) {
			return fault.Shape("indices of %v reach beyond %v", indices.Ints(), x.Ints())
		}
	}
	return nil
}

// elementWalk goes over the indices, and over where they lead to in x if they are 0.
type elementWalk struct {
	walk         *kernels.Walk
	length, step int // of x along the axis
}

func newElementWalk(n *Node) (elementWalk, error) {
	x, indices := n.In[0].Dims(), n.In[1].Dims()
	axis, err := n.axis("axis", len(x))
	if err != nil {
		return elementWalk{}, err
	}
	strides := kernels.Contiguous(x)
	w := elementWalk{length: x[axis], step: strides[axis]}
	strides[axis] = 0
	w.walk = kernels.NewWalk(indices, kernels.Contiguous(indices), strides)
	return w, nil
}

// each calls f with each place among the indices and where it leads to in x.
func (w *elementWalk) each(c *Ctx, f func(place, at int)) error {
	if w.walk.Run == 0 {
		return nil
	}
	p := pace{c: c}
	for cur := w.walk.Start(c); ; {
		for i := range w.walk.Run {
			if err := p.spend(scatterWork); err != nil {
				return err
			}
			place := cur.Off[0] + i*w.walk.Step[0]
			index, err := indexAt(c.In[1], place, w.length)
			if err != nil {
				return err
			}
			f(place, cur.Off[1]+i*w.walk.Step[1]+index*w.step)
		}
		if !cur.Next() {
			return nil
		}
	}
}

type gatherElements struct {
	elementWalk
	put putFunc
}

func newGatherElements(n *Node) (Kernel, error) {
	w, err := newElementWalk(n)
	return &gatherElements{w, putAs(n.In[0].DType)}, err
}

func (k *gatherElements) Run(c *Ctx) error {
	return k.each(c, func(place, at int) { k.put(c.Out[0], c.In[0], place, at, 1) })
}
