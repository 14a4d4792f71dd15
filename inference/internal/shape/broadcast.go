package shape

import "github.com/brinkml/brink/inference/internal/fault"

// Broadcast returns the shape that shapes have in common under numpy's rules, as ONNX's "multidirectional
// broadcasting" has them: aligned at the last dimension, a length of 1 stretches to any other.
func Broadcast(shapes ...Shape) (Shape, error) {
	rank := 0
	for _, s := range shapes {
		if !s.ranked {
			return Shape{}, nil
		}
		rank = max(rank, len(s.dims))
	}
	out := make([]Dim, rank)
	for i := range out {
		out[i] = 1
	}
	for _, s := range shapes {
		for i, d := range s.dims {
			at := i + rank - len(s.dims)
			switch o := out[at]; {
			case o == d || d == 1:
			case o == 1:
				out[at] = d
			case o.Known() && d.Known():
				return Shape{}, fault.Shape("%v and %v do not broadcast", Shape{out, true}.Ints(), s.Ints())
			case d.Known():
				out[at] = d // whatever o is, it is 1 or d
			case !o.Known():
				out[at] = Unknown // two different unknowns
			}
		}
	}
	return Shape{out, true}, nil
}
