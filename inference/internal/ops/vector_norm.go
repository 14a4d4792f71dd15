package ops

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// singleLayerNormOf makes the kernel of LayerNormalization for float32.
func singleLayerNormOf(n *Node) (Kernel, error) {
	made, err := layerNormOf[float32](n)
	k, ok := made.(*layerNorm[float32])
	if !ok || !vec.Has(n.CPU) || k.row > vec.LongestRow {
		return made, err
	}
	return &vectorNorm{*k, n.CPU, n.In[normX].Len() / k.row}, nil
}

// vectorNorm is the kernel of LayerNormalization in assembly.
type vectorNorm struct {
	layerNorm[float32]
	level cpu.Level
	rows  int
}

func (k *vectorNorm) Parts(threads int) int {
	if k.Scratch() > 0 { // each part would stretch scale and bias
		return 1
	}
	return vectorParts(min(threads, k.rows), k.row*k.rows, slowPart)
}

func (k *vectorNorm) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *vectorNorm) RunPart(c *Ctx, part, parts int) error {
	scale, scratch := k.param(c, 0, tensor.Cast[float32](c.Scratch))
	bias, _ := k.param(c, 1, scratch)
	from, to := share(k.rows, part, parts)
	return normRows(c, k.level, from, to, vec.Norm{
		Dst: elements(c.Out, 0), Src: elements(c.In, normX), Gamma: first(scale), Beta: first(bias),
		Mean: elements(c.Out, 1), Inv: elements(c.Out, 2), N: k.row, Epsilon: float32(k.epsilon),
	})
}

// normRows normalises the rows from from to to, looking at the context now and then.
func normRows(c *Ctx, l cpu.Level, from, to int, p vec.Norm) error {
	rows := func(x unsafe.Pointer, at, of int) unsafe.Pointer {
		if x == nil {
			return nil
		}
		return unsafe.Add(x, 4*at*of)
	}
	for step := max(vectorRun/p.N, 1); from < to; from += step {
		q := p
		q.Rows = min(step, to-from)
		q.Dst, q.Src, q.Skip, q.Sum = rows(p.Dst, from, p.N), rows(p.Src, from, p.N), rows(p.Skip, from, p.N), rows(p.Sum, from, p.N)
		q.Mean, q.Inv = rows(p.Mean, from, 1), rows(p.Inv, from, 1)
		q.Run(l)
		if err := c.Cancelled(); err != nil {
			return err
		}
	}
	return nil
}

// elements returns where the elements of an input or output are, nil when it is left out.
func elements(list []*tensor.Tensor, i int) unsafe.Pointer {
	if i >= len(list) || list[i] == nil {
		return nil
	}
	return first(tensor.View[float32](list[i]))
}

func first(x []float32) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(x)) }
