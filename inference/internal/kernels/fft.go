package kernels

import (
	"math"
	"math/bits"
)

// FFT computes discrete Fourier transforms of one length, in time proportional to n log n for any: the passes are
// those of Stockham, for each prime factor of the length and for 4; where a factor is large, the transform is a
// convolution (Bluestein, "A linear filtering approach to the computation of discrete Fourier transform", 1970) done by
// transforms of a length that is a power of two.
//
// It is made once for a length. Several goroutines may use it at once. T is what it computes with; its factors are
// those of double precision, rounded once.
type FFT[T Float] struct {
	n       int
	factors []int
	roots   []Pair[T] // e^(-2*pi*i*k/n) for all k below n; nil when the transform is a convolution

	inner    *FFT[T]   // of the convolution, or nil
	chirp    []Pair[T] // e^(-pi*i*k*k/n)
	response []Pair[T] // the transform of its conjugate, over inner's length
}

// Pair is a complex number.
type Pair[T Float] struct{ Re, Im T }

func (a Pair[T]) plus(b Pair[T]) Pair[T]  { return Pair[T]{a.Re + b.Re, a.Im + b.Im} }
func (a Pair[T]) minus(b Pair[T]) Pair[T] { return Pair[T]{a.Re - b.Re, a.Im - b.Im} }

// times rounds every product, so that the result is the same on all processors.
func (a Pair[T]) times(b Pair[T]) Pair[T] {
	return Pair[T]{T(a.Re*b.Re) - T(a.Im*b.Im), T(a.Re*b.Im) + T(a.Im*b.Re)}
}

// conjugate turns over the imaginary part.
func (a Pair[T]) conjugate() Pair[T] { return Pair[T]{a.Re, -a.Im} }

// greatestRadix is the greatest factor that a pass of its own is worth.
const greatestRadix = 13

// NewFFT prepares transforms of length n, which is at least 1.
func NewFFT[T Float](n int) *FFT[T] {
	f := &FFT[T]{n: n}
	rest := n
	for _, r := range [...]int{4, 2, 3, 5, 7, 11, greatestRadix} {
		for rest%r == 0 {
			f.factors = append(f.factors, r)
			rest /= r
		}
	}
	if rest == 1 {
		f.roots = unitRoots[T](n)
		return f
	}
	f.factors = nil
	f.inner = NewFFT[T](1 << bits.Len(uint(2*n-2)))
	f.chirp = make([]Pair[T], n)
	halves := unitRoots[T](2 * n)
	for k := range f.chirp {
		f.chirp[k] = halves[uint64(k)*uint64(k)%uint64(2*n)]
	}
	f.response = make([]Pair[T], 2*f.inner.n)
	for k, c := range f.chirp {
		c = c.conjugate()
		f.response[k] = c
		if k > 0 {
			f.response[f.inner.n-k] = c
		}
	}
	f.response, _ = f.inner.Transform(f.response[:f.inner.n], f.response[f.inner.n:], func() error { return nil })
	return f
}

// unitRoots returns the n-th roots of unity, clockwise. Those that are symmetric to each other are equal
// to the last bit, so that what cancels out does so.
func unitRoots[T Float](n int) []Pair[T] {
	w := make([]Pair[T], n)
	for k := range w {
		// In eighths of the circle: the angle is brought to between 0 and a quarter of pi.
		eighths := 8 * int64(k)
		octant := int(eighths / int64(n))
		if octant&1 == 1 {
			eighths = int64(octant+1)*int64(n) - eighths
		} else {
			eighths -= int64(octant) * int64(n)
		}
		sin, cos := math.Sincos(math.Pi / 4 * float64(eighths) / float64(n))
		switch octant {
		case 1:
			sin, cos = cos, sin
		case 2:
			sin, cos = cos, -sin
		case 3:
			cos = -cos
		case 4:
			sin, cos = -sin, -cos
		case 5:
			sin, cos = -cos, -sin
		case 6:
			sin, cos = -cos, sin
		case 7:
			sin = -sin
		}
		w[k] = Pair[T]{T(cos), T(-sin)}
	}
	return w
}

// Room returns how many numbers of memory a transform takes, beside those that it is given.
func (f *FFT[T]) Room() int {
	if f.inner != nil {
		return 2 * f.inner.n
	}
	return f.n
}

// Work returns the multiply-accumulates of a transform, about.
func (f *FFT[T]) Work() int {
	if f.inner != nil {
		return 2*f.inner.Work() + 2*f.inner.n
	}
	work := 0
	for _, r := range f.factors {
		work += 4 * f.n * r
	}
	return work
}

// Transform returns the transform of x, in x or in room, both of which it overwrites. It asks stop every now and then,
// and gives up with the error that it returns.
func (f *FFT[T]) Transform(x, room []Pair[T], stop func() error) ([]Pair[T], error) {
	if f.inner != nil {
		return f.convolve(x, room, stop)
	}
	y := room[:f.n]
	n, s := f.n, 1
	for _, r := range f.factors {
		m := n / r
		part := fftPart{n: n, s: s, r: r}
		for p := 0; p < m; p += part.p {
			for q := 0; q < s; q += part.q {
				part.cut(p, q, m)
				f.pass(y, x, &part)
				if err := stop(); err != nil {
					return nil, err
				}
			}
		}
		x, y = y, x
		n, s = m, s*r
	}
	return x, nil
}

