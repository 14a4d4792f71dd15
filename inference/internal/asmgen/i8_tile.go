package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Where the fields of i8.Tile are.
const (
	i8A, i8A2, i8B, i8C, i8C2    = 0, 8, 16, 24, 32
	i8Taps, i8NTaps, i8K         = 40, 48, 56
	i8LDA, i8LDC                 = 64, 72
	i8Bias, i8Scale, i8Shift     = 80, 88, 96
	i8Rows, i8Cols, i8Width      = 104, 112, 120
	i8Kind                       = 128
	i8Lo, i8Hi, i8Zero, i8Invert = 136, 140, 144, 148
)

// masks say which columns of the two vectors of a row are written.
var masks = [2]reg.Physical{reg.K1, reg.K2}

// i8Tile writes the tiles of one level.
type i8Tile struct {
	*build.Context
	half  int               // most rows of a run
	regs  []reg.VecPhysical // of the level's vectors
	lanes int               // of 32 bits
	dot   bool              // there is VPDPBUSD: panels hold int8; else int16
	masks bool              // there are mask registers: the last columns are left out; else all are written

	rows, vecs int // of the tile being written
}

var (
	i8VNNI   = family{"i8/tile_vnni", func(c *build.Context) { i8TileOf(c, 7, zmm, true, true).all("tileVNNI") }}
	i8AVX512 = family{"i8/tile_avx512", func(c *build.Context) { i8TileOf(c, 7, zmm, false, true).all("tileAVX512") }}
	i8AVX2   = family{"i8/tile_avx2", func(c *build.Context) { i8TileOf(c, 3, ymm, false, false).all("tileAVX2") }}
)

func i8TileOf(c *build.Context, half int, regs []reg.VecPhysical, dot, masks bool) *i8Tile {
	return &i8Tile{Context: c, half: half, regs: regs, lanes: len(regs) / 2, dot: dot, masks: masks}
}

func field(offset int) operand.Mem { return operand.Mem{Base: reg.RDI, Disp: offset} }

// all writes the function: it goes to the code for as many rows and vectors as the tile has.
func (g *i8Tile) all(name string) {
	function(g.Context, name, name+" computes a tile.", "t *byte")
	g.MOVQ(operand.NewParamAddr("t", 0), reg.RDI)
	g.MOVQ(field(i8A), reg.R13)
	g.MOVQ(field(i8A2), reg.R14)
	g.MOVQ(field(i8B), reg.RBX)
	g.MOVQ(field(i8LDA), reg.R11)
	g.LEAQ(operand.Mem{Base: reg.R11, Index: reg.R11, Scale: 2}, reg.R12)
	g.MOVQ(field(i8Taps), reg.RSI)
	g.MOVQ(field(i8NTaps), reg.R15)
	g.MOVQ(field(i8Bias), reg.RDX)
	g.MOVQ(field(i8Rows), reg.RAX)
	if g.masks { // K1 and K2: which of the columns of the two vectors are written
		g.MOVQ(field(i8Cols), reg.RCX)
		g.MOVQ(operand.I32(1), reg.R8)
		g.SHLQ(reg.CL, reg.R8)
		g.DECQ(reg.R8)
		g.KMOVD(reg.R8L, reg.K1)
		g.SHRQ(operand.Imm(16), reg.R8)
		g.KMOVD(reg.R8L, reg.K2)
	}
	g.MOVQ(field(i8Width), reg.RCX)
	g.CMPQ(reg.RCX, operand.Imm(uint64(2*g.lanes)))
	g.JNE(operand.LabelRef("narrow"))
	for vecs := 2; vecs > 0; vecs-- {
		if vecs == 1 {
			g.Label("narrow")
		}
		for half := g.half; half > 0; half-- {
			g.CMPQ(reg.RAX, operand.Imm(uint64(2*half)))
			g.JEQ(operand.LabelRef(fmt.Sprintf("rows%dx%d", 2*half, vecs)))
		}
		g.JMP(operand.LabelRef(fmt.Sprintf("rows1x%d", vecs)))
	}
	for vecs := 2; vecs > 0; vecs-- {
		for half := g.half; half > 0; half-- {
			g.tile(2*half, vecs)
		}
		g.tile(1, vecs)
	}
}

