package f32

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// Panels is a matrix of K rows and N columns cut into panels of columns, each of which lies row after row in one piece,
// with zeros to the right of the last column.
type Panels struct {
	K, N  int
	Width int // of each panel; the last has half of it when that suffices
	Data  []float32
}

// PanelElems returns how many elements the panels of a matrix take.
func PanelElems(l cpu.Level, k, n int) int {
	w := Width(l)
	return k * (n/w*w + lastWidth(w, n%w))
}

// lastWidth returns how wide the panel of the last n columns is, 0 when there are none.
func lastWidth(width, n int) int {
	switch {
	case n == 0:
		return 0
	case n <= width/2:
		return width / 2
	}
	return width
}

// Pack packs a matrix whose element in row r and column c is src[rows[r] + c*column]. Data is as long as PanelElems says;
// when it is nil, it is made.
func Pack(l cpu.Level, k, n int, data, src []float32, rows []int, column int) *Panels {
	if data == nil {
		data = make([]float32, PanelElems(l, k, n))
	}
	p := &Panels{K: k, N: n, Width: Width(l), Data: data}
	at := 0
	for j := 0; j < n; j += p.Width {
		cols := min(p.Width, n-j)
		width := p.PanelWidth(j / p.Width)
		for _, row := range rows[:k] {
			dst := data[at:][:width]
			if column == 1 {
				copy(dst, src[row+j:][:cols])
			} else {
				for c := range cols {
					dst[c] = src[row+(j+c)*column]
				}
			}
			clear(dst[cols:])
			at += width
		}
	}
	return p
}

// packRows is how many rows of a matrix are packed before those of the next panel, so that rows are read whole.
const packRows = 32

// PackMatrix packs the given panels of a matrix of k rows, which lie stride elements apart in src. When it is stored
// transposed, it has n rows there, and each is a column of the matrix.
func PackMatrix(l cpu.Level, k, n int, data, src []float32, stride int, transposed bool, panel, panels int) {
	width := Width(l)
	base := panel * width * k
	if transposed {
		for j := panel * width; j < min(n, panels*width); j += width {
			cols := min(width, n-j)
			wide := lastWidth(width, cols)
			packTransposed(l, data[j*k-base:][:k*wide], src[j*stride:], stride, k, cols, wide)
		}
		return
	}
	for r0 := 0; r0 < k; r0 += packRows {
		r1 := min(r0+packRows, k)
		for j := panel * width; j < min(n, panels*width); j += width {
			cols := min(width, n-j)
			wide := lastWidth(width, cols)
			dst := data[j*k-base+r0*wide:][:(r1-r0)*wide]
			for r := r0; r < r1; r++ {
				copy(dst[:wide], src[r*stride+j:][:cols])
				clear(dst[cols:wide])
				dst = dst[wide:]
			}
		}
	}
}

// packTransposed packs one panel, whose columns are rows of src.
func packTransposed(l cpu.Level, dst, src []float32, stride, k, cols, width int) {
	done, doneK := transposeBlocks(l, dst, src, stride, k, cols, width)
	for r := range k {
		c := 0
		if r < doneK {
			c = done
		}
		to := dst[r*width:][:width]
		for ; c < cols; c++ {
			to[c] = src[c*stride+r]
		}
		clear(to[cols:])
	}
}

// Transpose writes the transpose of src, which has rows of cols numbers, to dst.
func Transpose(l cpu.Level, dst, src []float32, rows, cols int) {
	packTransposed(l, dst, src, cols, cols, rows, rows)
}

// Count returns how many panels there are.
func (p *Panels) Count() int { return (p.N + p.Width - 1) / p.Width }

// PanelWidth returns the width of panel i.
func (p *Panels) PanelWidth(i int) int {
	if rest := p.N - i*p.Width; rest < p.Width {
		return lastWidth(p.Width, rest)
	}
	return p.Width
}

// Panel returns the memory of panel i.
func (p *Panels) Panel(i int) unsafe.Pointer { return unsafe.Pointer(&p.Data[i*p.Width*p.K]) }
