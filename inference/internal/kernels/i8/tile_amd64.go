//go:build !noasm

package i8

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

var (
	vnniShape   = shape{run: 7, width: 32}
	avx512Shape = shape{run: 7, width: 32, wide: true}
	avx2Shape   = shape{run: 3, width: 16, wide: true}
)

func shapeOf(l cpu.Level) shape {
	switch {
	case l >= cpu.VNNI:
		return vnniShape
	case l >= cpu.AVX512:
		return avx512Shape
	case l >= cpu.AVX2:
		return avx2Shape
	}
	return portableShape
}

// Run computes the tile with the kernel of a level, for which B was packed.
func (t *Tile) Run(l cpu.Level) {
	switch {
	case l >= cpu.VNNI:
		tileVNNI(t.bytes())
	case l >= cpu.AVX512:
		tileAVX512(t.bytes())
	case l < cpu.AVX2:
		t.runPortable()
	case t.Cols == t.Width:
		tileAVX2(t.bytes())
	default:
		t.runWhole()
	}
}

func (t *Tile) bytes() *byte { return (*byte)(unsafe.Pointer(t)) }

// runWhole computes whole columns on the side, for a kernel that cannot leave any out.
func (t *Tile) runWhole() {
	var whole [6 * 16]int32
	size := 4
	if t.Kind == Bytes {
		size = 1
	}
	side := *t
	half := (t.Rows + 1) / 2
	side.LDC = size * t.Width
	side.C = unsafe.Pointer(&whole)
	side.C2 = unsafe.Add(side.C, half*side.LDC)
	tileAVX2(side.bytes())
	for r := range t.Rows {
		first, row := t.C, r
		if r >= half {
			first, row = t.C2, r-half
		}
		to := unsafe.Add(first, row*t.LDC)
		from := unsafe.Add(side.C, r*side.LDC)
		copy(unsafe.Slice((*byte)(to), size*t.Cols), unsafe.Slice((*byte)(from), size*t.Cols))
	}
}
