package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

var i8DepthwiseAVX2 = family{"i8/depthwise_avx2", i8DepthwiseWide}

// i8DepthwiseWide writes the kernel for whole groups of eight channels, with weights of int16. It goes along the pixels of
// 32 channels, then of 8. A byte and a weight become 32 bits each; the pairs of int16 that these are too have the same
// product, for the upper half of a byte is 0.
func i8DepthwiseWide(c *build.Context) {
	function(c, "depthwiseAVX2", "depthwiseAVX2 computes a row of pixels, of as many channels as are whole groups of eight.", "d *byte")
	lo, hi, zero, invert, low := ymm[9], ymm[10], ymm[11], ymm[12], ymm[13]
	c.MOVQ(operand.NewParamAddr("d", 0), reg.RDI)
	c.MOVQ(field(dwX), reg.R8)
	c.MOVQ(field(dwY), reg.R9)
	c.MOVQ(field(dwW), reg.R13)
	c.MOVQ(field(dwBias), reg.R14)
	c.MOVQ(field(dwScale), reg.R15)
	c.MOVQ(field(dwChannels), reg.RDX)
	c.VBROADCASTSS(field(dwLo), lo)
	c.VBROADCASTSS(field(dwHi), hi)
	c.VPBROADCASTD(field(dwZero), zero)
	c.VPBROADCASTD(field(dwInvert), invert)
	c.VPCMPEQD(low, low, low)
	c.VPSRLD(operand.Imm(24), low, low)
	c.VPAND(low, invert, invert)
	for _, vecs := range []int{4, 1} {
		name := func(s string) string { return s + string(rune('0'+vecs)) }
		c.Label(name("channels"))
		c.SUBQ(operand.Imm(uint64(8*vecs)), reg.RDX)
		c.JLT(operand.LabelRef(name("rest")))
		c.MOVQ(reg.R8, reg.R10)
		c.MOVQ(reg.R9, reg.R11)
		c.MOVQ(field(dwN), reg.R12)
		c.Label(name("pixel"))
		c.MOVQ(field(dwTaps), reg.RSI)
		c.MOVQ(field(dwGroups), reg.RCX)
		c.MOVQ(reg.R13, reg.RBX)
		for v := range vecs {
			c.VMOVDQU(operand.Mem{Base: reg.R14, Disp: 32 * v}, ymm[v])
		}
		c.Label(name("tap"))
		c.MOVQ(operand.Mem{Base: reg.RSI}, reg.RAX)
		for v := range vecs {
			x, w := ymm[4+v], ymm[8]
			c.VPMOVZXBD(operand.Mem{Base: reg.R10, Index: reg.RAX, Scale: 1, Disp: 8 * v}, x)
			c.VPMOVSXWD(operand.Mem{Base: reg.RBX, Disp: 16 * v}, w)
			c.VPXOR(invert, x, x)
			c.VPMADDWD(w, x, x)
			c.VPADDD(x, ymm[v], ymm[v])
		}
		c.ADDQ(operand.Imm(8), reg.RSI)
		c.ADDQ(operand.U32(2*64), reg.RBX)
		c.DECQ(reg.RCX)
		c.JNZ(operand.LabelRef(name("tap")))
		for v := range vecs {
			s, high := ymm[v], ymm[8].AsX()
			c.VCVTDQ2PS(s, s)
			c.VMULPS(operand.Mem{Base: reg.R15, Disp: 32 * v}, s, s)
			c.VMAXPS(lo, s, s)
			c.VMINPS(hi, s, s)
			c.VCVTPS2DQ(s, s)
			c.VPADDD(zero, s, s)
			c.VPAND(low, s, s)
			c.VEXTRACTI128(operand.Imm(1), s, high)
			c.VPACKUSDW(high, s.AsX(), s.AsX())
			c.VPACKUSWB(s.AsX(), s.AsX(), s.AsX())
			c.VMOVQ(s.AsX(), operand.Mem{Base: reg.R11, Disp: 8 * v})
		}
		c.ADDQ(field(dwStep), reg.R10)
		c.ADDQ(field(dwLDY), reg.R11)
		c.DECQ(reg.R12)
		c.JNZ(operand.LabelRef(name("pixel")))
		c.ADDQ(operand.Imm(uint64(8*vecs)), reg.R8)
		c.ADDQ(operand.Imm(uint64(8*vecs)), reg.R9)
		c.ADDQ(operand.Imm(uint64(16*vecs)), reg.R13)
		c.ADDQ(operand.U32(uint32(32*vecs)), reg.R14)
		c.ADDQ(operand.U32(uint32(32*vecs)), reg.R15)
		c.JMP(operand.LabelRef(name("channels")))
		c.Label(name("rest"))
		c.ADDQ(operand.Imm(uint64(8*vecs)), reg.RDX)
	}
	c.VZEROUPPER()
	c.RET()
}
