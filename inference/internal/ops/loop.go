package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

var _ = register(&opLoop)

var loopBody = []Attr{{"body", Graph, Required}}

// opLoop computes a graph run again and again on what it gave the time before.
var opLoop = Op{
	Name: "Loop",
	Versions: []Version{
		{Since: 1, In: Args{"int64?", "bool?", "V*..."}, Out: Args{"V*..."}, Types: []Constraint{{"V", dtype.All}}, Common: &loopBody, Infer: inferLoop, New: newLoop},
		{Since: 11, In: Args{"int64?", "bool?", "V*...?"}, Out: Args{"V*..."}, Types: []Constraint{{"V", dtype.All}}, Common: &loopBody, Infer: inferLoop, New: newLoop},
		{Since: 13, In: Args{"int64?", "bool?", "V*...?"}, Out: Args{"V*..."}, Types: []Constraint{{"V", dtype.Original | dtype.InSequences}}, Common: &loopBody, Infer: inferLoop, New: newLoop},
		{Since: 16, Again: 1<<19 | 1<<21 | 1<<23 | 1<<24 | 1<<25, In: Args{"int64?", "bool?", "V*...?"}, Out: Args{"V*..."}, Types: []Constraint{{"V", anything}}, Common: &loopBody, Infer: inferLoop, New: newLoop},
	},
}

// The inputs of Loop, and of its body, before those that are carried from one iteration to the next. The body's first
// output is whether to go on.
const (
	loopTrip = iota
	loopCond
	loopCarried
)

func inferLoop(n *Node) error {
	b := n.Body("body")
	carried := max(n.Explicit()-loopCarried, 0)
	scans := len(n.Out) - carried
	if scans < 0 || len(b.Graph.Inputs) != loopCarried+carried || len(b.Graph.Outputs) != 1+len(n.Out) {
		return fault.Format("a body of %d inputs and %d outputs for %d values carried and %d outputs",
			len(b.Graph.Inputs), len(b.Graph.Outputs), carried, len(n.Out))
	}
	in := make([]Operand, loopCarried+carried)
	in[loopTrip].Type = graph.TensorType(dtype.Int64, shape.Of())
	in[loopCond].Type = graph.TensorType(dtype.Bool, shape.Of())
	for i := range carried {
		in[loopCarried+i].Type = n.In[loopCarried+i].Type
	}
	out, err := stable(b, in, loopCarried, 1, carried)
	if err != nil {
		return err
	}
	for i := range n.Out {
		o := &out[1+i]
		if i < carried {
			n.Out[i].Type = in[loopCarried+i].Type
			continue
		}
		if o.Kind != wire.TypeTensor && o.Kind != wire.TypeNone {
			return fault.Format("output %d of the body is %v and cannot be stacked", 1+i, &o.Type)
		}
		n.Out[i].Kind, n.Out[i].DType = o.Kind, o.DType
		if o.Shape.Ranked() {
			n.SetOut(i, shape.Of(slices.Concat([]shape.Dim{shape.Unknown}, o.Shape.Dims())...))
		}
	}
	return nil
}

// stable returns the types of a body's outputs when count of them, from the output from on, become its inputs from the
// input to on: the shapes of these inputs are widened to those that every iteration has.
func stable(b *Body, in []Operand, to, from, count int) ([]Operand, error) {
	for {
		out, err := b.Types(b, in)
		if err != nil {
			return nil, err
		}
		same := true
		for i := range count {
			given, made := &in[to+i].Type, &out[from+i].Type
			both, ok := meet(given, made)
			if !ok {
				return nil, fault.Format("the body is given %v and makes %v of it", given, made)
			}
			if !both.Shape.Equal(given.Shape) || !both.Same(given) {
				same = false
				in[to+i].Type = both
			}
		}
		if same { // at the latest when nothing is known of any shape
			return out, nil
		}
	}
}

// loop is the kernel of Loop.
type loop struct {
	body    *Body
	carried int
	outs    []Operand
}

func newLoop(n *Node) (Kernel, error) {
	return &loop{n.Body("body"), max(n.Explicit()-loopCarried, 0), n.Out}, nil
}

// loopMemory is what a Loop works with. The values that are carried are copies, so that the body may overwrite its own.
type loopMemory struct {
	in     []*tensor.Tensor // of the body
	kept   []*tensor.Tensor // the copies, by what is carried
	stacks []stack
}

