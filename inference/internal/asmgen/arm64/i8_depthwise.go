package arm64

import (
	"fmt"

	"github.com/brinkml/brink/inference/internal/asmgen/neon"
)

// The offsets of the fields of i8.Depthwise, and how far the weights of a tap lie apart.
const (
	dwX, dwY, dwW, dwBias, dwScale = 0, 8, 16, 24, 32
	dwTaps, dwGroups               = 40, 48
	dwStep, dwLDY, dwN             = 56, 64, 72
	dwChannels                     = 80
	dwLo, dwZero, dwInvert         = 88, 96, 100

	dwTapBytes = 2 * 64
)

// i8Depthwise writes the kernel of depthwise convolutions of bytes with weights of 16 bits, for eight channels at a time.
func i8Depthwise(w *neon.File) error {
	const doc = "depthwiseNEON computes the pixels of all channels but the last ones, when those are less than eight."
	d := i8Pixels{w.Func("depthwiseNEON", doc, "d *Depthwise", "", 0)}
	d.Go("MOVD %s, R0", d.Arg("d"))
	for _, f := range []struct{ offset, reg int }{
		{dwX, 1}, {dwY, 2}, {dwW, 3}, {dwBias, 4}, {dwScale, 5}, {dwTaps, 6}, {dwGroups, 7}, {dwStep, 8}, {dwLDY, 9}, {dwChannels, 10},
	} {
		d.Go("MOVD %d(R0), R%d", f.offset, f.reg)
	}
	d.Go("ADD $%d, R0, R11", dwLo)
	for _, v := range []neon.V{10, 11, 12, 13} { // the bounds, what is added, and what turns the signs over
		d.LoadAllPost(neon.S4, v, 11)
	}
	d.Label("channels")
	d.Go("SUBS $8, R10")
	d.Go("BLT done")
	d.LoadPair(neon.Quad, 4, 5, 4, 0)
	d.LoadPair(neon.Quad, 6, 7, 5, 0)
	d.Go("MOVD R1, R16")
	d.Go("MOVD R2, R17")
	d.Go("MOVD %d(R0), R15", dwN)
	d.pixels(4)
	d.pixels(1)
	for _, f := range []struct{ reg, by int }{{1, 8}, {2, 8}, {3, 16}, {4, 32}, {5, 32}} {
		d.Go("ADD $%d, R%d", f.by, f.reg)
	}
	d.Go("B channels")
	d.Label("done")
	d.Go("RET")
	return nil
}

// i8Pixels keeps the sums of pixel i in V(16+2i) and V(17+2i); bias and scale are in V4 to V7, the weights of a tap in V0
// and what they are multiplied with in V1.
type i8Pixels struct{ *neon.Func }

// pixels writes the loop over that many pixels at a time.
func (d i8Pixels) pixels(n int) {
	name := fmt.Sprintf("by%d", n)
	sum := func(i, half int) neon.V { return neon.V(16 + 2*i + half) }
	d.Label(name)
	d.Go("SUBS $%d, R15", n)
	d.Go("BLT %send", name)
	for i := range n {
		d.Move(sum(i, 0), 4)
		d.Move(sum(i, 1), 5)
	}
	d.Go("MOVD R6, R12")
	d.Go("MOVD R7, R13")
	d.Go("MOVD R3, R14")
	d.Label(name + "tap")
	d.Go("MOVD.P 8(R12), R19")
	d.Load(neon.Quad, 0, 14, 0)
	d.Go("ADD $%d, R14", dwTapBytes)
	d.Go("ADD R16, R19")
	for i := range n {
		d.Load(neon.Double, 1, 19, 0)
		if i < n-1 {
			d.Go("ADD R8, R19")
		}
		d.Same("eor", neon.B8, 1, 1, 13)
		d.Lengthen("ushll", neon.B8, 1, 1, 0)
		d.Long("smlal", neon.H4, sum(i, 0), 0, 1)
		d.Long("smlal", neon.H8, sum(i, 1), 0, 1)
	}
	d.Go("SUBS $1, R13")
	d.Go("BNE %stap", name)
	for i := range n {
		for half := range 2 {
			x := sum(i, half)
			d.Unary("scvtf", neon.S4, x, x)
			d.Same("fmul", neon.S4, x, x, neon.V(6+half))
			d.Same("fmaxnm", neon.S4, x, x, 10)
			d.Same("fmin", neon.S4, x, x, 11)
			d.Unary("fcvtns", neon.S4, x, x)
			d.Same("add", neon.S4, x, x, 12)
		}
		d.Narrow("xtn", neon.H4, sum(i, 0), sum(i, 0))
		d.Narrow("xtn", neon.H8, sum(i, 0), sum(i, 1))
		d.Narrow("xtn", neon.B8, sum(i, 0), sum(i, 0))
		d.Store(neon.Double, sum(i, 0), 17, 0)
		d.Go("ADD R9, R17")
		d.Go("ADD R8, R16")
	}
	d.Go("B %s", name)
	d.Label(name + "end")
	d.Go("ADD $%d, R15", n)
}
