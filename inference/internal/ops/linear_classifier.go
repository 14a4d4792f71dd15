package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opLinearClassifier)

// opLinearClassifier computes the class whose coefficients times the features of a row are greatest, and the scores
// of all.
var opLinearClassifier = Op{
	Name:   "LinearClassifier",
	Domain: "ai.onnx.ml",
	Versions: []Version{
		{
			Since: 1, In: Args{"T1"}, Out: Args{"T2", "float32"},
			Types: []Constraint{{"T1", features}, {"T2", dtype.Strings | 1<<dtype.Int64}},
			Attrs: []Attr{
				{"classlabels_ints", Ints, nil},
				{"classlabels_strings", Strings, nil},
				{"coefficients", Floats, Required},
				{"intercepts", Floats, nil},
				{"multi_class", Int, 0},
				{"post_transform", String, "NONE"},
			},
			Infer: inferLinearClassifier, New: newLinearClassifier,
		},
	},
}

// classNames are the labels of classes, of one kind or the other.
type classNames struct {
	ints    []int64
	strings []string // when ints is empty
}

func (l *classNames) len() int { return len(l.ints) + len(l.strings) }

func (l *classNames) dtype() dtype.DType {
	if len(l.ints) > 0 {
		return dtype.Int64
	}
	return dtype.String
}

// put writes the label of a class as the given element of output 0.
func (l *classNames) put(c *Ctx, row, class int) {
	if len(l.ints) > 0 {
		tensor.View[int64](c.Out[0])[row] = l.ints[class]
	} else {
		c.Out[0].Strings[row] = l.strings[class]
	}
}

// linearClasses returns the labels of n's classes.
func linearClasses(n *Node) (classNames, error) {
	l := classNames{n.Ints("classlabels_ints"), n.Strings("classlabels_strings")}
	if (len(l.ints) > 0) == (len(l.strings) > 0) {
		return l, fault.Format("%d labels that are integers and %d that are strings", len(l.ints), len(l.strings))
	}
	return l, nil
}

// linearScores returns how many scores there are before those of classes are made of them. It is one for two classes
// when there is but one intercept, or none and just coefficients enough for one row.
func linearScores(n *Node, classes int) int64 {
	if classes != 2 {
		return int64(classes)
	}
	coefficients := len(n.Floats("coefficients"))
	switch len(n.Floats("intercepts")) {
	case 0:
		if s := n.In[0].Shape; coefficients%2 != 0 || s.Ranked() && s.Rank() > 0 && int(s.Dim(-1)) == coefficients {
			return 1
		}
	case 1:
		return 1
	}
	return 2
}

func inferLinearClassifier(n *Node) error {
	labels, err := linearClasses(n)
	if err != nil {
		return err
	}
	n.Out[0].DType = labels.dtype()
	features, err := linearSize(n, linearScores(n, labels.len()))
	if err != nil {
		return err
	}
	rows, err := featureRows(n, features)
	n.SetOut(0, shape.Of(rows))
	n.SetOut(1, shape.Of(rows, shape.Dim(labels.len())))
	return err
}

// newLinearClassifier makes the kernel that tells the class with the greatest score, the first of several, before the
// scores are transformed.
//
// A single score is that of the second of two classes, which wins when it is above zero; the other's is what it lacks
// to 1, or for a transform that takes any number its negative. Where there is but one class, rows with other scores
// than such that are above zero are of none: their label is 0 or the empty string.
func newLinearClassifier(n *Node) (Kernel, error) {
	labels, err := linearClasses(n)
	if err != nil {
		return nil, err
	}
	classes := labels.len()
	scores := linearScores(n, classes)
	if classes == 1 {
		labels = labels.orNone()
	}
	return newLinear(n, scores, func(c *Ctx, row int, t transform, s []float64) {
		best := firstGreatest(s)
		if scores == 1 && s[0] > 0 {
			best = 1
		}
		labels.put(c, row, best)
		if scores < int64(classes) {
			whole := 0.0
			if t == transformNone || t == transformProbit {
				whole = 1
			}
			s = opposed(s, whole)
		}
		t.apply(s)
		putScores[float32](c, 1, row, s)
	})
}

// orNone returns the label of no class and then that of the only one.
func (l *classNames) orNone() classNames {
	if len(l.ints) > 0 {
		return classNames{ints: []int64{0, l.ints[0]}}
	}
	return classNames{strings: []string{"", l.strings[0]}}
}

// opposed makes two scores of the one in s, which has room for two: that one second, and first what it lacks to whole.
func opposed(s []float64, whole float64) []float64 {
	s = s[:2]
	s[0], s[1] = whole-s[0], s[0]
	return s
}