// fftPart is a part of a pass. A pass takes s transforms of length n, whose elements lie s apart, to r times as many
// of length n/r.
type fftPart struct {
	n, s, r      int
	p0, p, q0, q int // of n/r and of s: where the part begins, and how many of them it has
}

// fftWork is about how many elements of a pass are done between two looks at whether to stop.
const fftWork = 1 << 14

// cut sets the part that begins at p0 of m and q0.
func (t *fftPart) cut(p0, q0, m int) {
	t.p0, t.q0 = p0, q0
	t.q = min(fftWork, t.s)
	t.p = max(min(fftWork/(t.q*t.r), m-p0), 1)
	t.q = min(t.q, t.s-q0)
}

func (f *FFT[T]) pass(y, x []Pair[T], t *fftPart) {
	switch t.r {
	case 2:
		f.pass2(y, x, t)
	case 4:
		f.pass4(y, x, t)
	default:
		f.passOdd(y, x, t)
	}
}

func (f *FFT[T]) pass2(y, x []Pair[T], t *fftPart) {
	s, m := t.s, t.n/2
	for p := t.p0; p < t.p0+t.p; p++ {
		w := f.roots[p*s]
		a, b := x[s*p+t.q0:][:t.q], x[s*(p+m)+t.q0:][:t.q]
		c, d := y[s*2*p+t.q0:][:t.q], y[s*(2*p+1)+t.q0:][:t.q]
		for q := range a {
			u, v := a[q], b[q]
			c[q] = u.plus(v)
			d[q] = u.minus(v).times(w)
		}
	}
}

func (f *FFT[T]) pass4(y, x []Pair[T], t *fftPart) {
	s, m := t.s, t.n/4
	for p := t.p0; p < t.p0+t.p; p++ {
		w1, w2, w3 := f.roots[p*s], f.roots[2*p*s], f.roots[3*p*s]
		from := x[s*p+t.q0:]
		a, b, c, d := from[:t.q], from[s*m:][:t.q], from[s*2*m:][:t.q], from[s*3*m:][:t.q]
		to := y[s*4*p+t.q0:]
		e, g, h, i := to[:t.q], to[s:][:t.q], to[2*s:][:t.q], to[3*s:][:t.q]
		for q := range a {
			ac, bd := a[q].plus(c[q]), b[q].plus(d[q])
			u, v := a[q].minus(c[q]), b[q].minus(d[q])
			v = Pair[T]{v.Im, -v.Re} // by -i
			e[q] = ac.plus(bd)
			g[q] = u.plus(v).times(w1)
			h[q] = ac.minus(bd).times(w2)
			i[q] = u.minus(v).times(w3)
		}
	}
}

// passOdd takes elements in pairs from both ends, whose factors are each other's conjugates.
func (f *FFT[T]) passOdd(y, x []Pair[T], t *fftPart) {
	s, m, r := t.s, t.n/t.r, t.r
	var sum, diff [greatestRadix/2 + 1]Pair[T]
	for p := t.p0; p < t.p0+t.p; p++ {
		for q := t.q0; q < t.q0+t.q; q++ {
			first := x[q+s*p]
			all := first
			for k := 1; k <= r/2; k++ {
				a, b := x[q+s*(p+m*k)], x[q+s*(p+m*(r-k))]
				sum[k], diff[k] = a.plus(b), a.minus(b)
				all = all.plus(sum[k])
			}
			y[q+s*r*p] = all
			for j := 1; j <= r/2; j++ {
				even, odd := first, Pair[T]{}
				for k := 1; k <= r/2; k++ {
					w := f.roots[j*k%r*(f.n/r)]
					even = even.plus(Pair[T]{T(w.Re * sum[k].Re), T(w.Re * sum[k].Im)})
					odd = odd.plus(Pair[T]{T(w.Im * diff[k].Im), T(w.Im * diff[k].Re)})
				}
				odd.Re = -odd.Re // by i
				y[q+s*(r*p+j)] = even.plus(odd).times(f.roots[p*j*s])
				y[q+s*(r*p+r-j)] = even.minus(odd).times(f.roots[p*(r-j)*s])
			}
		}
	}
}

// convolve does the transform as a convolution with a chirp.
func (f *FFT[T]) convolve(x, room []Pair[T], stop func() error) ([]Pair[T], error) {
	m := f.inner.n
	a, room := room[:m], room[m:2*m]
	for k, c := range f.chirp {
		a[k] = x[k].times(c)
	}
	clear(a[f.n:])
	b, err := f.inner.Transform(a, room, stop)
	if err != nil {
		return nil, err
	}
	for k, v := range b { // the conjugate, of which the transform is the inverse one's conjugate
		b[k] = v.times(f.response[k]).conjugate()
	}
	if &b[0] == &room[0] {
		a, room = room, a
	}
	if b, err = f.inner.Transform(a, room, stop); err != nil {
		return nil, err
	}
	by := 1 / T(m)
	for k, c := range f.chirp {
		v := b[k].conjugate().times(c)
		x[k] = Pair[T]{v.Re * by, v.Im * by}
	}
	return x[:f.n], nil
}
