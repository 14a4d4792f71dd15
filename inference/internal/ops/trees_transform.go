package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// transform is what becomes of the scores of a row in the end. The numbers are those of TreeEnsemble's
// post_transform.
type transform uint8

const (
	transformNone transform = iota
	transformSoftmax
	transformLogistic
	transformSoftmaxZero
	transformProbit
)

// transforms are the values of post_transform before version 5.
var transforms = map[string]transform{
	"NONE": transformNone, "SOFTMAX": transformSoftmax, "LOGISTIC": transformLogistic,
	"SOFTMAX_ZERO": transformSoftmaxZero, "PROBIT": transformProbit,
}

// apply transforms the scores of one row.
func (t transform) apply(s []float64) {
	switch t {
	case transformSoftmax:
		softmax(s, false)
	case transformSoftmaxZero:
		softmax(s, true)
	case transformLogistic:
		for i, v := range s {
			s[i] = 1 / (1 + math.Exp(-v))
		}
	case transformProbit: // the inverse of the normal distribution's cumulative function
		for i, v := range s {
			s[i] = math.Sqrt2 * math.Erfinv(2*v-1)
		}
	}
}

// almostZero is the score up to which SOFTMAX_ZERO takes one for zero.
const almostZero = 1e-7

// softmax replaces each score by its share of the sum of all exponentials. With keepZero scores of zero stay what
// they are and have no part in the sum.
func softmax(s []float64, keepZero bool) {
	greatest := math.Inf(-1)
	for _, v := range s {
		greatest = max(greatest, v)
	}
	sum := 0.0
	for i, v := range s {
		if keepZero && math.Abs(v) <= almostZero {
			s[i] = 0
			continue
		}
		s[i] = math.Exp(v - greatest)
		sum += s[i]
	}
	if sum == 0 {
		return
	}
	for i := range s {
		s[i] /= sum
	}
}

// regression is the scorer of operators whose output is the transformed scores, of type T.
type regression[T kernels.Float] struct {
	base      []float64 // added to the scores; may be empty
	transform transform
}

func (r *regression[T]) score(c *Ctx, row int, votes []float64) {
	for i, b := range r.base {
		votes[i] += b
	}
	r.transform.apply(votes)
	putScores[T](c, 0, row, votes)
}

// putScores writes a row of output i.
func putScores[T kernels.Float](c *Ctx, i, row int, scores []float64) {
	out := tensor.View[T](c.Out[i])[row*len(scores):]
	for j, v := range scores {
		out[j] = T(v)
	}
}
