package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opDFT)

// opDFT computes the discrete Fourier transform along an axis, or its inverse.
var opDFT = Op{
	Name: "DFT",
	Versions: []Version{
		{
			Since: 17, In: Args{"T", "T1?"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}, {"T1", indexes}},
			Attrs: []Attr{{"axis", Int, 1}, {"inverse", Int, 0}, {"onesided", Int, 0}}, Infer: inferDFT, New: newDFT,
		},
		{
			Since: 20, In: Args{"T", "T1?", "int64?"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}, {"T1", indexes}},
			Attrs: []Attr{{"inverse", Int, 0}, {"onesided", Int, 0}}, Infer: inferDFT, New: newDFT,
		},
	},
}

// dftPlan is what a node transforms.
type dftPlan struct {
	axis   int
	length int64 // of a transform; -1 when it is not known
}

// dftPlanOf returns what n, the rank of whose input is known, transforms. Known is false when the axis is not told yet.
func dftPlanOf(n *Node) (p dftPlan, known bool, err error) {
	x := n.In[0].Shape
	if x.Rank() < 2 {
		return p, false, fault.Shape("%v is no signal", x.Ints())
	}
	if parts := x.Dim(-1); parts.Known() && parts != 1 && parts != 2 {
		return p, false, fault.Shape("the last dimension of %v is neither 1 nor 2", x.Ints())
	}
	axis := int64(-2)
	if n.Version.Attr("axis") != nil {
		axis = n.Int("axis")
	} else if n.Has(2) {
		if axis, known, err = n.scalarInput(2); err != nil || !known {
			return p, false, err
		}
	}
	if p.axis, err = shape.Axis(axis, x.Rank()); err != nil {
		return p, false, err
	}
	if p.axis == x.Rank()-1 {
		return p, false, fault.Shape("the axis is the last one, which holds the parts of complex numbers")
	}
	p.length = -1
	switch d := x.Dim(p.axis); {
	case n.Has(1):
		if p.length, known, err = n.scalarInput(1); err != nil {
			return p, false, err
		} else if !known {
			p.length = -1
			return p, true, nil
		}
	case !d.Known():
		return p, true, nil
	case n.Flag("inverse") && n.Flag("onesided"):
		p.length = 2 * (int64(d) - 1)
	default:
		p.length = int64(d)
	}
	return p, true, checkTransform(p.length)
}

func inferDFT(n *Node) error {
	x := n.In[0].Shape
	if !x.Ranked() {
		return nil
	}
	p, known, err := dftPlanOf(n)
	if err != nil {
		return err
	}
	if !known {
		n.SetOut(0, shape.Make(x.Rank()))
		return nil
	}
	out := x.Clone()
	out[len(out)-1] = 2
	half, inverse := n.Flag("onesided"), n.Flag("inverse")
	if half && inverse {
		out[len(out)-1] = 1
	}
	switch {
	case p.length < 0:
		out[p.axis] = shape.Unknown
	case half && !inverse:
		out[p.axis] = shape.Dim(bins(p.length))
	default:
		out[p.axis] = shape.Dim(p.length)
	}
	n.SetOut(0, shape.Of(out...))
	return nil
}

func newDFT(n *Node) (Kernel, error) {
	if p, known, err := dftPlanOf(n); err != nil || !known || p.length < 0 || !n.Out[0].Shape.Static() {
		return nil, either(err, errNeedsValue)
	}
	// Real signals are transformed in double precision, complex ones with the precision that they have: the results
	// are meant to be those of numpy, down to what its rounding leaves where others cancel out.
	if x := n.In[0]; x.DType != dtype.Float64 && x.Shape.Dim(-1) == 2 && !n.Flag("onesided") {
		return inDoubles(n, dftOf[float32])
	}
	return inDoubles(n, dftOf[float64])
}

// either returns the first of two errors that is one.
func either(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func dftOf[F kernels.Float](n *Node) (Kernel, error) {
	p, _, err := dftPlanOf(n)
	if err != nil || n.Out[0].Len() == 0 {
		return nothing{}, err
	}
	x, y := n.In[0].Dims(), n.Out[0].Dims()
	inner := tensor.Elems(x[p.axis+1 : len(x)-1]) // lines side by side
	parts, outParts := x[len(x)-1], y[len(y)-1]
	length := int(p.length)
	k := &fourier[F]{
		FFT: kernels.NewFFT[F](length), length: length, inverse: n.Flag("inverse"), half: n.Flag("onesided"),
		lines: tensor.Elems(x[:p.axis]) * inner,
		in:    fourierLine{x[p.axis], inner * parts, parts},
		out:   fourierLine{y[p.axis], inner * outParts, outParts},
	}
	k.line = func(i int) (from, to int) {
		outer, side := i/inner, i%inner
		return outer*k.in.count*k.in.stride + side*parts, outer*k.out.count*k.out.stride + side*outParts
	}
	return k, nil
}
