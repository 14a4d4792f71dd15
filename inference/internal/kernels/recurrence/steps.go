package recurrence

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// Product is one call of the kernel that multiplies rows of input with weights and adds the biases. The order of the
// fields is known to the assembly.
type Product struct {
	X       unsafe.Pointer // of float32
	W, Bias unsafe.Pointer
	Gates   unsafe.Pointer
	XRow    int // bytes from one row to the next
	GateRow int
	Rows    int
	K       int // elements of a row
	Blocks  int
}

// Steps is one call of the kernel that goes through the steps of a layer for some rows of a batch. The order of the fields
// is known to the assembly, which changes them.
type Steps struct {
	Gates    unsafe.Pointer // what [Product] computed, for the first step
	R, R2    unsafe.Pointer
	Bias     unsafe.Pointer
	H        unsafe.Pointer // the state, a row of StateElems after the other; where it ends up after an even number of steps
	Next     unsafe.Pointer // as much again; where it ends up after an odd number
	C        unsafe.Pointer // the cells of LSTM, or memory that GRU needs, as much as the state
	Y        unsafe.Pointer // where the state goes, without the padding
	Mask     unsafe.Pointer
	GateStep int // bytes from one step to the next
	GateRow  int // bytes from one row to the next
	YStep    int
	YRow     int
	Steps    int // at least 1
	Rows     int // at least 1
	Hidden   int // at least 1
	Blocks   int
	Pad      int // bytes of a row of the state
	First    int // bytes from the first unit to those of the first block; not for GRU
	turn     int // bytes from a block of units to that after it
}

// Multiply computes the gates' products with rows of input. Both lie so many elements apart.
func (p *Weights) Multiply(l cpu.Level, gates []float32, gateRow int, x []float32, xRow, rows int) {
	if rows == 0 || p.Blocks == 0 {
		return
	}
	a := Product{
		X: pointer(x), W: pointer(p.w), Bias: pointer(p.bias), Gates: pointer(gates),
		XRow: 4 * xRow, GateRow: 4 * gateRow, Rows: rows, K: p.Input, Blocks: p.Blocks,
	}
	a.run(l, p)
}

// callWork is how many multiply-accumulates a call of a kernel does at most, lest the garbage collector wait for it: less
// than a tenth of a millisecond's worth.
const callWork = 1 << 20

// Fits reports whether a step is short enough for one call, or can be done in several.
func (p *Weights) Fits() bool { return p.Cell != GRU || 3*p.Hidden*p.Hidden <= callWork }

// Go goes through the steps of s, whose fields from Gates to Rows are set but for those that the weights tell. Afterwards
// s.H is where the state is.
func (p *Weights) Go(l cpu.Level, s *Steps) {
	s.R, s.R2, s.Bias, s.Mask = pointer(p.r), pointer(p.r2), pointer(p.rb), pointer(p.mask)
	s.Hidden, s.Pad = p.Hidden, 4*p.StateElems()
	block := s.Rows * p.Cell.Gates() * p.lanes * p.Hidden
	gates, y, steps := s.Gates, s.Y, s.Steps
	some := max(1, callWork/(block*p.Blocks))
	for done := 0; done < steps; done += some {
		s.Gates, s.Y = unsafe.Add(gates, done*s.GateStep), unsafe.Add(y, done*s.YStep)
		s.Steps = min(some, steps-done)
		if p.Cell == GRU || block*p.Blocks <= callWork {
			s.First, s.Blocks = 0, p.Blocks
			s.run(l, p)
			continue
		}
		h, next := s.H, s.Next
		blocks := max(1, callWork/block)
		for b := 0; b < p.Blocks; b += blocks {
			s.H, s.Next, s.Steps = h, next, 1
			s.First, s.Blocks = 4*b*p.lanes, min(blocks, p.Blocks-b)
			s.run(l, p)
		}
	}
}

func pointer[T any](s []T) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }
