package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Where f32.Tile has its fields.
const (
	tileA     = 0
	tileA2    = 8
	tileB     = 16
	tileC     = 24
	tileC2    = 32
	tileAdd   = 40
	tileAdd2  = 48
	tileBias  = 56
	tileTaps  = 64
	tileNTaps = 72
	tileK     = 80
	tileLDA   = 88
	tileLDC   = 96
	tileLDAdd = 104
	tileRows  = 112
	tileCols  = 120
	tileLo    = 128
	tileHi    = 132
	tileClamp = 136
	tileLDB   = 144
)

// tile generates the kernel of f32.Tile for registers of one size.
type tile struct {
	*build.Context
	vec     []reg.VecPhysical // all registers
	bytes   int               // of each
	maxRows int

	rows, vecs int // of the variant
	sets       int // of sums, each of which takes every sets-th product, so that no addition waits for the last one
}

func tileAVX512(c *build.Context) {
	t := tile{Context: c, vec: zmm, bytes: 64, maxRows: 14}
	t.generate("tileAVX512", "tileAVX512 is Tile.Run for AVX-512; t is a *Tile.")
}

func tileAVX2(c *build.Context) {
	c.StaticGlobal("tileMask")
	c.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 32 {
		lane := uint32(0)
		if i < 16 {
			lane = 1<<32 - 1
		}
		c.AddDatum(4*i, operand.U32(lane))
	}
	t := tile{Context: c, vec: ymm, bytes: 32, maxRows: 6}
	t.generate("tileAVX2", "tileAVX2 is Tile.Run for AVX2; t is a *Tile.")
}

var (
	zmm = []reg.VecPhysical{
		reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7, reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
		reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23, reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
	}
	ymm = []reg.VecPhysical{
		reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7, reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15,
	}
)

// The registers that the kernel keeps: the tile, the taps that are left, four pointers into the rows and the distances
// of rows from them, and of the rows of the panel from each other.
var (
	tileSelf = reg.RDI
	tapAt    = reg.RSI
	tapsLeft = reg.R15
	panel    = reg.RBX
	rowAt    = []reg.GPPhysical{reg.RAX, reg.R8, reg.R9, reg.R10} // rows 0 and 4 of each half
	apart    = reg.R11
	apart3   = reg.R12
	apartB   = reg.R13
	apartB3  = reg.R14
)

func (t *tile) field(offset int) operand.Mem { return operand.Mem{Base: tileSelf, Disp: offset} }

// generate writes the function: all variants, and the choice among them.
func (t *tile) generate(name, doc string) {
	function(t.Context, name, doc, "t *byte, width int")
	t.Load(t.Param("t"), tileSelf)
	t.MOVQ(operand.NewParamAddr("width", 8), reg.RCX)
	t.MOVQ(t.field(tileRows), reg.RDX)
	t.MOVQ(t.field(tileTaps), tapAt)
	t.MOVQ(t.field(tileNTaps), tapsLeft)
	t.MOVQ(t.field(tileLDA), apart)
	t.LEAQ(operand.Mem{Base: apart, Index: apart, Scale: 2}, apart3)
	t.CMPQ(reg.RCX, operand.U8(t.bytes/4))
	t.JE(operand.LabelRef("narrow"))
	for _, vecs := range []int{2, 1} {
		if vecs == 1 {
			t.Label("narrow")
		}
		for rows := t.maxRows; rows > 1; rows-- {
			t.CMPQ(reg.RDX, operand.U8(rows))
			t.JE(operand.LabelRef(label("rows", rows, vecs)))
		}
		t.JMP(operand.LabelRef(label("rows", 1, vecs)))
	}
	for _, vecs := range []int{2, 1} {
		for rows := t.maxRows; rows > 0; rows-- {
			t.rows, t.vecs, t.sets = rows, vecs, 1
			switch {
			case rows*vecs <= 3:
				t.sets = 4
			case rows*vecs <= 6:
				t.sets = 2
			}
			t.variant()
		}
	}
}

func label(name string, rows, vecs int) string { return fmt.Sprintf("%s%dx%d", name, rows, vecs) }

func (t *tile) label(name string) string            { return label(name, t.rows, t.vecs) }
func (t *tile) ref(name string) operand.LabelRef    { return operand.LabelRef(t.label(name)) }
func (t *tile) factor(v int) reg.VecPhysical        { return t.vec[v] }
func (t *tile) spread(r int) reg.VecPhysical        { return t.vec[2+r%2] }
func (t *tile) sum(set, row, v int) reg.VecPhysical { return t.vec[4+(set*t.rows+row)*t.vecs+v] }
func (t *tile) each(f func(row, v int))             { t.eachOf(t.rows, f) }
func (t *tile) half() int                           { return (t.rows + 1) / 2 }
func (t *tile) quarters() (first, second, third bool) {
	return t.half() > 4, t.rows > 1, t.rows-t.half() > 4
}

func (t *tile) eachOf(rows int, f func(row, v int)) {
	for row := range rows {
		for v := range t.vecs {
			f(row, v)
		}
	}
}