// label names a place of the tile being written.
func (g *i8Tile) label(s string) string { return fmt.Sprintf("%s%dx%d", s, g.rows, g.vecs) }

// acc returns the register of the sums of vector v of a row.
func (g *i8Tile) acc(row, v int) reg.VecPhysical {
	return g.regs[len(g.regs)-g.rows*g.vecs+row*g.vecs+v]
}

// at returns where row is, with bases of the first and fifth row of both runs, and what lies from row to row.
func (g *i8Tile) at(row, disp int) operand.Mem {
	half := (g.rows + 1) / 2
	bases := [4]reg.GPPhysical{reg.RAX, reg.R8, reg.R9, reg.R10}
	run, row := row/half, row%half
	m := operand.Mem{Base: bases[2*run+row/4], Disp: disp}
	switch row % 4 {
	case 1:
		m.Index, m.Scale = reg.R11, 1
	case 2:
		m.Index, m.Scale = reg.R11, 2
	case 3:
		m.Index, m.Scale = reg.R12, 1
	}
	return m
}

// bases sets the bases from the first rows of both runs.
func (g *i8Tile) bases(first, second operand.Mem) {
	g.LEAQ(first, reg.RAX)
	if g.rows > 1 {
		g.LEAQ(second, reg.R9)
	}
	if g.rows > 8 {
		g.LEAQ(operand.Mem{Base: reg.RAX, Index: reg.R11, Scale: 4}, reg.R8)
		g.LEAQ(operand.Mem{Base: reg.R9, Index: reg.R11, Scale: 4}, reg.R10)
	}
}

// step returns how many bytes of a panel belong to a group of four products.
func (g *i8Tile) step() int {
	if g.dot {
		return 16 * g.lanes / 4 * g.vecs
	}
	return 2 * 16 * g.lanes / 4 * g.vecs
}

// tile writes the code for so many rows and vectors of columns.
func (g *i8Tile) tile(rows, vecs int) {
	g.rows, g.vecs = rows, vecs
	vector := 4 * g.lanes
	g.Label(g.label("rows"))
	for v := range vecs {
		g.VMOVUPS(operand.Mem{Base: reg.RDX, Disp: v * vector}, g.acc(0, v))
		for r := 1; r < rows; r++ {
			g.VMOVAPS(g.acc(0, v), g.acc(r, v))
		}
	}
	invert := g.regs[3]
	g.VPBROADCASTD(field(i8Invert), invert)
	g.Label(g.label("tap"))
	g.MOVQ(operand.Mem{Base: reg.RSI}, reg.RDX)
	g.ADDQ(operand.Imm(8), reg.RSI)
	g.bases(operand.Mem{Base: reg.R13, Index: reg.RDX, Scale: 1}, operand.Mem{Base: reg.R14, Index: reg.RDX, Scale: 1})
	g.MOVQ(field(i8K), reg.RCX)
	if rows == 1 && g.dot {
		g.row()
	}
	if rows > 1 && g.dot {
		g.SUBQ(operand.Imm(2), reg.RCX)
		g.JLT(operand.LabelRef(g.label("last")))
		g.Label(g.label("two"))
		g.groups(2)
		g.SUBQ(operand.Imm(2), reg.RCX)
		g.JGE(operand.LabelRef(g.label("two")))
		g.Label(g.label("last"))
		g.ADDQ(operand.Imm(2), reg.RCX)
		g.JZ(operand.LabelRef(g.label("next")))
		g.groups(1)
	} else {
		g.Label(g.label("group"))
		g.groups(1)
		g.DECQ(reg.RCX)
		g.JNZ(operand.LabelRef(g.label("group")))
	}
	g.Label(g.label("next"))
	g.DECQ(reg.R15)
	g.JNZ(operand.LabelRef(g.label("tap")))
	g.store()
}

