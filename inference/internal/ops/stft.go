package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opSTFT)

// opSTFT computes the discrete Fourier transforms of frames of a signal, weighted by a window.
var opSTFT = Op{
	Name: "STFT",
	Versions: []Version{
		{
			Since: 17, In: Args{"T", "T1", "T?", "T1?"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}, {"T1", indexes}},
			Attrs: []Attr{{"onesided", Int, 1}}, Infer: inferSTFT, New: newSTFT,
		},
	},
}

// The inputs of STFT.
const (
	stftSignal = iota // [batch, length, 1 or 2]
	stftStep
	stftWindow // [window]
	stftLength // of a frame
)

// stftFrames returns the length of a transform and the step from one frame to the next. Known is false when they are
// not told yet. The window, and so what a frame takes from the signal, is as long as a transform unless both are given.
func stftFrames(n *Node) (length, window, step int64, known bool, err error) {
	x := n.In[stftSignal].Shape
	if x.Rank() != 3 || x.Dim(2).Known() && x.Dim(2) != 1 && x.Dim(2) != 2 {
		return 0, 0, 0, false, fault.Shape("%v is no batch of signals", x.Ints())
	}
	if step, known, err = n.scalarInput(stftStep); err != nil || !known {
		return 0, 0, 0, false, err
	}
	if step < 1 || step > maxDim {
		return 0, 0, 0, false, fault.Shape("a step of %d from frame to frame", step)
	}
	window = -1
	if n.Has(stftWindow) {
		w := n.In[stftWindow].Shape
		if !w.Static() {
			return 0, 0, 0, false, nil
		}
		if w.Rank() != 1 {
			return 0, 0, 0, false, fault.Shape("a window of %v", w.Ints())
		}
		window = int64(w.Dim(0))
	}
	switch {
	case n.Has(stftLength):
		if length, known, err = n.scalarInput(stftLength); err != nil || !known {
			return 0, 0, 0, false, err
		}
	case window >= 0:
		length = window
	case x.Dim(1).Known():
		length = int64(x.Dim(1))
	default:
		return 0, 0, 0, false, nil
	}
	if window < 0 {
		window = length
	}
	return length, window, step, true, checkTransform(length)
}

func inferSTFT(n *Node) error {
	x := n.In[stftSignal].Shape
	if !x.Ranked() {
		return nil
	}
	length, _, step, known, err := stftFrames(n)
	if err != nil {
		return err
	}
	out := shape.Of(x.Dim(0), shape.Unknown, shape.Unknown, 2)
	if known {
		out.Dims()[2] = shape.Dim(length)
		if n.Flag("onesided") {
			out.Dims()[2] = shape.Dim(bins(length))
		}
		if signal := x.Dim(1); signal.Known() {
			out.Dims()[1] = 0
			if int64(signal) >= length {
				out.Dims()[1] = shape.Dim((int64(signal)-length)/step + 1)
			}
		}
	}
	n.SetOut(0, out)
	return nil
}

func newSTFT(n *Node) (Kernel, error) {
	if !n.Out[0].Shape.Static() {
		return nil, errNeedsValue
	}
	return inDoubles(n, stftOf)
}

func stftOf(n *Node) (Kernel, error) {
	length, window, step, known, err := stftFrames(n)
	if err != nil || !known {
		return nil, either(err, errNeedsValue)
	}
	if n.Out[0].Len() == 0 {
		return nothing{}, nil
	}
	x, y := n.In[stftSignal].Dims(), n.Out[0].Dims()
	signal, parts, frames := x[1], x[2], y[1]
	window = min(window, length) // the transform leaves out what is longer
	k := &fourier[float64]{
		FFT: kernels.NewFFT[float64](int(length)), length: int(length),
		lines: x[0] * frames,
		in:    fourierLine{int(window), parts, parts},
		out:   fourierLine{y[2], 2, 2},
	}
	if n.Has(stftWindow) {
		k.window = stftWindow
	}
	k.line = func(i int) (from, to int) {
		return (i/frames*signal + i%frames*int(step)) * parts, i * y[2] * 2
	}
	return k, nil
}
