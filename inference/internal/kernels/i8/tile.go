package i8

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// Tile is one call of the innermost kernel:
//
//	sum[r][j] = bias[j] + sum over taps t and k < 4*K of (a[r + taps[t]][k] ^ invert) * b[t][k][j]
//
// for Rows rows and Cols columns of one panel, and what is made of the sums. The first half of the rows begin at A and
// C, the rest at A2 and C2, so that two short rows of an image make one tile; the rows of a half lie LDA and LDC apart.
//
// The order of the fields is known to the assembly.
type Tile struct {
	A, A2 unsafe.Pointer // of bytes
	B     unsafe.Pointer // the panel
	C, C2 unsafe.Pointer // of what Kind says
	Taps  *int           // where the factors of each tap are, in bytes from the first row
	NTaps int
	K     int // groups of four products of each tap
	LDA   int // bytes
	LDC   int // bytes

	// For each column of the panel, as many as it is wide.
	Bias  unsafe.Pointer // of int32
	Scale unsafe.Pointer // of float32; nil for Sums
	Shift unsafe.Pointer // of float32; nil but for Floats

	Rows  int // one of those that MaxRuns allows: 1, or twice the length of a run
	Cols  int // 1 to Width
	Width int // of the panel
	Kind  Kind

	Lo, Hi float32 // what is kept between them: results before Zero is added
	Zero   int32
	Invert uint32 // 0, or 0x80808080 when a is int8
}

// Kind is what a tile makes of its sums.
type Kind int

// The kinds of results.
const (
	Sums   Kind = iota // int32
	Bytes              // round(clamp(float32(sum) * scale)) + Zero, half to even, of which the low byte is stored; NaN becomes Lo
	Floats             // clamp(float32(sum) * scale + shift)
)

// MaxRun returns how many rows each half of a tile may have.
func MaxRun(l cpu.Level) int { return shapeOf(l).run }

// Width returns how many columns a panel has. The last panel of a matrix has half as many when they suffice.
func Width(l cpu.Level) int { return shapeOf(l).width }

// shape is how the tiles of a level look.
type shape struct {
	run   int  // the most rows of a half
	width int  // of the panels
	wide  bool // the panels hold int16
}

// Run returns the length of runs that computes lines of length rows with the least work. A run that ends a line may
// overlap with the one before it.
func Run(l cpu.Level, lines, length int) int {
	best, least := 1, 0
	for run := min(MaxRun(l), length); run > 0; run-- {
		tiles := (lines*((length+run-1)/run) + 1) / 2
		if work := tiles * (2*run + 2); least == 0 || work < least {
			best, least = run, work
		}
	}
	return best
}
