package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The fields of recurrence.Steps, in bytes from its beginning.
const (
	stepsGates = 8 * iota
	stepsR
	stepsR2
	stepsBias
	stepsH
	stepsNext
	stepsC
	stepsY
	stepsMask
	stepsGateStep
	stepsGateRow
	stepsYStep
	stepsYRow
	stepsSteps
	stepsRows
	stepsHidden
	stepsBlocks
	stepsPad
	stepsFirst
	stepsTurn
)

// The fields of recurrence.Product.
const (
	productX = 8 * iota
	productW
	productBias
	productGates
	productXRow
	productGateRow
	productRows
	productK
	productBlocks
)

// recurrentConstants are the numbers that the cells need. Those from c2 on are the coefficients of (e^r - 1 - r) / r^2 for r
// between the halves of -ln 2 and ln 2, fitted at the zeros of a Chebyshev polynomial: its error there is 7e-8.
var recurrentConstants = []struct {
	name  string
	value float32
}{
	{"log2e", 1.44269504088896341},
	{"ln2High", 0.693359375},
	{"ln2Low", -2.12194440e-4},
	{"c2", 5.0000000135e-01},
	{"c3", 1.6666576644e-01},
	{"c4", 4.1666464167e-02},
	{"c5", 8.3632353846e-03},
	{"c6", 1.3933733216e-03},
	{"one", 1},
	{"two", 2},
	{"least", -87},
	{"most", 88},
	{"saturated", 30},
}

// recurrentUnroll is how many elements of the state a turn of the innermost loop takes.
const recurrentUnroll = 4

// The registers of the cells.
var (
	argsReg  = reg.RDI
	kReg     = reg.RAX // what is left to multiply
	rReg     = reg.RBX // within the panel
	gatesReg = reg.RCX // of the row and block
	unitReg  = reg.RDX // bytes from the first unit to those of the block
	hReg     = reg.RSI // the row of the state
	blockReg = reg.R8  // blocks left
	panelReg = reg.R9  // of the block
	cReg     = reg.R10 // the row of the cells
	nextReg  = reg.R11 // the row of the next state
	yReg     = reg.R12 // the row of the output
	rowReg   = reg.R13 // rows left
	inReg    = reg.R15 // within the row that is multiplied
)

// recurrentWriter writes the kernels of recurrent cells for vectors of one width.
type recurrentWriter struct {
	*build.Context
	wide  bool
	lanes int
	name  string
	table operand.Mem
}

// recurrentCells writes all kernels for AVX-512 if wide, else for AVX2.
func recurrentCells(wide bool) func(*build.Context) {
	return func(c *build.Context) {
		w := &recurrentWriter{Context: c, wide: wide, lanes: 8, name: "AVX2"}
		if wide {
			w.lanes, w.name = 16, "AVX512"
		}
		w.table = c.StaticGlobal("recurrentConstants" + w.name)
		c.DataAttributes(attr.RODATA | attr.NOPTR)
		for _, k := range recurrentConstants {
			for range 8 {
				c.AppendDatum(operand.F32(k.value))
			}
		}
		for _, gates := range []int{1, 3, 4} {
			w.product(gates)
		}
		w.steps("lstm", "LSTM", w.lstm)
		w.steps("gruLinear", "GRU with linear_before_reset", w.gruLinear)
		w.steps("gru", "GRU", w.gruReset, w.gruUpdate)
		w.steps("rnn", "RNN", w.rnn)
	}
}

// v returns a vector register.
func (w *recurrentWriter) v(i int) reg.VecPhysical {
	if w.wide {
		return []reg.VecPhysical{
			reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7, reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
			reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23, reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
		}[i]
	}
	return []reg.VecPhysical{
		reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7, reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15,
	}[i]
}

// bytes returns the size of so many vectors.
func (w *recurrentWriter) bytes(vectors int) int { return vectors * w.lanes * 4 }

// arg returns a field of the argument.
func arg(offset int) operand.Mem { return operand.Mem{Base: argsReg, Disp: offset} }

// at returns what lies at an address.
func at(base reg.Register, disp int) operand.Mem { return operand.Mem{Base: base, Disp: disp} }

// unit returns the elements that belong to the block in a row of the state.
func unit(row reg.Register) operand.Mem { return operand.Mem{Base: row, Index: unitReg, Scale: 1} }

// constant returns a vector of one of recurrentConstants: a register, or memory.
func (w *recurrentWriter) constant(name string) operand.Op {
	for i, k := range recurrentConstants {
		if k.name == name {
			if w.wide {
				return w.v(31 - i)
			}
			return w.table.Offset(32 * i)
		}
	}
	panic(name)
}

