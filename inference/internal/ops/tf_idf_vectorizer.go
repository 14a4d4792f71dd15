package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opTfIdfVectorizer)

// opTfIdfVectorizer computes how often the n-grams of a pool occur in a row of items, or their weights.
var opTfIdfVectorizer = Op{
	Name: "TfIdfVectorizer",
	Versions: []Version{
		{
			Since: 9, In: Args{"T"}, Out: Args{"float32"}, Types: []Constraint{{"T", indexes | dtype.Strings}},
			Attrs: []Attr{
				{"max_gram_length", Int, Required},
				{"max_skip_count", Int, Required},
				{"min_gram_length", Int, Required},
				{"mode", String, Required},
				{"ngram_counts", Ints, Required},
				{"ngram_indexes", Ints, Required},
				{"pool_int64s", Ints, nil},
				{"pool_strings", Strings, nil},
				{"weights", Floats, nil},
			},
			Infer: inferTfIdf, New: newTfIdf,
		},
	},
}

func inferTfIdf(n *Node) error {
	size, err := tfIdfSize(n)
	if err != nil {
		return err
	}
	s := n.In[0].Shape
	switch {
	case !s.Ranked():
	case s.Rank() > 2:
		return fault.Shape("a row of items, or several, are needed, not %v", s.Ints())
	case s.Rank() == 2:
		n.SetOut(0, shape.Of(s.Dim(0), size))
	default:
		n.SetOut(0, shape.Of(size))
	}
	return nil
}

// tfIdfSize checks n's attributes, but for what newGrams does, and returns how many places there are to count in.
func tfIdfSize(n *Node) (shape.Dim, error) {
	ints, strings := len(n.Ints("pool_int64s")), len(n.Strings("pool_strings"))
	switch {
	case (ints > 0) == (strings > 0):
		return 0, fault.Format("%d items in pool_int64s and %d in pool_strings", ints, strings)
	case (strings > 0) != (n.In[0].DType == dtype.String):
		return 0, fault.Format("the pool is not of the type of the input, %v", n.In[0].DType)
	}
	least, most, skips := n.Int("min_gram_length"), n.Int("max_gram_length"), n.Int("max_skip_count")
	if least < 1 || most < least || skips < 0 {
		return 0, fault.Format("n-grams of length %d to %d that skip up to %d", least, most, skips)
	}
	places := n.Ints("ngram_indexes")
	if len(places) == 0 || len(n.Ints("ngram_counts")) == 0 {
		return 0, fault.Format("ngram_indexes or ngram_counts is empty")
	}
	size := slices.Max(places)
	if first := slices.Min(places); first < 0 || size >= maxDim {
		return 0, fault.Format("ngram_indexes has elements from %d to %d", first, size)
	}
	size++
	mode, weights := n.String("mode"), int64(len(n.Floats("weights")))
	switch {
	case mode != "TF" && mode != "IDF" && mode != "TFIDF":
		return 0, fault.Format("mode %q is not known", mode)
	case mode != "TF" && weights != 0 && (weights != int64(len(places)) || weights < size):
		return 0, fault.Format("%d weights for %d n-grams in %d places", weights, len(places), size)
	}
	return shape.Dim(size), nil
}

// tfIdf is the kernel of TfIdfVectorizer. The standard gives weights to the n-grams of the pool; as in ONNX's own
// evaluator and ONNX Runtime they belong to the places of the output instead, which are the same when ngram_indexes
// counts up from 0.
type tfIdf[K comparable] struct {
	*grams[K]
	view              func(*tensor.Tensor) []K
	least, most       int64
	skips             int64
	rows, width, size int
	once              bool // an n-gram counts once
	weights           []float32
}

func newTfIdf(n *Node) (Kernel, error) {
	return choose(n,
		typed[int64](func(n *Node) (Kernel, error) { return tfIdfOf(n, n.Ints("pool_int64s"), tensor.View[int64]) }),
		candidate{dtype.String, func(n *Node) (Kernel, error) {
			return tfIdfOf(n, n.Strings("pool_strings"), stringsOf)
		}})
}

func tfIdfOf[K comparable](n *Node, pool []K, view func(*tensor.Tensor) []K) (Kernel, error) {
	k := &tfIdf[K]{
		view: view, least: n.Int("min_gram_length"), most: n.Int("max_gram_length"), skips: n.Int("max_skip_count"),
		rows: 1, width: 1, once: n.String("mode") == "IDF",
	}
	if n.String("mode") != "TF" {
		k.weights = n.Floats("weights")
	}
	x, out := n.In[0].Dims(), n.Out[0].Dims()
	k.size = out[len(out)-1]
	if len(x) > 0 {
		k.width = x[len(x)-1]
	}
	if len(x) == 2 {
		k.rows = x[0]
	}
	var err error
	k.grams, err = newGrams(pool, n.Ints("ngram_counts"), n.Ints("ngram_indexes"), k.least, k.most)
	return k, err
}

// Run counts where the results go, and then makes them of the counts.
func (k *tfIdf[K]) Run(c *Ctx) error {
	x, y, counts := k.view(c.In[0]), tensor.View[float32](c.Out[0]), tensor.Cast[uint32](c.Out[0].Data)
	clear(counts)
	p := pace{c: c}
	for row := range k.rows {
		if err := k.row(counts[row*k.size:][:k.size], x[row*k.width:][:k.width], &p); err != nil {
			return err
		}
	}
	for i, count := range counts {
		if k.once {
			count = min(count, 1)
		}
		y[i] = float32(count)
		if len(k.weights) > 0 {
			y[i] *= k.weights[i%k.size]
		}
	}
	return nil
}

// row counts the n-grams of a row, with as many items left out between any two as there may be. Single items are the
// same whatever is left out.
func (k *tfIdf[K]) row(counts []uint32, row []K, p *pace) error {
	least := k.least
	for distance := 1; distance <= len(row) && int64(distance-1) <= k.skips && least <= k.most; distance++ {
		if err := k.count(counts, row, distance, least, k.most, p); err != nil {
			return err
		}
		least = max(least, 2)
	}
	return nil
}
