package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Where vec.Norm has its fields.
const (
	normDst   = 0
	normSrc   = 8
	normSkip  = 16
	normBias  = 24
	normGamma = 32
	normBeta  = 40
	normSum   = 48
	normMean  = 56
	normInv   = 64
	normN     = 72
	normRows  = 80
	normEps   = 88
	normRMS   = 92
)

// sums is how many partial results are kept of a row: each takes every so many vectors.
const sums = 4

func vecRows(wide bool) func(*build.Context) {
	return func(c *build.Context) {
		v := newVectors(c, wide)
		v.reduction("sum", 0.0, v.accumulateSum, v.VADDPS)
		v.reduction("squares", 0.0, v.accumulateSquares, v.VADDPS)
		v.softmax("softmax", false)
		v.softmax("logSoftmax", true)
		v.norm()
	}
}

// start returns partial results that are all x.
func (v *vectors) start(x any) group {
	acc := make(group, sums)
	for i := range acc {
		acc[i] = v.load(x)
	}
	return acc
}

// kept returns x with a constant in those lanes that a tail has not.
func (v *vectors) kept(x group, other any) group {
	if v.keep == nil {
		return x
	}
	return v.choose(choice{v.keep}, x, other)
}

func (v *vectors) accumulateSum(acc, x group) {
	for i := range x {
		v.VADDPS(x[i], acc[i], acc[i])
	}
}

func (v *vectors) accumulateMax(acc, x group) {
	for i := range x {
		v.VMAXPS(x[i], acc[i], acc[i])
	}
}

func (v *vectors) accumulateSquares(acc, x group) {
	for i := range x {
		v.VFMADD231PS(x[i], x[i], acc[i])
	}
}

// total makes one of all partial results and all of their lanes, in every lane.
func (v *vectors) total(acc group, join instruction) vector {
	for n := len(acc); n > 1; n /= 2 {
		for i := range n / 2 {
			join(acc[i+n/2], acc[i], acc[i])
		}
	}
	x, y := acc[0], v.vector()
	if v.wide {
		for _, order := range []uint8{0x4e, 0xb1} {
			v.VSHUFF32X4(operand.U8(order), x, x, y)
			join(y, x, x)
		}
	} else {
		v.VPERM2F128(operand.U8(1), x, x, y)
		join(y, x, x)
	}
	for _, order := range []uint8{0x4e, 0xb1} {
		v.VPERMILPS(operand.U8(order), x, y)
		join(y, x, x)
	}
	return x
}

func (v *vectors) reduction(name string, zero any, accumulate func(acc, x group), join instruction) {
	full := name + v.suffix()
	function(v.Context, full, full+" is the reduction "+name+" of n elements.", "src *float32, n int")
	v.SignatureExpr("func(src *float32, n int) float32")
	src, n := v.arg("src"), v.arg("n")
	acc := v.start(zero)
	v.loop(n, sums, []reg.GPVirtual{src}, func() { accumulate(acc, v.read(src)) }) // what a tail has not is read as 0
	v.Store(v.total(acc, join).AsX(), v.ReturnIndex(0))
	v.finish()
}

// eachRow counts rows down while body does one.
func (v *vectors) eachRow(rows reg.GPVirtual, body func()) {
	next, done := v.label("row"), v.label("rows")
	v.Label(next)
	v.TESTQ(rows, rows)
	v.JLE(operand.LabelRef(done))
	body()
	v.DECQ(rows)
	v.JMP(operand.LabelRef(next))
	v.Label(done)
}

// copyOf returns another register with the same content.
func (v *vectors) copyOf(r reg.GPVirtual) reg.GPVirtual {
	c := v.GP64()
	v.MOVQ(r, c)
	return c
}

// softmax writes the softmax of rows, or the logarithm of that.
func (v *vectors) softmax(name string, log bool) {
	full := name + v.suffix()
	function(v.Context, full, full+" is the function "+name+" of rows of n elements.", "dst, src *float32, n, rows int")
	dst, src, n, rows := v.arg("dst"), v.arg("src"), v.arg("n"), v.arg("rows")
	v.eachRow(rows, func() {
		from, left := v.copyOf(src), v.copyOf(n)
		acc := v.start(inf | sign)
		v.loop(left, sums, []reg.GPVirtual{from}, func() { v.accumulateMax(acc, v.kept(v.read(from), inf|sign)) })
		peak := v.total(acc, v.VMAXPS)

		from, left = v.copyOf(src), v.copyOf(n)
		to := v.copyOf(dst)
		acc = v.start(0.0)
		v.hold(complex.hold[v.index()], func() {
			v.loop(left, complex.count[v.index()], []reg.GPVirtual{from, to}, func() {
				e := v.decay(v.sub(v.read(from), peak))
				if !log {
					v.write(e, to)
				}
				v.accumulateSum(acc, v.kept(e, 0.0))
			})
		})
		sum := v.total(acc[:complex.count[v.index()]], v.VADDPS)

		left, to = v.copyOf(n), v.copyOf(dst)
		v.count = 1
		if log {
			sum = v.log(group{sum})[0]
			from = v.copyOf(src)
			v.loop(left, sums, []reg.GPVirtual{from, to}, func() { v.write(v.sub(v.sub(v.read(from), peak), sum), to) })
		} else {
			by := v.div(1.0, sum)[0]
			v.loop(left, sums, []reg.GPVirtual{to}, func() { v.write(v.mul(v.read(to), by), to) })
		}
		v.LEAQ(operand.Mem{Base: src, Index: n, Scale: 4}, src)
		v.LEAQ(operand.Mem{Base: dst, Index: n, Scale: 4}, dst)
	})
	v.finish()
}

