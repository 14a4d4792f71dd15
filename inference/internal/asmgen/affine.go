package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// affine generates the kernel of f32.Affine for whole registers of channels; what is left of each row is done by the
// caller.
func affine(c *build.Context, vec []reg.VecPhysical, bytes int, suffix, level string) {
	name := "affine" + suffix
	c.Function(name)
	c.Attributes(attr.NOSPLIT)
	c.Doc(fmt.Sprintf("%s computes the first channels, a multiple of %d, of rows whose elements lie step bytes apart for %s. What is less than low becomes low.", name, bytes/4, level))
	c.Pragma("noescape")
	c.SignatureExpr("func(dst, src, scale, shift *float32, rows, channels, step int, low float32)")
	dst, src, scale, shift, rows, end, step, at := reg.RDI, reg.RSI, reg.R8, reg.R9, reg.R10, reg.R11, reg.R12, reg.RCX
	c.Load(c.Param("dst"), dst)
	c.Load(c.Param("src"), src)
	c.Load(c.Param("scale"), scale)
	c.Load(c.Param("shift"), shift)
	c.Load(c.Param("rows"), rows)
	c.Load(c.Param("channels"), end)
	c.Load(c.Param("step"), step)
	low := vec[15]
	c.VBROADCASTSS(operand.NewParamAddr("low", 56), low)
	c.SHLQ(operand.U8(2), end)
	c.Label("row")
	c.XORQ(at, at)
	for _, regs := range []int{4, 1} {
		head, done := fmt.Sprintf("by%d", regs), fmt.Sprintf("after%d", regs)
		c.Label(head)
		c.LEAQ(operand.Mem{Base: at, Disp: regs * bytes}, reg.RAX)
		c.CMPQ(reg.RAX, end)
		c.JGT(operand.LabelRef(done))
		m := func(base reg.GPPhysical, i int) operand.Mem {
			return operand.Mem{Base: base, Index: at, Scale: 1, Disp: i * bytes}
		}
		for i := range regs {
			c.VMOVUPS(m(src, i), vec[i])
			c.VMOVUPS(m(scale, i), vec[4+i])
			c.VFMADD213PS(m(shift, i), vec[4+i], vec[i])
			c.VMAXPS(vec[i], low, vec[i]) // NaN, being the second source, stays
			c.VMOVUPS(vec[i], m(dst, i))
		}
		c.MOVQ(reg.RAX, at)
		c.JMP(operand.LabelRef(head))
		c.Label(done)
	}
	c.ADDQ(step, dst)
	c.ADDQ(step, src)
	c.DECQ(rows)
	c.JNZ(operand.LabelRef("row"))
	c.VZEROUPPER()
	c.RET()
}

func affineAVX512(c *build.Context) { affine(c, zmm, 64, "AVX512", "AVX-512") }
func affineAVX2(c *build.Context)   { affine(c, ymm, 32, "AVX2", "AVX2") }
