package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Where the fields of i8.Depthwise are.
const (
	dwX, dwY, dwW, dwBias, dwScale = 0, 8, 16, 24, 32
	dwTaps, dwGroups               = 40, 48
	dwStep, dwLDY, dwN, dwChannels = 56, 64, 72, 80
	dwLo, dwHi, dwZero             = 88, 92, 96
	dwInvert, dwInvertY            = 100, 104
)

var i8Depthwise = family{"i8/depthwise_vnni", depthwiseVNNI}

// depthwiseVNNI writes the kernel for up to 64 channels. Of four taps the bytes of each channel are brought together, and
// multiplied with the weights by one instruction; what that does to the order of channels is undone when sums are
// narrowed to bytes.
func depthwiseVNNI(c *build.Context) {
	function(c, "depthwiseVNNI", "depthwiseVNNI computes a row of pixels.", "d *byte")
	z := zmm
	sums, x, t, quads, scale, bias := z[0:4], z[4:8], z[8:12], z[12:16], z[16:20], z[20:24]
	lo, hi, zero, invert, invertY := z[24], z[25], z[26], z[27], z[28]
	c.MOVQ(operand.NewParamAddr("d", 0), reg.RDI)
	c.MOVQ(field(dwX), reg.R8)
	c.MOVQ(field(dwY), reg.R9)
	c.MOVQ(field(dwStep), reg.R10)
	c.MOVQ(field(dwLDY), reg.R11)
	c.MOVQ(field(dwN), reg.R12)
	c.MOVQ(field(dwChannels), reg.RCX)
	c.MOVQ(operand.I32(-1), reg.RAX) // the mask of as many channels
	c.NEGQ(reg.RCX)
	c.ADDQ(operand.Imm(64), reg.RCX)
	c.SHRQ(reg.CL, reg.RAX)
	c.KMOVQ(reg.RAX, reg.K1)
	c.MOVQ(field(dwBias), reg.RAX)
	c.MOVQ(field(dwScale), reg.RBX)
	for i := range 4 {
		c.VMOVUPS(operand.Mem{Base: reg.RAX, Disp: 64 * i}, bias[i])
		c.VMOVUPS(operand.Mem{Base: reg.RBX, Disp: 64 * i}, scale[i])
	}
	c.VBROADCASTSS(field(dwLo), lo)
	c.VBROADCASTSS(field(dwHi), hi)
	c.VPBROADCASTD(field(dwZero), zero)
	c.VPBROADCASTD(field(dwInvert), invert)
	c.VPBROADCASTD(field(dwInvertY), invertY)

	c.Label("pixel")
	c.MOVQ(field(dwTaps), reg.RSI)
	c.MOVQ(field(dwW), reg.RBX)
	c.MOVQ(field(dwGroups), reg.RCX)
	for i := range 4 {
		c.VMOVAPS(bias[i], sums[i])
	}
	c.Label("taps")
	for i := range 4 {
		c.MOVQ(operand.Mem{Base: reg.RSI, Disp: 8 * i}, reg.RAX)
		c.VMOVDQU8_Z(operand.Mem{Base: reg.R8, Index: reg.RAX, Scale: 1}, reg.K1, x[i])
		c.VPXORD(invert, x[i], x[i])
	}
	c.VPUNPCKLBW(x[1], x[0], t[0])
	c.VPUNPCKHBW(x[1], x[0], t[1])
	c.VPUNPCKLBW(x[3], x[2], t[2])
	c.VPUNPCKHBW(x[3], x[2], t[3])
	for i := range 2 {
		c.VPUNPCKLWD(t[2+i], t[i], quads[2*i])
		c.VPUNPCKHWD(t[2+i], t[i], quads[2*i+1])
	}
	for i := range 4 {
		c.VPDPBUSD(operand.Mem{Base: reg.RBX, Disp: 64 * i}, quads[i], sums[i])
	}
	c.ADDQ(operand.Imm(32), reg.RSI)
	c.ADDQ(operand.U32(256), reg.RBX)
	c.DECQ(reg.RCX)
	c.JNZ(operand.LabelRef("taps"))
	for i, s := range sums {
		c.VCVTDQ2PS(s, s)
		c.VMULPS(scale[i], s, s)
		c.VMAXPS(lo, s, s)
		c.VMINPS(hi, s, s)
		c.VCVTPS2DQ(s, s)
		c.VPADDD(zero, s, s)
	}
	c.VPACKSSDW(sums[1], sums[0], sums[0])
	c.VPACKSSDW(sums[3], sums[2], sums[2])
	c.VPACKUSWB(sums[2], sums[0], sums[0])
	c.VPXORD(invertY, sums[0], sums[0])
	c.VMOVDQU8(sums[0], reg.K1, operand.Mem{Base: reg.R9})
	c.ADDQ(reg.R10, reg.R8)
	c.ADDQ(reg.R11, reg.R9)
	c.DECQ(reg.R12)
	c.JNZ(operand.LabelRef("pixel"))
	c.VZEROUPPER()
	c.RET()
}
