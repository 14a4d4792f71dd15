package f32

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// LRN normalises each channel of pixels, whose channels lie together, by those next to it:
//
//	dst[c] = src[c] / (Bias + Alpha * sum of src[i]^2 for c-Before <= i < c-Before+Size)^Beta
//
// The order of the fields is known to the assembly.
type LRN struct {
	Dst, Src unsafe.Pointer
	Squares  unsafe.Pointer // scratch memory; before the first pixel its first Before elements, and its last, are 0
	Pixels   int
	Channels int
	Size     int
	Before   int
	Alpha    float32
	Bias     float32
	Beta     float32
}

// Scratch returns how many elements Squares has.
func (p *LRN) Scratch() int { return (p.Channels+15)&^15 + p.Size + 16 }

// Run normalises the pixels.
func (p *LRN) Run(l cpu.Level) {
	clear(unsafe.Slice((*float32)(p.Squares), p.Scratch()))
	p.run(l)
}