// zero clears vectors.
func (w *recurrentWriter) zero(r reg.VecPhysical) {
	if w.wide {
		w.VPXORD(r, r, r)
		return
	}
	w.VXORPS(r, r, r)
}

// begin begins a function.
func (w *recurrentWriter) begin(name, doc string) {
	function(w.Context, name+w.name, doc, "a *byte")
	w.Load(w.Param("a"), argsReg)
}

// end ends a function.
func (w *recurrentWriter) end() {
	w.VZEROUPPER()
	w.RET()
}

// product writes the function that multiplies rows with panels of so many gates.
func (w *recurrentWriter) product(gates int) {
	w.begin(fmt.Sprintf("product%d", gates), fmt.Sprintf("product%d%s multiplies rows with panels of %d vectors; a is a Product.", gates, w.name, gates))
	const pair = 2
	w.MOVQ(arg(productBlocks), blockReg)
	w.MOVQ(arg(productW), panelReg)
	w.MOVQ(arg(productBias), nextReg)
	w.XORQ(unitReg, unitReg) // bytes from the first block to this one in a row of the gates
	w.Label("block")
	w.MOVQ(arg(productX), hReg)
	w.MOVQ(arg(productGates), gatesReg)
	w.ADDQ(unitReg, gatesReg)
	w.MOVQ(arg(productRows), rowReg)
	w.SUBQ(operand.Imm(pair), rowReg)
	w.JLT(operand.LabelRef("single"))
	w.Label("double")
	w.rows(gates, 2, "double")
	w.SUBQ(operand.Imm(pair), rowReg)
	w.JGE(operand.LabelRef("double"))
	w.Label("single")
	w.ADDQ(operand.Imm(pair), rowReg)
	w.JEQ(operand.LabelRef("done"))
	w.rows(gates, 1, "single")
	w.Label("done")
	w.MOVQ(arg(productK), kReg)
	w.IMUL3Q(operand.U32(w.bytes(gates)), kReg, kReg)
	w.ADDQ(kReg, panelReg)
	w.ADDQ(operand.U32(w.bytes(gates)), unitReg)
	w.ADDQ(operand.U32(w.bytes(gates)), nextReg)
	w.DECQ(blockReg)
	w.JNE(operand.LabelRef("block"))
	w.end()
}

// rows writes the product of one or two rows with a panel.
func (w *recurrentWriter) rows(gates, rows int, label string) {
	w.MOVQ(panelReg, rReg)
	w.MOVQ(hReg, inReg)
	w.MOVQ(hReg, cReg)
	w.ADDQ(arg(productXRow), cReg)
	for r := range rows {
		for g := range gates {
			w.VMOVUPS(at(nextReg, w.bytes(g)), w.v(r*gates+g))
		}
	}
	w.MOVQ(arg(productK), kReg)
	w.TESTQ(kReg, kReg)
	w.JEQ(operand.LabelRef(label + "Store"))
	w.Label(label + "Loop")
	w.VBROADCASTSS(at(inReg, 0), w.v(8))
	if rows == 2 {
		w.VBROADCASTSS(at(cReg, 0), w.v(9))
	}
	for g := range gates {
		if rows == 1 {
			w.VFMADD231PS(at(rReg, w.bytes(g)), w.v(8), w.v(g))
			continue
		}
		w.VMOVUPS(at(rReg, w.bytes(g)), w.v(10))
		w.VFMADD231PS(w.v(10), w.v(8), w.v(g))
		w.VFMADD231PS(w.v(10), w.v(9), w.v(gates+g))
	}
	w.ADDQ(operand.Imm(4), inReg)
	w.ADDQ(operand.Imm(4), cReg)
	w.ADDQ(operand.U32(w.bytes(gates)), rReg)
	w.DECQ(kReg)
	w.JNE(operand.LabelRef(label + "Loop"))
	w.Label(label + "Store")
	for r := range rows {
		for g := range gates {
			w.VMOVUPS(w.v(r*gates+g), at(gatesReg, w.bytes(g)))
		}
		w.ADDQ(arg(productXRow), hReg)
		w.ADDQ(arg(productGateRow), gatesReg)
	}
}

