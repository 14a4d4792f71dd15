package main

import (
	"fmt"
	"slices"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/brinkml/brink/inference/internal/asmgen/neon"
)

// The functions of vectors are described once, for amd64. For arm64 the code that they become for AVX2 is translated,
// instruction by instruction: the vectors are half as long, but what happens in a lane is the same. What is around that
// code, loops and loads and stores, is written here.

// step computes a value from others: values are numbered, and never change.
type step struct {
	op    string
	value int
	args  []int
	imm   int
}

// formula is straight code from inputs to results.
type formula struct {
	inputs   []int // values that differ from lane to lane
	params   []int // values that are the same for all
	results  []int
	steps    []step
	constant map[int]uint32
	boolean  map[int]bool // values whose lanes are all ones or all zeros; false: the opposite of what is meant
	values   int
}

// formulaOf translates what f makes of its inputs and parameters. Count is how many vectors each of them has.
func formulaOf(inputs, params, count int, f func(v *vectors, x []group, p []vector) []group) (*formula, error) {
	c := build.NewContext()
	v := newVectors(c, false)
	v.count = count
	c.Function("formula")
	t := &formula{constant: map[int]uint32{}, boolean: map[int]bool{}}
	now := map[reg.ID]int{}
	x, p := make([]group, inputs), make([]vector, params)
	for i := range x {
		x[i] = v.group()
		for _, r := range x[i] {
			now[r.ID()] = t.value()
			t.inputs = append(t.inputs, now[r.ID()])
		}
	}
	for i := range p {
		p[i] = v.vector()
		now[p[i].ID()] = t.value()
		t.params = append(t.params, now[p[i].ID()])
	}
	results := f(v, x, p)
	file, err := c.Result()
	if err != nil {
		return nil, err
	}
	table := map[int]uint32{} // by where a constant is
	for bits, at := range v.entries {
		table[32*at] = bits
	}
	for _, i := range file.Functions()[0].Instructions() {
		if err := t.translate(i, now, table); err != nil {
			return nil, err
		}
	}
	for _, g := range results {
		for _, r := range g {
			t.results = append(t.results, now[r.ID()])
		}
	}
	t.prune()
	return t, nil
}

func (t *formula) value() int {
	t.values++
	return t.values - 1
}

// same lists the instructions whose operands are alike, but for their order.
var translations = map[string]string{
	"VADDPS": "fadd", "VSUBPS": "fsub", "VMULPS": "fmul", "VDIVPS": "fdiv", "VMAXPS": "fmax", "VMINPS": "fmin", "VPADDD": "add", "VPSUBD": "sub",
	"VANDPS": "and", "VORPS": "orr", "VXORPS": "eor", "VSQRTPS": "fsqrt", "VCVTDQ2PS": "scvtf", "VPSLLD": "shl", "VPSRAD": "sshr",
	"VFMADD213PS": "fmla", "VFMADD231PS": "fmla", "VFNMADD213PS": "fmls", "VFNMADD231PS": "fmls",
}

