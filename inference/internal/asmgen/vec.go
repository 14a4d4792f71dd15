package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vectors writes code for several vectors at once, of either of two sizes: what is computed is described once, with the
// methods below. None of them changes its operands.
type vectors struct {
	*build.Context
	data  *build.Context // where constants are put
	wide  bool           // AVX-512, and not AVX2
	count int            // vectors at once

	table   operand.Mem // of the constants that were asked for
	entries map[uint32]int
	masks   operand.Mem       // for AVX2: as many ones as a vector has lanes, then as many zeros
	held    map[uint32]vector // constants that stay in registers
	asked   []uint32          // constants, in the order in which they were first asked for since hold
	keep    reg.Register      // the mask of a tail, nil where all lanes are in use
	labels  int
}

type (
	vector = reg.VecVirtual
	group  = []vector // as many as there are at once
	choice []reg.Register
)

func newVectors(c *build.Context, wide bool) *vectors {
	v := &vectors{Context: c, data: c, wide: wide, entries: map[uint32]int{}}
	if !wide {
		v.masks = c.StaticGlobal("masks")
		c.DataAttributes(attr.RODATA | attr.NOPTR)
		for i := range 16 {
			lane := uint32(0)
			if i < 8 {
				lane = math.MaxUint32
			}
			c.AddDatum(4*i, operand.U32(lane))
		}
	}
	v.table = c.StaticGlobal("constants")
	c.DataAttributes(attr.RODATA | attr.NOPTR)
	return v
}

func (v *vectors) lanes() int {
	if v.wide {
		return 16
	}
	return 8
}

func (v *vectors) vector() vector {
	if v.wide {
		return v.ZMM()
	}
	return v.YMM()
}

func (v *vectors) group() group {
	g := make(group, v.count)
	for i := range g {
		g[i] = v.vector()
	}
	return g
}

func (v *vectors) suffix() string {
	if v.wide {
		return "AVX512"
	}
	return "AVX2"
}

func (v *vectors) label(name string) string {
	v.labels++
	return fmt.Sprintf("%s%d", name, v.labels)
}

// bits is a constant that is given by its bits.
type bits uint32

// hold loads the first constants that body asks for into registers, as many as there may be, where loops begin that body
// writes. It has body written twice: once for nobody, to see what it asks for.
func (v *vectors) hold(limit int, body func()) {
	ctx, labels := v.Context, v.labels
	v.Context, v.asked, v.held = build.NewContext(), nil, nil
	v.Function("trial")
	body()
	asked := v.asked[:min(limit, len(v.asked))]
	v.Context, v.labels = ctx, labels
	held := map[uint32]vector{}
	for _, k := range asked {
		held[k] = v.load(bits(k))
	}
	v.held = held
	body()
	v.held = nil
}

// constant returns a vector that holds a constant, or where the constant is in memory: once for AVX-512, which repeats
// it, and as often as there are lanes for AVX2.
func (v *vectors) constant(k bits) operand.Op {
	if r, ok := v.held[uint32(k)]; ok {
		return r
	}
	return v.memory(k)
}

func (v *vectors) memory(k bits) operand.Mem {
	if !slices.Contains(v.asked, uint32(k)) {
		v.asked = append(v.asked, uint32(k))
	}
	at, ok := v.entries[uint32(k)]
	if !ok {
		at = len(v.entries)
		v.entries[uint32(k)] = at
		if v.wide {
			v.data.AddDatum(4*at, operand.U32(k))
		} else {
			for i := range 8 {
				v.data.AddDatum(32*at+4*i, operand.U32(k))
			}
		}
	}
	if v.wide {
		return v.table.Offset(4 * at)
	}
	return v.table.Offset(32 * at)
}

func asBits(x any) (bits, bool) {
	switch x := x.(type) {
	case bits:
		return x, true
	case float64:
		return bits(math.Float32bits(float32(x))), true
	case int:
		return bits(uint32(int32(x))), true
	}
	return 0, false
}

// load returns a vector that holds a constant in every lane.
func (v *vectors) load(x any) vector {
	k, _ := asBits(x)
	if r, ok := v.held[uint32(k)]; ok {
		return r
	}
	r := v.vector()
	if v.wide {
		v.VBROADCASTSS(v.memory(k), r)
	} else {
		v.VMOVUPS(v.memory(k), r)
	}
	return r
}

type instruction func(...operand.Op)

// op does an instruction of two sources: x is the first one, y the second. Either is a group, a vector that is the same
// for all, or a constant.
func (v *vectors) op(f, spread instruction, x, y any) group {
	out := v.group()
	if k, ok := asBits(x); ok {
		x = v.load(k)
	}
	if k, ok := asBits(y); ok && spread == nil {
		y = v.load(k)
	}
	for i := range out {
		v.last(f, spread, y, i, pick(x, i), out[i])
	}
	return out
}

