package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// depthwise generates the kernel of depthwise convolutions: the sums of as many channels as a register holds are made
// for all rows of a tile at once, so that each weight is read once for all of them. The image is read where it lies.
type depthwise struct{ tile }

func depthwiseAVX512(c *build.Context) {
	d := depthwise{tile{Context: c, vec: zmm, bytes: 64, maxRows: 14, vecs: 1}}
	d.generate("depthwiseAVX512", "depthwiseAVX512 is Tile.runDepthwise for AVX-512; t is a *Tile.")
}

func depthwiseAVX2(c *build.Context) {
	c.StaticGlobal("depthwiseMask")
	c.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 16 {
		lane := uint32(0)
		if i < 8 {
			lane = 1<<32 - 1
		}
		c.AddDatum(4*i, operand.U32(lane))
	}
	d := depthwise{tile{Context: c, vec: ymm, bytes: 32, maxRows: 12, vecs: 1}}
	d.generate("depthwiseAVX2", "depthwiseAVX2 is Tile.runDepthwise for AVX2; t is a *Tile.")
}

// The registers that the kernel keeps beside those of a tile: the first row of each half, at the channels whose turn it
// is; how far those are from the first, in bytes; and how many channels are left.
var (
	halfAt   = []reg.GPPhysical{reg.R13, reg.R14}
	passed   = reg.RDX
	channels = reg.RCX
)

func (d *depthwise) weight() reg.VecPhysical     { return d.vec[0] }
func (d *depthwise) other() reg.VecPhysical      { return d.vec[1] }
func (d *depthwise) mask() reg.VecPhysical       { return d.vec[2] }
func (d *depthwise) sum(row int) reg.VecPhysical { return d.vec[3+row] }

func (d *depthwise) generate(name, doc string) {
	function(d.Context, name, doc, "t *byte")
	d.Load(d.Param("t"), tileSelf)
	d.XORQ(passed, passed)
	d.MOVQ(d.field(tileCols), channels)
	d.MOVQ(d.field(tileRows), reg.RAX)
	for rows := d.maxRows; rows > 1; rows-- {
		d.CMPQ(reg.RAX, operand.U8(rows))
		d.JE(operand.LabelRef(label("rows", rows, 1)))
	}
	d.JMP(operand.LabelRef(label("rows", 1, 1)))
	for rows := d.maxRows; rows > 0; rows-- {
		d.rows = rows
		d.variant()
	}
}

// variant writes the kernel for so many rows: a loop over whole registers of channels, and what is done with the rest.
func (d *depthwise) variant() {
	lanes := d.bytes / 4
	d.Label(d.label("rows"))
	d.CMPQ(channels, operand.U8(lanes))
	d.JL(d.ref("part"))
	d.Label(d.label("block"))
	d.block(false)
	d.ADDQ(operand.I32(d.bytes), passed)
	d.SUBQ(operand.U8(lanes), channels)
	d.CMPQ(channels, operand.U8(lanes))
	d.JGE(d.ref("block"))
	d.Label(d.label("part"))
	d.TESTQ(channels, channels)
	d.JZ(d.ref("done"))
	d.masks()
	d.block(true)
	d.Label(d.label("done"))
	d.VZEROUPPER()
	d.RET()
}

// masks makes the mask of the channels that are left.
func (d *depthwise) masks() {
	if d.wide() {
		d.MOVQ(operand.U32(1), reg.RAX)
		d.SHLQ(reg.CL, reg.RAX)
		d.DECQ(reg.RAX)
		d.KMOVW(reg.EAX, opmask[0])
		return
	}
	d.NEGQ(channels)
	d.LEAQ(operand.NewDataAddr(operand.NewStaticSymbol("depthwiseMask"), 32), reg.RAX)
	d.VMOVUPS(operand.Mem{Base: reg.RAX, Index: channels, Scale: 4}, d.mask())
}

