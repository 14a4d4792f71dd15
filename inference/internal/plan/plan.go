// Package plan turns a typed program into a list of steps over one block of memory.
//
// Everything that can be decided before a run is decided here: which nodes are needed, which kernel each has, which
// values share memory and where in the arena each lies. What is left for a run is to call the kernels in order.
package plan

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/brinkml/brink/inference/internal/check"
	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// Plan is a program made ready to run with one set of input shapes. It is immutable.
type Plan struct {
	Program    *check.Program
	Graph      *graph.Graph
	Slots      []Slot
	Steps      []Step
	Inputs     map[graph.ID]int // slots of the inputs that a run is given
	Outputs    []int            // slots, in the order of Graph.Outputs
	ArenaBytes int64
	Threads    int
	Tools      *ops.Tools
	CPU        cpu.Level
	MACs       int64 // multiply-accumulates of the operators that consist of them; -1 when shapes depend on data

	// Shared is about how long the steps take, on one thread, that have more than one part; 0 when there are none.
	Shared time.Duration

	Lent   []int // of a body's plan: the slots of its inputs and then of what it captures; -1 for those that are known
	bodies bodies
}

// Slot is where a value lies.
type Slot struct {
	Name  string
	DType dtype.DType
	Shape []int          // nil when it depends on data
	Const *tensor.Tensor // the value itself, of a constant
	Late  bool           // memory is allocated during the run, or is the caller's
	Box   bool           // the value is a container, which lies in no memory of the plan's

	// The range of the arena, for the rest. Slots with the same Root lie in the same memory.
	Root   int
	Offset int
	Size   int

	// The steps between which the memory of a Root is in use: made by First (-1: before the run), last read by Last
	// (len(Steps): after it).
	First, Last int
}

// Arena reports whether s lies in the arena.
func (s *Slot) Arena() bool { return s.Const == nil && !s.Late && !s.Box && s.DType != dtype.String }

// Step is one call of a kernel.
type Step struct {
	Node    *graph.Node // nil for a copy that the plan itself needs
	Kernel  ops.Kernel  // nil when Late
	Late    *ops.Node   // evaluated when its inputs are there
	In, Out []int       // slots; -1 where left out
	Parts   int         // into which the kernel's work is cut for several goroutines; at least 1
	Offset  int         // of its scratch memory in the arena
	Scratch int         // bytes, for all goroutines that do parts
	MACs    int64

	inPlace int // as in ops.Version
}

// Sharers returns how many of so many goroutines do parts of s at most. Each has scratch memory of its own: what it left
// there is still in its cache when it does the next part.
func (s *Step) Sharers(threads int) int { return min(threads, s.Parts) }

// Options tune a plan.
type Options struct {
	Threads int   // at least 1
	Limit   int64 // bytes of arena
	Tools   *ops.Tools
	CPU     cpu.Level
	Lent    bool // the inputs lie in memory of the caller's
	Dead    bool // run nodes that no output depends on, too
}

// Build plans a program that was inferred with the shapes it is to be run with. Given says which inputs a run gives.
func Build(p *check.Program, t *check.Typing, given []graph.ID, o Options) (_ *Plan, err error) {
	b := &builder{
		prog: p, typing: t, o: o,
		plan: &Plan{Program: p, Graph: p.Graph, Threads: o.Threads, Tools: o.Tools, CPU: o.CPU, Inputs: map[graph.ID]int{}},
		slot: make([]int, len(p.Graph.Values)),
	}
	for i := range b.slot {
		b.slot[i] = -1
	}
	for _, id := range given {
		s := b.value(id)
		b.plan.Slots[s].First = -1
		b.plan.Slots[s].Late = o.Lent
		b.plan.Inputs[id] = s
	}
	current := 0
	defer func() {
		if r := recover(); r != nil {
			err = check.NodeError(p.Graph, &p.Graph.Nodes[current], fmt.Errorf("internal fault: %v", r))
		}
	}()
	readers := b.needed()
	for i, n := range t.Nodes {
		if n == nil || !readers.node[i] {
			continue
		}
		current = i
		if err := b.step(i, n, readers); err != nil {
			return nil, check.NodeError(p.Graph, &p.Graph.Nodes[i], err)
		}
	}
	if err := b.outputs(); err != nil {
		return nil, err
	}
	b.threads()
	b.share()
	if err := b.place(); err != nil {
		return nil, err
	}
	return b.plan, nil
}

type builder struct {
	prog   *check.Program
	typing *check.Typing
	o      Options
	plan   *Plan
	slot   []int  // by graph.ID, -1 where there is none yet
	views  []view // steps that share memory instead of running
	lazy   []byte // what lazy constants are written to for as long as a kernel is made
}

// view says that slot out is slot in under another shape.
type view struct{ out, in int }

// uses says what the outputs of the graph depend on.
type uses struct {
	node  []bool
	value []bool // read by a node that is needed, or an output
}