// steps writes the function that goes through steps of a cell, which consists of one or two phases. A phase goes through
// all blocks of units, and what it does is said by the function that writes it.
func (w *recurrentWriter) steps(name, doc string, phases ...func(label string)) {
	w.begin(name, fmt.Sprintf("%s%s goes through steps of %s; a is a Steps.", name, w.name, doc))
	if w.wide {
		for i, k := range recurrentConstants {
			w.VBROADCASTSS(w.table.Offset(32*i), w.constant(k.name).(reg.VecPhysical))
		}
	}
	w.MOVQ(arg(stepsFirst), unitReg)
	w.MOVQ(operand.U32(w.bytes(1)), arg(stepsTurn))
	w.Label("step")
	for i, phase := range phases {
		label := fmt.Sprintf("phase%d", i)
		w.MOVQ(arg(stepsBlocks), blockReg)
		w.Label(label)
		w.output()
		w.MOVQ(arg(stepsH), hReg)
		w.MOVQ(arg(stepsC), cReg)
		w.MOVQ(arg(stepsNext), nextReg)
		w.MOVQ(arg(stepsY), yReg)
		w.MOVQ(arg(stepsRows), rowReg)
		w.MOVQ(arg(stepsGates), gatesReg)
		phase(label)
		w.ADDQ(arg(stepsTurn), unitReg)
		w.DECQ(blockReg)
		w.JNE(operand.LabelRef(label))
		// The next pass goes the other way round: what this one read last is still in the first-level cache.
		w.NEGQ(arg(stepsTurn))
		w.ADDQ(arg(stepsTurn), unitReg)
	}
	w.MOVQ(arg(stepsH), hReg)
	w.MOVQ(arg(stepsNext), nextReg)
	w.MOVQ(hReg, arg(stepsNext))
	w.MOVQ(nextReg, arg(stepsH))
	// A pointer must not go beyond what it points into: the garbage collector may look at it after the last step.
	w.DECQ(arg(stepsSteps))
	w.JEQ(operand.LabelRef("done"))
	w.MOVQ(arg(stepsGateStep), kReg)
	w.ADDQ(kReg, arg(stepsGates))
	w.MOVQ(arg(stepsYStep), kReg)
	w.ADDQ(kReg, arg(stepsY))
	w.JMP(operand.LabelRef("step"))
	w.Label("done")
	w.end()
}

// output loads the mask of the block's elements of the output.
func (w *recurrentWriter) output() {
	w.MOVQ(arg(stepsMask), kReg)
	w.LEAQ(at(kReg, w.bytes(1)), rReg)
	w.LEAQ(at(unitReg, w.bytes(1)), inReg)
	w.CMPQ(inReg, arg(stepsPad))
	w.CMOVQEQ(rReg, kReg)
	if w.wide {
		w.VMOVDQU32(at(kReg, 0), w.v(0))
		w.VPMOVD2M(w.v(0), reg.K1)
		return
	}
	w.VMOVUPS(at(kReg, 0), w.v(14))
}

// panels writes the beginning of a phase: it sets up the block's panel of gates vectors out of all of them in the row of
// the gates.
func (w *recurrentWriter) panels(r, gates, all int) {
	w.MOVQ(arg(stepsHidden), panelReg)
	w.IMULQ(unitReg, panelReg)
	w.IMUL3Q(operand.Imm(uint64(gates)), panelReg, panelReg)
	w.ADDQ(arg(r), panelReg)
	w.IMUL3Q(operand.Imm(uint64(all)), unitReg, kReg)
	w.ADDQ(kReg, gatesReg)
}

