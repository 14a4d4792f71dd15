package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/brinkml/brink/inference"
)

// generator makes tensors of numbers that are the same for the same seed: floats in [-1, 1), integers
// of 0 to 9, both bools, short strings.
type generator struct{ rand *rand.Rand }

func newGenerator(seed uint64) *generator {
	return &generator{rand.New(rand.NewPCG(seed, 0))}
}

// maxGenerated bounds a generated tensor: what is larger comes from a shape that was mistyped.
const maxGenerated = 1 << 28

func (g *generator) tensor(t inference.DType, shape []int) (inference.Value, error) {
	n := 1
	for _, d := range shape {
		if d != 0 && n > maxGenerated/d {
			return nil, fmt.Errorf("a generated tensor of shape %v is too large", shape)
		}
		n *= d
	}
	switch t {
	case inference.Float32:
		return fill(n, shape, func() float32 { return g.rand.Float32()*2 - 1 })
	case inference.Float64:
		return fill(n, shape, func() float64 { return g.rand.Float64()*2 - 1 })
	case inference.F16:
		return fill(n, shape, func() inference.Float16 { return inference.Float16(g.rand.UintN(0x3c00)) }) // in [0, 1)
	case inference.BF16:
		return fill(n, shape, func() inference.BFloat16 { return inference.BFloat16(g.rand.UintN(0x80)) + 0x3f00 }) // in [0.5, 1)
	case inference.Int8:
		return fill(n, shape, func() int8 { return int8(g.rand.IntN(10)) })
	case inference.Int16:
		return fill(n, shape, func() int16 { return int16(g.rand.IntN(10)) })
	case inference.Int32:
		return fill(n, shape, func() int32 { return g.rand.Int32N(10) })
	case inference.Int64:
		return fill(n, shape, func() int64 { return g.rand.Int64N(10) })
	case inference.Uint8:
		return fill(n, shape, func() uint8 { return uint8(g.rand.UintN(10)) })
	case inference.Uint16:
		return fill(n, shape, func() uint16 { return uint16(g.rand.UintN(10)) })
	case inference.Uint32:
		return fill(n, shape, func() uint32 { return g.rand.Uint32N(10) })
	case inference.Uint64:
		return fill(n, shape, func() uint64 { return g.rand.Uint64N(10) })
	case inference.Bool:
		return fill(n, shape, func() bool { return g.rand.IntN(2) == 1 })
	case inference.String:
		list := make([]string, n)
		for i := range list {
			list[i] = string(rune('a' + g.rand.IntN(26)))
		}
		return inference.NewStrings(list, shape...)
	}
	return nil, fmt.Errorf("tensors of %v cannot be generated; give a file", t)
}

func fill[T inference.Element](n int, shape []int, next func() T) (inference.Value, error) {
	data := make([]T, n)
	for i := range data {
		data[i] = next()
	}
	return inference.NewTensor(data, shape...)
}
