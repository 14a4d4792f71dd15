package f32

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// Layer is a product of so few rows that they make one tile, with all that is known before it runs worked out: the
// products of small networks take less time than it would take to plan them.
type Layer struct {
	tile     Tile
	level    cpu.Level
	width, n int
	panel    int // bytes of a panel
}

// NewLayer prepares p, whose C, Add and A are those of each call; only their strides count. It reports whether p is that
// small.
func NewLayer(l cpu.Level, p *Product) (*Layer, bool) {
	if Tiles(l, p.M) != 1 || p.depth() != 1 {
		return nil, false
	}
	y := &Layer{level: l, width: Width(l), n: p.N, panel: 4 * Width(l) * p.K}
	y.tile = Tile{
		Taps: &Tap{}, NTaps: 1, K: p.K, LDA: p.A.Stride, LDC: p.C.Stride, LDAdd: p.Add.Stride, Rows: p.M, Lo: p.Lo, Hi: p.Hi, Clamp: p.Clamp,
	}
	return y, true
}

// Columns returns how many columns a panel has.
func (y *Layer) Columns() int { return y.width }

// Run computes some columns of c, at least one, which begin with a panel and end with one, from a, the panels b and add,
// which may be nil.
func (y *Layer) Run(c, a, b, add []float32, from, to int) {
	t := y.tile
	half := t.half()
	t.A, t.B, t.C, t.Add = data(a), data(b), data(c), data(add)
	if from > 0 {
		t.B, t.C = unsafe.Add(t.B, from/y.width*y.panel), unsafe.Add(t.C, 4*from)
		if t.Add != nil {
			t.Add = unsafe.Add(t.Add, 4*from)
		}
	}
	if t.Rows > 1 {
		t.A2, t.C2 = unsafe.Add(t.A, half*t.LDA), unsafe.Add(t.C, half*t.LDC)
		if t.Add != nil {
			t.Add2 = unsafe.Add(t.Add, half*t.LDAdd)
		}
	}
	n, width := to-from, y.width
	for ; n > width; n -= width {
		t.Cols = width
		t.Run(y.level, width)
		t.B, t.C = unsafe.Add(t.B, y.panel), unsafe.Add(t.C, 4*width)
		if t.Rows > 1 {
			t.C2 = unsafe.Add(t.C2, 4*width)
		}
		if t.Add != nil {
			t.Add = unsafe.Add(t.Add, 4*width)
			if t.Rows > 1 {
				t.Add2 = unsafe.Add(t.Add2, 4*width)
			}
		}
	}
	if n <= width/2 {
		width /= 2
	}
	t.Cols = n
	t.Run(y.level, width)
}

func data(s []float32) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }
