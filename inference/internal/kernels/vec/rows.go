package vec

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// LongestRow is how many elements a row of [Softmax] and [Norm] has at most: longer ones would keep the processor for
// too long at a time.
const LongestRow = 1 << 17

// perCall returns how many of rows of n elements one call of assembly does.
func perCall(n, rows int) int { return min(rows, max(callRun/n, 1)) }

// Softmax computes e^x divided by the sum of all e^x, or the logarithm of that, for each of the rows of n elements that
// src consists of. There must be assembly for the level. Dst may be src.
func Softmax(l cpu.Level, dst, src []float32, n int, log bool) {
	for len(src) > 0 {
		rows := perCall(n, len(src)/n)
		softmaxRows(l, &dst[0], &src[0], n, rows, log)
		dst, src = dst[rows*n:], src[rows*n:]
	}
}

// Sum returns the sum of all elements. There must be assembly for the level.
func Sum(l cpu.Level, src []float32) float32 { return reduced(l, src, sumRow) }

// Squares returns the sum of the squares of all elements. There must be assembly for the level.
func Squares(l cpu.Level, src []float32) float32 { return reduced(l, src, squareRow) }

func reduced(l cpu.Level, src []float32, f func(l cpu.Level, src *float32, n int) float32) float32 {
	var sum float32
	for n := 0; len(src) > 0; src = src[n:] {
		n = min(len(src), callRun)
		sum += f(l, &src[0], n)
	}
	return sum
}

// Norm normalises rows: from each, to which others may be added first, its mean is taken, and what remains is divided by
// its standard deviation, multiplied with a row and added to another.
//
// The order of the fields is known to the assembly.
type Norm struct {
	Dst, Src    unsafe.Pointer // of Rows times N float32; may be the same
	Skip        unsafe.Pointer // of as many, which are added to Src; nil when nothing is
	Bias        unsafe.Pointer // of N, which are added to each row as well; nil when there are none, or no Skip
	Gamma, Beta unsafe.Pointer // of N; Beta may be nil
	Sum         unsafe.Pointer // gets the sums, of Rows times N; may be nil
	Mean, Inv   unsafe.Pointer // get the mean of each row and the inverse of its standard deviation; may be nil
	N, Rows     int
	Epsilon     float32 // is added to the variance
	RMS         bool    // takes the mean for 0
}

// Run does all rows. There must be assembly for the level.
func (p Norm) Run(l cpu.Level) {
	all := p
	for done := 0; done < all.Rows; done += p.Rows {
		p.Rows = perCall(p.N, all.Rows-done)
		p.Dst, p.Src = onward(all.Dst, done*p.N), onward(all.Src, done*p.N)
		p.Skip, p.Sum = onward(all.Skip, done*p.N), onward(all.Sum, done*p.N)
		p.Mean, p.Inv = onward(all.Mean, done), onward(all.Inv, done)
		p.some(l)
	}
}

// onward returns where the float32 is that comes n after that at p; nil when p is nil.
func onward(p unsafe.Pointer, n int) unsafe.Pointer {
	if p == nil {
		return nil
	}
	return unsafe.Add(p, 4*n)
}
