package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Where f32.winogradIn and f32.winogradOut have their fields.
const (
	winoFrom     = 0 // of winogradIn: 16 pointers
	winoTo       = 128
	winoInPlane  = 136
	winoChannels = 144

	winoSums     = 0 // of winogradOut
	winoOutPlane = 8
	winoBias     = 16
	winoY        = 24 // 4 pointers
	winoZ        = 56 // 4 pointers
	winoCols     = 88
	winoLo       = 96
	winoHi       = 100
	winoClamp    = 104
)

// winograd generates the transforms of Winograd's F(2x2, 3x3), for as many channels at once as a register holds.
type winograd struct{ tile }

func winogradAVX512(c *build.Context) {
	winograd{tile{Context: c, vec: zmm, bytes: 64}}.generate("AVX512", "AVX-512")
}

func winogradAVX2(c *build.Context) {
	winograd{tile{Context: c, vec: ymm, bytes: 32}}.generate("AVX2", "AVX2")
}

func (w winograd) generate(suffix, level string) {
	function(w.Context, "winogradIn"+suffix, "winogradIn"+suffix+" is winogradIn.run for "+level+"; t is a *winogradIn.", "t *byte")
	w.in()
	function(w.Context, "winogradOut"+suffix, "winogradOut"+suffix+" is winogradOut.run for "+level+"; t is a *winogradOut.", "t *byte")
	w.out()
}

// pair is a sum or difference of two of four.
type pair struct {
	a, b int
	plus bool
}

// pairs are the rows of the matrix that images are multiplied by, from the left and, transposed, from the right.
var pairs = [4]pair{{0, 2, false}, {1, 2, true}, {2, 1, false}, {1, 3, false}}

func (w winograd) combine(p pair, a, b operand.Op, to reg.VecPhysical) {
	if p.plus {
		w.VADDPS(b, a, to)
	} else {
		w.VSUBPS(b, a, to)
	}
}

// in writes the transform of 4 by 4 positions of an image.
func (w winograd) in() {
	passed, left, to, plane := reg.RDX, reg.RCX, reg.RBX, reg.R11
	w.Load(w.Param("t"), tileSelf)
	w.XORQ(passed, passed)
	w.MOVQ(w.field(winoChannels), left)
	w.MOVQ(w.field(winoInPlane), plane)
	w.Label("in")
	w.MOVQ(w.field(winoTo), to)
	w.ADDQ(passed, to)
	for _, row := range pairs {
		for j := range 4 {
			w.MOVQ(w.field(winoFrom+8*(4*row.a+j)), reg.RAX)
			w.MOVQ(w.field(winoFrom+8*(4*row.b+j)), reg.R8)
			w.VMOVUPS(operand.Mem{Base: reg.RAX, Index: passed, Scale: 1}, w.vec[j])
			w.combine(row, w.vec[j], operand.Mem{Base: reg.R8, Index: passed, Scale: 1}, w.vec[j])
		}
		for j, column := range pairs {
			w.combine(column, w.vec[column.a], w.vec[column.b], w.vec[4+j])
			w.VMOVUPS(w.vec[4+j], operand.Mem{Base: to})
			w.ADDQ(plane, to)
		}
	}
	w.ADDQ(operand.I32(w.bytes), passed)
	w.SUBQ(operand.U8(w.bytes/4), left)
	w.JG(operand.LabelRef("in"))
	w.VZEROUPPER()
	w.RET()
}

// out writes the transform of the sums into 2 by 2 positions of the output.
func (w winograd) out() {
	passed, left, from, plane, plane3 := reg.RDX, reg.RCX, reg.RBX, reg.R11, reg.R12
	w.Load(w.Param("t"), tileSelf)
	w.XORQ(passed, passed)
	w.MOVQ(w.field(winoCols), left)
	w.MOVQ(w.field(winoOutPlane), plane)
	w.LEAQ(operand.Mem{Base: plane, Index: plane, Scale: 2}, plane3)
	w.Label("out")
	w.MOVQ(w.field(winoSums), from)
	w.ADDQ(passed, from)
	// The sums of rows 0, 1 and 2, and row 1 less rows 2 and 3: registers 0 to 3 and 4 to 7.
	at := func(j int) operand.Mem {
		switch j {
		case 1, 2:
			return operand.Mem{Base: from, Index: plane, Scale: uint8(j)}
		case 3:
			return operand.Mem{Base: from, Index: plane3, Scale: 1}
		}
		return operand.Mem{Base: from}
	}
	next := func() { w.LEAQ(operand.Mem{Base: from, Index: plane, Scale: 4}, from) }
	for j := range 4 {
		w.VMOVUPS(at(j), w.vec[j])
	}
	next()
	for j := range 4 {
		w.VMOVUPS(at(j), w.vec[4+j])
		w.VADDPS(w.vec[4+j], w.vec[j], w.vec[j])
	}
	next()
	for j := range 4 {
		w.VMOVUPS(at(j), w.vec[8+j])
		w.VADDPS(w.vec[8+j], w.vec[j], w.vec[j])
		w.VSUBPS(w.vec[8+j], w.vec[4+j], w.vec[4+j])
	}
	next()
	for j := range 4 {
		w.VSUBPS(at(j), w.vec[4+j], w.vec[4+j])
	}
	bias := w.vec[12]
	w.zero(bias)
	w.MOVQ(w.field(winoBias), reg.RAX)
	w.TESTQ(reg.RAX, reg.RAX)
	w.JZ(operand.LabelRef("unbiased"))
	w.VMOVUPS(operand.Mem{Base: reg.RAX, Index: passed, Scale: 1}, bias)
	w.Label("unbiased")
	results := w.vec[8:12]
	for i := range 2 {
		s, y := w.vec[4*i:], results[2*i:]
		w.VADDPS(s[1], s[0], y[0])
		w.VADDPS(s[2], y[0], y[0])
		w.VSUBPS(s[2], s[1], y[1])
		w.VSUBPS(s[3], y[1], y[1])
	}
	for _, y := range results {
		w.VADDPS(bias, y, y)
	}
	w.CMPQ(w.field(winoZ), operand.U8(0))
	w.JE(operand.LabelRef("added"))
	for i, y := range results {
		w.MOVQ(w.field(winoZ+8*i), reg.RAX)
		w.VADDPS(operand.Mem{Base: reg.RAX, Index: passed, Scale: 1}, y, y)
	}
	w.Label("added")
	w.CMPB(w.field(winoClamp), operand.U8(0))
	w.JE(operand.LabelRef("clamped"))
	w.VBROADCASTSS(w.field(winoLo), w.vec[0])
	w.VBROADCASTSS(w.field(winoHi), w.vec[1])
	for _, y := range results { // NaN stays, as in a tile
		w.VMAXPS(y, w.vec[0], y)
		w.VMINPS(y, w.vec[1], y)
	}
	w.Label("clamped")
	for i, y := range results {
		w.MOVQ(w.field(winoY+8*i), reg.RAX)
		w.VMOVUPS(y, operand.Mem{Base: reg.RAX, Index: passed, Scale: 1})
	}
	w.ADDQ(operand.I32(w.bytes), passed)
	w.SUBQ(operand.U8(w.bytes/4), left)
	w.JG(operand.LabelRef("out"))
	w.VZEROUPPER()
	w.RET()
}
