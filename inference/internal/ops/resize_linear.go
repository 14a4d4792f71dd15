package ops

import (
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// resample is the kernel of Resize that interpolates, along one axis after the other.
//
// The first axis that changes length is cut into blocks of its output: for each, the rows of the input that go into it
// are resampled along all later axes, the last one first, and then summed up to the rows of the block. So the memory in
// between is small, and blocks can be computed at once.
type resample[T kernels.Float] struct {
	planes     int // before the first axis
	in, out    int // rows: the length of the first axis
	inRow      int // elements of a row of the input
	outRow     int // elements of a row of the output
	rows       *kernels.Taps
	passes     []pass // of the later axes, in the order in which they are done
	block      int    // rows of the output in a block
	most       int    // rows of the input that any block reads
	widest     int    // elements of a row between passes, at most
	lines      bool   // rows are one element, and all of them one block
	outside    T
	costOfRow  int // multiply-accumulates for each row that is read
	costOfSums int // and for each row that is written
}

// pass is what is done to every row along one axis.
type pass struct {
	taps         *kernels.Taps
	outer, inner int // lines that are resampled, and how many elements go along with each element of these
	in           int // length of the axis before
}

func resampleOf[T kernels.Float](n *Node) (Kernel, error) {
	dims, known, err := resizes(n)
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, errNeedsValue
	}
	k := &resample[T]{planes: 1, in: 1, out: 1, inRow: 1}
	if n.Version.Attr("extrapolation_value") != nil {
		k.outside = T(n.Float("extrapolation_value"))
	}
	first := 0
	for first < len(dims) && dims[first].same() {
		k.planes *= int(dims[first].in)
		first++
	}
	if first == len(dims) {
		return newCopy(n)
	}
	k.in, k.out = int(dims[first].in), int(dims[first].out)
	if k.rows, err = dims[first].taps(n); err != nil {
		return nil, err
	}
	rest := dims[first+1:]
	for i := range rest {
		k.inRow *= int(rest[i].in)
	}
	k.outRow, k.widest = 1, k.inRow
	outer := k.inRow
	for i := len(rest) - 1; i >= 0; i-- {
		d := &rest[i]
		outer /= int(d.in)
		if !d.same() {
			taps, err := d.taps(n)
			if err != nil {
				return nil, err
			}
			p := pass{taps, outer, k.outRow, int(d.in)}
			k.passes = append(k.passes, p)
			k.costOfRow += outer * p.inner * taps.Out * taps.N
		}
		k.outRow *= int(d.out)
		k.widest = max(k.widest, outer*k.outRow)
	}
	k.costOfSums = k.outRow * k.rows.N
	k.block = min(max(resampleWork/max(k.costOfSums+k.costOfRow, 1), resampleRows), k.out)
	k.lines = k.outRow == 1 && k.block == k.out
	for from := 0; from < k.out; from += k.block {
		first, end := k.reach(from, min(from+k.block, k.out))
		k.most = max(k.most, end-first)
	}
	if k.most > maxScratch/(2*elemBytes[T](k.widest)) {
		k.most = 0
		_, err := scratchFor(maxScratch)
		return nil, err
	}
	return k, nil
}

const (
	resampleWork = 1 << 17 // multiply-accumulates of a block, about
	resampleRows = 8       // rows of a block, at least: those that two blocks read are computed twice
)

// Scratch is for the rows that a block reads, before and after a pass.
func (k *resample[T]) Scratch() int {
	if len(k.passes) == 0 {
		return 0
	}
	return elemBytes[T](2 * k.most * k.widest)
}

// reach returns which rows of the input those of a block are made of.
func (k *resample[T]) reach(from, to int) (first, end int) {
	if k.lines {
		return 0, k.in
	}
	return k.rows.Reach(from, to)
}

func (k *resample[T]) blocks() int { return k.planes * blockCount(k.out, k.block) }

func (k *resample[T]) Parts(threads int) int {
	work := int64(k.planes) * (int64(k.in)*int64(k.costOfRow) + int64(k.out)*int64(k.costOfSums))
	return partsFor(threads, k.blocks(), work)
}

func (k *resample[T]) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *resample[T]) RunPart(c *Ctx, part, parts int) error {
	y, x := tensor.View[T](c.Out[0]), tensor.View[T](c.In[0])
	scratch := tensor.Cast[T](c.Part(part, parts))
	p := pace{c: c}
	perPlane := blockCount(k.out, k.block)
	begin, end := share(k.blocks(), part, parts)
	for i := begin; i < end; i++ {
		plane, from := i/perPlane, i%perPlane*k.block
		to := min(from+k.block, k.out)
		first, after := k.reach(from, to)
		rows := x[(plane*k.in+first)*k.inRow:][:(after-first)*k.inRow]
		for j := range k.passes {
			pass := &k.passes[j]
			half := k.most * k.widest
			dst := scratch[j%2*half:][:half]
			if err := runPass(pass, &p, dst, rows, (after-first)*pass.outer, k.outside); err != nil {
				return err
			}
			rows = dst
		}
		dst := y[(plane*k.out+from)*k.outRow:]
		if k.lines {
			if err := p.spend(k.costOfSums * k.out); err != nil {
				return err
			}
			kernels.ResampleLine(dst, rows, k.rows, k.outside)
			continue
		}
		for r := from; r < to; r++ {
			if err := p.spend(k.costOfSums); err != nil {
				return err
			}
			kernels.ResampleRows(dst[(r-from)*k.outRow:], rows, k.rows, r, r+1, first, k.outRow, k.outside)
		}
	}
	return nil
}

// runPass resamples so many lines of src.
func runPass[T kernels.Float](s *pass, p *pace, dst, src []T, lines int, outside T) error {
	in, out := s.in*s.inner, s.taps.Out*s.inner
	for i := range lines {
		if err := p.spend(out * s.taps.N); err != nil {
			return err
		}
		if s.inner == 1 {
			kernels.ResampleLine(dst[i*out:], src[i*in:][:in], s.taps, outside)
		} else {
			kernels.ResampleRows(dst[i*out:], src[i*in:][:in], s.taps, 0, s.taps.Out, 0, s.inner, outside)
		}
	}
	return nil
}
