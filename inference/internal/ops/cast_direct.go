package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// directCast is the kernel that converts between types that Go knows: numbers and bools.
type directCast struct{}

// castsDirectly reports whether directCast converts from or to elements of type d.
func castsDirectly(d dtype.DType) bool { return (dtype.Numbers | dtype.Bools).Has(d) }

// Scratch is for a tile of integers, or of floats that become bools.
func (directCast) Scratch() int { return tileBytes }

func (directCast) Run(c *Ctx) error {
	dst, src := c.Out[0], c.In[0]
	switch dst.DType {
	case dtype.Float32:
		load(tensor.View[float32](dst), src.Data, src.DType)
	case dtype.Float64:
		load(tensor.View[float64](dst), src.Data, src.DType)
	case dtype.Uint64:
		load(tensor.View[uint64](dst), src.Data, src.DType)
	case dtype.Bool: // as floats, because 0.5 is true
		tiles := tensor.Cast[float64](c.Scratch[:tileBytes])
		for at := 0; at < len(dst.Data); at += tile {
			to := tensor.View[bool](dst)[at:min(at+tile, len(dst.Data))]
			load(tiles[:len(to)], src.Data[at*src.DType.Size():], src.DType)
			kernels.NotZero(to, tiles[:len(to)])
		}
	default:
		size := dst.DType.Size()
		tiles := tensor.Cast[int64](c.Scratch[:tileBytes])
		for at, n := 0, dst.Len(); at < n; at += tile {
			part := tiles[:min(tile, n-at)]
			load(part, src.Data[at*src.DType.Size():], src.DType)
			storeInts(dst.Data[at*size:], part, dst.DType)
		}
	}
	return nil
}
