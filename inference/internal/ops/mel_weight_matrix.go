package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opMelWeightMatrix)

// opMelWeightMatrix computes the weights that make of a spectrum one over bands of equal width on the mel scale.
var opMelWeightMatrix = Op{
	Name: "MelWeightMatrix",
	Versions: []Version{
		{
			Since: 17, In: Args{"T", "T", "T", "T1", "T1"}, Out: Args{"T2"},
			Types: []Constraint{{"T", indexes}, {"T1", dtype.Floating}, {"T2", dtype.Numbers | dtype.Halves}},
			Attrs: []Attr{outputDatatype}, Infer: inferMelWeightMatrix, New: newMelWeightMatrix,
		},
	},
}

// The inputs of MelWeightMatrix, all of them scalars.
const (
	melBands = iota
	melLength
	melRate
	melLower
	melUpper
)

func inferMelWeightMatrix(n *Node) error {
	if err := n.outputType(); err != nil {
		return err
	}
	out := shape.Make(2)
	bands, known, err := n.scalarInput(melBands)
	if err != nil {
		return err
	}
	if known {
		if bands < 0 || bands > maxSpatial {
			return fault.Shape("%d mel bands", bands)
		}
		out.Dims()[1] = shape.Dim(bands)
	}
	length, known, err := n.scalarInput(melLength)
	if err != nil {
		return err
	}
	if known {
		if length < 0 || length > maxDim {
			return fault.Shape("a Fourier transform of length %d", length)
		}
		out.Dims()[0] = shape.Dim(bins(length))
	}
	n.SetOut(0, out)
	return nil
}

func newMelWeightMatrix(n *Node) (Kernel, error) {
	for i := range n.In {
		if n.In[i].Value == nil {
			return nil, errNeedsValue
		}
		if n.In[i].Value.Len() != 1 {
			return nil, fault.Shape("input %d has %d elements instead of 1", i, n.In[i].Value.Len())
		}
	}
	length, rate := rangeArg[int64](n, melLength), rangeArg[int64](n, melRate)
	if rate < 1 {
		return nil, fault.Format("a sample rate of %d", rate)
	}
	out := n.Out[0].Dims()
	lower, upper := mel(rangeArg[float64](n, melLower)), mel(rangeArg[float64](n, melUpper))
	if !(math.Abs(lower) <= math.MaxFloat32 && math.Abs(upper) <= math.MaxFloat32) {
		return nil, fault.Format("mel bands from %g to %g", lower, upper)
	}
	// The bands overlap: each rises from the middle of the one before, and falls to that of the one after.
	edges := make([]float64, out[1]+2)
	step := (upper - lower) / float64(len(edges))
	for i := range edges {
		hertz := 700 * (math.Pow(10, (lower+float64(float64(i)*step))/2595) - 1)
		edges[i] = math.Floor(float64(length+1) * hertz / float64(rate))
	}
	return &generated{
		value: func(i int) float64 { return melWeight(edges[i%out[1]:][:3], float64(i/out[1])) },
		write: castWriter(n.Out[0].DType, n),
	}, nil
}

// mel returns a frequency in hertz on the mel scale.
func mel(hertz float64) float64 { return 2595 * math.Log10(1+hertz/700) }

// melWeight returns the weight that a bin of the spectrum has in the band whose start, middle and end are given.
func melWeight(band []float64, bin float64) float64 {
	start, middle, end := band[0], band[1], band[2]
	switch {
	case bin == middle:
		return 1
	case bin >= start && bin < middle:
		return (bin - start) / (middle - start)
	case bin > middle && bin < end:
		return (end - bin) / (end - middle)
	}
	return 0
}
