package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func lrnAVX512(c *build.Context) { lrn(c, zmm, 64, "AVX512", "AVX-512") }

func lrnAVX2(c *build.Context) {
	c.StaticGlobal("lrnMask")
	c.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 16 {
		lane := uint32(0)
		if i < 8 {
			lane = 1<<32 - 1
		}
		c.AddDatum(4*i, operand.U32(lane))
	}
	lrn(c, ymm, 32, "AVX2", "AVX2")
}

// Where f32.LRN has its fields.
const (
	lrnDst      = 0
	lrnSrc      = 8
	lrnSquares  = 16
	lrnPixels   = 24
	lrnChannels = 32
	lrnSize     = 40
	lrnBefore   = 48
	lrnAlpha    = 56
	lrnBias     = 60
)

// lrn generates the kernel of f32.LRN for an exponent of 3/4.
func lrn(c *build.Context, vec []reg.VecPhysical, bytes int, suffix, level string) {
	name := "lrn" + suffix
	function(c, name, fmt.Sprintf("%s is LRN.Run for %s and an exponent of 3/4; p is an *LRN.", name, level), "p *byte")
	self, dst, src, squares, first, pixels, end, size, at := reg.RDI, reg.RDX, reg.RSI, reg.R8, reg.R9, reg.R10, reg.RBX, reg.R11, reg.RAX
	window, left, wide := reg.R12, reg.R13, bytes == 64
	mask, maskVec, alpha, bias := reg.K1, vec[15], vec[14], vec[13]
	field := func(offset int) operand.Mem { return operand.Mem{Base: self, Disp: offset} }
	c.Load(c.Param("p"), self)
	c.MOVQ(field(lrnDst), dst)
	c.MOVQ(field(lrnSrc), src)
	c.MOVQ(field(lrnSquares), squares)
	c.MOVQ(field(lrnPixels), pixels)
	c.MOVQ(field(lrnChannels), end)
	c.MOVQ(field(lrnSize), size)
	c.MOVQ(field(lrnBefore), first)
	c.LEAQ(operand.Mem{Base: squares, Index: first, Scale: 4}, first)
	c.VBROADCASTSS(field(lrnAlpha), alpha)
	c.VBROADCASTSS(field(lrnBias), bias)
	c.MOVQ(end, reg.RCX)
	c.ANDQ(operand.I8(bytes/4-1), reg.RCX)
	if wide {
		c.MOVL(operand.U32(1), reg.EAX)
		c.SHLL(reg.CL, reg.EAX)
		c.DECL(reg.EAX)
		c.KMOVW(reg.EAX, mask)
	} else {
		c.LEAQ(operand.NewDataAddr(operand.NewStaticSymbol("lrnMask"), 32), reg.RAX)
		c.SHLQ(operand.U8(2), reg.RCX)
		c.SUBQ(reg.RCX, reg.RAX)
		c.VMOVUPS(operand.Mem{Base: reg.RAX}, maskVec)
	}
	c.SHLQ(operand.U8(2), end)
	// each has f done for every whole register of channels, and then for what is left under the mask.
	each := func(label string, f func(label string, load, store func(v reg.VecPhysical))) {
		c.XORQ(at, at)
		for _, masked := range []bool{false, true} {
			head, done := label, label+"Whole"
			if masked {
				head, done = label+"Part", label+"Done"
			}
			c.Label(head)
			if masked {
				c.CMPQ(at, end)
				c.JGE(operand.LabelRef(done))
			} else {
				c.LEAQ(operand.Mem{Base: at, Disp: bytes}, reg.RCX)
				c.CMPQ(reg.RCX, end)
				c.JGT(operand.LabelRef(done))
			}
			from, to := operand.Mem{Base: src, Index: at, Scale: 1}, operand.Mem{Base: dst, Index: at, Scale: 1}
			f(head, func(v reg.VecPhysical) {
				switch {
				case !masked:
					c.VMOVUPS(from, v)
				case wide:
					c.VMOVUPS_Z(from, mask, v)
				default:
					c.VMASKMOVPS(from, maskVec, v)
				}
			}, func(v reg.VecPhysical) {
				switch {
				case !masked:
					c.VMOVUPS(v, to)
				case wide:
					c.VMOVUPS(v, mask, to)
				default:
					c.VMASKMOVPS(v, maskVec, to)
				}
			})
			if !masked {
				c.ADDQ(operand.U8(bytes), at)
				c.JMP(operand.LabelRef(head))
			}
			c.Label(done)
		}
	}
	c.Label("pixel")
	each("square", func(_ string, load, _ func(reg.VecPhysical)) {
		load(vec[0])
		c.VMULPS(vec[0], vec[0], vec[0])
		c.VMOVUPS(vec[0], operand.Mem{Base: first, Index: at, Scale: 1})
	})
	each("divide", func(label string, load, store func(reg.VecPhysical)) {
		x, sum, root := vec[0], vec[1], vec[2]
		load(x)
		c.LEAQ(operand.Mem{Base: squares, Index: at, Scale: 1}, window)
		c.MOVQ(size, left)
		c.VXORPS(sum, sum, sum)
		c.Label(label + "Sum")
		c.VADDPS(operand.Mem{Base: window}, sum, sum)
		c.ADDQ(operand.U8(4), window)
		c.DECQ(left)
		c.JNZ(operand.LabelRef(label + "Sum"))
		c.VFMADD213PS(bias, alpha, sum)
		c.VSQRTPS(sum, sum)
		c.VSQRTPS(sum, root)
		c.VMULPS(root, sum, sum)
		c.VDIVPS(sum, x, x)
		store(x)
	})
	c.ADDQ(end, src)
	c.ADDQ(end, dst)
	c.DECQ(pixels)
	c.JNZ(operand.LabelRef("pixel"))
	c.VZEROUPPER()
	c.RET()
}