// last does an instruction whose first operand as Go writes them, its last source, is a vector or a constant.
func (v *vectors) last(f, spread instruction, y any, i int, x, out vector) {
	if k, ok := asBits(y); !ok {
		f(pick(y, i), x, out)
	} else if _, held := v.held[uint32(k)]; v.wide && !held {
		spread(v.constant(k), x, out)
	} else {
		f(v.constant(k), x, out)
	}
}

func pick(x any, i int) vector {
	switch x := x.(type) {
	case group:
		return x[i]
	case vector:
		return x
	}
	panic(fmt.Sprintf("%T is no vector", x))
}

func (v *vectors) add(x, y any) group { return v.op(v.VADDPS, v.VADDPS_BCST, x, y) }
func (v *vectors) sub(x, y any) group { return v.op(v.VSUBPS, v.VSUBPS_BCST, x, y) }
func (v *vectors) mul(x, y any) group { return v.op(v.VMULPS, v.VMULPS_BCST, x, y) }
func (v *vectors) div(x, y any) group { return v.op(v.VDIVPS, v.VDIVPS_BCST, x, y) }

// max and min return y where either operand is NaN.
func (v *vectors) max(x, y any) group { return v.op(v.VMAXPS, v.VMAXPS_BCST, x, y) }
func (v *vectors) min(x, y any) group { return v.op(v.VMINPS, v.VMINPS_BCST, x, y) }

func (v *vectors) addInt(x, y any) group { return v.op(v.VPADDD, v.VPADDD_BCST, x, y) }
func (v *vectors) subInt(x, y any) group { return v.op(v.VPSUBD, v.VPSUBD_BCST, x, y) }
func (v *vectors) and(x, y any) group    { return v.op(v.VANDPS, v.VANDPS_BCST, x, y) }
func (v *vectors) or(x, y any) group     { return v.op(v.VORPS, v.VORPS_BCST, x, y) }
func (v *vectors) xor(x, y any) group    { return v.op(v.VXORPS, v.VXORPS_BCST, x, y) }

// each does an instruction of one source.
func (v *vectors) each(x group, f func(x, y vector)) group {
	out := v.group()
	for i := range out {
		f(x[i], out[i])
	}
	return out
}

func (v *vectors) left(x group, n int) group {
	return v.each(x, func(x, y vector) { v.VPSLLD(operand.Imm(uint64(n)), x, y) })
}

func (v *vectors) right(x group, n int) group {
	return v.each(x, func(x, y vector) { v.VPSRAD(operand.Imm(uint64(n)), x, y) })
}

func (v *vectors) sqrt(x group) group {
	return v.each(x, func(x, y vector) { v.VSQRTPS(x, y) })
}

func (v *vectors) float(x group) group {
	return v.each(x, func(x, y vector) { v.VCVTDQ2PS(x, y) })
}

// The ways to round to an integer.
const (
	nearest = 8
	down    = 9
	up      = 10
)

func (v *vectors) round(x group, mode uint8) group {
	return v.each(x, func(x, y vector) {
		if v.wide {
			v.VRNDSCALEPS(operand.U8(mode), x, y)
		} else {
			v.VROUNDPS(operand.U8(mode), x, y)
		}
	})
}

// fma returns x*y + z, with one rounding.
func (v *vectors) fma(x, y, z any) group {
	return v.fused(x, y, z, v.VFMADD213PS, v.VFMADD213PS_BCST, v.VFMADD231PS, v.VFMADD231PS_BCST)
}

// fnma returns z - x*y, with one rounding.
func (v *vectors) fnma(x, y, z any) group {
	return v.fused(x, y, z, v.VFNMADD213PS, v.VFNMADD213PS_BCST, v.VFNMADD231PS, v.VFNMADD231PS_BCST)
}

// fused multiplies x, a group, with y and adds z; at most one of these is a constant that is read from memory.
func (v *vectors) fused(x, y, z any, f213, spread213, f231, spread231 instruction) group {
	out := v.group()
	if k, ok := asBits(y); ok { // out = z + x*y
		for i := range out {
			if c, ok := asBits(z); ok {
				v.move(v.load(c), out[i])
			} else {
				v.move(pick(z, i), out[i])
			}
			v.last(f231, spread231, k, i, pick(x, i), out[i])
		}
		return out
	}
	for i := range out { // out = x*y + z
		v.move(pick(x, i), out[i])
		v.last(f213, spread213, z, i, pick(y, i), out[i])
	}
	return out
}

func (v *vectors) move(from, to vector) { v.VMOVAPS(from, to) }

// poly evaluates a polynomial at x, whose coefficients are given from the lowest on.
func (v *vectors) poly(x group, c ...float64) group {
	last := len(c) - 1
	p := v.fma(x, c[last], c[last-1])
	for i := last - 2; i >= 0; i-- {
		p = v.fma(p, x, c[i])
	}
	return p
}

