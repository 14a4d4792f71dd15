package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

var i8QuantizeAVX2 = family{"i8/quantize_avx2", func(c *build.Context) {
	c8 := eights{c}
	c8.quantize()
	c8.dequantize()
	c8.rangeOf()
}}

// eights writes functions that go along a row by eight elements; whoever calls them sees to the rest.
type eights struct{ *build.Context }

func (c eights) arg(name string, offset int) operand.Mem { return operand.NewParamAddr(name, offset) }

// loop writes body for as many groups of eight as RCX counts.
func (c eights) loop(body func()) {
	c.Label("loop")
	body()
	c.DECQ(reg.RCX)
	c.JNZ(operand.LabelRef("loop"))
}

func (c eights) quantize() {
	function(c.Context, "quantizeAVX2", "quantizeAVX2 quantizes groups of eight elements.", "dst *byte, x *float32, groups int, scale, lo, hi float32, zero int32")
	c.MOVQ(c.arg("dst", 0), reg.RDI)
	c.MOVQ(c.arg("x", 8), reg.RSI)
	c.MOVQ(c.arg("groups", 16), reg.RCX)
	c.VBROADCASTSS(c.arg("scale", 24), reg.Y1)
	c.VBROADCASTSS(c.arg("lo", 28), reg.Y2)
	c.VBROADCASTSS(c.arg("hi", 32), reg.Y3)
	c.VBROADCASTSS(c.arg("zero", 36), reg.Y4)
	c.VPCMPEQD(reg.Y5, reg.Y5, reg.Y5) // the low bytes
	c.VPSRLD(operand.Imm(24), reg.Y5, reg.Y5)
	c.loop(func() {
		c.VMOVUPS(operand.Mem{Base: reg.RSI}, reg.Y0)
		c.VDIVPS(reg.Y1, reg.Y0, reg.Y0)
		c.VMAXPS(reg.Y2, reg.Y0, reg.Y0)
		c.VMINPS(reg.Y3, reg.Y0, reg.Y0)
		c.VCVTPS2DQ(reg.Y0, reg.Y0)
		c.VPADDD(reg.Y4, reg.Y0, reg.Y0)
		c.VPAND(reg.Y5, reg.Y0, reg.Y0)
		c.VEXTRACTI128(operand.Imm(1), reg.Y0, reg.X6)
		c.VPACKUSDW(reg.X6, reg.X0, reg.X0)
		c.VPACKUSWB(reg.X0, reg.X0, reg.X0)
		c.VMOVQ(reg.X0, operand.Mem{Base: reg.RDI})
		c.ADDQ(operand.Imm(32), reg.RSI)
		c.ADDQ(operand.Imm(8), reg.RDI)
	})
	c.VZEROUPPER()
	c.RET()
}

func (c eights) dequantize() {
	function(c.Context, "dequantizeAVX2", "dequantizeAVX2 dequantizes groups of eight elements.", "dst *float32, x *byte, groups int, scale float32, zero int32, invert uint32")
	c.MOVQ(c.arg("dst", 0), reg.RDI)
	c.MOVQ(c.arg("x", 8), reg.RSI)
	c.MOVQ(c.arg("groups", 16), reg.RCX)
	c.VBROADCASTSS(c.arg("scale", 24), reg.Y1)
	c.VBROADCASTSS(c.arg("zero", 28), reg.Y2)
	c.VBROADCASTSS(c.arg("invert", 32), reg.Y3)
	c.loop(func() {
		c.VPMOVZXBD(operand.Mem{Base: reg.RSI}, reg.Y0)
		c.VPXOR(reg.Y3, reg.Y0, reg.Y0)
		c.VPSUBD(reg.Y2, reg.Y0, reg.Y0)
		c.VCVTDQ2PS(reg.Y0, reg.Y0)
		c.VMULPS(reg.Y1, reg.Y0, reg.Y0)
		c.VMOVUPS(reg.Y0, operand.Mem{Base: reg.RDI})
		c.ADDQ(operand.Imm(8), reg.RSI)
		c.ADDQ(operand.Imm(32), reg.RDI)
	})
	c.VZEROUPPER()
	c.RET()
}

func (c eights) rangeOf() {
	function(c.Context, "rangeAVX2", "rangeAVX2 finds the least of groups of eight elements and 0 for each of 8 lanes, and then the greatest.", "x *float32, groups int, out *float32")
	c.MOVQ(c.arg("x", 0), reg.RSI)
	c.MOVQ(c.arg("groups", 8), reg.RCX)
	c.MOVQ(c.arg("out", 16), reg.RDI)
	c.VXORPS(reg.Y1, reg.Y1, reg.Y1)
	c.VXORPS(reg.Y2, reg.Y2, reg.Y2)
	c.loop(func() {
		c.VMOVUPS(operand.Mem{Base: reg.RSI}, reg.Y0)
		c.VMINPS(reg.Y1, reg.Y0, reg.Y1)
		c.VMAXPS(reg.Y2, reg.Y0, reg.Y2)
		c.ADDQ(operand.Imm(32), reg.RSI)
	})
	c.VMOVUPS(reg.Y1, operand.Mem{Base: reg.RDI})
	c.VMOVUPS(reg.Y2, operand.Mem{Base: reg.RDI, Disp: 32})
	c.VZEROUPPER()
	c.RET()
}
