package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// windowVersions returns the versions of an operator that generates a window; weight is a function of the phase, which
// goes from 0 to a whole turn.
func windowVersions(New func(n *Node) (Kernel, error)) []Version {
	return []Version{
		{
			Since: 17, In: Args{"T"}, Out: Args{"T1"}, Types: []Constraint{{"T", indexes}, {"T1", dtype.Numbers | dtype.Halves}},
			Attrs: []Attr{outputDatatype, {"periodic", Int, 1}}, Infer: inferWindow, New: New,
		},
	}
}

var outputDatatype = Attr{"output_datatype", Int, 1}

// outputType sets the element type of n's output to what its output_datatype says.
func (n *Node) outputType() error {
	d := n.Int("output_datatype")
	if d < 0 || d > math.MaxUint8 || !dtype.DType(d).Valid() {
		return fault.Format("there is no element type %d", d)
	}
	n.Out[0].DType = dtype.DType(d)
	return nil
}

func inferWindow(n *Node) error {
	if err := n.outputType(); err != nil {
		return err
	}
	n.SetOut(0, shape.Make(1))
	size, known, err := n.scalarInput(0)
	if err != nil || !known {
		return err
	}
	if size < 0 || size > maxDim {
		return fault.Shape("a window of %d elements", size)
	}
	n.SetOut(0, shape.Of(shape.Dim(size)))
	return nil
}

// generated is the kernel of operators whose output follows from nothing but its position.
type generated struct {
	value func(i int) float64
	write func(t *tensor.Tensor, i int, v float64)
}

func (k *generated) Run(c *Ctx) error {
	p := pace{c: c}
	for i := range c.Out[0].Len() {
		if err := p.spend(64); err != nil {
			return err
		}
		k.write(c.Out[0], i, k.value(i))
	}
	return nil
}

// newWindow makes the kernel for a window that is a sum of cosines of one, two, and no times the phase.
func newWindow(n *Node, constant, once, twice float64) (Kernel, error) {
	if !n.Out[0].Shape.Static() {
		return nil, errNeedsValue
	}
	turn := float64(n.Out[0].Len())
	if !n.Flag("periodic") {
		turn = max(turn-1, 1)
	}
	return &generated{
		value: func(i int) float64 {
			phase := 2 * math.Pi * float64(i) / turn
			v := constant + once*math.Cos(phase)
			if twice != 0 {
				v += twice * math.Cos(2*phase)
			}
			return v
		},
		write: castWriter(n.Out[0].DType, n),
	}, nil
}