func (k *loop) memory(c *Ctx) *loopMemory {
	m, ok := c.loop.(*loopMemory)
	if !ok {
		m = &loopMemory{
			in:     make([]*tensor.Tensor, loopCarried+k.carried),
			kept:   make([]*tensor.Tensor, k.carried),
			stacks: make([]stack, len(c.Out)-k.carried),
		}
		m.in[loopTrip], m.in[loopCond] = tensor.New(dtype.Int64, []int{}), tensor.New(dtype.Bool, []int{})
		c.loop = m
	}
	copy(m.in[loopCarried:], c.In[loopCarried:])
	return m
}

func (k *loop) Run(c *Ctx) error {
	trip, limited, goOn, err := k.start(c)
	if err != nil {
		return err
	}
	m := k.memory(c)
	before := c.Budget.Taken()
	for i := int64(0); goOn && (!limited || i < trip); i++ {
		tensor.View[int64](m.in[loopTrip])[0] = i
		tensor.View[bool](m.in[loopCond])[0] = goOn
		out, err := c.Call(k.body, m.in...)
		if err != nil {
			return err
		}
		if goOn, err = conditionOf(out[0]); err != nil {
			return err
		}
		for j := range m.kept {
			if m.kept[j], err = c.keepIn(m.kept[j], out[1+j]); err != nil {
				return err
			}
			m.in[loopCarried+j] = m.kept[j]
		}
		for j := range m.stacks {
			if err := m.stacks[j].push(c, out[1+k.carried+j]); err != nil {
				return err
			}
		}
		c.settle(before, m.kept, m.stacks)
	}
	for j := range k.carried {
		if err := c.Deliver(j, m.in[loopCarried+j]); err != nil {
			return err
		}
	}
	for j := range m.stacks {
		if err := c.Deliver(k.carried+j, m.stacks[j].tensor(&k.outs[k.carried+j])); err != nil {
			return err
		}
		m.stacks[j] = stack{}
	}
	return nil
}

// settle charges what an iteration leaves behind on top of what was in use before the first: what it took else is
// garbage.
func (r *Run) settle(before int64, carried []*tensor.Tensor, stacks []stack) {
	for _, t := range carried {
		before += tensor.Footprint(t)
	}
	for i := range stacks {
		before += int64(cap(stacks[i].data))
	}
	r.Budget.Back(before)
}

// start reads how often to go round at most, if that is limited, and whether to begin.
func (k *loop) start(c *Ctx) (trip int64, limited, goOn bool, err error) {
	if t := c.In[loopTrip]; t != nil {
		if t.Len() != 1 {
			return 0, false, false, fault.Shape("a trip count of %d elements", t.Len())
		}
		trip, limited = tensor.View[int64](t)[0], true
	}
	goOn = true
	if t := c.In[loopCond]; t != nil {
		goOn, err = condition(t)
	}
	return trip, limited, goOn, err
}

// conditionOf is condition for what a body gives, whose type nobody has checked.
func conditionOf(t *tensor.Tensor) (bool, error) {
	if t.DType != dtype.Bool {
		return false, fault.Format("the body's condition is of %v", t.DType)
	}
	return condition(t)
}

// stack collects the values that the iterations of a body give for one output.
type stack struct {
	n       int
	d       dtype.DType
	shape   []int // of each
	data    []byte
	strings []string
}

func (s *stack) push(c *Ctx, t *tensor.Tensor) error {
	if s.n == 0 {
		s.d, s.shape = t.DType, slices.Clone(t.Shape)
	} else if t.DType != s.d || !slices.Equal(t.Shape, s.shape) {
		return fault.Shape("iterations give %v%v and %v%v for one output", s.d, s.shape, t.DType, t.Shape)
	}
	if err := c.Budget.Take(t.DType, t.Shape); err != nil {
		return err
	}
	s.n++
	s.data = append(s.data, t.Data...)
	s.strings = append(s.strings, t.Strings...)
	return nil
}

// tensor returns the values along a new first axis. What none look like is known from the output's type alone.
func (s *stack) tensor(o *Operand) *tensor.Tensor {
	t := &tensor.Tensor{DType: s.d, Data: s.data, Strings: s.strings}
	if s.n > 0 {
		t.Shape = append([]int{s.n}, s.shape...)
		return t
	}
	t.DType = o.DType
	t.Shape = []int{0}
	for i := 1; i < o.Shape.Rank(); i++ {
		t.Shape = append(t.Shape, int(max(o.Shape.Dim(i), 0)))
	}
	return t
}
