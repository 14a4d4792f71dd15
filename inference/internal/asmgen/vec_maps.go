package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// effort says how many vectors are computed at once, and how many constants are held in registers, for AVX2 and AVX-512.
type effort struct{ count, hold [2]int }

// mapping is a function of one number, and of two parameters that are the same for all.
type mapping struct {
	name string
	effort
	args int
	f    func(v *vectors, x group, a, b vector) group
}

var (
	simple  = effort{[2]int{4, 4}, [2]int{4, 8}}
	complex = effort{[2]int{2, 2}, [2]int{2, 16}}
	logical = effort{[2]int{1, 2}, [2]int{4, 4}}
	lengthy = effort{[2]int{1, 2}, [2]int{2, 18}}
)

var mappings = []mapping{
	{"relu", simple, 0, func(v *vectors, x group, _, _ vector) group { return v.max(0.0, x) }},
	{"clip", simple, 2, func(v *vectors, x group, a, b vector) group { return v.clip(x, a, b) }},
	{"leakyRelu", simple, 1, func(v *vectors, x group, a, _ vector) group { return v.choose(v.negative(x), v.mul(x, a), x) }},
	{"hardSigmoid", simple, 2, func(v *vectors, x group, a, b vector) group { return v.clip(v.fma(x, a, b), 0.0, 1.0) }},
	{"hardSwish", simple, 0, func(v *vectors, x group, _, _ vector) group {
		return v.mul(x, v.clip(v.fma(x, 1.0/6, v.load(0.5)), 0.0, 1.0))
	}},
	{"affine", simple, 2, func(v *vectors, x group, a, b vector) group { return v.fma(x, a, b) }},
	{"abs", simple, 0, func(v *vectors, x group, _, _ vector) group { return v.abs(x) }},
	{"neg", simple, 0, func(v *vectors, x group, _, _ vector) group { return v.xor(x, sign) }},
	{"floor", simple, 0, func(v *vectors, x group, _, _ vector) group { return v.round(x, down) }},
	{"ceil", simple, 0, func(v *vectors, x group, _, _ vector) group { return v.round(x, up) }},
	{"round", simple, 0, func(v *vectors, x group, _, _ vector) group { return v.round(x, nearest) }},
	{"sqrt", simple, 0, func(v *vectors, x group, _, _ vector) group { return v.sqrt(x) }},
	{"reciprocal", simple, 0, func(v *vectors, x group, _, _ vector) group { return v.div(1.0, x) }},
	{"softsign", simple, 0, func(v *vectors, x group, _, _ vector) group { return v.div(x, v.add(v.abs(x), 1.0)) }},
	{"exp", complex, 0, func(v *vectors, x group, _, _ vector) group { return v.exp(x) }},
	{"log", logical, 0, func(v *vectors, x group, _, _ vector) group { return v.log(x) }},
	{"tanh", complex, 0, func(v *vectors, x group, _, _ vector) group { return v.tanh(x) }},
	{"sigmoid", complex, 0, func(v *vectors, x group, _, _ vector) group { return v.sigmoid(x) }},
	{"swish", complex, 1, func(v *vectors, x group, a, _ vector) group { return v.swish(x, a) }},
	{"erf", lengthy, 0, func(v *vectors, x group, _, _ vector) group { return v.erf(x) }},
	{"gelu", lengthy, 0, func(v *vectors, x group, _, _ vector) group { return v.gelu(x) }},
	{"geluTanh", complex, 0, func(v *vectors, x group, _, _ vector) group { return v.geluTanh(x) }},
	{"softplus", lengthy, 0, func(v *vectors, x group, _, _ vector) group { return v.softplus(x) }},
	{"elu", lengthy, 2, func(v *vectors, x group, a, b vector) group { return v.elu(x, a, b) }},
}

func vecMaps(wide bool) func(*build.Context) {
	return func(c *build.Context) {
		v := newVectors(c, wide)
		for _, m := range mappings {
			v.mapping(&m)
		}
		v.sine2("sin", 0)
		v.sine2("cos", 0.5)
	}
}

func (v *vectors) mapping(m *mapping) {
	name := m.name + v.suffix()
	signature := "dst, src *float32, n int"
	if m.args > 0 {
		signature += ", a, b float32"
	}
	function(v.Context, name, name+" is the function "+m.name+" of n elements.", signature)
	at, from, n := v.pointers()
	var a, b vector
	if m.args > 0 {
		a = v.spread("a")
	}
	if m.args > 1 {
		b = v.spread("b")
	}
	v.hold(m.hold[v.index()], func() {
		v.loop(n, m.count[v.index()], []reg.GPVirtual{at, from}, func() {
			v.write(m.f(v, v.read(from), a, b), at)
		})
	})
	v.finish()
}

