//go:build !noasm

package f32

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

func TestDepthwiseNEON(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 5))
	for rows := 1; rows <= depthwiseRows(cpu.NEON); rows++ {
		for cols := 1; cols < 42; cols++ {
			bits := r.IntN(8)
			taps := make([]Tap, r.IntN(6))
			lda, ldc := cols+r.IntN(4), cols+r.IntN(4)
			half := (rows + 1) / 2
			a := fill(r, make([]float32, (2*half+6)*lda))
			b := fill(r, make([]float32, max(len(taps), 1)*cols))
			bias, add := fill(r, make([]float32, cols)), fill(r, make([]float32, 2*half*ldc))
			for i := range taps {
				taps[i] = Tap{A: 4 * i * lda, B: 4 * cols * (len(taps) - 1 - i)}
			}
			run := func(f func(*Tile)) ([]float32, func() bool) {
				c, whole := guarded(r, 2*half*ldc)
				for i := range c {
					c[i] = canary
				}
				tile := Tile{
					A: unsafe.Pointer(&a[0]), A2: unsafe.Pointer(&a[half*lda]), LDA: 4 * lda, B: unsafe.Pointer(&b[0]), LDC: 4 * ldc, LDAdd: 4 * ldc,
					C: unsafe.Pointer(&c[0]), C2: unsafe.Pointer(&c[half*ldc]), Taps: unsafe.SliceData(taps), NTaps: len(taps),
					Rows: rows, Cols: cols, Lo: -0.5, Hi: 0.5, Clamp: bits&1 > 0,
				}
				if bits&2 > 0 {
					tile.Bias = unsafe.Pointer(&bias[0])
				}
				if bits&4 > 0 {
					tile.Add, tile.Add2 = unsafe.Pointer(&add[0]), unsafe.Pointer(&add[half*ldc])
				}
				f(&tile)
				return c, whole
			}
			want, _ := run((*Tile).runDepthwisePortable)
			got, whole := run(depthwiseNEON)
			if !whole() {
				t.Errorf("%d rows, %d columns: wrote beyond the result", rows, cols)
			}
			for i := range want {
				if !near(got[i], want[i], len(taps)) {
					t.Fatalf("%d rows, %d columns, %d taps, bits %d: result %d = %v; want %v", rows, cols, len(taps), bits, i, got[i], want[i])
				}
			}
		}
	}
}
