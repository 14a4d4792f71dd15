package f32

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// Tile is one call of the innermost kernel:
//
//	c[r][j] = clamp(bias[j] + add[r][j] + sum over taps t and k < K of a[r + taps[t].A][k] * b[taps[t].B + k][j])
//
// for Rows rows and Cols columns of one panel. The first half of the rows, rounded up, begin at A, C and Add, the rest at
// A2, C2 and Add2, so that two short rows of an image make one tile; the rows of a half lie LDA, LDC and LDAdd apart.
//
// The order of the fields is known to the assembly.
type Tile struct {
	A, A2     unsafe.Pointer // of float32
	B         unsafe.Pointer // the panel
	C, C2     unsafe.Pointer
	Add, Add2 unsafe.Pointer // nil when nothing is added; may be C and C2
	Bias      unsafe.Pointer // as many as the panel is wide; nil when there is none
	Taps      *Tap
	NTaps     int
	K         int // products of each tap
	LDA       int // bytes
	LDC       int // bytes
	LDAdd     int // bytes
	Rows      int // 1 to MaxRows of the level
	Cols      int // 1 to the width of the panel
	Lo, Hi    float32
	Clamp     bool
	LDB       int // bytes from one row of the panel to the next; 0 when nothing lies between them
}

// Tap is where the factors of a tap are, in bytes from the first row and from the panel.
type Tap struct{ A, B int }

// half returns how many rows lie at A; the rest lie at A2.
func (t *Tile) half() int { return (t.Rows + 1) / 2 }

// shape is how many rows the tiles of a level have at most, and how wide its panels are.
type shape struct{ rows, width int }

// MaxRows returns how many rows a tile has at most.
func MaxRows(l cpu.Level) int { return shapeOf(l).rows }

// Width returns how many columns a panel has. The last panel of a matrix has half as many when they suffice.
func Width(l cpu.Level) int { return shapeOf(l).width }
