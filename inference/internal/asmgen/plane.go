package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Where f32.planeRun has its fields.
const (
	planeDst     = 0
	planeDstStep = 8
	planeRows    = 16
	planeCols    = 24
	planeWidth   = 32
	planePad     = 40
	planeWeights = 48
	planeBias    = 56
	planeLo      = 60
	planeHi      = 64
	planeLines   = 72
)

// plane generates kernels of f32.planeRun: as many columns as a register holds from the first row to the last, so that
// what three columns of the kernel see of a line is loaded once for all rows of the output that see it.
type plane struct {
	tile
	stride int
}

func planeAVX512(c *build.Context) {
	table(c, "planeEvens", func(i int) int { return 2 * i })
	table(c, "planeOdds", func(i int) int { return 2*i + 1 })
	table(c, "planeCount", func(i int) int { return i })
	for stride := 1; stride <= 2; stride++ {
		p := plane{tile{Context: c, vec: zmm, bytes: 64}, stride}
		p.generate("AVX512", "AVX-512")
	}
}

func planeAVX2(c *build.Context) {
	table(c, "planeCount", func(i int) int { return i })
	for stride := 1; stride <= 2; stride++ {
		p := plane{tile{Context: c, vec: ymm, bytes: 32}, stride}
		p.generate("AVX2", "AVX2")
	}
}

// table adds 16 numbers to the constants of a file.
func table(c *build.Context, name string, f func(i int) int) {
	c.StaticGlobal(name)
	c.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 16 {
		c.AddDatum(4*i, operand.U32(f(i)))
	}
}

// The registers that the kernel keeps.
var (
	planeSelf = reg.RDI
	planeTo   = reg.RDX
	planeStep = reg.R8
	planeLine = reg.RSI // the line whose turn it is, in the list
	planeAt   = reg.R9  // bytes from where a line begins to what the first column sees
	planeCol  = reg.R10 // the first column
	planeLeft = reg.RCX // rows
	planeFull = reg.R11 // how many columns of the register are there
	planeFrom = reg.RAX
	planeW    = reg.RBX
)

func (p *plane) field(offset int) operand.Mem { return operand.Mem{Base: planeSelf, Disp: offset} }

func (p *plane) seen(kx int) reg.VecPhysical  { return p.vec[kx] }   // what a column of the kernel sees
func (p *plane) sum(i int) reg.VecPhysical    { return p.vec[3+i] }  // of a row of the output, and of the next
func (p *plane) other() reg.VecPhysical       { return p.vec[5] }    // for a moment
func (p *plane) bias() reg.VecPhysical        { return p.vec[6] }    //
func (p *plane) low() reg.VecPhysical         { return p.vec[7] }    //
func (p *plane) high() reg.VecPhysical        { return p.vec[8] }    //
func (p *plane) mask(i int) reg.VecPhysical   { return p.vec[9+i] }  // of loads, and after them of stores; for AVX2
func (p *plane) weight(i int) reg.VecPhysical { return p.vec[16+i] } // for AVX-512
func (p *plane) evens() reg.VecPhysical       { return p.vec[25] }
func (p *plane) odds() reg.VecPhysical        { return p.vec[26] }

var planeMask = []reg.OpmaskPhysical{reg.K1, reg.K2, reg.K3, reg.K4, reg.K5}

// loads lists where registers are loaded from, in elements from what the first column sees.
func (p *plane) loads() []int {
	if n := p.bytes / 4; p.stride == 2 {
		return []int{0, n, 2, n + 2}
	}
	return []int{0, 1, 2}
}

func (p *plane) generate(suffix, level string) {
	name := []string{"planeSteps", "planeSkips"}[p.stride-1] + suffix
	function(p.Context, name, name+" computes a *planeRun whose strides are "+[]string{"1", "2"}[p.stride-1]+" for "+level+".", "p *byte")
	p.Load(p.Param("p"), planeSelf)
	p.MOVQ(p.field(planeDstStep), planeStep)
	p.MOVQ(p.field(planeWeights), planeW)
	p.VBROADCASTSS(p.field(planeBias), p.bias())
	p.VBROADCASTSS(p.field(planeLo), p.low())
	p.VBROADCASTSS(p.field(planeHi), p.high())
	if p.wide() {
		for i := range 9 {
			p.VBROADCASTSS(operand.Mem{Base: planeW, Disp: 4 * i}, p.weight(i))
		}
		if p.stride == 2 {
			p.VMOVUPS(operand.NewDataAddr(operand.NewStaticSymbol("planeEvens"), 0), p.evens())
			p.VMOVUPS(operand.NewDataAddr(operand.NewStaticSymbol("planeOdds"), 0), p.odds())
		}
	}
	p.XORQ(planeCol, planeCol)

	p.Label("columns")
	p.begin()
	p.row()
	p.start(p.sum(0))
	if p.stride == 1 {
		p.row()
		p.add(3, p.sum(0))
		p.start(p.sum(1))
	}
	p.Label("row")
	if p.stride == 2 {
		p.row()
		p.add(3, p.sum(0))
	}
	p.row()
	p.add(6, p.sum(0))
	p.store()
	if p.stride == 1 {
		p.VMOVAPS(p.sum(1), p.sum(0))
		p.add(3, p.sum(0))
	}
	p.start(p.sum(p.stride % 2))
	p.DECQ(planeLeft)
	p.JNZ(operand.LabelRef("row"))

	p.ADDQ(operand.U8(p.bytes/4), planeCol)
	p.CMPQ(planeCol, p.field(planeCols))
	p.JL(operand.LabelRef("columns"))
	p.VZEROUPPER()
	p.RET()
}