// norm writes the normalisation of rows.
func (v *vectors) norm() {
	full := "norm" + v.suffix()
	function(v.Context, full, full+" is Norm.Run; p is a *Norm.", "p *byte")
	p := v.arg("p")
	field := func(offset int) operand.Mem { return operand.Mem{Base: p, Disp: offset} }
	pointer := func(offset int) reg.GPVirtual {
		r := v.GP64()
		v.MOVQ(field(offset), r)
		return r
	}
	scalar := func(offset int) vector {
		r := v.vector()
		v.VBROADCASTSS(field(offset), r)
		return r
	}
	// Where the rows are lies in the struct and stays there: a pointer that went on would end up behind the last row,
	// where the garbage collector must not find it.
	rows, done, one := pointer(normRows), v.GP64(), v.GP64() // rows left; bytes of rows that are done, and of one number of each
	v.XORQ(done, done)
	v.XORQ(one, one)
	row := func(offset int) reg.GPVirtual {
		r := pointer(offset)
		v.ADDQ(done, r)
		return r
	}
	count := v.XMM()
	v.VXORPS(count, count, count)
	v.VCVTSI2SSQ(field(normN), count, count)
	length := v.vector()
	v.VBROADCASTSS(count, length)

	v.eachRow(rows, func() {
		x, n := row(normSrc), pointer(normN)
		acc := v.start(0.0)
		plain, plus, summed := v.label("plain"), v.label("plus"), v.label("summed")
		skip := pointer(normSkip)
		v.TESTQ(skip, skip)
		v.JEQ(operand.LabelRef(plain))

		v.ADDQ(done, skip)
		work := pointer(normSum)
		v.TESTQ(work, work)
		v.CMOVQEQ(field(normDst), work)
		v.ADDQ(done, work)
		begin := v.copyOf(work)
		bias := pointer(normBias)
		v.TESTQ(bias, bias)
		v.JNE(operand.LabelRef(plus))
		v.loop(n, sums, []reg.GPVirtual{x, skip, work}, func() {
			s := v.add(v.read(x), v.read(skip))
			v.write(s, work)
			v.accumulateSum(acc, s)
		})
		v.MOVQ(begin, x)
		v.JMP(operand.LabelRef(summed))

		v.Label(plus)
		v.loop(n, sums-v.narrowBy(2), []reg.GPVirtual{x, skip, bias, work}, func() {
			s := v.add(v.add(v.read(x), v.read(skip)), v.read(bias))
			v.write(s, work)
			v.accumulateSum(acc, s)
		})
		v.MOVQ(begin, x)
		v.JMP(operand.LabelRef(summed))

		v.Label(plain)
		from := v.copyOf(x)
		v.loop(n, sums, []reg.GPVirtual{from}, func() { v.accumulateSum(acc, v.read(from)) })

		v.Label(summed)
		v.count = 1
		mean := v.vector()
		v.VDIVPS(length, v.total(acc, v.VADDPS), mean)
		centred := v.label("centred")
		v.CMPB(field(normRMS), operand.U8(0))
		v.JEQ(operand.LabelRef(centred))
		v.VXORPS(mean, mean, mean)
		v.Label(centred)

		acc = v.start(0.0)
		from, n = v.copyOf(x), pointer(normN)
		v.loop(n, sums, []reg.GPVirtual{from}, func() {
			v.accumulateSquares(acc, v.kept(v.sub(v.read(from), mean), 0.0))
		})
		v.count = 1
		variance := v.vector()
		v.VDIVPS(length, v.total(acc, v.VADDPS), variance)
		inv := v.div(1.0, v.sqrt(v.add(group{variance}, scalar(normEps))))[0]

		to, gamma, beta, n := row(normDst), pointer(normGamma), pointer(normBeta), pointer(normN)
		unbiased, stored := v.label("unbiased"), v.label("stored")
		v.TESTQ(beta, beta)
		v.JEQ(operand.LabelRef(unbiased))
		few := sums - v.narrowBy(2)
		v.loop(n, few, []reg.GPVirtual{x, gamma, beta, to}, func() {
			y := v.mul(v.sub(v.read(x), mean), inv)
			v.write(v.fma(y, v.read(gamma), v.read(beta)), to)
		})
		v.JMP(operand.LabelRef(stored))
		v.Label(unbiased)
		v.loop(n, few, []reg.GPVirtual{x, gamma, to}, func() {
			y := v.mul(v.sub(v.read(x), mean), inv)
			v.write(v.mul(y, v.read(gamma)), to)
		})
		v.Label(stored)

		for _, s := range []struct {
			offset int
			value  vector
		}{{normMean, mean}, {normInv, inv}} {
			none := v.label("none")
			at := pointer(s.offset)
			v.TESTQ(at, at)
			v.JEQ(operand.LabelRef(none))
			v.VMOVSS(s.value.AsX(), operand.Mem{Base: at, Index: one, Scale: 1})
			v.Label(none)
		}
		bytes := pointer(normN)
		v.SHLQ(operand.U8(2), bytes)
		v.ADDQ(bytes, done)
		v.ADDQ(operand.U8(4), one)
	})
	v.finish()
}
