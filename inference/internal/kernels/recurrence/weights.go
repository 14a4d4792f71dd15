package recurrence

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// Cell is what is computed at each step.
type Cell uint8

// The cells. Their gates lie in the order of the ONNX operators.
const (
	LSTM      Cell = iota // i, o, f, c
	GRU                   // z, r, h; the state is reset before it is multiplied
	GRULinear             // z, r, h; the product of the state is reset, as linear_before_reset asks for
	RNN
)

// Gates returns how many gates a cell has.
func (c Cell) Gates() int { return [...]int{LSTM: 4, GRU: 3, GRULinear: 3, RNN: 1}[c] }

// scale returns what the weights of a gate are multiplied by: see the package comment.
func (c Cell) scale(gate int) float32 {
	if gate == c.Gates()-1 {
		return 2
	}
	return -1
}

// lanes is how many units a block has.
func lanes(l cpu.Level) int {
	if l == cpu.AVX512 || l == cpu.VNNI {
		return 16
	}
	return 8
}

// Weights are the weights of one direction of a layer.
type Weights struct {
	Cell          Cell
	Input, Hidden int
	Blocks        int // of units
	lanes         int

	w    []float32 // panels of all gates, a row for each input
	bias []float32 // of all gates
	r    []float32 // panels of all gates, or of the first two of GRU; a row for each unit
	r2   []float32 // panels of the last gate of GRU
	rb   []float32 // the bias of GRULinear's products of the last gate with the state
	mask []int32   // a block of ones, and a block of ones for each unit of the last block
}

// Pack returns weights in the layout that kernels of a level want them in: w, r and b are those of the operators LSTM, GRU
// and RNN, and b may be nil.
func Pack(l cpu.Level, cell Cell, input, hidden int, w, r, b []float32) *Weights {
	n := lanes(l)
	p := &Weights{Cell: cell, Input: input, Hidden: hidden, Blocks: (hidden + n - 1) / n, lanes: n}
	gates := cell.Gates()
	p.w = p.panels(w, input, 0, gates)
	split := gates
	if cell == GRU {
		split = 2
		p.r2 = p.panels(r, hidden, split, gates)
	}
	p.r = p.panels(r, hidden, 0, split)
	p.bias = aligned(p.Blocks * gates * n)
	p.rb = aligned(p.Blocks * n)
	if b != nil {
		both := b[:gates*hidden]
		rb := b[gates*hidden:]
		for u := range hidden {
			for g := range gates {
				v := both[g*hidden+u]
				if cell == GRULinear && g == gates-1 {
					p.rb[u] = rb[g*hidden+u] * cell.scale(g)
				} else {
					v += rb[g*hidden+u]
				}
				p.bias[(u/n*gates+g)*n+u%n] = v * cell.scale(g)
			}
		}
	}
	p.mask = make([]int32, 2*n)
	for i := range n + hidden - (p.Blocks-1)*n {
		p.mask[i] = -1
	}
	return p
}

// panels packs the gates from first on, up to, not including, end, of a matrix with a row of k weights for each unit of each.
func (p *Weights) panels(m []float32, k, first, end int) []float32 {
	gates := end - first
	out := aligned(p.Blocks * k * gates * p.lanes)
	for u := range p.Hidden {
		block := out[u/p.lanes*k*gates*p.lanes:]
		for g := range gates {
			scale := p.Cell.scale(first + g)
			for i, v := range m[((first+g)*p.Hidden+u)*k:][:k] {
				block[(i*gates+g)*p.lanes+u%p.lanes] = v * scale
			}
		}
	}
	return out
}

// aligned returns n zeros, the first of them where a line of the cache begins.
func aligned(n int) []float32 {
	const line = 64
	s := make([]float32, n+line/4)
	skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(s)))) & (line - 1) / 4
	return s[skip:][:n:n]
}

// StateElems returns how many elements a row of the state takes.
func (p *Weights) StateElems() int { return p.Blocks * p.lanes }

// GateElems returns how many elements the gates of one row take at one step.
func (p *Weights) GateElems() int { return p.Blocks * p.Cell.Gates() * p.lanes }
