package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opTensorScatter)

// opTensorScatter computes a cache of sequences, with an update of each written where the indices say.
var opTensorScatter = Op{
	Name: "TensorScatter",
	Versions: []Version{
		{
			Since: 24, In: Args{"T", "T", "int64?"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}},
			Attrs: []Attr{{"axis", Int, -2}, {"mode", String, "linear"}}, Infer: inferTensorScatter, New: newTensorScatter, InPlace: 1,
		},
	},
}

// The inputs of TensorScatter.
const (
	cachePast    = iota // [batch, ..., positions, ...]
	cacheUpdate         // the same with at most as many positions
	cacheIndices        // [batch]: where the update's first position goes
)

// cacheAxis returns the axis of the positions for a cache of known rank.
func cacheAxis(n *Node) (int, error) {
	axis, err := n.axis("axis", n.In[cachePast].Shape.Rank())
	if err == nil && axis == 0 {
		err = fault.Shape("axis 0 is that of the batch")
	}
	return axis, err
}

func inferTensorScatter(n *Node) error {
	past, update := n.In[cachePast].Shape, n.In[cacheUpdate].Shape
	n.SetOut(0, past)
	if mode := n.String("mode"); mode != "linear" && mode != "circular" {
		return fault.Format("mode %q is not known", mode)
	}
	if !past.Ranked() || !update.Ranked() {
		return nil
	}
	axis, err := cacheAxis(n)
	if err != nil {
		return err
	}
	fits := past.Rank() == update.Rank()
	for i := 0; fits && i < past.Rank(); i++ {
		p, u := past.Dim(i), update.Dim(i)
		fits = p == u || !p.Known() || !u.Known() || i == axis && u < p
	}
	if !fits {
		return shapeMismatch(n)
	}
	if n.Has(cacheIndices) && n.In[cacheIndices].Shape.Ranked() {
		s := n.In[cacheIndices].Shape
		if s.Rank() != 1 || s.Dim(0).Known() && past.Dim(0).Known() && s.Dim(0) != past.Dim(0) {
			return fault.Shape("indices %v for a cache of %v", s.Ints(), past.Ints())
		}
	}
	return nil
}

// tensorScatter is the kernel of TensorScatter: for each of a batch, rows of sequences of positions of inner elements.
type tensorScatter struct {
	batch, rows, inner  int
	positions, sequence int
	circular            bool
	put                 putFunc
}

func newTensorScatter(n *Node) (Kernel, error) {
	axis, err := cacheAxis(n)
	if err != nil {
		return nil, err
	}
	past := n.In[cachePast].Dims()
	return &tensorScatter{
		batch: past[0], rows: tensor.Elems(past[1:axis]), inner: tensor.Elems(past[axis+1:]),
		positions: past[axis], sequence: n.In[cacheUpdate].Dims()[axis],
		circular: n.String("mode") == "circular", put: putAs(n.In[cachePast].DType),
	}, nil
}

func (k *tensorScatter) Run(c *Ctx) error {
	out, update := c.Out[0], c.In[cacheUpdate]
	k.put(out, c.In[cachePast], 0, 0, out.Len())
	if update.Len() == 0 {
		return nil
	}
	for b := range k.batch {
		at, err := k.at(c, b)
		if err != nil {
			return err
		}
		first := min(k.sequence, k.positions-at) // the others go to the start
		for r := b * k.rows; r < (b+1)*k.rows; r++ {
			to, from := r*k.positions*k.inner, r*k.sequence*k.inner
			k.put(out, update, to+at*k.inner, from, first*k.inner)
			k.put(out, update, to, from+first*k.inner, (k.sequence-first)*k.inner)
		}
	}
	return nil
}

// at returns where the update of one of the batch starts.
func (k *tensorScatter) at(c *Ctx, batch int) (int, error) {
	if cacheIndices >= len(c.In) || c.In[cacheIndices] == nil {
		return 0, nil
	}
	at, positions := tensor.View[int64](c.In[cacheIndices])[batch], int64(k.positions)
	if k.circular {
		return int((at%positions + positions) % positions), nil
	}
	if at < 0 || at > positions-int64(k.sequence) {
		return 0, fault.Shape("%d positions from %d on do not fit into %d", k.sequence, at, positions)
	}
	return int(at), nil
}
