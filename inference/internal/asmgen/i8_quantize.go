package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

var i8Quantize = family{"i8/quantize_avx512", func(c *build.Context) {
	c16 := sixteens{c}
	c16.quantize()
	c16.dequantize()
	c16.rangeOf()
}}

// sixteens writes functions that go along a row by sixteen elements, of which the last ones may be fewer.
type sixteens struct{ *build.Context }

func (c sixteens) arg(name string, offset int) operand.Mem { return operand.NewParamAddr(name, offset) }

// loop writes body for the n elements that RCX counts; K1 says which of sixteen there are.
func (c sixteens) loop(body func()) {
	c.KXNORW(reg.K1, reg.K1, reg.K1)
	c.Label("loop")
	c.SUBQ(operand.Imm(16), reg.RCX)
	c.JGE(operand.LabelRef("body"))
	c.ADDQ(operand.Imm(16), reg.RCX)
	c.JZ(operand.LabelRef("done"))
	c.MOVQ(operand.I32(1), reg.RAX)
	c.SHLQ(reg.CL, reg.RAX)
	c.DECQ(reg.RAX)
	c.KMOVW(reg.EAX, reg.K1)
	c.XORQ(reg.RCX, reg.RCX)
	c.Label("body")
	body()
	c.JMP(operand.LabelRef("loop"))
	c.Label("done")
}

func (c sixteens) quantize() {
	function(c.Context, "quantizeAVX512", "quantizeAVX512 quantizes n elements.", "dst *byte, x *float32, n int, scale, lo, hi float32, zero int32")
	c.MOVQ(c.arg("dst", 0), reg.RDI)
	c.MOVQ(c.arg("x", 8), reg.RSI)
	c.MOVQ(c.arg("n", 16), reg.RCX)
	c.VBROADCASTSS(c.arg("scale", 24), reg.Z1)
	c.VBROADCASTSS(c.arg("lo", 28), reg.Z2)
	c.VBROADCASTSS(c.arg("hi", 32), reg.Z3)
	c.MOVL(c.arg("zero", 36), reg.EAX)
	c.VPBROADCASTD(reg.EAX, reg.Z4)
	c.loop(func() {
		c.VMOVUPS_Z(operand.Mem{Base: reg.RSI}, reg.K1, reg.Z0)
		c.VDIVPS(reg.Z1, reg.Z0, reg.Z0)
		c.VMAXPS(reg.Z2, reg.Z0, reg.Z0)
		c.VMINPS(reg.Z3, reg.Z0, reg.Z0)
		c.VCVTPS2DQ(reg.Z0, reg.Z0)
		c.VPADDD(reg.Z4, reg.Z0, reg.Z0)
		c.VPMOVDB(reg.Z0, reg.K1, operand.Mem{Base: reg.RDI})
		c.ADDQ(operand.Imm(64), reg.RSI)
		c.ADDQ(operand.Imm(16), reg.RDI)
	})
	c.VZEROUPPER()
	c.RET()
}

func (c sixteens) dequantize() {
	function(c.Context, "dequantizeAVX512", "dequantizeAVX512 dequantizes n elements.", "dst *float32, x *byte, n int, scale float32, zero int32, invert uint32")
	c.MOVQ(c.arg("dst", 0), reg.RDI)
	c.MOVQ(c.arg("x", 8), reg.RSI)
	c.MOVQ(c.arg("n", 16), reg.RCX)
	c.VBROADCASTSS(c.arg("scale", 24), reg.Z1)
	c.MOVL(c.arg("zero", 28), reg.EAX)
	c.VPBROADCASTD(reg.EAX, reg.Z2)
	c.MOVL(c.arg("invert", 32), reg.EAX)
	c.VPBROADCASTD(reg.EAX, reg.Z3)
	c.loop(func() {
		c.VPMOVZXBD_Z(operand.Mem{Base: reg.RSI}, reg.K1, reg.Z0)
		c.VPXORD(reg.Z3, reg.Z0, reg.Z0)
		c.VPSUBD(reg.Z2, reg.Z0, reg.Z0)
		c.VCVTDQ2PS(reg.Z0, reg.Z0)
		c.VMULPS(reg.Z1, reg.Z0, reg.Z0)
		c.VMOVUPS(reg.Z0, reg.K1, operand.Mem{Base: reg.RDI})
		c.ADDQ(operand.Imm(16), reg.RSI)
		c.ADDQ(operand.Imm(64), reg.RDI)
	})
	c.VZEROUPPER()
	c.RET()
}

func (c sixteens) rangeOf() {
	function(c.Context, "rangeAVX512", "rangeAVX512 finds the least of n elements and 0 for each of 16 lanes, and then the greatest.", "x *float32, n int, out *float32")
	c.MOVQ(c.arg("x", 0), reg.RSI)
	c.MOVQ(c.arg("n", 8), reg.RCX)
	c.MOVQ(c.arg("out", 16), reg.RDI)
	c.VPXORD(reg.Z1, reg.Z1, reg.Z1)
	c.VPXORD(reg.Z2, reg.Z2, reg.Z2)
	c.loop(func() {
		c.VMOVUPS_Z(operand.Mem{Base: reg.RSI}, reg.K1, reg.Z0)
		c.VMINPS(reg.Z1, reg.Z0, reg.Z1)
		c.VMAXPS(reg.Z2, reg.Z0, reg.Z2)
		c.ADDQ(operand.Imm(64), reg.RSI)
	})
	c.VMOVUPS(reg.Z1, operand.Mem{Base: reg.RDI})
	c.VMOVUPS(reg.Z2, operand.Mem{Base: reg.RDI, Disp: 64})
	c.VZEROUPPER()
	c.RET()
}
