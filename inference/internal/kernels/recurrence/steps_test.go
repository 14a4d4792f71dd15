package recurrence

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// canary fills memory that a kernel has no business with.
const canary = 1234.5

// layer is a layer with the memory that its kernels work on, one direction.
type layer struct {
	p                     *Weights
	x, gates, h, c, y     []float32
	steps, rows           int
	backwards             bool
	guardedY, guardedGate []float32
}

func random(r *rand.Rand, n int, scale float32) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = (r.Float32()*2 - 1) * scale
	}
	return out
}

// guarded returns n elements, not at the beginning of a line, and these with canaries on both sides.
func guarded(n int) (inner, all []float32) {
	all = make([]float32, n+64)
	for i := range all {
		all[i] = canary
	}
	return all[29:][:n], all
}

func newLayer(l cpu.Level, cell Cell, seed uint64, input, hidden, steps, rows int, scale float32, backwards bool) *layer {
	r := rand.New(rand.NewPCG(seed, 7))
	g := cell.Gates()
	f := &layer{steps: steps, rows: rows, backwards: backwards}
	f.p = Pack(l, cell, input, hidden, random(r, g*hidden*input, scale), random(r, g*hidden*hidden, scale), random(r, 2*g*hidden, scale))
	f.x = random(r, steps*rows*input, scale)
	f.gates, f.guardedGate = guarded(steps * rows * f.p.GateElems())
	f.y, f.guardedY = guarded(steps * rows * hidden)
	f.h = make([]float32, 2*rows*f.p.StateElems())
	f.c = make([]float32, rows*f.p.StateElems())
	for row := range rows {
		copy(f.h[row*f.p.StateElems():], random(r, hidden, 1))
		if cell == LSTM {
			copy(f.c[row*f.p.StateElems():], random(r, hidden, 1))
		}
	}
	return f
}

// run takes the layer through its steps and returns the last state.
func (f *layer) run(l cpu.Level) []float32 {
	f.p.Multiply(l, f.gates, f.p.GateElems(), f.x, f.p.Input, f.steps*f.rows)
	n := len(f.h) / 2
	s := Steps{
		Gates: pointer(f.gates), H: pointer(f.h), Next: pointer(f.h[n:]), C: pointer(f.c), Y: pointer(f.y),
		GateStep: 4 * f.rows * f.p.GateElems(), GateRow: 4 * f.p.GateElems(),
		YStep: 4 * f.rows * f.p.Hidden, YRow: 4 * f.p.Hidden, Steps: f.steps, Rows: f.rows,
	}
	if f.backwards {
		s.Gates, s.Y = pointer(f.gates[(f.steps-1)*f.rows*f.p.GateElems():]), pointer(f.y[(f.steps-1)*f.rows*f.p.Hidden:])
		s.GateStep, s.YStep = -s.GateStep, -s.YStep
	}
	f.p.Go(l, &s)
	return unsafe.Slice((*float32)(s.H), n)
}

// compare reports a difference beyond what rounding explains when sums are as great as scale.
func compare(t *testing.T, what string, got, want []float32, scale float32) {
	t.Helper()
	for i, w := range want {
		if g := got[i]; math.Abs(float64(g)-float64(w)) > 2e-6*max(1, math.Abs(float64(w)), float64(scale)) || (g != g) != (w != w) {
			t.Fatalf("%s[%d] = %v; want %v", what, i, g, w)
		}
	}
}

// portable makes the twin of a kernel work on the same layout.
func (f *layer) portable(l cpu.Level) []float32 {
	if l == cpu.Portable {
		return f.run(l)
	}
	return f.run(cpu.Portable)
}

var cells = map[Cell]string{LSTM: "LSTM", GRU: "GRU", GRULinear: "GRULinear", RNN: "RNN"}

