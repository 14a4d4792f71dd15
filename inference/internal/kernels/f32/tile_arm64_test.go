//go:build !noasm

package f32

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// TestTileRowsAlone checks that a row has the same result, to the last bit, in a tile of its own and with others: how
// the rows of a matrix are cut into tiles, and among threads, must not show.
func TestTileRowsAlone(t *testing.T) {
	const most = 8
	random := rand.New(rand.NewPCG(1, 2))
	for k := range 30 {
		for _, width := range []int{8, 4} {
			a, b := make([]float32, most*(k+1)), make([]float32, (k+1)*width)
			for _, s := range [][]float32{a, b} {
				for i := range s {
					s[i] = random.Float32() - 0.5
				}
			}
			run := func(first, rows, cols int) []float32 {
				c := make([]float32, rows*width)
				half := (rows + 1) / 2
				tile := Tile{
					A: unsafe.Pointer(&a[first*k]), A2: unsafe.Pointer(&a[(first+half)*k]), LDA: 4 * k, B: unsafe.Pointer(&b[0]),
					C: unsafe.Pointer(&c[0]), C2: unsafe.Pointer(&c[min(half, rows-1)*width]), LDC: 4 * width,
					Taps: &Tap{}, NTaps: 1, K: k, Rows: rows, Cols: cols,
				}
				tile.Run(cpu.NEON, width)
				return c
			}
			all := run(0, most, width)
			for rows := 1; rows < most; rows++ {
				first := random.IntN(most - rows + 1)
				if got, want := run(first, rows, width), all[first*width:][:rows*width]; !slices.Equal(got, want) {
					t.Errorf("k=%d, width=%d: rows %d to %d = %v; want %v", k, width, first, first+rows, got, want)
				}
			}
			for cols := 1; cols < width; cols++ {
				if got, want := run(3, 1, cols), all[3*width:][:cols]; !slices.Equal(got[:cols], want) {
					t.Errorf("k=%d, width=%d: the first %d columns = %v; want %v", k, width, cols, got, want)
				}
			}
		}
	}
}
