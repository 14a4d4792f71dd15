package ops

import (
	"math"
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// bigNumbers are the numbers that operators took before the small integers came in.
const bigNumbers = dtype.Floating | 1<<dtype.Int32 | 1<<dtype.Int64 | 1<<dtype.Uint32 | 1<<dtype.Uint64

// indexes are the types of indices.
const indexes = dtype.Set(1<<dtype.Int32 | 1<<dtype.Int64)

// newcomers are the types that the standard got after the operator set 1, and with which one.
var newcomers = [...]struct {
	since int
	types dtype.Set
}{
	{13, 1 << dtype.BF16},
	{19, dtype.Float8s},
	{21, 1<<dtype.U4 | 1<<dtype.I4},
	{23, 1 << dtype.F4E2M1},
	{24, 1 << dtype.F8E8M0},
	{25, 1<<dtype.U2 | 1<<dtype.I2},
}

// data returns the types that the standard had by an operator set: those of operators which only move elements.
func data(opset int) dtype.Set {
	s := dtype.All
	for _, n := range &newcomers {
		if opset < n.since {
			s &^= n.types
		}
	}
	return s
}

// at returns the version since an operator set that v lists, with its types spelled out. Only the standard's own operator
// sets are numbered by when types came.
func (v *Version) at(domain string, since int) *Version {
	each := *v
	each.Since, each.Again = since, 0
	each.Types = slices.Clone(v.Types)
	if v.Common != nil {
		each.Attrs, each.Common = slices.Concat(v.Attrs, *v.Common), nil
	}
	for i := range each.Types {
		c := &each.Types[i]
		if c.Types.Elements() == 0 {
			c.Types |= dtype.All
		}
		if domain == "" {
			c.Types &^= dtype.All &^ data(since)
		}
	}
	return &each
}

// Bounds of what models may compute as dimensions.
const (
	maxRank = tensor.MaxRank
	maxDim  = math.MaxInt32
)