func check(t *testing.T, l cpu.Level, cell Cell, seed uint64, input, hidden, steps, rows int, scale float32, backwards bool) {
	t.Helper()
	got := newLayer(l, cell, seed, input, hidden, steps, rows, scale, backwards)
	want := newLayer(l, cell, seed, input, hidden, steps, rows, scale, backwards)
	gotState, wantState := got.run(l), want.portable(l)
	compare(t, "y", got.y, want.y, scale)
	compare(t, "state", gotState, wantState, scale)
	compare(t, "cells", got.c, want.c, scale)
	for name, all := range map[string][]float32{"y": got.guardedY, "gates": got.guardedGate} {
		if slices.ContainsFunc(append(slices.Clone(all[:29]), all[len(all)-35:]...), func(v float32) bool { return v != canary }) {
			t.Fatalf("the kernel wrote beside %s", name)
		}
	}
}

func TestSteps(t *testing.T) {
	for _, l := range cpu.Levels() {
		for cell, name := range cells {
			for _, s := range []struct{ input, hidden, steps, rows int }{
				{1, 1, 1, 1}, {6, 64, 5, 1}, {3, 32, 4, 2}, {0, 7, 3, 1}, {5, 16, 2, 3}, {8, 33, 3, 2}, {2, 9, 6, 1}, {10, 17, 1, 5}, {4, 130, 2, 1}, {2, 700, 3, 1},
			} {
				for _, backwards := range []bool{false, true} {
					t.Run(fmt.Sprintf("%v/%s/%v/%v", l, name, s, backwards), func(t *testing.T) {
						check(t, l, cell, 1, s.input, s.hidden, s.steps, s.rows, 1/float32(math.Sqrt(float64(s.hidden+1))), backwards)
					})
				}
			}
		}
	}
}

// TestSaturation checks sums of any size.
func TestSaturation(t *testing.T) {
	for _, l := range cpu.Levels() {
		for cell := range cells {
			for _, scale := range []float32{1e-6, 1e-3, 4, 20, 100, 1e6, 1e18} {
				check(t, l, cell, 2, 4, 20, 1, 1, scale, false)
			}
		}
	}
}

// TestNaN checks that NaN in one row of a batch stays there, and is not lost.
func TestNaN(t *testing.T) {
	for _, l := range cpu.Levels() {
		for cell, name := range cells {
			f := newLayer(l, cell, 3, 2, 8, 2, 2, 0.5, false)
			f.x[0] = float32(math.NaN())
			f.run(l)
			for i, v := range f.y[8*2:] {
				if (v != v) != (i < 8) {
					t.Errorf("%v %s: y[%d] = %v of a row with NaN: %v", l, name, i, v, i < 8)
				}
			}
		}
	}
}

func FuzzSteps(f *testing.F) {
	f.Add(uint64(1), uint8(0), uint8(3), uint8(20), uint8(3), uint8(2), float32(0.2), true)
	f.Fuzz(func(t *testing.T, seed uint64, cell, input, hidden, steps, rows uint8, scale float32, backwards bool) {
		if !(scale > -0.3 && scale < 0.3) {
			return
		}
		for _, l := range cpu.Levels() {
			check(t, l, Cell(cell%4), seed, int(input%40), 1+int(hidden%80), 1+int(steps%6), 1+int(rows%4), scale, backwards)
		}
	})
}

func BenchmarkSteps(b *testing.B) {
	for _, hidden := range []int{32, 64, 128} {
		for _, cell := range []Cell{LSTM, GRULinear, GRU, RNN} {
			for _, l := range cpu.Levels() {
				b.Run(fmt.Sprintf("%s%d/%v", cells[cell], hidden, l), func(b *testing.B) {
					f := newLayer(l, cell, 1, 6, hidden, 16, 1, 0.2, false)
					for b.Loop() {
						f.run(l)
					}
					macs := float64(f.steps) * float64(cell.Gates()*hidden*(hidden+6))
					b.ReportMetric(2*macs*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*f.steps), "ns/step")
				})
			}
		}
	}
}