// state writes the product of a row with the block's panel of gates vectors, added to what the first registers hold. It
// leaves the sums there.
func (w *recurrentWriter) state(label string, from reg.Register, gates int) {
	sets := min(8/gates, recurrentUnroll)
	broadcast := []reg.VecPhysical{w.v(8), w.v(9), w.v(10), w.v(11)}
	for i := gates; i < sets*gates; i++ {
		w.zero(w.v(i))
	}
	w.MOVQ(panelReg, rReg)
	w.MOVQ(from, inReg)
	w.MOVQ(arg(stepsHidden), kReg)
	w.SUBQ(operand.Imm(recurrentUnroll), kReg)
	w.JLT(operand.LabelRef(label + "Rest"))
	w.Label(label + "Four")
	for u := range recurrentUnroll {
		w.VBROADCASTSS(at(inReg, 4*u), broadcast[u])
		for g := range gates {
			w.VFMADD231PS(at(rReg, w.bytes(u*gates+g)), broadcast[u], w.v(u%sets*gates+g))
		}
	}
	w.ADDQ(operand.Imm(4*recurrentUnroll), inReg)
	w.ADDQ(operand.U32(w.bytes(recurrentUnroll*gates)), rReg)
	w.SUBQ(operand.Imm(recurrentUnroll), kReg)
	w.JGE(operand.LabelRef(label + "Four"))
	w.Label(label + "Rest")
	w.ADDQ(operand.Imm(recurrentUnroll), kReg)
	w.JEQ(operand.LabelRef(label + "Sum"))
	w.Label(label + "One")
	w.VBROADCASTSS(at(inReg, 0), broadcast[0])
	for g := range gates {
		w.VFMADD231PS(at(rReg, w.bytes(g)), broadcast[0], w.v(g))
	}
	w.ADDQ(operand.Imm(4), inReg)
	w.ADDQ(operand.U32(w.bytes(gates)), rReg)
	w.DECQ(kReg)
	w.JNE(operand.LabelRef(label + "One"))
	w.Label(label + "Sum")
	for half := sets / 2; half > 0; half /= 2 {
		for i := range half * gates {
			w.VADDPS(w.v(half*gates+i), w.v(i), w.v(i))
		}
	}
}

// next writes the end of a row: it goes on to the next one.
func (w *recurrentWriter) next(label string) {
	w.MOVQ(arg(stepsPad), kReg)
	w.ADDQ(kReg, hReg)
	w.ADDQ(kReg, cReg)
	w.ADDQ(kReg, nextReg)
	w.ADDQ(arg(stepsYRow), yReg)
	w.ADDQ(arg(stepsGateRow), gatesReg)
	w.DECQ(rowReg)
	w.JNE(operand.LabelRef(label))
}

// put stores the next state of the block.
func (w *recurrentWriter) put(h reg.VecPhysical) {
	w.VMOVUPS(h, unit(nextReg))
	if w.wide {
		w.VMOVUPS(h, reg.K1, unit(yReg))
		return
	}
	w.VMASKMOVPS(h, w.v(14), unit(yReg))
}

// exponential replaces x by e^x - 1. NaN stays. X must not be 12, 13 or 15, or 11.
func (w *recurrentWriter) exponential(i int, most string) {
	x, n, p, t := w.v(i), w.v(11), w.v(12), w.v(13)
	limit := func(name string) reg.VecPhysical {
		if w.wide {
			return w.constant(name).(reg.VecPhysical)
		}
		w.VMOVUPS(w.constant(name), w.v(15))
		return w.v(15)
	}
	// Of the two operands these return the first, in Go's order, when either is NaN.
	w.VMINPS(x, limit(most), x)
	w.VMAXPS(x, limit("least"), x)
	w.VMULPS(w.constant("log2e"), x, n)
	const nearest = 8
	if w.wide {
		w.VRNDSCALEPS(operand.U8(nearest), n, n)
	} else {
		w.VROUNDPS(operand.U8(nearest), n, n)
	}
	w.VFNMADD231PS(w.constant("ln2High"), n, x)
	w.VFNMADD231PS(w.constant("ln2Low"), n, x)
	w.VMOVUPS(w.constant("c6"), p)
	for _, c := range []string{"c5", "c4", "c3", "c2"} {
		w.VFMADD213PS(w.constant(c), x, p)
	}
	w.VMULPS(x, x, t)
	w.VFMADD213PS(x, t, p)
	if w.wide {
		w.VSCALEFPS(n, w.constant("one").(reg.VecPhysical), t)
	} else {
		w.VCVTPS2DQ(n, t)
		w.VPSLLD(operand.U8(23), t, t)
		w.VPADDD(w.constant("one"), t, t) // 1 has an exponent of 0
	}
	w.VSUBPS(w.constant("one"), t, x)
	w.VFMADD231PS(p, t, x)
}

// plusTwo sets register to to from + 2.
func (w *recurrentWriter) plusTwo(from, to int) { w.VADDPS(w.constant("two"), w.v(from), w.v(to)) }

