package ops

import (
	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/kernels"
	f32kernels "github.com/brinkml/brink/inference/internal/kernels/f32"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

// attentionMath is what an attention is made of, for elements of T.
type attentionMath[T kernels.Float] interface {
	// speed returns how many times more is done than in plain Go in the same time.
	speed() int

	// scratch returns how many elements of memory multiply and mix take for so many keys.
	scratch(keys, size, valueSize int) int

	// multiply computes the products of m queries and n keys, times scale.
	multiply(dst, queries, keys kernels.Rows[T], m, n, size int, scale T, scratch []T)

	// mix computes m rows of y, of n values each that so many weights go with. It adds them to what is there if told to.
	mix(y, weights, values kernels.Rows[T], m, n, keys int, add bool, scratch []T)

	// softmax computes the softmax of m rows of n scores.
	softmax(scores kernels.Rows[T], m, n int)

	exp(dst, src []T)
	tanh(dst, src []T)
}

// singleMath is attentionMath of float32, with the kernels of a level.
type singleMath struct{ level cpu.Level }

func (s singleMath) speed() int {
	if s.level > cpu.Portable {
		return fastWork
	}
	return 1
}

// scratch has room for panels of keys, or of values that cannot be read where they lie.
func (s singleMath) scratch(keys, size, valueSize int) int {
	return max(f32kernels.PanelElems(s.level, size, keys), f32kernels.PanelElems(s.level, keys, valueSize))
}

func (s singleMath) multiply(dst, queries, keys kernels.Rows[float32], m, n, size int, scale float32, scratch []float32) {
	panels, count := scratch[:f32kernels.PanelElems(s.level, size, n)], f32kernels.Count(s.level, n)
	f32kernels.PackMatrix(s.level, size, n, panels, keys.Data, keys.Stride, true, 0, count)
	if scale != 1 {
		vec.Activation{Func: vec.OfAffine, A: scale}.Apply(s.level, panels)
	}
	s.product(f32kernels.Product{M: m, N: n, K: size, B: pointer(panels, 0)}, dst, queries)
}

func (s singleMath) mix(y, weights, values kernels.Rows[float32], m, n, keys int, add bool, scratch []float32) {
	p := f32kernels.Product{M: m, N: n, K: keys}
	if n%(f32kernels.Width(s.level)/2) == 0 {
		p.B, p.LDB = pointer(values.Data, 0), 4*values.Stride
	} else {
		f32kernels.PackMatrix(s.level, keys, n, scratch, values.Data, values.Stride, false, 0, f32kernels.Count(s.level, n))
		p.B = pointer(scratch, 0)
	}
	if add {
		p.Add = f32kernels.MatrixOf(y.Data, y.Stride)
	}
	s.product(p, y, weights)
}

// product computes c from a and what p has. Products of nothing are zeros.
func (s singleMath) product(p f32kernels.Product, c, a kernels.Rows[float32]) {
	if p.K == 0 {
		for i := range p.M {
			clear(c.Data[i*c.Stride:][:p.N])
		}
		return
	}
	p.C, p.A = f32kernels.MatrixOf(c.Data, c.Stride), f32kernels.MatrixOf(a.Data, a.Stride)
	p.Run(s.level, 0, f32kernels.Tiles(s.level, p.M), 0, f32kernels.Count(s.level, p.N))
}

func (s singleMath) softmax(scores kernels.Rows[float32], m, n int) {
	fast := vec.Has(s.level) && n <= vec.LongestRow
	if fast && n == scores.Stride {
		vec.Softmax(s.level, scores.Data[:m*n], scores.Data[:m*n], n, false)
		return
	}
	for i := range m {
		if row := scores.Data[i*scores.Stride:][:n]; fast {
			vec.Softmax(s.level, row, row, n, false)
		} else {
			kernels.Softmax(row, row, nil, n, 1, kernels.Exp32)
		}
	}
}

func (s singleMath) exp(dst, src []float32)  { vec.Exp(s.level, dst, src) }
func (s singleMath) tanh(dst, src []float32) { vec.Tanh(s.level, dst, src) }

// doubleMath is attentionMath of float64.
type doubleMath struct{}

func (doubleMath) speed() int              { return 1 }
func (doubleMath) scratch(_, _, _ int) int { return 0 }

func (doubleMath) multiply(dst, queries, keys kernels.Rows[float64], m, n, size int, scale float64, _ []float64) {
	kernels.MulTransposed(dst, queries, keys, m, n, size, false)
	for i := range m {
		kernels.ScaleBy(dst.Data[i*dst.Stride:][:n], scale)
	}
}

func (doubleMath) mix(y, weights, values kernels.Rows[float64], m, n, keys int, add bool, _ []float64) {
	for i := range m {
		if !add {
			clear(y.Data[i*y.Stride:][:n])
		}
	}
	kernels.AddMatMul(y, weights, values, m, n, keys)
}

func (doubleMath) softmax(scores kernels.Rows[float64], m, n int) {
	for i := range m {
		row := scores.Data[i*scores.Stride:][:n]
		kernels.Softmax(row, row, nil, n, 1, kernels.Exp64)
	}
}

func (doubleMath) exp(dst, src []float64)  { kernels.Exp64(dst, src) }
func (doubleMath) tanh(dst, src []float64) { kernels.Tanh64(dst, src) }