// groups adds the products of all rows with so many groups of the panel, and goes on to the next ones.
func (g *i8Tile) groups(count int) {
	vector := 4 * g.lanes
	for u := range count {
		if g.dot {
			for v := range g.vecs {
				at := u*g.step() + v*vector
				g.VMOVUPS(operand.Mem{Base: reg.RBX, Disp: at}, g.regs[v])
			}
		}
		for r := range g.rows {
			g.group(r, 4*u)
		}
	}
	g.ADDQ(operand.U32(count*g.step()), reg.RBX)
	step := operand.Imm(uint64(4 * count))
	g.ADDQ(step, reg.RAX)
	if g.rows > 1 {
		g.ADDQ(step, reg.R9)
	}
	if g.rows > 8 {
		g.ADDQ(step, reg.R8)
		g.ADDQ(step, reg.R10)
	}
}

// row writes a loop for a single row that takes four groups at a time, so that sums need not wait for each other.
func (g *i8Tile) row() {
	vector := 4 * g.lanes
	spare := func(u, v int) reg.VecPhysical { return g.regs[4+(u-1)*g.vecs+v] }
	g.CMPQ(reg.RCX, operand.Imm(8))
	g.JLT(operand.LabelRef(g.label("group")))
	for u := 1; u < 4; u++ {
		for v := range g.vecs {
			g.VPXORD(spare(u, v), spare(u, v), spare(u, v))
		}
	}
	g.Label(g.label("four"))
	for u := range 4 {
		x := g.regs[16+u]
		g.VPXORD_BCST(g.at(0, 4*u), g.regs[3], x)
		for v := range g.vecs {
			to := g.acc(0, v)
			if u > 0 {
				to = spare(u, v)
			}
			g.VPDPBUSD(operand.Mem{Base: reg.RBX, Disp: (u*g.vecs + v) * vector}, x, to)
		}
	}
	g.ADDQ(operand.U32(4*g.step()), reg.RBX)
	g.ADDQ(operand.Imm(16), reg.RAX)
	g.SUBQ(operand.Imm(4), reg.RCX)
	g.CMPQ(reg.RCX, operand.Imm(4))
	g.JGE(operand.LabelRef(g.label("four")))
	for u := 1; u < 4; u++ {
		for v := range g.vecs {
			g.VPADDD(spare(u, v), g.acc(0, v), g.acc(0, v))
		}
	}
	g.TESTQ(reg.RCX, reg.RCX)
	g.JZ(operand.LabelRef(g.label("next")))
}

// group adds the products of a row with a group of the panel. Without VPDPBUSD the panel holds the second factors of the
// first and third product as pairs of int16, then those of the second and fourth.
func (g *i8Tile) group(r, disp int) {
	vector := 4 * g.lanes
	if g.dot {
		g.VPXORD_BCST(g.at(r, disp), g.regs[3], g.regs[2])
		for v := range g.vecs {
			g.VPDPBUSD(g.regs[v], g.regs[2], g.acc(r, v))
		}
		return
	}
	product, even, odd := g.regs[0], g.regs[1], g.regs[2]
	if g.masks {
		g.VPXORD_BCST(g.at(r, disp), g.regs[3], odd)
	} else {
		g.VPBROADCASTD(g.at(r, disp), odd)
		g.VPXOR(g.regs[3], odd, odd)
	}
	g.VPSLLW(operand.Imm(8), odd, even)
	g.VPSRLW(operand.Imm(8), odd, odd)
	g.VPSRLW(operand.Imm(8), even, even)
	for i, x := range []reg.VecPhysical{even, odd} {
		for v := range g.vecs {
			g.VPMADDWD(operand.Mem{Base: reg.RBX, Disp: (i*g.vecs + v) * vector}, x, product)
			g.VPADDD(product, g.acc(r, v), g.acc(r, v))
		}
	}
}

