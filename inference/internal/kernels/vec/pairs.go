package vec

import "github.com/brinkml/brink/inference/internal/cpu"

// Pair is a function of two numbers. The zero Pair is none.
type Pair uint8

// The functions of two numbers.
const (
	OfAdd Pair = iota + 1
	OfSub
	OfMul
	OfDiv
	OfMax // NaN when either is
	OfMin // NaN when either is
)

// Map computes the function of each element of a and that of b at the same place. Either may be of length 1: it is the
// same for all elements of dst. Dst may be a or b.
func (p Pair) Map(l cpu.Level, dst, a, b []float32) {
	if !Has(l) {
		p.portable(dst, a, b)
		return
	}
	for n := 0; len(dst) > 0; dst = dst[n:] {
		n = min(len(dst), callRun)
		p.run(l, dst[:n], a, b)
		if len(a) > 1 {
			a = a[n:]
		}
		if len(b) > 1 {
			b = b[n:]
		}
	}
}

// Add computes a + b, as [Pair.Map] does.
func Add(l cpu.Level, dst, a, b []float32) { OfAdd.Map(l, dst, a, b) }

// Mul computes a * b, as [Pair.Map] does.
func Mul(l cpu.Level, dst, a, b []float32) { OfMul.Map(l, dst, a, b) }
