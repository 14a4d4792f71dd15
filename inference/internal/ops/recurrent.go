package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
)

// The inputs that LSTM, GRU and RNN have in common, and the two more of LSTM.
const (
	recurrentX = iota // [steps, batch, input], or [batch, steps, input] when the layout is 1
	recurrentW        // [directions, gates*hidden, input]
	recurrentR        // [directions, gates*hidden, hidden]
	recurrentB        // [directions, 2*gates*hidden]: those that go with W, then those that go with R
	recurrentLens
	recurrentH // [directions, batch, hidden], or [batch, directions, hidden] when the layout is 1
	recurrentC // as recurrentH
	recurrentP // [directions, 3*hidden]
)

// recurrentAttrs are the attributes that all versions of LSTM and GRU have, but for the first of GRU.
var recurrentAttrs = []Attr{
	{"activation_alpha", Floats, nil},
	{"activation_beta", Floats, nil},
	{"activations", Strings, nil},
	{"clip", Float, nil},
	{"direction", String, "forward"},
	{"hidden_size", Int, nil},
}

// recurrentSize is what the shapes and attributes of a recurrent node say.
type recurrentSize struct {
	steps, batch, input, hidden int
	gates                       int // rows of W and R for each element of the hidden state
	dirs                        int
	batchMajor                  bool    // layout 1
	reverse                     [2]bool // by direction
}

// directions returns which directions the node has, true for those from the last step to the first.
func directions(n *Node) ([]bool, error) {
	switch d := n.String("direction"); d {
	case "forward", "foward": // version 1 of GRU misspells it
		return []bool{false}, nil
	case "reverse":
		return []bool{true}, nil
	case "bidirectional":
		return []bool{false, true}, nil
	default:
		return nil, fault.Format("direction %q is none of forward, reverse and bidirectional", d)
	}
}

// batchMajor reports whether the batch is the first dimension of a recurrent node's tensors.
func batchMajor(n *Node) (bool, error) {
	if n.Version.Attr("layout") == nil {
		return false, nil
	}
	l := n.Int("layout")
	if l != 0 && l != 1 {
		return false, fault.Format("layout %d is neither 0 nor 1", l)
	}
	return l == 1, nil
}

// inferRecurrent returns the Infer of a recurrent operator with that many gates.
func inferRecurrent(n *Node, gates int) error {
	reverse, err := directions(n)
	if err != nil {
		return err
	}
	major, err := batchMajor(n)
	if err != nil {
		return err
	}
	dirs := shape.Dim(len(reverse))
	steps, batch, input, hidden := shape.Unknown, shape.Unknown, shape.Unknown, shape.Unknown
	if x := n.In[recurrentX].Shape; x.Ranked() {
		if x.Rank() != 3 {
			return fault.Shape("X has %d dimensions, not 3", x.Rank())
		}
		steps, batch, input = x.Dim(0), x.Dim(1), x.Dim(2)
		if major {
			steps, batch = batch, steps
		}
	}
	if r := n.In[recurrentR].Shape; r.Ranked() && r.Rank() == 3 {
		hidden = r.Dim(2)
	}
	if h := n.Int("hidden_size"); n.HasAttr("hidden_size") {
		if h < 0 || hidden.Known() && h != int64(hidden) {
			return fault.Shape("hidden_size is %d, but R is %v", h, n.In[recurrentR].Shape.Ints())
		}
		if int64(int32(h)) != h {
			return &fault.LimitError{What: "hidden_size", Got: h, Max: 1<<31 - 1}
		}
		hidden = shape.Dim(h)
	}
	times := func(k int) shape.Dim {
		if !hidden.Known() || int(hidden) > (1<<31-1)/k {
			return shape.Unknown
		}
		return hidden * shape.Dim(k)
	}
	state := shape.Of(dirs, batch, hidden)
	y := shape.Of(steps, dirs, batch, hidden)
	if major {
		state = shape.Of(batch, dirs, hidden)
		y = shape.Of(batch, steps, dirs, hidden)
	}
	for i, want := range []shape.Shape{
		recurrentW:    shape.Of(dirs, times(gates), input),
		recurrentR:    shape.Of(dirs, times(gates), hidden),
		recurrentB:    shape.Of(dirs, times(2*gates)),
		recurrentLens: shape.Of(batch),
		recurrentH:    state,
		recurrentC:    state,
		recurrentP:    shape.Of(dirs, times(3)),
	} {
		if i == recurrentX || !n.Has(i) {
			continue
		}
		if _, ok := want.Merge(n.In[i].Shape); !ok {
			return fault.Shape("input %d is %v where %v is needed (-1 is any)", i, n.In[i].Shape.Ints(), want.Ints())
		}
	}
	n.SetOut(0, y)
	n.SetOut(1, state)
	n.SetOut(2, state)
	return nil
}

// recurrentSizeOf returns the sizes of a node that inferRecurrent has accepted, with numbers for all shapes.
func recurrentSizeOf(n *Node, gates int) (recurrentSize, error) {
	reverse, err := directions(n)
	if err != nil {
		return recurrentSize{}, err
	}
	major, err := batchMajor(n)
	if err != nil {
		return recurrentSize{}, err
	}
	x := n.In[recurrentX].Dims()
	s := recurrentSize{
		steps: x[0], batch: x[1], input: x[2], hidden: n.In[recurrentR].Dims()[2],
		gates: gates, dirs: len(reverse), batchMajor: major,
	}
	if major {
		s.steps, s.batch = s.batch, s.steps
	}
	copy(s.reverse[:], reverse)
	return s, nil
}

// recurrentCost is the Cost of a recurrent operator with that many gates.
func recurrentCost(n *Node, gates int) int64 {
	s, err := recurrentSizeOf(n, gates)
	if err != nil {
		return 0
	}
	return s.cost()
}

// cost returns the multiply-accumulates of a run.
func (s *recurrentSize) cost() int64 {
	return int64(s.dirs) * int64(s.steps) * int64(s.batch) * int64(s.gates*s.hidden) * int64(s.input+s.hidden)
}

// row returns where the given step of a row of the batch begins in a tensor like X, with elements of the given width.
func (s *recurrentSize) row(step, b, width int) int {
	if s.batchMajor {
		return (b*s.steps + step) * width
	}
	return (step*s.batch + b) * width
}

// stateRow returns where a row of the batch begins in a tensor like initial_h.
func (s *recurrentSize) stateRow(dir, b int) int {
	if s.batchMajor {
		return (b*s.dirs + dir) * s.hidden
	}
	return (dir*s.batch + b) * s.hidden
}
