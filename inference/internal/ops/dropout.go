package ops

import (
	"math/rand/v2"
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opDropout)

// opDropout computes x, and a mask of what is kept of it: all, unless in training, where elements are dropped at
// random.
var opDropout = Op{
	Name: "Dropout",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T", "T?"}, Types: []Constraint{{"T", dtype.Floating}}, Attrs: []Attr{{"is_test", Int, 0}, {"ratio", Float, 0.5}}, Infer: inferDropout, New: newDropout, InPlace: 1, Again: 1 << 6},
		{Since: 7, In: Args{"T"}, Out: Args{"T", "T?"}, Types: []Constraint{{"T", dtype.Floating}}, Attrs: []Attr{{"ratio", Float, 0.5}}, Infer: inferDropout, New: newDropout, InPlace: 1},
		{Since: 10, In: Args{"T"}, Out: Args{"T", "T1?"}, Types: []Constraint{{"T", dtype.Floating}, {"T1", dtype.Bools}}, Attrs: []Attr{{"ratio", Float, 0.5}}, Infer: inferDropout, New: newDropout, InPlace: 1},
		{
			Since: 12, In: Args{"T", "T1?", "T2?"}, Out: Args{"T", "T2?"},
			Types: []Constraint{{"T", dtype.Floating}, {"T1", dtype.IEEE}, {"T2", dtype.Bools}},
			Attrs: []Attr{{"seed", Int, nil}}, Infer: inferDropout, New: newDropout, InPlace: 1, Impure: true, Again: 1 << 13,
		},
		{
			Since: 22, In: Args{"T", "T1?", "T2?"}, Out: Args{"T", "T2?"},
			Types: []Constraint{{"T", dtype.Floating | dtype.Float8s}, {"T1", dtype.Floating | dtype.Float8s}, {"T2", dtype.Bools}},
			Attrs: []Attr{{"seed", Int, nil}}, Infer: inferDropout, New: newDropout, InPlace: 1, Impure: true,
		},
	},
}

func inferDropout(n *Node) error {
	if n.Out[1].DType == dtype.Undefined {
		n.Out[1].DType = dtype.Bool
	}
	n.SetOut(1, n.In[0].Shape)
	return sameShape(n)
}

// dropout is the kernel of Dropout. Only the later versions, which have an input that asks for training, drop anything:
// before, the attribute is_test said so by its absence, which exporters did not mean.
type dropout struct {
	seed   uint32
	seeded bool
}

func newDropout(n *Node) (Kernel, error) {
	k := dropout{}
	if n.Version.Attr("seed") != nil && n.HasAttr("seed") {
		k.seed, k.seeded = uint32(n.Int("seed")), true
	}
	return k, nil
}

// Scratch has room for a tile of elements and the state of the generator.
func (dropout) Scratch() int { return tileBytes + twisterBytes }

func (k dropout) Run(c *Ctx) error {
	if len(c.In) == 3 && c.In[2] != nil && slices.Contains(tensor.View[bool](c.In[2]), true) {
		ratio := 0.5
		if c.In[1] != nil && c.In[1].Len() > 0 {
			var one [1]float64
			load(one[:], c.In[1].Data, c.In[1].DType)
			ratio = one[0]
		}
		if !(ratio >= 0 && ratio < 1) {
			return fault.Format("a share of %v to drop", ratio)
		}
		if ratio > 0 {
			return k.drop(c, ratio)
		}
	}
	copy(c.Out[0].Data, c.In[0].Data)
	if mask := c.Out[1]; mask != nil {
		one := &numberCast{}
		floats := tensor.Cast[float64](c.Scratch[:tileBytes])
		kernels.Fill(floats, 1)
		for at, n := 0, mask.Len(); at < n; at += tile {
			one.store(mask, at, floats[:min(tile, n-at)], nil)
		}
	}
	return nil
}

// drop sets elements to 0, each with the probability ratio, and scales the others so that the mean stays. A seed gives
// the same mask as it does in ONNX's reference, which draws from numpy's generator.
func (k dropout) drop(c *Ctx, ratio float64) error {
	dst, src := c.Out[0], c.In[0]
	seed := k.seed
	if !k.seeded {
		seed = rand.Uint32()
	}
	floats := tensor.Cast[float64](c.Scratch[:tileBytes])
	random := newTwister(c.Scratch[tileBytes:], seed)
	scaled := &numberCast{saturate: true}
	for at, n := 0, src.Len(); at < n; at += tile {
		if err := c.Cancelled(); err != nil {
			return err
		}
		part := floats[:min(tile, n-at)]
		load(part, src.Data[at*src.DType.Size():], src.DType)
		for i, v := range part {
			keep := random.float64() >= ratio
			part[i] = 0
			if keep {
				part[i] = v / (1 - ratio)
			}
			if c.Out[1] != nil {
				tensor.View[bool](c.Out[1])[at+i] = keep
			}
		}
		scaled.store(dst, at, part, nil)
	}
	return nil
}