// block computes as many channels as a register holds, or the last ones.
func (d *depthwise) block(part bool) {
	name := "full"
	if part {
		name = "part"
	}
	_, has, _ := d.quarters()
	for row := range d.rows {
		d.zero(d.sum(row))
	}
	d.apart(tileLDA)
	d.begin(halfAt[0], tileA)
	if has {
		d.begin(halfAt[1], tileA2)
	}
	d.begin(panel, tileB)
	d.MOVQ(d.field(tileTaps), tapAt)
	d.MOVQ(d.field(tileNTaps), tapsLeft)
	d.TESTQ(tapsLeft, tapsLeft)
	d.JZ(d.ref(name + "sums"))

	d.Label(d.label(name + "tap"))
	d.MOVQ(operand.Mem{Base: tapAt, Disp: 8}, reg.R8)
	d.load(operand.Mem{Base: panel, Index: reg.R8, Scale: 1}, d.weight(), part)
	d.MOVQ(operand.Mem{Base: tapAt}, rowAt[0])
	if has {
		d.LEAQ(operand.Mem{Base: halfAt[1], Index: rowAt[0], Scale: 1}, rowAt[2])
	}
	d.ADDQ(halfAt[0], rowAt[0])
	d.fifths()
	for row := range d.rows {
		switch {
		case part && d.wide():
			d.VFMADD231PS(d.row(row, 0), d.weight(), opmask[0], d.sum(row))
		case part:
			d.load(d.row(row, 0), d.other(), part)
			d.VFMADD231PS(d.other(), d.weight(), d.sum(row))
		default:
			d.VFMADD231PS(d.row(row, 0), d.weight(), d.sum(row))
		}
	}
	d.ADDQ(operand.U8(16), tapAt)
	d.DECQ(tapsLeft)
	d.JNZ(d.ref(name + "tap"))

	d.Label(d.label(name + "sums"))
	d.MOVQ(d.field(tileBias), rowAt[0])
	d.TESTQ(rowAt[0], rowAt[0])
	d.JZ(d.ref(name + "unbiased"))
	d.load(operand.Mem{Base: rowAt[0], Index: passed, Scale: 1}, d.weight(), part)
	for row := range d.rows {
		d.VADDPS(d.weight(), d.sum(row), d.sum(row))
	}

	d.Label(d.label(name + "unbiased"))
	d.CMPQ(d.field(tileAdd), operand.U8(0))
	d.JE(d.ref(name + "added"))
	d.rowsOf(tileAdd, tileAdd2, tileLDAdd)
	for row := range d.rows {
		d.load(d.row(row, 0), d.other(), part)
		d.VADDPS(d.other(), d.sum(row), d.sum(row))
	}

	d.Label(d.label(name + "added"))
	d.CMPB(d.field(tileClamp), operand.U8(0))
	d.JE(d.ref(name + "clamped"))
	d.VBROADCASTSS(d.field(tileLo), d.weight())
	d.VBROADCASTSS(d.field(tileHi), d.other())
	for row := range d.rows { // NaN stays, as in a tile
		d.VMAXPS(d.sum(row), d.weight(), d.sum(row))
		d.VMINPS(d.sum(row), d.other(), d.sum(row))
	}

	d.Label(d.label(name + "clamped"))
	d.rowsOf(tileC, tileC2, tileLDC)
	for row := range d.rows {
		switch {
		case part && d.wide():
			d.VMOVUPS(d.sum(row), opmask[0], d.row(row, 0))
		case part:
			d.VMASKMOVPS(d.sum(row), d.mask(), d.row(row, 0))
		default:
			d.VMOVUPS(d.sum(row), d.row(row, 0))
		}
	}
}

// apart sets how far rows lie apart.
func (d *depthwise) apart(field int) {
	d.MOVQ(d.field(field), apart)
	d.LEAQ(operand.Mem{Base: apart, Index: apart, Scale: 2}, apart3)
}

// begin has a register point to the channels whose turn it is.
func (d *depthwise) begin(r reg.GPPhysical, field int) {
	d.MOVQ(d.field(field), r)
	d.ADDQ(passed, r)
}

// fifths sets the pointers to the fifth row of each half.
func (d *depthwise) fifths() {
	fifth, _, fifth2 := d.quarters()
	if fifth {
		d.LEAQ(operand.Mem{Base: rowAt[0], Index: apart, Scale: 4}, rowAt[1])
	}
	if fifth2 {
		d.LEAQ(operand.Mem{Base: rowAt[2], Index: apart, Scale: 4}, rowAt[3])
	}
}

// rowsOf sets the row pointers to the rows of two pointers of the tile.
func (d *depthwise) rowsOf(first, second, distance int) {
	d.apart(distance)
	d.begin(rowAt[0], first)
	if d.rows > 1 {
		d.begin(rowAt[2], second)
	}
	d.fifths()
}

func (d *depthwise) load(m operand.Mem, dst reg.VecPhysical, part bool) {
	switch {
	case part && d.wide():
		d.VMOVUPS_Z(m, opmask[0], dst)
	case part:
		d.VMASKMOVPS(m, d.mask(), dst)
	default:
		d.VMOVUPS(m, dst)
	}
}