// translate adds what an instruction does. Now says which value each register has.
func (t *formula) translate(i *ir.Instruction, now map[reg.ID]int, table map[int]uint32) error {
	get := func(n int) int {
		switch o := i.Operands[n].(type) {
		case reg.Register:
			return now[o.ID()]
		case operand.Mem:
			value := t.value()
			t.constant[value] = table[o.Disp]
			return value
		}
		return -1
	}
	imm := func() int {
		switch o := i.Operands[0].(type) {
		case operand.U8:
			return int(o)
		case operand.Constant:
			var n int
			fmt.Sscanf(o.Asm(), "$%v", &n)
			return n
		}
		return -1
	}
	last := i.Operands[len(i.Operands)-1].(reg.Register).ID()
	set := func(op string, imm int, args ...int) {
		value := t.value()
		now[last] = value
		t.steps = append(t.steps, step{op, value, args, imm})
	}
	switch i.Opcode {
	case "VMOVAPS", "VMOVUPS":
		now[last] = get(0)
	case "VADDPS", "VSUBPS", "VMULPS", "VDIVPS", "VMAXPS", "VMINPS", "VPADDD", "VPSUBD", "VANDPS", "VORPS", "VXORPS":
		set(translations[i.Opcode], 0, get(1), get(0))
	case "VANDNPS":
		op := "bic"
		if meant, ok := t.boolean[get(1)]; ok && !meant {
			op = "and"
		}
		set(op, 0, get(0), get(1))
	case "VSQRTPS", "VCVTDQ2PS":
		set(translations[i.Opcode], 0, get(0))
	case "VPSLLD", "VPSRAD":
		set(translations[i.Opcode], imm(), get(1))
	case "VROUNDPS":
		set(map[int]string{nearest: "frintn", down: "frintm", up: "frintp"}[imm()], 0, get(1))
	case "VFMADD231PS", "VFNMADD231PS":
		set(translations[i.Opcode], 0, get(2), get(1), get(0))
	case "VFMADD213PS", "VFNMADD213PS":
		set(translations[i.Opcode], 0, get(0), get(2), get(1))
	case "VCMPPS":
		x, y, meant := get(2), get(1), true
		switch imm() {
		case isEqual:
			set("fcmeq", 0, x, y)
		case isLess:
			set("fcmgt", 0, y, x)
		case isMore:
			set("fcmgt", 0, x, y)
		case isNaN:
			if x != y {
				return fmt.Errorf("a comparison of different numbers for NaN")
			}
			set("fcmeq", 0, x, x)
			meant = false
		}
		t.boolean[now[last]] = meant
	case "VBLENDVPS":
		mask, yes, no := get(0), get(1), get(2)
		meant, ok := t.boolean[mask]
		if !ok { // its sign counts
			out := last
			spread := t.value()
			t.steps = append(t.steps, step{"sshr", spread, []int{mask}, 31})
			mask, meant, last = spread, true, out
		}
		if !meant {
			yes, no = no, yes
		}
		set("bsl", 0, mask, yes, no)
	default:
		return fmt.Errorf("no translation of %s", i.Opcode)
	}
	return nil
}

// prune takes away what no result needs.
func (t *formula) prune() {
	needed := map[int]bool{}
	for _, r := range t.results {
		needed[r] = true
	}
	var kept []step
	for _, s := range slices.Backward(t.steps) {
		if needed[s.value] {
			kept = append(kept, s)
			for _, a := range s.args {
				needed[a] = true
			}
		}
	}
	slices.Reverse(kept)
	t.steps = kept
}

// destructive reports whether an instruction has its result in the register of its first operand.
func destructive(op string) bool { return op == "fmla" || op == "fmls" || op == "bsl" }

// constants is the table of constants of a file.
type constants struct{ bits []uint32 }

func (c *constants) offset(bits uint32) int {
	at := slices.Index(c.bits, bits)
	if at < 0 {
		at = len(c.bits)
		c.bits = append(c.bits, bits)
	}
	return 16 * at
}

// words returns the table: each constant as often as a register has lanes.
func (c *constants) words() []uint32 {
	var all []uint32
	for _, b := range c.bits {
		all = append(all, b, b, b, b)
	}
	return all
}

// tableBase is the register that points to the table of constants.
const tableBase neon.R = 4

// held returns up to most constants that are worth a register for the whole of a loop: those which are used most as other
// than what products are added to.
func (t *formula) held(most int) []uint32 {
	uses := map[uint32]int{}
	var all []uint32
	for _, s := range t.steps {
		for i, a := range s.args {
			bits, ok := t.constant[a]
			if !ok || i == 0 && destructive(s.op) {
				continue
			}
			if uses[bits] == 0 {
				all = append(all, bits)
			}
			uses[bits]++
		}
	}
	slices.SortStableFunc(all, func(a, b uint32) int { return uses[b] - uses[a] })
	return all[:min(most, len(all))]
}

