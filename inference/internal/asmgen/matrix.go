package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Where f32.matrix has its fields.
const (
	matrixDst     = 0
	matrixSrc     = 8
	matrixDstStep = 16
	matrixRows    = 24
	matrixCols    = 32
	matrixCount   = 40
	matrixDstNext = 48
	matrixSrcNext = 56
	matrixOffsets = 64 // 16 of them
)

// matrix generates a transposition of a few rows of any number of columns, 16 of them at a time.
type matrix struct {
	*build.Context
	rows int // at most
}

// matrixAVX512 generates the transpositions for AVX-512.
func matrixAVX512(c *build.Context) {
	many := matrix{c, 16}
	many.generate("matrixAVX512", "matrixAVX512 transposes every *matrix of at most 16 rows.", func(r, t []reg.VecPhysical) {
		many.turn(r, t)
		many.gather(r, t)
		many.store(func(i int, to operand.Mem) { many.VMOVUPS(r[i], matrixRowMask, to) })
	})
	few := matrix{c, 4}
	few.generate("narrowAVX512", "narrowAVX512 transposes every *matrix of at most 4 rows.", func(r, t []reg.VecPhysical) {
		few.turn(r, t)
		few.store(func(i int, to operand.Mem) { few.VEXTRACTF32X4(operand.U8(i/4), r[i%4], matrixRowMask, to) })
	})
	few.generate("quadAVX512", "quadAVX512 transposes every *matrix of 4 rows, the transposes of which have no gaps between their rows.", func(r, t []reg.VecPhysical) {
		few.turn(r, t)
		few.storeQuads(r, t)
	})
}

// The registers that the kernels keep.
var (
	matrixSelf    = reg.RDI
	matrixTo      = reg.RDX
	matrixFrom    = reg.RSI
	matrixStep    = reg.R8
	matrixLeft    = reg.R9
	matrixGroup   = reg.R10 // columns of this group
	matrixFirst   = reg.R11 // where the source of a matrix begins
	matrixTarget  = reg.R12
	matrixToGo    = reg.R13
	matrixRowMask = reg.K1
	matrixColMask = reg.K2
)

func (m *matrix) field(offset int) operand.Mem { return operand.Mem{Base: matrixSelf, Disp: offset} }

// mask sets the lowest bits of k, as many as CX says.
func (m *matrix) mask(k reg.OpmaskPhysical) {
	m.MOVL(operand.U32(1), reg.EAX)
	m.SHLL(reg.CL, reg.EAX)
	m.DECL(reg.EAX)
	m.KMOVW(reg.EAX, k)
}

func (m *matrix) generate(name, doc string, body func(r, t []reg.VecPhysical)) {
	function(m.Context, name, doc, "m *byte")
	m.Load(m.Param("m"), matrixSelf)
	m.MOVQ(m.field(matrixDst), matrixTarget)
	m.MOVQ(m.field(matrixSrc), matrixFirst)
	m.MOVQ(m.field(matrixDstStep), matrixStep)
	m.MOVQ(m.field(matrixCount), matrixToGo)
	m.MOVQ(m.field(matrixRows), reg.RCX)
	m.mask(matrixRowMask)
	m.Label("each")
	m.MOVQ(matrixFirst, matrixFrom)
	m.MOVQ(matrixTarget, matrixTo)
	m.MOVQ(m.field(matrixCols), matrixLeft)
	m.Label("group")
	m.MOVL(operand.U32(16), reg.ECX)
	m.CMPQ(matrixLeft, reg.RCX)
	m.CMOVQLT(matrixLeft, reg.RCX)
	m.MOVQ(reg.RCX, matrixGroup)
	m.mask(matrixColMask)
	for i := range m.rows {
		m.MOVQ(m.field(matrixOffsets+8*i), reg.RAX)
		m.VMOVUPS_Z(operand.Mem{Base: matrixFrom, Index: reg.RAX, Scale: 1}, matrixColMask, zmm[i])
	}
	body(zmm[:16], zmm[16:])
	m.ADDQ(operand.U8(64), matrixFrom)
	m.SUBQ(operand.U8(16), matrixLeft)
	m.JG(operand.LabelRef("group"))
	m.Label("done")
	m.ADDQ(m.field(matrixSrcNext), matrixFirst)
	m.ADDQ(m.field(matrixDstNext), matrixTarget)
	m.DECQ(matrixToGo)
	m.JNZ(operand.LabelRef("each"))
	m.VZEROUPPER()
	m.RET()
}

