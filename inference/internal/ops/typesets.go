package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// bigNumbers are the numbers that operators took before the small integers came in.
const bigNumbers = dtype.Floats | 1<<dtype.Int32 | 1<<dtype.Int64 | 1<<dtype.Uint32 | 1<<dtype.Uint64

// indexes are the types of indices.
const indexes = dtype.Set(1<<dtype.Int32 | 1<<dtype.Int64)

// data returns the types that operators which only move elements take as of an operator set: nearly all that the
// standard had by then.
func data(opset int) dtype.Set {
	s := dtype.Numbers | dtype.Bools | dtype.Strings | 1<<dtype.F16 | 1<<dtype.Complex64 | 1<<dtype.Complex128
	for _, step := range []struct {
		since int
		types dtype.Set
	}{
		{13, 1 << dtype.BF16},
		{19, 1<<dtype.F8E4M3FN | 1<<dtype.F8E4M3FNUZ | 1<<dtype.F8E5M2 | 1<<dtype.F8E5M2FNUZ},
		{21, 1<<dtype.U4 | 1<<dtype.I4},
		{23, 1 << dtype.F4E2M1},
		{24, 1 << dtype.F8E8M0},
		{25, 1<<dtype.U2 | 1<<dtype.I2},
	} {
		if opset >= step.since {
			s |= step.types
		}
	}
	return s
}

// expand returns versions with one for each operator set that they list, in which the types are spelled out.
func expand(versions []Version) []Version {
	var out []Version
	for _, v := range versions {
		for _, since := range append([]int{v.Since}, v.Again...) {
			each := v
			each.Since, each.Again = since, nil
			if len(v.Types) > 0 && v.Types[0].Types == 0 {
				each.Types = append([]Constraint{{v.Types[0].Var, data(since)}}, v.Types[1:]...)
			}
			out = append(out, each)
		}
	}
	return out
}

// Bounds of what models may compute as dimensions.
const (
	maxRank = tensor.MaxRank
	maxDim  = math.MaxInt32
)
