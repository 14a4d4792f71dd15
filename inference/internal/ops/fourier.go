package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// maxTransform bounds the length of a Fourier transform: its tables take memory when the kernel is made.
const maxTransform = 1 << 22

// fourier is the kernel of operators that transform lines of numbers, real or complex: of their inputs, weighted by a
// window or not, to as many lines of the output. They hold float64, and it computes with numbers of F.
type fourier[F kernels.Float] struct {
	*kernels.FFT[F]
	length  int // of a transform
	inverse bool
	half    bool // the spectrum that is inverted is given without the half that follows from the other one

	lines   int
	in, out fourierLine
	line    func(i int) (from, to int) // where line i begins, in elements of the input and the output
	window  int                        // the input that is the window; 0 for none
}

// fourierLine is how a line lies in a tensor.
type fourierLine struct {
	count  int // numbers in it that count, at most
	stride int // from one to the next, in elements
	parts  int // of a number: real alone, or imaginary too
}

// checkTransform refuses lengths that no transform can have.
func checkTransform(n int64) error {
	switch {
	case n < 1:
		return fault.Shape("a Fourier transform of length %d", n)
	case n > maxTransform:
		return &fault.LimitError{What: "length of a Fourier transform", Got: n, Max: maxTransform}
	}
	return nil
}

// scalarInput returns the integer that is the value of input i; known is false when it is not told yet.
func (n *Node) scalarInput(i int) (v int64, known bool, err error) {
	list, known := n.In[i].Ints()
	if !known {
		return 0, false, nil
	}
	if len(list) != 1 {
		return 0, false, fault.Shape("input %d has %d elements instead of 1", i, len(list))
	}
	return list[0], true, nil
}

func (k *fourier[F]) Scratch() int { return elemBytes[kernels.Pair[F]](k.length + k.Room()) }

func (k *fourier[F]) Parts(threads int) int {
	return partsFor(threads, k.lines, int64(k.lines)*int64(k.Work()))
}

func (k *fourier[F]) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *fourier[F]) RunPart(c *Ctx, part, parts int) error {
	y, x := tensor.View[float64](c.Out[0]), tensor.View[float64](c.In[0])
	var window []float64
	if k.window > 0 {
		window = tensor.View[float64](c.In[k.window])
	}
	scratch := tensor.Cast[kernels.Pair[F]](c.Part(part, parts))
	line, room := scratch[:k.length], scratch[k.length:]
	p := pace{c: c}
	from, to := share(k.lines, part, parts)
	for i := from; i < to; i++ {
		if err := p.spend(k.length); err != nil {
			return err
		}
		src, dst := k.line(i)
		k.read(line, x[src:], window)
		spectrum, err := k.Transform(line, room[:k.Room()], c.Cancelled)
		if err != nil {
			return err
		}
		k.write(y[dst:], spectrum)
	}
	return nil
}

// read reads a line, with zeros after what there is of it. For an inverse transform it is conjugated: the conjugate of
// the transform is then the inverse transform, but for a factor.
func (k *fourier[F]) read(line []kernels.Pair[F], src, window []float64) {
	count := min(k.in.count, k.length)
	if k.inverse && k.half {
		count = min(count, k.length/2+1)
	}
	for i := range count {
		at := i * k.in.stride
		re, im := F(src[at]), F(0)
		if k.in.parts == 2 {
			im = F(src[at+1])
		}
		if window != nil {
			w := F(window[i])
			re, im = re*w, im*w
		}
		if k.inverse {
			im = -im
		}
		line[i] = kernels.Pair[F]{Re: re, Im: im}
	}
	clear(line[count:])
	if !k.inverse || !k.half {
		return
	}
	// The spectrum of a real signal: the other half is the conjugate, and what stands alone is real.
	line[0].Im = 0
	for i := 1; 2*i <= k.length; i++ {
		v := line[i]
		if 2*i == k.length {
			v.Im = 0
		}
		line[i] = v
		line[k.length-i] = kernels.Pair[F]{Re: v.Re, Im: -v.Im}
	}
}

func (k *fourier[F]) write(dst []float64, spectrum []kernels.Pair[F]) {
	by, turn := F(1), F(1)
	if k.inverse {
		by = 1 / F(k.length)
		turn = -by
	}
	for i, v := range spectrum[:k.out.count] {
		at := i * k.out.stride
		dst[at] = float64(v.Re * by)
		if k.out.parts == 2 {
			dst[at+1] = float64(v.Im * turn)
		}
	}
}

// bins returns how many numbers the spectrum of n real ones has without the half that follows from the other one.
func bins(n int64) int64 { return n/2 + 1 }
