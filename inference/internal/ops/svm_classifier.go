package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opSVMClassifier)

// opSVMClassifier computes the class that a support vector machine finds each row to be of, and the scores of all.
var opSVMClassifier = Op{
	Name:   "SVMClassifier",
	Domain: "ai.onnx.ml",
	Versions: []Version{
		{
			Since: 1, In: Args{"T1"}, Out: Args{"T2", "float32"},
			Types: []Constraint{{"T1", features}, {"T2", dtype.Strings | 1<<dtype.Int64}},
			Attrs: []Attr{
				{"classlabels_ints", Ints, nil},
				{"classlabels_strings", Strings, nil},
				{"prob_a", Floats, nil},
				{"prob_b", Floats, nil},
				{"vectors_per_class", Ints, nil},
			},
			Common: &svmAttrs, Infer: inferSVMClassifier, New: newSVMClassifier,
		},
	},
}

// svmClasses is what n says of classes: which support vectors are whose, and how pairs of them are told apart.
type svmClasses struct {
	labels       classNames
	count        int
	starts       []int // of each class's support vectors, and the number of all; nil when there are none
	coefficients []float32
	rho          []float32
	a, b         []float32 // of each pair; empty when no probabilities are wanted
	transform    transform
}

// pairs returns how many pairs of classes there are.
func (s *svmClasses) pairs() int { return s.count * (s.count - 1) / 2 }

// supports returns the number of support vectors.
func (s *svmClasses) supports() int64 {
	if s.starts == nil {
		return 0
	}
	return int64(s.starts[s.count])
}

// scores returns how many scores a row has. Pairs are not scored as one, but as two when there is only one pair.
func (s *svmClasses) scores() int {
	if s.starts == nil || len(s.a) > 0 {
		return s.count
	}
	return max(2, s.pairs())
}

func readSVMClasses(n *Node) (*svmClasses, error) {
	s := &svmClasses{coefficients: n.Floats("coefficients"), rho: n.Floats("rho"), a: n.Floats("prob_a"), b: n.Floats("prob_b")}
	var err error
	if s.labels, err = linearClasses(n); err != nil {
		return nil, err
	}
	var ok bool
	if s.transform, ok = transforms[n.String("post_transform")]; !ok {
		return nil, fault.Format("post_transform %q is not known", n.String("post_transform"))
	}
	s.count = s.labels.len()
	perClass := n.Ints("vectors_per_class")
	total := int64(0)
	for _, v := range perClass {
		if v < 0 || v > maxDim {
			return nil, fault.Format("vectors_per_class has %d", v)
		}
		s.starts = append(s.starts, int(total))
		if total += v; total > maxDim {
			return nil, fault.Format("vectors_per_class adds up to %d", total)
		}
	}
	switch {
	case len(s.a) != len(s.b):
		return nil, fault.Format("prob_a has %d elements, prob_b %d", len(s.a), len(s.b))
	case len(s.rho) == 0:
		return nil, fault.Format("rho is empty")
	case total == 0:
		s.starts, s.a, s.b = nil, nil, nil
		return s, nil
	}
	s.starts = append(s.starts, int(total))
	pairs := int64(s.count) * int64(s.count-1) / 2
	switch {
	case len(perClass) != s.count || s.count < 2:
		return nil, fault.Format("vectors_per_class has %d elements for %d classes", len(perClass), s.count)
	case int64(len(s.coefficients)) < total*int64(s.count-1):
		return nil, fault.Format("%d coefficients for %d support vectors of %d classes", len(s.coefficients), total, s.count)
	case int64(len(s.rho)) < pairs, len(s.a) > 0 && int64(len(s.a)) < pairs:
		return nil, fault.Format("rho has %d elements, prob_a %d, for %d pairs of classes", len(s.rho), len(s.a), pairs)
	}
	return s, nil
}

