package f32

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// Matrix is where a matrix of float32 lies.
type Matrix struct {
	Data   unsafe.Pointer // nil when there is none
	Stride int            // bytes from one row to the next; 0 repeats the only one
}

// MatrixOf returns where the rows of s lie that are stride elements apart.
func MatrixOf(s []float32, stride int) Matrix {
	return Matrix{data(s), 4 * stride}
}

// at returns where an element is.
func (m *Matrix) at(row, col int) unsafe.Pointer { return unsafe.Add(m.Data, row*m.Stride+4*col) }

// Product is a product of matrices:
//
//	c = clamp(a * b + add)
//
// A is M by K, b K by N, and c and add are M by N. Neither of a, c and add is ever copied. The rows of c are computed in
// tiles that depend on M only, so that every result is the same however they are shared out.
type Product struct {
	M, N, K   int
	A, C, Add Matrix
	B         unsafe.Pointer // panels, as PackMatrix makes them
	LDB       int            // bytes from one row of b to the next, when it is no panels; N is a multiple of half their width then
	Lo, Hi    float32
	Clamp     bool

	FirstRow, FirstPanel int // what is at A and at B
}

// Tiles returns in how many tiles m rows are computed.
func Tiles(l cpu.Level, m int) int {
	rows := MaxRows(l)
	return (m + rows - 1) / rows
}

// Count returns how many panels n columns are.
func Count(l cpu.Level, n int) int {
	w := Width(l)
	return (n + w - 1) / w
}

const (
	// deepest is how many products of a row are added up at once when there are many rows: a panel of them stays in the
	// second-level cache beside the rows.
	deepest = 1024

	// deepestRow is the same for few rows, where nothing is used twice: it bounds the time of one call.
	deepestRow = 8192

	// nearRows is how many bytes of a are gone through for one panel after the other.
	nearRows = 384 << 10
)

// depth returns into how many parts K is cut.
func (p *Product) depth() int {
	most := deepest
	if p.M <= 3 {
		most = deepestRow
	}
	if p.K <= most+most/2 {
		return 1
	}
	return (p.K + most - 1) / most
}

// Block returns how many tiles of rows it is best to compute together, so that what they read stays in a cache while one
// panel after the other is gone through.
func (p *Product) Block(l cpu.Level) int {
	return max(nearRows/(4*max(p.K/p.depth(), 1)*MaxRows(l)), 1)
}

// Crowds reports whether the rows of a tile lie so that a first-level cache cannot hold a number of each: they are whole
// pages apart, and more than it has ways. They are better copied, Spread elements further apart.
func (p *Product) Crowds(l cpu.Level) bool {
	const ways, page = 8, 4096
	return p.A.Stride%page == 0 && p.A.Stride > 0 && MaxRows(l) > ways && p.M > ways && p.N > 4*Width(l)
}

// Spread is how many elements are put between rows that crowd.
const Spread = 16

// Run computes the tiles of rows and the panels of columns in the given ranges.
func (p *Product) Run(l cpu.Level, tile, tiles, panel, panels int) {
	all, width := Tiles(l, p.M), Width(l)
	cuts := p.depth()
	block := p.Block(l)
	if panels-panel == 1 {
		block = all
	}
	var none Tap
	t := Tile{Taps: &none, NTaps: 1, LDA: p.A.Stride, LDC: p.C.Stride, Lo: p.Lo, Hi: p.Hi, LDB: p.LDB}
	for ; tile < tiles; tile += block {
		end := min(tile+block, tiles)
		for cut := range cuts {
			from := p.K * cut / cuts
			t.K = p.K*(cut+1)/cuts - from
			t.Clamp = p.Clamp && cut+1 == cuts
			add := &p.Add
			if cut > 0 {
				add = &p.C
			}
			t.LDAdd = add.Stride
			for j := panel; j < panels; j++ {
				t.Cols = min(width, p.N-j*width)
				wide := width
				if t.Cols <= width/2 {
					wide = width / 2
				}
				if p.LDB == 0 {
					t.B = unsafe.Add(p.B, 4*((j-p.FirstPanel)*width*p.K+from*wide))
				} else {
					t.B = unsafe.Add(p.B, from*p.LDB+4*(j-p.FirstPanel)*width)
				}
				for i := tile; i < end; i++ {
					row := p.M * i / all
					t.Rows = p.M*(i+1)/all - row
					half := row + t.half()
					t.A, t.C = p.A.at(row-p.FirstRow, from), p.C.at(row, j*width)
					if t.Rows > 1 {
						t.A2, t.C2 = p.A.at(half-p.FirstRow, from), p.C.at(half, j*width)
					}
					if add.Data != nil {
						t.Add = add.at(row, j*width)
						if t.Rows > 1 {
							t.Add2 = add.at(half, j*width)
						}
					}
					t.Run(l, wide)
				}
			}
		}
	}
}
