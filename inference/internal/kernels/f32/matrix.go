package f32

import "github.com/brinkml/brink/inference/internal/cpu"

// Matrices are matrices of words of four bytes that are to be transposed. All distances are in words.
type Matrices struct {
	Rows, Cols int
	Src, Dst   int // from a row to the next, of a matrix and of its transpose
	Count      int
	SrcNext    int // from a matrix to the next
	DstNext    int
}

// Transpose writes the transposes of the matrices at src to dst.
func (m *Matrices) Transpose(l cpu.Level, dst, src []uint32) {
	if m.Rows == 0 || m.Cols == 0 || m.Count == 0 {
		return
	}
	_ = src[(m.Count-1)*m.SrcNext+(m.Rows-1)*m.Src+m.Cols-1]
	_ = dst[(m.Count-1)*m.DstNext+(m.Cols-1)*m.Dst+m.Rows-1]
	m.transpose(l, dst, src)
}
