package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// vectorMachine is the kernel of linear models and support vector machines: it compares each row of features with each
// of some vectors, and gives score what it finds, all in double precision.
type vectorMachine struct {
	likeness likeness
	vectors  []float32
	count    int // of vectors
	features int // of each
	rows     int
	own      int // float64s that score wants as scratch memory, right behind the values

	// score makes the outputs for a row. It may change the values.
	score func(c *Ctx, row int, values, scratch []float64)
}

// likeness is how alike two vectors are, a kernel function of support vector machines: of their inner product, or for
// RBF of their distance.
type likeness struct {
	kind                likenessKind
	gamma, coef0, power float64
}

type likenessKind uint8

const (
	likenessLinear  likenessKind = iota // <x, v>
	likenessPoly                        // (gamma <x, v> + coef0)^power
	likenessRBF                         // exp(-gamma |x - v|^2)
	likenessSigmoid                     // tanh(gamma <x, v> + coef0)
)

// newVectorMachine makes the kernel, whose score the caller sets, for n's rows and vectors of which there are so many.
func newVectorMachine(n *Node, vectors []float32, count int64) (*vectorMachine, error) {
	features := int64(len(vectors)) / count
	rows, err := featureRows(n, features)
	return &vectorMachine{vectors: vectors, count: int(count), features: int(features), rows: int(rows)}, err
}

// featureRows returns how many rows of that many features n's input has; a single row may come without a dimension for
// it.
func featureRows(n *Node, features int64) (shape.Dim, error) {
	s := n.In[0].Shape
	if !s.Ranked() {
		return shape.Unknown, nil
	}
	if s.Rank() < 1 || s.Rank() > 2 || s.Dim(-1).Known() && int64(s.Dim(-1)) != features {
		return shape.Unknown, fault.Shape("rows of %d features from %v", features, s.Ints())
	}
	return s.Elems(0, s.Rank()-1), nil
}

func (k *vectorMachine) Scratch() int { return 8 * (k.features + k.count + k.own) }

func (k *vectorMachine) Parts(threads int) int {
	return partsFor(threads, k.rows, int64(k.rows)*int64(len(k.vectors)))
}

func (k *vectorMachine) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *vectorMachine) RunPart(c *Ctx, part, parts int) error {
	scratch := tensor.Cast[float64](c.Part(part, parts))
	x, values, rest := scratch[:k.features], scratch[k.features:][:k.count], scratch[k.features+k.count:][:k.own]
	size := k.features * c.In[0].DType.Size()
	p := pace{c: c}
	from, to := share(k.rows, part, parts)
	for row := from; row < to; row++ {
		load(x, c.In[0].Data[row*size:], c.In[0].DType)
		for i := range values {
			if err := p.spend(k.features + 16); err != nil {
				return err
			}
			values[i] = k.likeness.of(x, k.vectors[i*k.features:][:k.features])
		}
		k.score(c, row, values, rest)
	}
	return nil
}

// of applies the kernel function.
func (p *likeness) of(x []float64, v []float32) float64 {
	if p.kind == likenessRBF {
		return math.Exp(-p.gamma * distance(x, v))
	}
	dot := inner(x, v)
	switch p.kind {
	case likenessPoly:
		base := p.gamma*dot + p.coef0
		switch p.power {
		case 2:
			return base * base
		case 3:
			return base * base * base
		}
		return math.Pow(base, p.power)
	case likenessSigmoid:
		return math.Tanh(p.gamma*dot + p.coef0)
	}
	return dot
}

// inner returns the inner product of two vectors.
func inner(x []float64, v []float32) float64 {
	v = v[:len(x)]
	var a, b float64
	i := 0
	for ; i+1 < len(x); i += 2 {
		a += x[i] * float64(v[i])
		b += x[i+1] * float64(v[i+1])
	}
	if i < len(x) {
		a += x[i] * float64(v[i])
	}
	return a + b
}

// distance returns the square of the distance of two vectors.
func distance(x []float64, v []float32) float64 {
	v = v[:len(x)]
	var a, b float64
	i := 0
	for ; i+1 < len(x); i += 2 {
		d, e := x[i]-float64(v[i]), x[i+1]-float64(v[i+1])
		a += d * d
		b += e * e
	}
	if i < len(x) {
		d := x[i] - float64(v[i])
		a += d * d
	}
	return a + b
}