// store writes the results as their kind wants: 0 sums, 1 bytes, 2 floats.
func (g *i8Tile) store() {
	g.MOVQ(field(i8LDC), reg.R11)
	g.LEAQ(operand.Mem{Base: reg.R11, Index: reg.R11, Scale: 2}, reg.R12)
	g.MOVQ(field(i8C), reg.R13)
	g.MOVQ(field(i8C2), reg.R14)
	g.bases(operand.Mem{Base: reg.R13}, operand.Mem{Base: reg.R14})
	g.MOVQ(field(i8Kind), reg.RCX)
	g.CMPQ(reg.RCX, operand.Imm(1))
	g.JLT(operand.LabelRef(g.label("sums")))
	g.MOVQ(field(i8Scale), reg.RDX)
	vector := 4 * g.lanes
	for v := range g.vecs {
		g.VMOVUPS(operand.Mem{Base: reg.RDX, Disp: v * vector}, g.regs[v])
	}
	g.each(func(_, v int, acc reg.VecPhysical) {
		g.VCVTDQ2PS(acc, acc)
		g.VMULPS(g.regs[v], acc, acc)
	})
	g.JNE(operand.LabelRef(g.label("floats")))
	g.clamp(false)
	g.VPBROADCASTD(field(i8Zero), g.regs[0])
	g.each(func(_, _ int, acc reg.VecPhysical) {
		g.VCVTPS2DQ(acc, acc)
		g.VPADDD(g.regs[0], acc, acc)
	})
	g.bytes()
	g.end()

	g.Label(g.label("floats"))
	g.MOVQ(field(i8Shift), reg.RDX)
	for v := range g.vecs {
		g.VMOVUPS(operand.Mem{Base: reg.RDX, Disp: v * vector}, g.regs[v])
	}
	g.each(func(_, v int, acc reg.VecPhysical) { g.VADDPS(g.regs[v], acc, acc) })
	g.clamp(true)
	g.Label(g.label("sums"))
	g.each(func(r, v int, acc reg.VecPhysical) {
		if g.masks {
			g.VMOVDQU32(acc, masks[v], g.at(r, v*vector))
		} else {
			g.VMOVDQU(acc, g.at(r, v*vector))
		}
	})
	g.end()
}

func (g *i8Tile) each(f func(row, v int, acc reg.VecPhysical)) {
	for r := range g.rows {
		for v := range g.vecs {
			f(r, v, g.acc(r, v))
		}
	}
}

// clamp keeps floats between the bounds. What is no number stays so, or becomes the lower one: of two operands of which
// one is none, the instructions return the first.
func (g *i8Tile) clamp(nan bool) {
	lo, hi := g.regs[0], g.regs[1]
	g.VBROADCASTSS(field(i8Lo), lo)
	g.VBROADCASTSS(field(i8Hi), hi)
	g.each(func(_, _ int, acc reg.VecPhysical) {
		if nan {
			g.VMAXPS(acc, lo, acc)
			g.VMINPS(acc, hi, acc)
			return
		}
		g.VMAXPS(lo, acc, acc)
		g.VMINPS(hi, acc, acc)
	})
}

// bytes writes the low bytes of the results.
func (g *i8Tile) bytes() {
	if g.masks {
		g.each(func(r, v int, acc reg.VecPhysical) { g.VPMOVDB(acc, masks[v], g.at(r, v*16)) })
		return
	}
	// Whether they are signed or not, their low bytes stay when all others are taken away.
	g.VPCMPEQD(g.regs[1], g.regs[1], g.regs[1])
	g.VPSRLD(operand.Imm(24), g.regs[1], g.regs[1])
	g.each(func(_, _ int, acc reg.VecPhysical) { g.VPAND(g.regs[1], acc, acc) })
	x := func(v reg.VecPhysical) reg.VecPhysical { return v.AsX().(reg.VecPhysical) }
	for r := range g.rows {
		sums, low, high := g.acc(r, 0), g.regs[0], g.regs[2]
		if g.vecs == 1 {
			g.VEXTRACTI128(operand.Imm(1), sums, x(high))
			g.VPACKUSDW(x(high), x(sums), x(low))
			g.VPACKUSWB(x(low), x(low), x(low))
			g.VMOVQ(x(low), g.at(r, 0))
			continue
		}
		g.VPACKUSDW(g.acc(r, 1), sums, low) // 0-3 8-11 | 4-7 12-15
		g.VPERMQ(operand.Imm(0xd8), low, low)
		g.VEXTRACTI128(operand.Imm(1), low, x(high))
		g.VPACKUSWB(x(high), x(low), x(low))
		g.VMOVDQU(x(low), g.at(r, 0))
	}
}

func (g *i8Tile) end() {
	g.VZEROUPPER()
	g.RET()
}