func (v *vectors) index() int {
	if v.wide {
		return 1
	}
	return 0
}

// pointers loads the arguments dst, src and n.
func (v *vectors) pointers() (dst, src, n reg.GPVirtual) {
	return v.arg("dst"), v.arg("src"), v.arg("n")
}

func (v *vectors) arg(name string) reg.GPVirtual {
	r := v.GP64()
	v.Load(v.Param(name), r)
	return r
}

// sine2 writes sin or cos.
func (v *vectors) sine2(name string, shift float64) {
	full := name + v.suffix()
	v.Function(full)
	v.Attributes(attr.NOSPLIT)
	v.Doc(full+" is the function "+name+" of n elements, but of those whose magnitude is greater than 1<<17: these it",
		"only copies. It tells whether there are any.")
	v.Pragma("noescape")
	v.SignatureExpr("func(dst, src *float32, n int) (far int)")
	at, from, n := v.pointers()
	far := v.GP32()
	v.XORL(far, far)
	v.loop(n, complex.count[v.index()], []reg.GPVirtual{at, from}, func() {
		y, where := v.sine(v.read(from), shift)
		for _, w := range where {
			some := v.GP32()
			if v.wide {
				v.KMOVW(w, some)
			} else {
				v.VMOVMSKPS(w, some)
			}
			v.ORL(some, far)
		}
		v.write(y, at)
	})
	all := v.GP64()
	v.MOVL(far, all.As32())
	v.Store(all, v.ReturnIndex(0))
	v.finish()
}

// pairing is a function of two numbers.
type pairing struct {
	name     string
	commutes bool
	f        func(v *vectors, x, y any) group
}

var pairings = []pairing{
	{"add", true, (*vectors).add},
	{"sub", false, (*vectors).sub},
	{"mul", true, (*vectors).mul},
	{"div", false, (*vectors).div},
	{"max", true, func(v *vectors, x, y any) group { return v.extreme(x, y, (*vectors).max) }},
	{"min", true, func(v *vectors, x, y any) group { return v.extreme(x, y, (*vectors).min) }},
}

// extreme returns the greater or lesser of x and y, which is NaN when either is.
func (v *vectors) extreme(x, y any, f func(v *vectors, x, y any) group) group {
	return v.choose(v.compare(x, x, isNaN), x, f(v, x, y))
}

func vecPairs(wide bool) func(*build.Context) {
	return func(c *build.Context) {
		v := newVectors(c, wide)
		for _, p := range pairings {
			v.pairing(&p, "", "", false, false)
			v.pairing(&p, "With", " with b[0]", false, true)
			if !p.commutes {
				v.pairing(&p, "From", " of a[0]", true, false)
			}
		}
	}
}

func (v *vectors) pairing(p *pairing, ending, doc string, first, second bool) {
	name := p.name + ending + v.suffix()
	function(v.Context, name, name+" is the function "+p.name+" of n pairs of elements"+doc+".", "dst, a, b *float32, n int")
	at, a, b, n := v.arg("dst"), v.arg("a"), v.arg("b"), v.arg("n")
	moving := []reg.GPVirtual{at}
	var one vector
	switch {
	case first:
		one = v.vector()
		v.VBROADCASTSS(operand.Mem{Base: a}, one)
		moving = append(moving, b)
	case second:
		one = v.vector()
		v.VBROADCASTSS(operand.Mem{Base: b}, one)
		moving = append(moving, a)
	default:
		moving = append(moving, a, b)
	}
	v.loop(n, 4-v.narrowBy(2), moving, func() {
		switch {
		case first:
			y := v.read(b)
			x := make(group, len(y))
			for i := range x {
				x[i] = one
			}
			v.write(p.f(v, x, y), at)
		case second:
			x := v.read(a)
			y := make(group, len(x))
			for i := range y {
				y[i] = one
			}
			v.write(p.f(v, x, y), at)
		default:
			v.write(p.f(v, v.read(a), v.read(b)), at)
		}
	})
	v.finish()
}

// narrowBy returns n for AVX2.
func (v *vectors) narrowBy(n int) int {
	if v.wide {
		return 0
	}
	return n
}