// needed finds the nodes that the outputs depend on.
func (b *builder) needed() uses {
	u := uses{make([]bool, len(b.typing.Nodes)), make([]bool, len(b.slot))}
	for _, id := range b.prog.Graph.Outputs {
		u.value[id] = true
	}
	for i := len(b.typing.Nodes) - 1; i >= 0; i-- {
		if b.typing.Nodes[i] == nil {
			continue
		}
		n := &b.prog.Graph.Nodes[i]
		for _, id := range n.Out {
			if id != graph.None && u.value[id] && b.typing.Values[id].Known == nil {
				u.node[i] = true
			}
		}
		if b.o.Dead && !u.node[i] {
			if at := slices.IndexFunc(n.Out, func(id graph.ID) bool { return id != graph.None }); at >= 0 {
				u.node[i], u.value[n.Out[at]] = true, true
			}
		}
		if u.node[i] {
			for id := range n.Reads {
				u.value[id] = true
			}
		}
	}
	return u
}

// value returns the slot of a value, making it when it is asked for first.
func (b *builder) value(id graph.ID) int {
	if b.slot[id] >= 0 {
		return b.slot[id]
	}
	v := &b.typing.Values[id]
	s := Slot{Name: b.prog.Graph.Values[id].Name, DType: v.DType, Const: v.Known, Box: boxed(&v.Type)}
	if v.Shape.Static() {
		s.Shape = v.Shape.Ints()
	}
	b.slot[id] = b.add(s)
	return b.slot[id]
}

func (b *builder) add(s Slot) int {
	s.Root = len(b.plan.Slots)
	s.First, s.Last = math.MaxInt, -1
	b.plan.Slots = append(b.plan.Slots, s)
	return s.Root
}

// step plans one node.
func (b *builder) step(i int, n *ops.Node, u uses) error {
	g := &b.prog.Graph.Nodes[i]
	s := Step{Node: g, Parts: 1, inPlace: int(n.Version.InPlace), In: make([]int, len(n.In)), Out: make([]int, len(n.Out))}
	node := *n
	node.Tools, node.CPU = b.o.Tools, b.o.CPU
	node.In = slices.Clone(n.In)
	node.Out = append([]ops.Operand(nil), n.Out...)
	late := false
	for j, id := range g.Operands(n.Explicit()) {
		s.In[j] = -1
		if id != graph.None {
			s.In[j] = b.value(id)
			// A body takes what it captures as it comes.
			late = late || j < n.Explicit() && (boxed(&node.In[j].Type) || !node.In[j].Shape.Static())
		}
	}
	for j := range node.Out {
		id := graph.None
		if j < len(g.Out) {
			id = g.Out[j]
		}
		if (id == graph.None || !u.value[id]) && node.Version.Out.Optional(j) {
			node.Out[j].Present = false
		}
		o := &node.Out[j]
		late = late || o.Present && (boxed(&o.Type) || !o.Shape.Static())
	}
	if !late && node.Version.View && b.view(g, &s) {
		return nil
	}
	var err error
	if !late {
		if err := b.fill(&node); err != nil {
			return err
		}
		s.Kernel, err = node.Version.New(&node)
		if ops.NeedsValue(err) {
			late = true
		} else if err != nil {
			return err
		}
	}
	if err := b.settle(&node, &s); err != nil {
		return err
	}
	for j := range node.Out {
		s.Out[j] = -1
		if !node.Out[j].Present {
			continue
		}
		if j < len(g.Out) && g.Out[j] != graph.None {
			s.Out[j] = b.value(g.Out[j])
		} else {
			hidden := Slot{DType: node.Out[j].DType, Box: boxed(&node.Out[j].Type)}
			if node.Out[j].Shape.Static() {
				hidden.Shape = node.Out[j].Dims()
			}
			s.Out[j] = b.add(hidden)
		}
		b.plan.Slots[s.Out[j]].Late = late
	}
	if late {
		s.Kernel, s.Late = nil, &node
		b.plan.MACs = -1
	} else {
		b.measure(&s, &node)
	}
	b.plan.Steps = append(b.plan.Steps, s)
	return nil
}

// measure notes the cost of a step, its parts and its scratch memory.
func (b *builder) measure(s *Step, n *ops.Node) {
	if n.Version.Cost != nil {
		s.MACs = n.Version.Cost(n)
		if b.plan.MACs >= 0 {
			b.plan.MACs += s.MACs
		}
	}
	if k, ok := s.Kernel.(ops.Splitter); ok && b.o.Threads > 1 {
		s.Parts = max(1, k.Parts(b.o.Threads))
	}
	if k, ok := s.Kernel.(ops.Scratcher); ok {
		s.Scratch = roundUp(k.Scratch()) * s.Sharers(b.o.Threads)
	}
}