// store stores the columns of a group one by one.
func (m *matrix) store(column func(i int, to operand.Mem)) {
	for i := range 16 {
		column(i, operand.Mem{Base: matrixTo})
		if i < 15 {
			m.CMPQ(matrixGroup, operand.U8(i+1))
			m.JE(operand.LabelRef("done"))
		}
		m.ADDQ(matrixStep, matrixTo)
	}
}

// storeQuads stores the columns of a group, of four words each, all together.
func (m *matrix) storeQuads(r, t []reg.VecPhysical) {
	m.VSHUFF32X4(operand.U8(0x44), r[1], r[0], t[0])
	m.VSHUFF32X4(operand.U8(0xee), r[1], r[0], t[1])
	m.VSHUFF32X4(operand.U8(0x44), r[3], r[2], t[2])
	m.VSHUFF32X4(operand.U8(0xee), r[3], r[2], t[3])
	m.VSHUFF32X4(operand.U8(0x88), t[2], t[0], r[0])
	m.VSHUFF32X4(operand.U8(0xdd), t[2], t[0], r[1])
	m.VSHUFF32X4(operand.U8(0x88), t[3], t[1], r[2])
	m.VSHUFF32X4(operand.U8(0xdd), t[3], t[1], r[3])
	m.CMPQ(matrixGroup, operand.U8(16))
	m.JL(operand.LabelRef("part"))
	for i := range 4 {
		m.VMOVUPS(r[i], operand.Mem{Base: matrixTo, Disp: 64 * i})
	}
	m.JMP(operand.LabelRef("stored"))
	m.Label("part")
	m.MOVQ(matrixGroup, reg.RCX)
	m.SHLQ(operand.U8(2), reg.RCX)
	m.MOVL(operand.U32(1), reg.EAX)
	m.SHLQ(reg.CL, reg.RAX)
	m.DECQ(reg.RAX)
	for i := range 4 {
		m.KMOVW(reg.EAX, matrixColMask)
		m.VMOVUPS(r[i], matrixColMask, operand.Mem{Base: matrixTo, Disp: 64 * i})
		if i < 3 {
			m.SHRQ(operand.U8(16), reg.RAX)
		}
	}
	m.Label("stored")
	m.ADDQ(operand.U32(256), matrixTo)
}

// turn transposes the 4 by 4 words that each four registers have in each 128 bits: column k of lane l, which is column
// 4*l+k of the rows, goes to lane l of register k.
func (m *matrix) turn(r, t []reg.VecPhysical) {
	for i := 0; i < m.rows; i += 4 {
		r, t := r[i:], t[i:]
		m.VUNPCKLPS(r[1], r[0], t[0])
		m.VUNPCKHPS(r[1], r[0], t[1])
		m.VUNPCKLPS(r[3], r[2], t[2])
		m.VUNPCKHPS(r[3], r[2], t[3])
		m.VUNPCKLPD(t[2], t[0], r[0])
		m.VUNPCKHPD(t[2], t[0], r[1])
		m.VUNPCKLPD(t[3], t[1], r[2])
		m.VUNPCKHPD(t[3], t[1], r[3])
	}
}

// gather puts together the columns of which r[4*j+k] has the rows from 4*j on: column i goes to r[i].
func (m *matrix) gather(r, t []reg.VecPhysical) {
	for k := range 4 {
		m.VSHUFF32X4(operand.U8(0x88), r[4+k], r[k], t[k])
		m.VSHUFF32X4(operand.U8(0xdd), r[4+k], r[k], t[4+k])
		m.VSHUFF32X4(operand.U8(0x88), r[12+k], r[8+k], t[8+k])
		m.VSHUFF32X4(operand.U8(0xdd), r[12+k], r[8+k], t[12+k])
		m.VSHUFF32X4(operand.U8(0x88), t[8+k], t[k], r[k])
		m.VSHUFF32X4(operand.U8(0xdd), t[8+k], t[k], r[8+k])
		m.VSHUFF32X4(operand.U8(0x88), t[12+k], t[4+k], r[4+k])
		m.VSHUFF32X4(operand.U8(0xdd), t[12+k], t[4+k], r[12+k])
	}
}
