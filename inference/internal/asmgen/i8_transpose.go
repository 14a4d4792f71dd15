package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

var i8Transpose = family{"i8/transpose_avx2", func(c *build.Context) {
	i8Turn(c, "transpose16", 1)
	i8Turn(c, "transpose32", 2)
}}

// i8Turn writes a function that transposes sixteen rows of 16 columns, or of 32, as often as there are blocks of them.
//
// Four rounds of interleaving the bytes of row i with those of row i+8 bring each byte where it belongs. Sixteen rows
// take all registers, so one of them waits in memory from round to round.
func i8Turn(c *build.Context, name string, lanes int) {
	function(c, name, name+" transposes 16 rows of blocks of columns.", "src, dst *byte, from, to, blocks int")
	spill := c.AllocLocal(32)
	for i, r := range []reg.GPPhysical{reg.RSI, reg.RDI, reg.R8, reg.R9, reg.RCX} {
		c.MOVQ(operand.NewParamAddr([]string{"src", "dst", "from", "to", "blocks"}[i], 8*i), r)
	}
	vec := func(i int) reg.VecPhysical {
		v := ymm[i]
		if lanes == 1 {
			return v.AsX().(reg.VecPhysical)
		}
		return v
	}
	c.Label("block")
	c.MOVQ(reg.RSI, reg.RAX)
	c.LEAQ(operand.Mem{Base: reg.RSI, Index: reg.R8, Scale: 8}, reg.RBX)
	rows := make([]int, 16) // the register of each
	for i := range 8 {
		last := i == 7
		x, lo, hi := 15, 2*i, 2*i+1
		c.VMOVDQU(operand.Mem{Base: reg.RAX}, vec(x))
		c.VPUNPCKLBW(operand.Mem{Base: reg.RBX}, vec(x), vec(lo))
		c.VPUNPCKHBW(operand.Mem{Base: reg.RBX}, vec(x), vec(hi))
		rows[2*i], rows[2*i+1] = lo, hi
		if !last {
			c.ADDQ(reg.R8, reg.RAX)
			c.ADDQ(reg.R8, reg.RBX)
		}
	}
	for range 3 {
		free := rows[15]
		c.VMOVDQU(vec(free), spill)
		next := make([]int, 16)
		for i := range 8 {
			a := rows[i]
			var b operand.Op = spill
			hi := a
			if i < 7 {
				b, hi = vec(rows[i+8]), rows[i+8]
			}
			c.VPUNPCKLBW(b, vec(a), vec(free))
			c.VPUNPCKHBW(b, vec(a), vec(hi))
			next[2*i], next[2*i+1] = free, hi
			free = a
		}
		rows = next
	}
	c.MOVQ(reg.RDI, reg.RAX)
	for _, r := range rows {
		c.VMOVDQU(ymm[r].AsX(), operand.Mem{Base: reg.RAX})
		c.ADDQ(reg.R9, reg.RAX)
	}
	if lanes == 2 {
		for _, r := range rows {
			c.VEXTRACTI128(operand.Imm(1), vec(r), operand.Mem{Base: reg.RAX})
			c.ADDQ(reg.R9, reg.RAX)
		}
	}
	c.MOVQ(reg.RAX, reg.RDI)
	c.ADDQ(operand.Imm(uint64(16*lanes)), reg.RSI)
	c.DECQ(reg.RCX)
	c.JNZ(operand.LabelRef("block"))
	c.VZEROUPPER()
	c.RET()
}