// row returns where a row is, and so many bytes on.
func (t *tile) row(i, disp int) operand.Mem {
	base := 0
	if i >= t.half() {
		base, i = 2, i-t.half()
	}
	m := operand.Mem{Base: rowAt[base+i/4], Disp: disp}
	switch i % 4 {
	case 1, 2:
		m.Index, m.Scale = apart, uint8(i%4)
	case 3:
		m.Index, m.Scale = apart3, 1
	}
	return m
}

// panelAt returns where row u of the panel is, and so many bytes on.
func (t *tile) panelAt(u, disp int) operand.Mem {
	m := operand.Mem{Base: panel, Disp: disp}
	switch u {
	case 1, 2:
		m.Index, m.Scale = apartB, uint8(u)
	case 3:
		m.Index, m.Scale = apartB3, 1
	}
	return m
}

// rowsFrom has the row pointers begin at two pointers of the tile.
func (t *tile) rowsFrom(first, second int, plus operand.Op) {
	fifth, has, fifth2 := t.quarters()
	t.MOVQ(t.field(first), rowAt[0])
	if plus != nil {
		t.ADDQ(plus, rowAt[0])
	}
	if fifth {
		t.LEAQ(operand.Mem{Base: rowAt[0], Index: apart, Scale: 4}, rowAt[1])
	}
	if has {
		t.MOVQ(t.field(second), rowAt[2])
		if plus != nil {
			t.ADDQ(plus, rowAt[2])
		}
	}
	if fifth2 {
		t.LEAQ(operand.Mem{Base: rowAt[2], Index: apart, Scale: 4}, rowAt[3])
	}
}

// advance moves on by so many products.
func (t *tile) advance(k int) {
	fifth, has, fifth2 := t.quarters()
	if k == 1 {
		t.ADDQ(apartB, panel)
	} else {
		t.LEAQ(operand.Mem{Base: panel, Index: apartB, Scale: unroll}, panel)
	}
	for i, use := range []bool{true, fifth, has, fifth2} {
		if use {
			t.ADDQ(operand.I32(4*k), rowAt[i])
		}
	}
}

// unroll is how many products of each row the loop does at once.
const unroll = 4

// variant writes the kernel for so many rows and registers of columns.
func (t *tile) variant() {
	t.Label(t.label("rows"))
	for set := range t.sets {
		t.each(func(row, v int) { t.zero(t.sum(set, row, v)) })
	}
	t.MOVQ(t.field(tileLDB), apartB)
	t.TESTQ(apartB, apartB)
	t.JNZ(t.ref("spaced"))
	t.MOVQ(operand.U32(t.vecs*t.bytes), apartB)
	t.Label(t.label("spaced"))
	t.LEAQ(operand.Mem{Base: apartB, Index: apartB, Scale: 2}, apartB3)
	t.TESTQ(tapsLeft, tapsLeft)
	t.JZ(t.ref("sums"))

	t.Label(t.label("tap"))
	t.MOVQ(t.field(tileB), panel)
	t.ADDQ(operand.Mem{Base: tapAt, Disp: 8}, panel)
	t.rowsFrom(tileA, tileA2, operand.Mem{Base: tapAt})
	t.ADDQ(operand.U8(16), tapAt)
	t.MOVQ(t.field(tileK), reg.RCX)
	t.MOVQ(reg.RCX, reg.RDX)
	t.ANDQ(operand.U8(unroll-1), reg.RDX)
	t.SHRQ(operand.U8(2), reg.RCX)
	t.JZ(t.ref("odd"))

	t.Label(t.label("loop"))
	ahead := 1536
	if t.rows < 4 {
		ahead = 2048
	}
	for u := range unroll {
		for v := 0; v < t.vecs*t.bytes; v += 64 {
			if at := u*t.vecs*t.bytes + v; at%64 == 0 {
				t.PREFETCHT0(operand.Mem{Base: panel, Disp: at + ahead})
			}
		}
		t.products(u, u%t.sets)
	}
	t.advance(unroll)
	t.DECQ(reg.RCX)
	t.JNZ(t.ref("loop"))

	t.Label(t.label("odd"))
	t.TESTQ(reg.RDX, reg.RDX)
	t.JZ(t.ref("next"))
	t.Label(t.label("last"))
	t.products(0, 0)
	t.advance(1)
	t.DECQ(reg.RDX)
	t.JNZ(t.ref("last"))

	t.Label(t.label("next"))
	t.DECQ(tapsLeft)
	t.JNZ(t.ref("tap"))

	t.Label(t.label("sums"))
	for n := t.sets / 2; n > 0; n /= 2 {
		for set := range n {
			t.each(func(row, v int) { t.VADDPS(t.sum(set+n, row, v), t.sum(set, row, v), t.sum(set, row, v)) })
		}
	}
	t.finish()
}