// emit writes the steps. Fixed registers are those of constants and parameters; in is where the inputs are, and the
// results are returned. It reports whether there were enough registers; f is nil to try.
func (t *formula) emit(f *neon.Func, table *constants, fixed map[uint32]neon.V, params, in []neon.V, taken int) (out []neon.V, ok bool) {
	where := map[int]neon.V{}
	for i, p := range t.params {
		where[p] = params[i]
	}
	for i, p := range t.inputs {
		where[p] = in[i]
	}
	lastUse := map[int]int{}
	for n, s := range t.steps {
		for _, a := range s.args {
			lastUse[a] = n
		}
	}
	for _, r := range t.results {
		lastUse[r] = len(t.steps)
	}
	free := []neon.V{}
	for r := taken; r < 32; r++ {
		if !slices.Contains(in, neon.V(r)) {
			free = append(free, neon.V(r))
		}
	}
	ok = true
	alloc := func() neon.V {
		if len(free) == 0 {
			ok = false
			return 0
		}
		r := free[0]
		free = free[1:]
		return r
	}
	load := func(r neon.V, bits uint32) {
		switch {
		case f == nil:
		case bits == 0:
			f.Zero(r)
		default:
			f.Load(neon.Quad, r, tableBase, table.offset(bits))
		}
	}
	isFixed := func(a int) bool {
		return slices.Contains(t.params, a)
	}
	for n, s := range t.steps {
		regs := make([]neon.V, len(s.args))
		var release []neon.V
		done := map[int]bool{}
		reuse := -1
		for i, a := range s.args {
			bits, constant := t.constant[a]
			if constant {
				if r, ok := fixed[bits]; ok && !(i == 0 && destructive(s.op)) {
					regs[i] = r
					continue
				}
				regs[i] = alloc()
				load(regs[i], bits)
				if i == 0 && destructive(s.op) {
					reuse = 0
				} else {
					release = append(release, regs[i])
				}
				continue
			}
			regs[i] = where[a]
			if lastUse[a] == n && !isFixed(a) && !done[a] {
				done[a] = true
				if i == 0 && destructive(s.op) && !slices.Contains(s.args[1:], a) {
					reuse = 0
				} else {
					release = append(release, regs[i])
				}
			}
		}
		var dst neon.V
		switch {
		case destructive(s.op) && reuse == 0:
			dst = regs[0]
		case destructive(s.op):
			dst = alloc()
			if f != nil {
				f.Move(dst, regs[0])
			}
			free = append(free, release...)
			release = nil
		default:
			free = append(release, free...)
			release = nil
			dst = alloc()
		}
		free = append(free, release...)
		where[s.value] = dst
		if f == nil {
			continue
		}
		switch s.op {
		case "fmla", "fmls", "bsl":
			a := neon.S4
			if s.op == "bsl" {
				a = neon.B16
			}
			f.Same(s.op, a, dst, regs[1], regs[2])
		case "and", "bic", "orr", "eor":
			f.Same(s.op, neon.B16, dst, regs[0], regs[1])
		case "shl", "sshr":
			f.Shift(s.op, neon.S4, dst, regs[0], s.imm)
		case "fsqrt", "scvtf", "frintn", "frintm", "frintp":
			f.Unary(s.op, neon.S4, dst, regs[0])
		default:
			f.Same(s.op, neon.S4, dst, regs[0], regs[1])
		}
	}
	for _, r := range t.results {
		if bits, constant := t.constant[r]; constant {
			dst := alloc()
			load(dst, bits)
			where[r] = dst
		}
		out = append(out, where[r])
	}
	return out, ok
}

// vectorLoop is a function that computes a formula of the elements of some slices, one after the other.
type vectorLoop struct {
	name, doc string
	inputs    []string // slices
	params    []string // numbers
	once      string   // a slice of which there is one element only: the last parameter of the formula
	count     int      // vectors at once
	keeps     bool     // the results are stored to dst
	reduce    string   // the instruction that joins all results to one, or ""
	start     uint32   // what the joining begins with
	far       bool     // whether a second result is anything but zero is told
	f         func(v *vectors, x []group, p []vector) []group
}

