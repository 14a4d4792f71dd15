package f32

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// Pool is one call of a kernel that makes pixels of an image out of several pixels of another, channel by channel, where
// the channels of a pixel lie together:
//
//	dst[p][c] = f(src[p][taps[0] + c], src[p][taps[1] + c], ...)
//
// The order of the fields is known to the assembly.
type Pool struct {
	Dst, Src unsafe.Pointer
	Taps     *int    // where each pixel that is looked at begins, in bytes from Src; at least one
	NTaps    int     //
	Pixels   int     // that are made
	DstStep  int     // bytes from one of them to the next
	SrcStep  int     // bytes that Src goes on for it
	Channels int     //
	Divisor  float32 // of Mean
}

// Max makes each channel the greatest that is seen, and NaN where one is.
func (p *Pool) Max(l cpu.Level) { p.max(l) }

// Mean makes each channel the sum of those seen, taken in the order of the taps, divided by Divisor.
func (p *Pool) Mean(l cpu.Level) { p.mean(l) }