// begin makes the masks for some columns, and begins with the first row.
func (p *plane) begin() {
	p.MOVQ(p.field(planeCols), planeFull)
	p.SUBQ(planeCol, planeFull)
	p.MOVQ(planeCol, planeAt)
	if p.stride == 2 {
		p.SHLQ(operand.U8(1), planeAt)
	}
	p.SUBQ(p.field(planePad), planeAt)
	p.VPBROADCASTD(p.field(planeWidth), p.seen(1))
	for i, from := range p.loads() {
		p.LEAQ(operand.Mem{Base: planeAt, Disp: from}, planeFrom)
		p.within(planeFrom, i)
	}
	p.MOVQ(p.field(planeCols), planeFrom)
	p.VMOVD(reg.EAX, reg.X1)
	p.VPBROADCASTD(reg.X1, p.seen(1))
	p.within(planeCol, len(p.loads()))
	p.SHLQ(operand.U8(2), planeAt)
	p.LEAQ(p.field(planeLines), planeLine)
	p.MOVQ(p.field(planeDst), planeTo)
	p.LEAQ(operand.Mem{Base: planeTo, Index: planeCol, Scale: 4}, planeTo)
	p.MOVQ(p.field(planeRows), planeLeft)
}

// within makes mask i of the elements from some one on that are not before the first and not after the last.
func (p *plane) within(from reg.GPPhysical, i int) {
	x0, first := p.seen(0), reg.X0
	p.VMOVD(from.(reg.GP).As32(), first)
	p.VPBROADCASTD(first, x0)
	count := operand.NewDataAddr(operand.NewStaticSymbol("planeCount"), 0)
	if p.wide() {
		p.VPADDD(count, x0, x0)
		p.VPCMPUD(operand.U8(1), p.seen(1), x0, planeMask[i])
		return
	}
	p.VPADDD(count, x0, x0)
	p.VPCMPEQD(p.seen(2), p.seen(2), p.seen(2))
	p.VPCMPGTD(p.seen(2), x0, p.seen(2)) // x0 > -1
	p.VPCMPGTD(x0, p.seen(1), x0)        // the end > x0
	p.VPAND(p.seen(2), x0, p.mask(i))
}

// row loads what the columns of the kernel see of the next line.
func (p *plane) row() {
	p.MOVQ(operand.Mem{Base: planeLine}, planeFrom)
	p.ADDQ(operand.U8(8), planeLine)
	load := func(i int, to reg.VecPhysical) {
		m := operand.Mem{Base: planeFrom, Index: planeAt, Scale: 1, Disp: 4 * p.loads()[i]}
		if p.wide() {
			p.VMOVUPS_Z(m, planeMask[i], to)
		} else {
			p.VMASKMOVPS(m, p.mask(i), to)
		}
	}
	if p.stride == 1 {
		for i := range 3 {
			load(i, p.seen(i))
		}
		return
	}
	x0, x1, x2 := p.seen(0), p.seen(1), p.seen(2)
	load(0, x0)
	load(1, p.other())
	if p.wide() {
		p.VMOVAPS(x0, x1)
		p.VPERMT2PS(p.other(), p.evens(), x0)
		p.VPERMT2PS(p.other(), p.odds(), x1)
	} else {
		p.VSHUFPS(operand.U8(0xdd), p.other(), x0, x1)
		p.VSHUFPS(operand.U8(0x88), p.other(), x0, x0)
		p.VPERMPD(operand.U8(0xd8), x1, x1)
		p.VPERMPD(operand.U8(0xd8), x0, x0)
	}
	load(2, x2)
	load(3, p.other())
	if p.wide() {
		p.VPERMT2PS(p.other(), p.evens(), x2)
	} else {
		p.VSHUFPS(operand.U8(0x88), p.other(), x2, x2)
		p.VPERMPD(operand.U8(0xd8), x2, x2)
	}
}

// start begins a sum with the bias and the first row of the kernel.
func (p *plane) start(sum reg.VecPhysical) {
	p.VMOVAPS(p.bias(), sum)
	p.add(0, sum)
}

// add adds a row of the kernel, which begins with some weight.
func (p *plane) add(first int, sum reg.VecPhysical) {
	for i := range 3 {
		w := p.other()
		if p.wide() {
			w = p.weight(first + i)
		} else {
			p.VBROADCASTSS(operand.Mem{Base: planeW, Disp: 4 * (first + i)}, w)
		}
		p.VFMADD231PS(w, p.seen(i), sum)
	}
}

// store clamps the sum of a row and stores it.
func (p *plane) store() {
	// Of two operands one of which is no number, these return the one that stands first here: so NaN stays.
	p.VMAXPS(p.sum(0), p.low(), p.sum(0))
	p.VMINPS(p.sum(0), p.high(), p.sum(0))
	to, last := operand.Mem{Base: planeTo}, len(p.loads())
	p.CMPQ(planeFull, operand.U8(p.bytes/4))
	p.JL(operand.LabelRef("part"))
	p.VMOVUPS(p.sum(0), to)
	p.JMP(operand.LabelRef("stored"))
	p.Label("part")
	if p.wide() {
		p.VMOVUPS(p.sum(0), planeMask[last], to)
	} else {
		p.VMASKMOVPS(p.sum(0), p.mask(last), to)
	}
	p.Label("stored")
	p.ADDQ(planeStep, planeTo)
}