func inferSVMClassifier(n *Node) error {
	s, err := readSVMClasses(n)
	if err != nil {
		return err
	}
	vectors, count, err := svmVectors(n, s.supports(), int64(s.count))
	if err != nil {
		return err
	}
	rows, err := featureRows(n, int64(len(vectors))/count)
	n.Out[0].DType = s.labels.dtype()
	n.SetOut(0, shape.Of(rows))
	n.SetOut(1, shape.Of(rows, shape.Dim(s.scores())))
	return err
}

func newSVMClassifier(n *Node) (Kernel, error) {
	s, err := readSVMClasses(n)
	if err != nil {
		return nil, err
	}
	k, err := newSVM(n, s.supports(), int64(s.count))
	if err != nil {
		return nil, err
	}
	if s.starts == nil {
		k.score = s.linear()
		return k, nil
	}
	k.score = s.vote
	k.own = s.count + max(2, s.pairs())
	if len(s.a) > 0 {
		k.own += couplingScratch(s.count)
	}
	_, err = scratchFor(int64(k.features) + int64(k.count) + int64(k.own))
	return k, err
}

// linear returns the scorer for coefficients of classes, not support vectors: all scores have the first of rho added.
// Which class wins is as in ONNX Runtime. Of two it is the second as soon as any score is above zero, or, if no
// coefficient is negative, as any is at least a half.
func (s *svmClasses) linear() func(c *Ctx, row int, scores, scratch []float64) {
	rho, negative := float64(s.rho[0]), slices.ContainsFunc(s.coefficients, func(v float32) bool { return v < 0 })
	return func(c *Ctx, row int, scores, _ []float64) {
		for i := range scores {
			scores[i] += rho
		}
		best := firstGreatest(scores)
		if s.count == 2 && (negative && scores[best] > 0 || !negative && scores[best] >= 0.5) {
			best = 1
		}
		s.labels.put(c, row, best)
		s.transform.apply(scores)
		putScores[float32](c, 1, row, scores)
	}
}

// vote lets each pair of classes vote for one of them: the class with most votes wins, the first of several. The scores
// are what the pairs decide by, or probabilities. That of a single pair is the second score, although it is the first
// class that it speaks for; the first score is its negative, or what it lacks to 1 as a probability for PROBIT.
//
// The coefficients are rows of one for each support vector, a row less than there are classes: those of class i against
// class j lie in row j-1 when i < j, and in row j when i > j.
func (s *svmClasses) vote(c *Ctx, row int, values, scratch []float64) {
	votes, scores := scratch[:s.count], scratch[s.count:][:s.pairs()]
	clear(votes)
	total, pair := s.starts[s.count], 0
	for i := range s.count {
		for j := i + 1; j < s.count; j++ {
			sum := float64(s.rho[pair])
			sum += s.against(values, i, (j-1)*total) + s.against(values, j, i*total)
			scores[pair] = sum
			if sum > 0 {
				votes[i]++
			} else {
				votes[j]++
			}
			pair++
		}
	}
	best := firstGreatest(votes)
	s.labels.put(c, row, best)
	switch {
	case len(s.a) > 0:
		scores = s.couple(scores, scratch[s.count+max(2, s.pairs()):])
	case s.count == 2:
		whole := 0.0
		if s.transform == transformProbit {
			whole = 1
		}
		scores = opposed(scores, whole)
	}
	s.transform.apply(scores)
	putScores[float32](c, 1, row, scores)
}

// against adds up the values of a class's support vectors times their coefficients in the row that starts there.
func (s *svmClasses) against(values []float64, class, start int) float64 {
	from, to := s.starts[class], s.starts[class+1]
	return inner(values[from:to], s.coefficients[start+from:][:to-from])
}

// firstGreatest returns the place of the greatest element, the first of several.
func firstGreatest(s []float64) int {
	best := 0
	for i, v := range s {
		if v > s[best] {
			best = i
		}
	}
	return best
}
