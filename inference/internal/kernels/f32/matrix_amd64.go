//go:build !noasm

package f32

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

func (m *Matrices) transpose(l cpu.Level, dst, src []uint32) {
	switch {
	case l >= cpu.AVX512:
		m.avx512(dst, src)
	case l == cpu.AVX2:
		for i := range m.Count {
			m.avx2(dst[i*m.DstNext:], src[i*m.SrcNext:])
		}
	default:
		m.portable(dst, src)
	}
}

// avx2 transposes a matrix by blocks, and what is left of it by portable code.
func (m *Matrices) avx2(dst, src []uint32) {
	const block = 8
	rows, cols := m.Rows&^(block-1), m.Cols&^(block-1)
	if cols > 0 {
		for r := 0; r < rows; r += block {
			transposeAVX2((*float32)(unsafe.Pointer(&dst[r])), (*float32)(unsafe.Pointer(&src[r*m.Src])), 4*m.Dst, 4*m.Src, cols/block)
		}
	}
	if rows > 0 && cols < m.Cols {
		turn(dst[cols*m.Dst:], src[cols:], rows, m.Cols-cols, m.Dst, m.Src)
	}
	if rows < m.Rows {
		turn(dst[rows:], src[rows*m.Src:], m.Rows-rows, m.Cols, m.Dst, m.Src)
	}
}

// matrix is what the assembly transposes: a few rows of each matrix. The order of the fields is known to it.
type matrix struct {
	dst, src unsafe.Pointer
	step     int // bytes from one row of dst to the next
	rows     int
	cols     int
	count    int
	dstNext  int     // bytes from one matrix to the next
	srcNext  int     //
	offsets  [16]int // where each row begins, in bytes from src; those that are not there begin where the last does
}

// One call of the assembly takes at most so many columns, and so many groups of 16 of them.
const (
	matrixCols   = 1 << 13
	matrixGroups = matrixCols / 16
)

func (m *Matrices) avx512(dst, src []uint32) {
	a := matrix{step: 4 * m.Dst, dstNext: 4 * m.DstNext, srcNext: 4 * m.SrcNext}
	count := max(1, matrixGroups/((m.Cols+15)/16))
	for r := 0; r < m.Rows; r += len(a.offsets) {
		a.rows = min(len(a.offsets), m.Rows-r)
		for i := range a.offsets {
			a.offsets[i] = 4 * m.Src * min(i, a.rows-1)
		}
		for i := 0; i < m.Count; i += count {
			a.count = min(count, m.Count-i)
			for c := 0; c < m.Cols; c += matrixCols {
				a.cols = min(matrixCols, m.Cols-c)
				a.src = unsafe.Pointer(&src[i*m.SrcNext+r*m.Src+c])
				a.dst = unsafe.Pointer(&dst[i*m.DstNext+c*m.Dst+r])
				switch {
				case m.Rows == 4 && m.Dst == 4:
					quadAVX512((*byte)(unsafe.Pointer(&a)))
				case m.Rows <= 4:
					narrowAVX512((*byte)(unsafe.Pointer(&a)))
				default:
					matrixAVX512((*byte)(unsafe.Pointer(&a)))
				}
			}
		}
	}
}
