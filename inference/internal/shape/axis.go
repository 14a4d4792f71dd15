package shape

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/fault"
)

// Axis resolves an axis of a tensor of the given rank; a negative one counts from the end.
func Axis(axis int64, rank int) (int, error) {
	if axis < -int64(rank) || axis >= int64(rank) {
		return 0, fault.Shape("axis %d is out of range for %d dimensions", axis, rank)
	}
	if axis < 0 {
		axis += int64(rank)
	}
	return int(axis), nil
}

// Axes resolves a list of axes, ascending. An axis given twice is an error.
func Axes(axes []int64, rank int) ([]int, error) {
	out := make([]int, len(axes))
	for i, a := range axes {
		var err error
		if out[i], err = Axis(a, rank); err != nil {
			return nil, err
		}
	}
	slices.Sort(out)
	for i := 1; i < len(out); i++ {
		if out[i] == out[i-1] {
			return nil, fault.Shape("axis %d is given twice", out[i])
		}
	}
	return out, nil
}
