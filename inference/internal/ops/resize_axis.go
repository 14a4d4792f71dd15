package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
)

// maxTaps bounds the positions and weights that are kept for one axis.
const maxTaps = 1 << 24

// same reports whether a dimension stays as it is.
func (d *resized) same() bool {
	return d.in == d.out && math.Abs(d.scale-1) < 1e-9 && d.start == 0 && d.end == 1
}

// origin returns the function from positions in the output to positions in the input.
func (d *resized) origin(mode string) (func(x float64) float64, error) {
	in, out := float64(d.in), float64(d.out)
	length := float64(in * d.scale) // of the output before it was rounded to a number of elements
	half := func(x float64) float64 { return (x+0.5)/d.scale - 0.5 }
	switch mode {
	case "half_pixel":
		return half, nil
	case "half_pixel_symmetric":
		offset := in / 2 * (1 - out/length)
		return func(x float64) float64 { return offset + (x+0.5)/d.scale - 0.5 }, nil
	case "pytorch_half_pixel":
		if d.out > 1 {
			return half, nil
		}
		return func(float64) float64 { return 0 }, nil
	case "align_corners":
		if length == 1 {
			return func(float64) float64 { return 0 }, nil
		}
		return func(x float64) float64 { return x * (in - 1) / (length - 1) }, nil
	case "asymmetric":
		return func(x float64) float64 { return x / d.scale }, nil
	case "tf_half_pixel_for_nn":
		return func(x float64) float64 { return (x + 0.5) / d.scale }, nil
	case "tf_crop_and_resize":
		if length == 1 {
			middle := 0.5 * (d.start + d.end) * (in - 1)
			return func(float64) float64 { return middle }, nil
		}
		first := float64(d.start * (in - 1))
		return func(x float64) float64 { return float64(x*(d.end-d.start)*(in-1)/(length-1)) + first }, nil
	}
	return nil, fault.Format("coordinate_transformation_mode %q is not known", mode)
}

// outside reports whether a position is one that gets the extrapolation value.
func (d *resized) outside(mode string, x float64) bool {
	return mode == "tf_crop_and_resize" && (x < 0 || x > float64(d.in-1))
}

// nearest returns for each position in the output the nearest one in the input, -1 for none.
func (d *resized) nearest(n *Node) ([]int, error) {
	if d.out > maxTaps {
		return nil, tooManyTaps(int64(d.out))
	}
	mode := transformation(n)
	origin, err := d.origin(mode)
	if err != nil {
		return nil, err
	}
	round := math.Floor
	if n.Version.Attr("nearest_mode") != nil {
		switch rounding := n.String("nearest_mode"); rounding {
		case "round_prefer_floor":
			round = func(x float64) float64 { return math.Ceil(x - 0.5) }
		case "round_prefer_ceil":
			round = func(x float64) float64 { return math.Floor(x + 0.5) }
		case "floor":
		case "ceil":
			round = math.Ceil
		default:
			return nil, fault.Format("nearest_mode %q is not known", rounding)
		}
	} else if d.scale < 1 {
		round = math.Ceil // what the examples of the operator sets 9 and 10 show
	}
	from := make([]int, d.out)
	for i := range from {
		x := origin(float64(i))
		if d.outside(mode, x) {
			from[i] = -1
		} else {
			from[i] = int(min(max(round(x), 0), float64(d.in-1)))
		}
	}
	return from, nil
}

func tooManyTaps(n int64) error {
	return &fault.LimitError{What: "positions that a dimension is resampled at", Got: n, Max: maxTaps}
}

// taps returns which elements of the input make each of the output, and how.
func (d *resized) taps(n *Node) (*kernels.Taps, error) {
	mode := transformation(n)
	origin, err := d.origin(mode)
	if err != nil {
		return nil, err
	}
	weight, radius := linearWeight, 1.0
	if n.String("mode") == "cubic" {
		weight, radius = cubicWeight(float64(n.Float("cubic_coeff_a"))), 2
	}
	exclude, narrow := false, 1.0
	if n.Version.Attr("exclude_outside") != nil {
		exclude = n.Flag("exclude_outside")
	}
	antialias := n.Version.Attr("antialias") != nil && n.Flag("antialias")
	if antialias {
		narrow = min(d.scale, 1)
	}
	before := math.Ceil(radius / narrow) // taps at and before a position; as many are after it
	count := 2 * before
	if count*float64(d.out) > maxTaps {
		return nil, tooManyTaps(int64(min(count*float64(d.out), math.MaxInt64)))
	}
	t := &kernels.Taps{N: int(count), Out: int(d.out)}
	t.At, t.Weight = make([]int32, t.N*t.Out), make([]float64, t.N*t.Out)
	for i := range t.Out {
		at, w := t.At[i*t.N:][:t.N], t.Weight[i*t.N:][:t.N]
		x := origin(float64(i))
		if d.outside(mode, x) {
			if t.Outside == nil {
				t.Outside = make([]bool, t.Out)
			}
			t.Outside[i] = true
			x = min(max(x, 0), float64(d.in-1))
		}
		first := math.Floor(x) - before + 1
		sum := 0.0
		for k := range at {
			p := first + float64(k)
			inside := p >= 0 && p < float64(d.in)
			at[k] = int32(min(max(p, 0), float64(d.in-1)))
			if inside || !exclude {
				w[k] = weight(math.Abs((p - x) * narrow))
			}
			sum += w[k]
		}
		if (antialias || exclude) && sum != 0 {
			for k := range w {
				w[k] /= sum
			}
		}
	}
	return t, nil
}

func linearWeight(distance float64) float64 { return max(1-distance, 0) }

// cubicWeight returns the kernel of Keys, equation (4) of "Cubic convolution interpolation for digital image
// processing", 1981, with a free parameter.
func cubicWeight(a float64) func(x float64) float64 {
	return func(x float64) float64 {
		switch {
		case x <= 1:
			return ((a+2)*x-(a+3))*x*x + 1
		case x < 2:
			return ((a*x-5*a)*x+8*a)*x - 4*a
		}
		return 0
	}
}
