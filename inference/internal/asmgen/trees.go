package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The fields of trees.walk, in bytes from its beginning.
const (
	walkNodes = 8 * iota
	walkKeys
	walkRoots
	walkLeaves
	walkDepths
	walkGroups
)

// treeWalk writes the function that walks groups of eight trees, all eight at once: while one waits for its next node, the
// others go on. It takes no branch that depends on a feature.
func treeWalk(c *build.Context) {
	function(c, "walkEight", "walkEight walks groups of eight trees; a is a walk.", "a *byte")
	at := []reg.Register{reg.R8, reg.R9, reg.R10, reg.R11, reg.R12, reg.R13, reg.R14, reg.R15}
	narrow := []reg.Register{reg.R8L, reg.R9L, reg.R10L, reg.R11L, reg.R12L, reg.R13L, reg.R14L, reg.R15L}
	args := func() { c.Load(c.Param("a"), reg.RAX) }
	field := func(offset int) operand.Mem { return operand.Mem{Base: reg.RAX, Disp: offset} }
	args()
	c.MOVQ(field(walkNodes), reg.RDI)
	c.MOVQ(field(walkKeys), reg.RSI)
	c.Label("group")
	c.MOVQ(field(walkRoots), reg.RBX)
	for i := range at {
		c.MOVL(operand.Mem{Base: reg.RBX, Disp: 4 * i}, narrow[i])
	}

	c.MOVQ(field(walkDepths), reg.RBX)
	c.MOVL(operand.Mem{Base: reg.RBX}, reg.ECX)

	c.TESTL(reg.ECX, reg.ECX)
	c.JEQ(operand.LabelRef("store"))
	c.Label("step")
	for i := range at {
		node := func(disp int) operand.Mem {
			return operand.Mem{Base: reg.RDI, Index: at[i], Scale: 8, Disp: disp}
		}
		c.MOVWLZX(node(4), reg.EBX)
		c.MOVWLZX(node(6), reg.EDX)
		c.MOVL(operand.Mem{Base: reg.RSI, Index: reg.RBX, Scale: 4}, reg.EBX)
		c.CMPL(node(0), reg.EBX) // the carry is whether the feature is greater
		c.ADCQ(reg.RDX, at[i])
	}
	c.DECL(reg.ECX)
	c.JNE(operand.LabelRef("step"))
	c.Label("store")
	c.MOVQ(field(walkLeaves), reg.RBX)
	for i := range at {
		c.MOVL(narrow[i], operand.Mem{Base: reg.RBX, Disp: 4 * i})
	}
	c.DECQ(field(walkGroups))
	c.JEQ(operand.LabelRef("done"))
	c.ADDQ(operand.Imm(32), field(walkLeaves))
	c.ADDQ(operand.Imm(32), field(walkRoots))
	c.ADDQ(operand.Imm(4), field(walkDepths))
	c.JMP(operand.LabelRef("group"))
	c.Label("done")
	c.RET()
}