// products adds the products of one column of a and one row of b.
func (t *tile) products(u, set int) {
	if t.rows == 1 { // each number of b is needed once
		t.VBROADCASTSS(t.row(0, 4*u), t.spread(u))
		for v := range t.vecs {
			t.VFMADD231PS(t.panelAt(u, v*t.bytes), t.spread(u), t.sum(set, 0, v))
		}
		return
	}
	for v := range t.vecs {
		t.VMOVUPS(t.panelAt(u, v*t.bytes), t.factor(v))
	}
	for row := range t.rows {
		t.VBROADCASTSS(t.row(row, 4*u), t.spread(row))
		for v := range t.vecs {
			t.VFMADD231PS(t.factor(v), t.spread(row), t.sum(set, row, v))
		}
	}
}

// finish adds what is to be added to the sums, clamps and stores them.
func (t *tile) finish() {
	t.MOVQ(t.field(tileBias), reg.RDX)
	t.TESTQ(reg.RDX, reg.RDX)
	t.JZ(t.ref("unbiased"))
	for v := range t.vecs {
		t.VMOVUPS(operand.Mem{Base: reg.RDX, Disp: v * t.bytes}, t.factor(v))
	}
	t.each(func(row, v int) { t.VADDPS(t.factor(v), t.sum(0, row, v), t.sum(0, row, v)) })

	t.Label(t.label("unbiased"))
	t.masks()
	t.CMPQ(t.field(tileAdd), operand.U8(0))
	t.JE(t.ref("added"))
	t.MOVQ(t.field(tileLDAdd), apart)
	t.LEAQ(operand.Mem{Base: apart, Index: apart, Scale: 2}, apart3)
	t.rowsFrom(tileAdd, tileAdd2, nil)
	t.each(func(row, v int) {
		t.maskedLoad(t.row(row, v*t.bytes), v, t.spread(row))
		t.VADDPS(t.spread(row), t.sum(0, row, v), t.sum(0, row, v))
	})

	t.Label(t.label("added"))
	t.CMPB(t.field(tileClamp), operand.U8(0))
	t.JE(t.ref("clamped"))
	t.VBROADCASTSS(t.field(tileLo), t.spread(0))
	// Of two operands one of which is no number, these return the one that stands first here: so NaN stays.
	t.each(func(row, v int) { t.VMAXPS(t.sum(0, row, v), t.spread(0), t.sum(0, row, v)) })
	t.VBROADCASTSS(t.field(tileHi), t.spread(0))
	t.each(func(row, v int) { t.VMINPS(t.sum(0, row, v), t.spread(0), t.sum(0, row, v)) })

	t.Label(t.label("clamped"))
	t.MOVQ(t.field(tileLDC), apart)
	t.LEAQ(operand.Mem{Base: apart, Index: apart, Scale: 2}, apart3)
	t.rowsFrom(tileC, tileC2, nil)
	t.CMPQ(t.field(tileCols), operand.U8(t.vecs*t.bytes/4))
	t.JNE(t.ref("part"))
	t.each(func(row, v int) { t.VMOVUPS(t.sum(0, row, v), t.row(row, v*t.bytes)) })
	t.VZEROUPPER()
	t.RET()

	t.Label(t.label("part"))
	t.each(func(row, v int) { t.maskedStore(t.sum(0, row, v), v, t.row(row, v*t.bytes)) })
	t.VZEROUPPER()
	t.RET()
}

func (t *tile) wide() bool { return t.bytes == 64 }

func (t *tile) zero(v reg.VecPhysical) {
	if t.wide() {
		t.VPXORD(v, v, v)
	} else {
		t.VXORPS(v, v, v)
	}
}

var opmask = []reg.OpmaskPhysical{reg.K1, reg.K2}

// masks makes masks of the columns of each register: in opmask, or where factor is.
func (t *tile) masks() {
	t.MOVQ(t.field(tileCols), reg.RCX)
	if t.wide() {
		t.MOVQ(operand.U32(1), reg.RDX)
		t.SHLQ(reg.CL, reg.RDX)
		t.DECQ(reg.RDX)
		t.KMOVW(reg.EDX, opmask[0])
		if t.vecs > 1 {
			t.SHRQ(operand.U8(16), reg.RDX)
			t.KMOVW(reg.EDX, opmask[1])
		}
		return
	}
	t.NEGQ(reg.RCX)
	t.LEAQ(operand.NewDataAddr(operand.NewStaticSymbol("tileMask"), 64), reg.RDX)
	for v := range t.vecs {
		t.VMOVUPS(operand.Mem{Base: reg.RDX, Index: reg.RCX, Scale: 4, Disp: v * t.bytes}, t.factor(v))
	}
}

func (t *tile) maskedLoad(m operand.Mem, v int, dst reg.VecPhysical) {
	if t.wide() {
		t.VMOVUPS_Z(m, opmask[v], dst)
	} else {
		t.VMASKMOVPS(m, t.factor(v), dst)
	}
}

func (t *tile) maskedStore(src reg.VecPhysical, v int, m operand.Mem) {
	if t.wide() {
		t.VMOVUPS(src, opmask[v], m)
	} else {
		t.VMASKMOVPS(src, t.factor(v), m)
	}
}