// write writes the function and adds its constants to the table.
func (l *vectorLoop) write(w *neon.File, table *constants) error {
	params, results := "", ""
	if l.keeps {
		params = "dst, "
	}
	for _, in := range l.slices() {
		params += in + ", "
	}
	params = params[:len(params)-2] + " *float32, n int"
	for i, p := range l.params {
		params += ", " + p
		if i == len(l.params)-1 {
			params += " float32"
		}
	}
	switch {
	case l.far:
		results = "far int"
	case l.reduce != "":
		results = "all float32"
	}
	many, err := l.formula(l.count)
	if err != nil {
		return fmt.Errorf("%s: %w", l.name, err)
	}
	one, err := l.formula(1)
	if err != nil {
		return fmt.Errorf("%s: %w", l.name, err)
	}

	// Registers: parameters, what is joined, constants, and then those of inputs and of the formula.
	next := 0
	take := func(n int) []neon.V {
		all := make([]neon.V, n)
		for i := range all {
			all[i] = neon.V(next)
			next++
		}
		return all
	}
	given := take(len(l.params))
	if l.once != "" {
		given = append(given, take(1)...)
	}
	var joined []neon.V
	if l.reduce != "" || l.far {
		joined = take(l.count)
	}
	fixed := map[uint32]neon.V{}
	first := next
	for hold := 32; ; hold-- {
		if hold < 0 {
			return fmt.Errorf("%s: too few registers", l.name)
		}
		clear(fixed)
		next = first
		for _, bits := range many.held(hold) {
			fixed[bits] = take(1)[0]
		}
		if next+len(many.inputs) > 31 {
			continue
		}
		if _, ok := many.emit(nil, table, fixed, given, l.registers(many, neon.V(next)), next); ok {
			break
		}
	}

	f := w.Func(l.name, l.doc, params, results, 0)
	if l.keeps {
		f.Go("MOVD %s, R0", f.Arg("dst"))
	}
	for i, in := range l.inputs {
		f.Go("MOVD %s, R%d", f.Arg(in), l.source(i))
	}
	f.Go("MOVD %s, R2", f.Arg("n"))
	for i, p := range l.params {
		f.Go("MOVWU %s, R5", f.Arg(p))
		f.DupGeneral(neon.S4, given[i], 5)
	}
	f.Address("constants", tableBase)
	for _, bits := range many.held(len(fixed)) {
		f.Load(neon.Quad, fixed[bits], tableBase, table.offset(bits))
	}
	for _, j := range joined {
		f.Load(neon.Quad, j, tableBase, table.offset(l.start))
	}
	if l.once != "" {
		f.Go("MOVD %s, R5", f.Arg(l.once))
		f.LoadAll(neon.S4, given[len(given)-1], 5)
	}
	if l.count > 1 {
		f.Label("many")
		f.Go("CMP $%d, R2", 4*l.count)
		f.Go("BLT few")
		in := l.registers(many, neon.V(next))
		at := 0
		for i := range l.inputs {
			for range l.count {
				f.LoadPost(neon.Quad, in[at], l.source(i), 16)
				at++
			}
		}
		out, _ := many.emit(f, table, fixed, given, in, next)
		for i := range l.count {
			l.join(f, joined, i, out)
			if l.keeps {
				f.StorePost(neon.Quad, out[i], 0, 16)
			}
		}
		f.Go("SUB $%d, R2", 4*l.count)
		f.Go("B many")
		f.Label("few")
	} else {
		f.Label("few")
	}
	f.Go("CBZ R2, done")
	f.Go("CMP $4, R2")
	f.Go("BLT part")
	in := l.registers(one, neon.V(next))
	for i := range l.inputs {
		f.LoadPost(neon.Quad, in[i], l.source(i), 16)
	}
	f.Label("compute")
	out, ok := one.emit(f, table, fixed, given, in, next)
	if !ok {
		return fmt.Errorf("%s: too few registers", l.name)
	}
	f.Go("CMP $4, R2")
	f.Go("BLT last")
	l.join(f, joined, 0, out)
	if l.keeps {
		f.StorePost(neon.Quad, out[0], 0, 16)
	}
	f.Go("SUB $4, R2")
	f.Go("B few")

	f.Label("part")
	for i := range l.inputs {
		l.loadPart(f, in[i], l.source(i), fmt.Sprint(i))
	}
	f.Go("B compute")

	f.Label("last")
	if l.keeps {
		f.Go("CMP $2, R2")
		f.Go("BLT lone")
		f.Store(neon.Double, out[0], 0, 0)
		f.Go("BEQ stored")
		f.Go("ADD $8, R0, R5")
		f.StoreLane(out[0], 2, 5)
		f.Go("B stored")
		f.Label("lone")
		f.Store(neon.Word, out[0], 0, 0)
		f.Label("stored")
	}
	if joined != nil {
		f.Address("masks", 5)
		f.Go("ADD R2<<4, R5")
		mask := neon.V(31)
		for slices.Contains(out, mask) {
			mask--
		}
		f.Load(neon.Quad, mask, 5, 0)
		value := out[len(out)-1]
		if l.start == 0 {
			f.Same("and", neon.B16, value, value, mask)
		} else {
			other := mask - 1
			for slices.Contains(out, other) {
				other--
			}
			f.Load(neon.Quad, other, tableBase, table.offset(l.start))
			f.Same("bsl", neon.B16, mask, value, other)
			value = mask
		}
		l.join(f, joined, 0, append(slices.Clone(out[:len(out)-1]), value))
	}
	f.Label("done")
	l.finish(f, joined)
	f.Go("RET")
	return nil
}