// lstm writes the phase of LSTM. With e = e^-x - 1 a sigmoid is 1/(2+e), with e = e^2x - 1 a hyperbolic tangent is e/(2+e).
func (w *recurrentWriter) lstm(label string) {
	w.panels(stepsR, 4, 4)
	w.Label(label + "Row")
	for g := range 4 {
		w.VMOVUPS(at(gatesReg, w.bytes(g)), w.v(g))
	}
	w.state(label, hReg, 4)
	const in, out, forget, cand = 0, 1, 2, 3
	w.exponential(in, "most")
	w.exponential(cand, "saturated")
	w.exponential(forget, "most")
	w.exponential(out, "most")
	w.plusTwo(in, in)
	w.plusTwo(cand, 4)
	w.plusTwo(forget, forget)
	w.VMULPS(w.v(in), w.v(4), w.v(in))
	w.VMOVUPS(unit(cReg), w.v(5))
	w.VDIVPS(w.v(in), w.v(cand), w.v(cand))
	w.VDIVPS(w.v(forget), w.v(5), w.v(5))
	w.VADDPS(w.v(5), w.v(cand), w.v(5))
	w.VMOVUPS(w.v(5), unit(cReg))
	w.VADDPS(w.v(5), w.v(5), w.v(5))
	w.exponential(5, "saturated")
	w.plusTwo(out, out)
	w.plusTwo(5, 4)
	w.VMULPS(w.v(out), w.v(4), w.v(4))
	w.VDIVPS(w.v(4), w.v(5), w.v(5))
	w.put(w.v(5))
	w.next(label + "Row")
}

// gruLinear writes the phase of GRU whose candidate's products are reset after the bias is added.
func (w *recurrentWriter) gruLinear(label string) {
	w.panels(stepsR, 3, 3)
	w.Label(label + "Row")
	w.MOVQ(arg(stepsBias), kReg)
	w.VMOVUPS(at(gatesReg, 0), w.v(0))
	w.VMOVUPS(at(gatesReg, w.bytes(1)), w.v(1))
	w.VMOVUPS(unit(kReg), w.v(2))
	w.state(label, hReg, 3)
	const update, reset, cand = 0, 1, 2
	w.exponential(reset, "most")
	w.exponential(update, "most")
	w.plusTwo(reset, reset)
	w.VDIVPS(w.v(reset), w.v(cand), w.v(cand))
	w.VADDPS(at(gatesReg, w.bytes(2)), w.v(cand), w.v(cand))
	w.plusTwo(update, update)
	w.blend(cand, update)
	w.next(label + "Row")
}

// blend writes the end of GRU: cand is the candidate's sum, share the inverse of what the update gate says.
func (w *recurrentWriter) blend(cand, share int) {
	w.exponential(cand, "saturated")
	w.plusTwo(cand, 4)
	w.VDIVPS(w.v(4), w.v(cand), w.v(cand))
	w.VMOVUPS(unit(hReg), w.v(5))
	w.VSUBPS(w.v(cand), w.v(5), w.v(5))
	w.VDIVPS(w.v(share), w.v(5), w.v(5))
	w.VADDPS(w.v(5), w.v(cand), w.v(cand))
	w.put(w.v(cand))
}

// gruReset writes the first phase of GRU. It leaves the inverse of the update gate among the gates and the reset state in C.
func (w *recurrentWriter) gruReset(label string) {
	w.panels(stepsR, 2, 3)
	w.Label(label + "Row")
	w.VMOVUPS(at(gatesReg, 0), w.v(0))
	w.VMOVUPS(at(gatesReg, w.bytes(1)), w.v(1))
	w.state(label, hReg, 2)
	const update, reset = 0, 1
	w.exponential(reset, "most")
	w.exponential(update, "most")
	w.plusTwo(reset, reset)
	w.VMOVUPS(unit(hReg), w.v(5))
	w.VDIVPS(w.v(reset), w.v(5), w.v(5))
	w.VMOVUPS(w.v(5), unit(cReg))
	w.plusTwo(update, update)
	w.VMOVUPS(w.v(update), at(gatesReg, 0))
	w.next(label + "Row")
}

// gruUpdate writes the second phase of GRU.
func (w *recurrentWriter) gruUpdate(label string) {
	w.panels(stepsR2, 1, 3)
	w.Label(label + "Row")
	w.VMOVUPS(at(gatesReg, w.bytes(2)), w.v(0))
	w.state(label, cReg, 1)
	w.VMOVUPS(at(gatesReg, 0), w.v(6))
	w.blend(0, 6)
	w.next(label + "Row")
}

// rnn writes the phase of RNN.
func (w *recurrentWriter) rnn(label string) {
	w.panels(stepsR, 1, 1)
	w.Label(label + "Row")
	w.VMOVUPS(at(gatesReg, 0), w.v(0))
	w.state(label, hReg, 1)
	w.exponential(0, "saturated")
	w.plusTwo(0, 4)
	w.VDIVPS(w.v(4), w.v(0), w.v(0))
	w.put(w.v(0))
	w.next(label + "Row")
}
