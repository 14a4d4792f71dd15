package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Where f32.Pool has its fields.
const (
	poolDst      = 0
	poolSrc      = 8
	poolTaps     = 16
	poolNTaps    = 24
	poolPixels   = 32
	poolDstStep  = 40
	poolSrcStep  = 48
	poolChannels = 56
	poolDivisor  = 64
)

// pool generates a kernel of f32.Pool for registers of one size: several registers of channels at a time, then single
// ones, and what is left under a mask.
type pool struct {
	*build.Context
	vec   []reg.VecPhysical
	bytes int
	mean  bool
}

// The registers that the kernel keeps.
var (
	poolSelf  = reg.RDI
	poolTo    = reg.RDX
	poolFrom  = reg.RSI
	poolTap   = reg.R8 // the taps that are left
	poolLeft  = reg.R9
	poolAll   = reg.R10
	poolTable = reg.R11
	poolCount = reg.R12 // of pixels that are left
	poolAt    = reg.RCX // bytes into the channels
	poolEnd   = reg.RBX
	poolSees  = reg.RAX // a pixel that is looked at
	poolMask  = reg.K1
	poolNaN   = reg.K2
)

func poolAVX512(c *build.Context) {
	for _, mean := range []bool{false, true} {
		p := pool{c, zmm, 64, mean}
		p.generate("AVX512", "AVX-512")
	}
}

func poolAVX2(c *build.Context) {
	c.StaticGlobal("poolMask")
	c.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 16 {
		lane := uint32(0)
		if i < 8 {
			lane = 1<<32 - 1
		}
		c.AddDatum(4*i, operand.U32(lane))
	}
	for _, mean := range []bool{false, true} {
		p := pool{c, ymm, 32, mean}
		p.generate("AVX2", "AVX2")
	}
}

func (p *pool) wide() bool { return p.bytes == 64 }

func (p *pool) field(offset int) operand.Mem { return operand.Mem{Base: poolSelf, Disp: offset} }

func (p *pool) generate(suffix, level string) {
	name, method := "poolMax", "Max"
	if p.mean {
		name, method = "poolMean", "Mean"
	}
	function(p.Context, name+suffix, fmt.Sprintf("%s%s is Pool.%s for %s; p is a *Pool.", name, suffix, method, level), "p *byte")
	p.Load(p.Param("p"), poolSelf)
	p.MOVQ(p.field(poolDst), poolTo)
	p.MOVQ(p.field(poolSrc), poolFrom)
	p.MOVQ(p.field(poolTaps), poolTable)
	p.MOVQ(p.field(poolNTaps), poolAll)
	p.MOVQ(p.field(poolPixels), poolCount)
	p.MOVQ(p.field(poolChannels), poolEnd)
	if p.mean {
		p.VBROADCASTSS(p.field(poolDivisor), p.divisor())
	}
	// The mask of the channels that no whole register has.
	p.MOVQ(poolEnd, reg.RCX)
	p.ANDQ(operand.I8(p.bytes/4-1), reg.RCX)
	if p.wide() {
		p.MOVL(operand.U32(1), reg.EAX)
		p.SHLL(reg.CL, reg.EAX)
		p.DECL(reg.EAX)
		p.KMOVW(reg.EAX, poolMask)
	} else {
		p.LEAQ(operand.NewDataAddr(operand.NewStaticSymbol("poolMask"), 32), reg.RAX)
		p.SHLQ(operand.U8(2), reg.RCX)
		p.SUBQ(reg.RCX, reg.RAX)
		p.VMOVUPS(operand.Mem{Base: reg.RAX}, p.maskVec())
	}
	p.SHLQ(operand.U8(2), poolEnd)
	p.Label("pixel")
	p.XORQ(poolAt, poolAt)
	for _, regs := range []int{4, 1} {
		head, done := fmt.Sprintf("by%d", regs), fmt.Sprintf("after%d", regs)
		p.Label(head)
		p.LEAQ(operand.Mem{Base: poolAt, Disp: regs * p.bytes}, poolSees)
		p.CMPQ(poolSees, poolEnd)
		p.JGT(operand.LabelRef(done))
		p.chunk(fmt.Sprintf("taps%d", regs), regs, false)
		p.ADDQ(operand.U32(regs*p.bytes), poolAt)
		p.JMP(operand.LabelRef(head))
		p.Label(done)
	}
	p.CMPQ(poolAt, poolEnd)
	p.JGE(operand.LabelRef("next"))
	p.chunk("tapsTail", 1, true)
	p.Label("next")
	p.ADDQ(p.field(poolDstStep), poolTo)
	p.ADDQ(p.field(poolSrcStep), poolFrom)
	p.DECQ(poolCount)
	p.JNZ(operand.LabelRef("pixel"))
	p.VZEROUPPER()
	p.RET()
}

func (p *pool) divisor() reg.VecPhysical { return p.vec[15] }
func (p *pool) maskVec() reg.VecPhysical { return p.vec[14] }

// load loads register i of a chunk from a pixel.
func (p *pool) load(base reg.GPPhysical, i int, masked bool, to reg.VecPhysical) {
	from := operand.Mem{Base: base, Index: poolAt, Scale: 1, Disp: i * p.bytes}
	switch {
	case !masked:
		p.VMOVUPS(from, to)
	case p.wide():
		p.VMOVUPS_Z(from, poolMask, to)
	default:
		p.VMASKMOVPS(from, p.maskVec(), to)
	}
}

// chunk makes as many registers of channels of a pixel.
func (p *pool) chunk(label string, regs int, masked bool) {
	acc, seen, nan := p.vec[0:4], p.vec[4:8], p.vec[8:12]
	p.MOVQ(poolTable, poolTap)
	p.MOVQ(poolAll, poolLeft)
	p.MOVQ(operand.Mem{Base: poolTap}, poolSees)
	p.ADDQ(poolFrom, poolSees)
	for i := range regs {
		p.load(poolSees, i, masked, acc[i])
	}
	p.DECQ(poolLeft)
	p.JZ(operand.LabelRef(label + "Done"))
	p.Label(label)
	p.ADDQ(operand.U8(8), poolTap)
	p.MOVQ(operand.Mem{Base: poolTap}, poolSees)
	p.ADDQ(poolFrom, poolSees)
	for i := range regs {
		p.load(poolSees, i, masked, seen[i])
		switch {
		case p.mean:
			p.VADDPS(seen[i], acc[i], acc[i])
		case p.wide():
			// The greatest stays NaN when it is, being the second source; what is seen must be made it.
			p.VCMPPS(operand.U8(3), seen[i], seen[i], poolNaN)
			p.VMAXPS(acc[i], seen[i], acc[i])
			p.VMOVAPS(seen[i], poolNaN, acc[i])
		default:
			p.VCMPPS(operand.U8(3), seen[i], seen[i], nan[i])
			p.VMAXPS(acc[i], seen[i], acc[i])
			p.VBLENDVPS(nan[i], seen[i], acc[i], acc[i])
		}
	}
	p.DECQ(poolLeft)
	p.JNZ(operand.LabelRef(label))
	p.Label(label + "Done")
	for i := range regs {
		if p.mean {
			p.VDIVPS(p.divisor(), acc[i], acc[i])
		}
		to := operand.Mem{Base: poolTo, Index: poolAt, Scale: 1, Disp: i * p.bytes}
		switch {
		case !masked:
			p.VMOVUPS(acc[i], to)
		case p.wide():
			p.VMOVUPS(acc[i], poolMask, to)
		default:
			p.VMASKMOVPS(acc[i], p.maskVec(), to)
		}
	}
}
