package f32

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// TestTranspose runs every level over matrices of odd sizes.
func TestTranspose(t *testing.T) {
	for _, l := range cpu.Levels() {
		for _, rows := range []int{1, 2, 3, 4, 5, 8, 9, 16, 17, 31, 48} {
			for _, cols := range []int{1, 2, 3, 7, 8, 15, 16, 17, 33, 100} {
				checkTranspose(t, l, &Matrices{Rows: rows, Cols: cols, Src: cols, Dst: rows, Count: 1}, uint64(rows*cols))
				checkTranspose(t, l, &Matrices{Rows: rows, Cols: cols, Src: cols, Dst: rows, Count: 3, SrcNext: rows * cols, DstNext: rows * cols}, 1)
				checkTranspose(t, l, &Matrices{Rows: rows, Cols: cols, Src: cols + 3, Dst: rows + 5, Count: 2, SrcNext: rows * (cols + 3), DstNext: cols*(rows+5) + 2}, 2)
			}
		}
	}
}

func checkTranspose(t *testing.T, l cpu.Level, m *Matrices, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 3))
	x, _ := guarded(rng, (m.Count-1)*m.SrcNext+(m.Rows-1)*m.Src+m.Cols)
	y, intact := guarded(rng, (m.Count-1)*m.DstNext+(m.Cols-1)*m.Dst+m.Rows)
	dst := unsafe.Slice((*uint32)(unsafe.Pointer(&y[0])), len(y))
	src := unsafe.Slice((*uint32)(unsafe.Pointer(&x[0])), len(x))
	for i := range src {
		src[i] = rng.Uint32() // signalling NaNs, too
	}
	want := append([]uint32(nil), dst...)
	for i := range m.Count {
		for r := range m.Rows {
			for c := range m.Cols {
				want[i*m.DstNext+c*m.Dst+r] = src[i*m.SrcNext+r*m.Src+c]
			}
		}
	}
	m.Transpose(l, dst, src)
	if !intact() {
		t.Fatalf("%v: Transpose of %+v wrote beyond its result", l, m)
	}
	for i, got := range dst {
		if got != want[i] {
			t.Fatalf("%v: word %d of the transposes of %+v = %x; want %x", l, i, m, got, want[i])
		}
	}
}

// FuzzTranspose runs all levels over matrices of any size.
func FuzzTranspose(f *testing.F) {
	f.Add(uint8(17), uint8(3), uint8(2), uint8(0), uint64(1))
	f.Fuzz(func(t *testing.T, rows, cols, apart, dstApart uint8, seed uint64) {
		for _, l := range cpu.Levels() {
			m := &Matrices{Rows: int(rows) + 1, Cols: int(cols) + 1, Count: int(seed%3) + 1}
			m.Src, m.Dst = m.Cols+int(apart), m.Rows+int(dstApart)
			m.SrcNext, m.DstNext = m.Rows*m.Src, m.Cols*m.Dst
			checkTranspose(t, l, m, seed)
		}
	})
}

func BenchmarkTranspose(b *testing.B) {
	for _, l := range cpu.Levels() {
		for _, m := range []Matrices{
			{Rows: 3, Cols: 224 * 224, Count: 1},
			{Rows: 49, Cols: 1280, Count: 1},
			{Rows: 3136, Cols: 64, Count: 1},
			{Rows: 4, Cols: 28, Count: 784},
			{Rows: 4, Cols: 68, Count: 196},
			{Rows: 28, Cols: 4, Count: 784},
			{Rows: 128, Cols: 6, Count: 1},
		} {
			b.Run(fmt.Sprint(l, "/", m.Count, "x", m.Rows, "x", m.Cols), func(b *testing.B) {
				m.Src, m.Dst, m.SrcNext, m.DstNext = m.Cols, m.Rows, m.Rows*m.Cols, m.Rows*m.Cols
				src, dst := make([]uint32, m.Count*m.Rows*m.Cols), make([]uint32, m.Count*m.Rows*m.Cols)
				b.SetBytes(int64(8 * len(src)))
				for b.Loop() {
					m.Transpose(l, dst, src)
				}
			})
		}
	}
}