// The comparisons.
const (
	isEqual = 0x00
	isLess  = 0x11
	isMore  = 0x1e
	isNaN   = 0x03
)

// compare tells where x compares to y.
func (v *vectors) compare(x, y any, how uint8) choice {
	if k, ok := asBits(x); ok {
		x = v.load(k)
	}
	if k, ok := asBits(y); ok {
		y = v.load(k)
	}
	out := make(choice, v.count)
	for i := range out {
		if v.wide {
			out[i] = v.K()
		} else {
			out[i] = v.YMM()
		}
		v.VCMPPS(operand.U8(how), pick(y, i), pick(x, i), out[i])
	}
	return out
}

// negative tells where the sign is set.
func (v *vectors) negative(x group) choice {
	out := make(choice, v.count)
	for i := range out {
		if v.wide {
			out[i] = v.K()
			v.VPMOVD2M(x[i], out[i])
		} else {
			out[i] = x[i]
		}
	}
	return out
}

// choose returns yes where the choice is made, and no elsewhere.
func (v *vectors) choose(c choice, yes, no any) group {
	if k, ok := asBits(yes); ok {
		yes = v.load(k)
	}
	if k, ok := asBits(no); ok {
		no = v.load(k)
	}
	out := v.group()
	for i := range out {
		if v.wide {
			v.VBLENDMPS(pick(yes, i), pick(no, i), c[i], out[i])
		} else {
			v.VBLENDVPS(c[i], pick(yes, i), pick(no, i), out[i])
		}
	}
	return out
}

// read loads what lies at an address, vector after vector: 0 in lanes that a tail has not.
func (v *vectors) read(at reg.Register) group {
	out := v.group()
	for i := range out {
		m := operand.Mem{Base: at, Disp: i * 4 * v.lanes()}
		switch {
		case v.keep == nil:
			v.VMOVUPS(m, out[i])
		case v.wide:
			v.VMOVUPS_Z(m, v.keep, out[i])
		default:
			v.VMASKMOVPS(m, v.keep, out[i])
		}
	}
	return out
}

// write stores vectors at an address.
func (v *vectors) write(x group, at reg.Register) {
	for i := range x {
		m := operand.Mem{Base: at, Disp: i * 4 * v.lanes()}
		switch {
		case v.keep == nil:
			v.VMOVUPS(x[i], m)
		case v.wide:
			v.VMOVUPS(x[i], v.keep, m)
		default:
			v.VMASKMOVPS(x[i], v.keep, m)
		}
	}
}

// loop goes over n elements, which it counts down to 0, at addresses that it moves on: count vectors at a time, and the
// last ones one at a time with the lanes that there are. Body is written twice.
func (v *vectors) loop(n reg.GPVirtual, count int, at []reg.GPVirtual, body func()) {
	many, few, done := v.label("many"), v.label("few"), v.label("done")
	step := count * v.lanes()
	v.Label(many)
	v.CMPQ(n, operand.U32(step))
	v.JLT(operand.LabelRef(few))
	v.count = count
	body()
	for _, p := range at {
		v.ADDQ(operand.U32(4*step), p)
	}
	v.SUBQ(operand.U32(step), n)
	v.JMP(operand.LabelRef(many))

	v.Label(few)
	v.TESTQ(n, n)
	v.JLE(operand.LabelRef(done))
	v.count = 1
	v.tail(n)
	body()
	v.keep = nil
	for _, p := range at {
		v.ADDQ(operand.U32(4*v.lanes()), p)
	}
	v.SUBQ(operand.U32(v.lanes()), n)
	v.JMP(operand.LabelRef(few))
	v.Label(done)
}

// tail makes the mask of the first n lanes, or of all.
func (v *vectors) tail(n reg.GPVirtual) {
	if v.wide {
		ones := v.GP32()
		v.MOVL(operand.U32(math.MaxUint32), ones)
		v.BZHIL(n.As32(), ones, ones)
		k := v.K()
		v.KMOVW(ones, k)
		v.keep = k
		return
	}
	at, lanes, table := v.GP64(), v.GP64(), v.GP64()
	v.MOVQ(operand.U32(8), at)
	v.MOVQ(operand.U32(8), lanes)
	v.CMPQ(n, at)
	v.CMOVQLT(n, at)
	v.SUBQ(at, lanes)
	v.LEAQ(v.masks, table)
	m := v.YMM()
	v.VMOVUPS(operand.Mem{Base: table, Index: lanes, Scale: 4}, m)
	v.keep = m
}

// spread loads an argument into every lane of a vector.
func (v *vectors) spread(arg string) vector {
	x, out := v.XMM(), v.vector()
	v.Load(v.Param(arg), x)
	v.VBROADCASTSS(x, out)
	return out
}

// finish ends a function.
func (v *vectors) finish() {
	v.VZEROUPPER()
	v.RET()
}