// formula translates the formula for as many vectors at once.
func (l *vectorLoop) formula(count int) (*formula, error) {
	params := len(l.params)
	if l.once != "" {
		params++
	}
	return formulaOf(len(l.inputs), params, count, l.f)
}

// registers returns those of the inputs, from first on.
func (l *vectorLoop) registers(t *formula, first neon.V) []neon.V {
	all := make([]neon.V, len(t.inputs))
	for i := range all {
		all[i] = first + neon.V(i)
	}
	return all
}

// slices returns the names of all slices that are read, in their order.
func (l *vectorLoop) slices() []string {
	all := slices.Clone(l.inputs)
	if l.once != "" {
		all = append(all, l.once)
		slices.Sort(all)
	}
	return all
}

// source returns the register that points to an input.
func (l *vectorLoop) source(i int) neon.R { return [...]neon.R{1, 3, 6, 7}[i] }

// join joins result i to what there is.
func (l *vectorLoop) join(f *neon.Func, joined []neon.V, i int, out []neon.V) {
	switch {
	case l.far:
		f.Same("orr", neon.B16, joined[i], joined[i], out[len(out)/2+i])
	case l.reduce == "fmla":
		f.Same("fmla", neon.S4, joined[i], out[i], out[i])
	case l.reduce != "":
		f.Same(l.reduce, neon.S4, joined[i], joined[i], out[i])
	}
}

// finish makes one number of what was joined, and returns it.
func (l *vectorLoop) finish(f *neon.Func, joined []neon.V) {
	if joined == nil {
		return
	}
	op, a := l.reduce, neon.S4
	switch {
	case l.far:
		op, a = "orr", neon.B16
	case op == "fmla":
		op = "fadd"
	}
	for n := len(joined); n > 1; n /= 2 {
		for i := range n / 2 {
			f.Same(op, a, joined[i], joined[i], joined[i+n/2])
		}
	}
	all := joined[0]
	switch {
	case l.far:
		f.Across("sminv", neon.S4, all, all) // lanes are 0 or -1
	case op == "fmax":
		f.Across("fmaxv", neon.S4, all, all)
	default:
		f.Same("faddp", neon.S4, all, all, all)
		f.AddPair(all, all)
	}
	if l.far {
		f.Go("FMOVS F%d, R5", uint8(all))
		f.Go("MOVD R5, %s", f.Arg("far"))
		return
	}
	f.Go("FMOVS F%d, %s", uint8(all), f.Arg("all"))
}

// loadPart loads as many elements as are left, less than four; the other lanes become zero.
func (l *vectorLoop) loadPart(f *neon.Func, to neon.V, from neon.R, label string) {
	f.Go("CMP $2, R2")
	f.Go("BLT lone%s", label)
	f.Load(neon.Double, to, from, 0)
	f.Go("BEQ loaded%s", label)
	f.Go("ADD $8, R%d, R5", uint8(from))
	f.LoadLane(to, 2, 5)
	f.Go("B loaded%s", label)
	f.Label("lone" + label)
	f.Load(neon.Word, to, from, 0)
	f.Label("loaded" + label)
}