// shareAtLeast is how long the steps that can be shared have to take for threads to be of use.
const shareAtLeast = 12 * time.Microsecond

// threads decides whether there is enough work for more than one.
func (b *builder) threads() {
	for i := range b.plan.Steps {
		if s := &b.plan.Steps[i]; s.Parts > 1 {
			b.plan.Shared += ops.Estimate(b.o.CPU, s.MACs, b.bytes(s.In)+b.bytes(s.Out))
		}
	}
	if b.plan.Shared >= shareAtLeast {
		return
	}
	b.plan.Shared = 0
	for i := range b.plan.Steps {
		s := &b.plan.Steps[i]
		s.Scratch /= s.Sharers(b.o.Threads)
		s.Parts = 1
	}
}

// bytes returns the memory of the values in slots.
func (b *builder) bytes(slots []int) (sum int64) {
	for _, slot := range slots {
		if slot >= 0 && b.plan.Slots[slot].Shape != nil {
			n, _ := tensor.Bytes(b.plan.Slots[slot].DType, b.plan.Slots[slot].Shape)
			sum += n
		}
	}
	return sum
}

// view lets a node's output share the memory of its input, and reports whether that is possible.
func (b *builder) view(g *graph.Node, s *Step) bool {
	in := s.In[0]
	if !b.plan.Slots[in].Arena() {
		return false
	}
	if b.given(in) {
		for _, id := range b.prog.Graph.Outputs {
			if id == g.Out[0] {
				return false // the caller may overwrite its input while it still looks at the output
			}
		}
	}
	b.views = append(b.views, view{b.value(g.Out[0]), in})
	return true
}

// given reports whether slot s lies in the memory of an input.
func (b *builder) given(s int) bool {
	for i := len(b.views) - 1; i >= 0; i-- {
		if b.views[i].out == s {
			s = b.views[i].in
		}
	}
	return b.plan.Slots[s].First == -1
}

// outputs adds the copies for outputs of the graph that no step writes: inputs, and constants.
func (b *builder) outputs() error {
	g := b.prog.Graph
	b.plan.Outputs = make([]int, len(g.Outputs))
	for i, id := range g.Outputs {
		s := b.value(id)
		if slot := b.plan.Slots[s]; slot.Const != nil || b.given(s) {
			if err := b.keep(s, nil); err != nil {
				return err
			}
			to := b.add(Slot{Name: slot.Name, DType: slot.DType, Shape: slot.Shape, Box: slot.Box})
			b.plan.Steps = append(b.plan.Steps, Step{Kernel: copier{}, In: []int{s}, Out: []int{to}, Parts: 1})
			s = to
		}
		b.plan.Outputs[i] = s
	}
	return nil
}

// copier is the kernel that copies a tensor.
type copier struct{}

func (copier) Run(c *ops.Ctx) error {
	copy(c.Out[0].Data, c.In[0].Data)
	copy(c.Out[0].Strings, c.In[0].Strings)
	c.Out[0].Held = c.In[0].Held
	return nil
}

// place assigns arena ranges and adds them up.
func (b *builder) place() error {
	var blocks []block
	total := int64(0)
	add := func(size int64, first, last int, at *int) error {
		total += size
		if size > math.MaxInt-tensor.Align || total < 0 {
			return &fault.LimitError{What: "arena bytes", Got: math.MaxInt64, Max: b.o.Limit}
		}
		if size > b.o.Limit {
			return &fault.LimitError{What: "arena bytes", Got: size, Max: b.o.Limit}
		}
		blocks = append(blocks, block{size: roundUp(int(size)), first: first, last: last, at: at})
		return nil
	}
	for i := range b.plan.Slots {
		s := &b.plan.Slots[i]
		if !s.Arena() || s.Root != i {
			continue
		}
		size, err := tensor.Bytes(s.DType, s.Shape)
		if err != nil {
			return err
		}
		s.Size = int(size)
		if err := add(size, s.First, s.Last, &s.Offset); err != nil {
			return err
		}
	}
	for i := range b.plan.Steps {
		if s := &b.plan.Steps[i]; s.Scratch > 0 {
			if err := add(int64(s.Scratch), i, i, &s.Offset); err != nil {
				return err
			}
		}
	}
	bytes := assign(blocks)
	if bytes > b.o.Limit || bytes > math.MaxInt-tensor.Align {
		return &fault.LimitError{What: "arena bytes", Got: bytes, Max: b.o.Limit}
	}
	b.plan.ArenaBytes = bytes
	for i := range b.plan.Slots {
		s := &b.plan.Slots[i]
		if s.Arena() && s.Root != i {
			s.Offset, s.Size = b.plan.Slots[s.Root].Offset, b.plan.Slots[s.Root].Size
		}
	}
	return nil
}

func roundUp(n int) int { return (n + tensor.Align - 1) &^ (tensor.Align - 1) }
