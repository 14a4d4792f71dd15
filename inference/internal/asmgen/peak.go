package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// peakSums is how many sums the loops of peak keep: more than the latency of an instruction times how many begin in a
// cycle, on every processor that there is.
const peakSums = 14

// peak generates a loop of nothing but one instruction on registers.
func peak(c *build.Context, name, doc string, regs []reg.VecPhysical, add func(a, b, sum reg.VecPhysical)) {
	c.Function(name)
	c.Attributes(attr.NOSPLIT)
	c.Doc(doc)
	c.SignatureExpr("func(n int)")
	n := reg.RCX
	c.Load(c.Param("n"), n)
	for _, r := range regs[:peakSums+2] {
		c.VXORPS(r.AsY(), r.AsY(), r.AsY())
	}
	c.Label("loop")
	for _, sum := range regs[2 : peakSums+2] {
		add(regs[0], regs[1], sum)
	}
	c.DECQ(n)
	c.JNZ(operand.LabelRef("loop"))
	c.VZEROUPPER()
	c.RET()
}

// peaks generates the loops that measure what a core can do at most.
func peaks(c *build.Context) {
	peak(c, "fmaAVX2", "fmaAVX2 does n times 14 fused multiplications and additions of 8 float32.", ymm,
		func(a, b, sum reg.VecPhysical) { c.VFMADD231PS(a, b, sum) })
	peak(c, "fmaAVX512", "fmaAVX512 does n times 14 fused multiplications and additions of 16 float32.", zmm[:16],
		func(a, b, sum reg.VecPhysical) { c.VFMADD231PS(a, b, sum) })
	peak(c, "dotVNNI", "dotVNNI does n times 14 times 16 sums of four products of bytes.", zmm[:16],
		func(a, b, sum reg.VecPhysical) { c.VPDPBUSD(a, b, sum) })
}
