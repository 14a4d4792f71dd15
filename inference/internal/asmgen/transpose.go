package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transposeAVX2 generates the transposition of blocks of 8 by 8 numbers of 4 bytes that lie next to each other.
func transposeAVX2(c *build.Context) {
	c.Function("transposeAVX2")
	c.Attributes(attr.NOSPLIT)
	c.Doc("transposeAVX2 writes the transpose of 8 rows of 8 times blocks numbers at src to dst. The rows lie srcRow and dstRow bytes apart.")
	c.Pragma("noescape")
	c.SignatureExpr("func(dst, src *float32, dstRow, srcRow, blocks int)")
	dst, src, dstRow, srcRow, left := reg.RDI, reg.RSI, reg.R8, reg.R9, reg.RCX
	dstRow3, srcRow3, dst4, src4 := reg.R10, reg.R11, reg.RDX, reg.RBX
	c.Load(c.Param("dst"), dst)
	c.Load(c.Param("src"), src)
	c.Load(c.Param("dstRow"), dstRow)
	c.Load(c.Param("srcRow"), srcRow)
	c.Load(c.Param("blocks"), left)
	c.LEAQ(operand.Mem{Base: dstRow, Index: dstRow, Scale: 2}, dstRow3)
	c.LEAQ(operand.Mem{Base: srcRow, Index: srcRow, Scale: 2}, srcRow3)
	row := func(base, base4, step, step3 reg.GPPhysical, i, disp int) operand.Mem {
		m := operand.Mem{Base: base, Disp: disp}
		if i >= 4 {
			m.Base = base4
		}
		switch i % 4 {
		case 1, 2:
			m.Index, m.Scale = step, uint8(i%4)
		case 3:
			m.Index, m.Scale = step3, 1
		}
		return m
	}
	c.Label("block")
	c.LEAQ(operand.Mem{Base: dst, Index: dstRow, Scale: 4}, dst4)
	c.LEAQ(operand.Mem{Base: src, Index: srcRow, Scale: 4}, src4)
	xmm := []reg.VecPhysical{reg.X0, reg.X1, reg.X2, reg.X3, reg.X4, reg.X5, reg.X6, reg.X7}
	// Register i holds the first four of row i%4 and of row i%4+4 when i < 4, and the last four otherwise.
	for i := range 8 {
		at := i / 4 * 16
		c.VMOVUPS(row(src, src4, srcRow, srcRow3, i%4, at), xmm[i])
		c.VINSERTF128(operand.U8(1), row(src, src4, srcRow, srcRow3, i%4+4, at), ymm[i], ymm[i])
	}
	for h := range 2 {
		r := ymm[4*h : 4*h+4]
		t := ymm[8+4*h : 12+4*h]
		c.VUNPCKLPS(r[1], r[0], t[0])
		c.VUNPCKHPS(r[1], r[0], t[1])
		c.VUNPCKLPS(r[3], r[2], t[2])
		c.VUNPCKHPS(r[3], r[2], t[3])
		c.VSHUFPS(operand.U8(0x44), t[2], t[0], r[0])
		c.VSHUFPS(operand.U8(0xee), t[2], t[0], r[1])
		c.VSHUFPS(operand.U8(0x44), t[3], t[1], r[2])
		c.VSHUFPS(operand.U8(0xee), t[3], t[1], r[3])
	}
	for i := range 8 {
		c.VMOVUPS(ymm[i], row(dst, dst4, dstRow, dstRow3, i, 0))
	}
	c.ADDQ(operand.U8(32), src)
	c.LEAQ(operand.Mem{Base: dst, Index: dstRow, Scale: 8}, dst)
	c.DECQ(left)
	c.JNZ(operand.LabelRef("block"))
	c.VZEROUPPER()
	c.RET()
}
