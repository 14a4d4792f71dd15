// Package ops holds the operators: what each takes, what it makes of shapes, and how its kernel comes about.
//
// An operator is one file with one literal:
//
//	var _ = register(&opRelu)
//
//	// opRelu computes max(0, x).
//	var opRelu = Op{
//		Name: "Relu",
//		Versions: []Version{
//			{Since: 6, Again: 1<<13, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{Var: "T", Types: dtype.Floating}}, Infer: sameShape, New: newRelu},
//			{Since: 14, ...},
//		},
//	}
//
// The literal stands in a variable of its own so that the linker can lay it out, without code that builds it at start.
//
// Nothing else names an operator: the checker, the planner and the executor know only this contract. The life of a
// node is: its [Version] is looked up and its arity, attributes and types checked; Infer tells the shapes of its
// outputs from what is known of its inputs; once all shapes are numbers, New makes a [Kernel] for exactly these
// shapes and types; Run computes, allocating nothing.
//
// The same three steps run late, between two runs of other kernels, for a node whose shapes depend on data.
package ops

//go:generate go test -run ^TestOperatorsPage$ -page

import (
	"context"
	"errors"
	"iter"
	"math/bits"
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// Op is an operator in all its versions.
type Op struct {
	Name     string
	Domain   string // "" is ai.onnx
	Versions []Version
}

// Version is an operator as of one version of its domain's operator set. It stays in force until the next one.
type Version struct {
	Since   int
	In, Out Args
	Types   []Constraint
	Attrs   []Attr

	// Common are more attributes, which several versions or operators have in common. It is a pointer, because the
	// compiler lays out the address of a variable, but makes code of a copy of it. Lookup puts them into Attrs.
	Common *[]Attr

	// Again has a bit for each of the later operator sets that changed nothing but the element types: there came those
	// that the standard did not have before. See [Constraint].
	Again uint32

	// Infer sets the shape, and where it follows from no constraint the type, of every output in n.Out, as far as
	// they are known. It may set an output's Value. Inputs may be of unknown rank.
	Infer func(n *Node) error

	// New makes the kernel for n, whose input shapes are numbers. It returns errNeedsValue when it must see the
	// value of an input that is computed during the run; then it is asked again there.
	New func(n *Node) (Kernel, error)

	// Cost is the number of multiply-accumulates of a run, for operators that consist of them. All shapes are numbers.
	Cost func(n *Node) int64

	// InPlace is how many of the first inputs may lie in the same memory as output 0, if they have as many elements
	// of the same size: the kernel reads each element before it writes that position, and never again.
	InPlace uint8

	// View says that output 0 has the bytes of input 0 under another shape.
	View bool

	// Needs is which of [Tools] kernels need; none for nearly all.
	Needs Tool

	// Impure says that equal inputs need not give equal outputs.
	Impure bool
}

// Kernel computes one node for one set of shapes. It keeps no state from run to run: several goroutines may run it at
// once, each with a Ctx of its own.
type Kernel interface {
	Run(c *Ctx) error
}

// Scratcher is a Kernel that wants memory of its own during Run, or during each part of it.
type Scratcher interface {
	Kernel
	Scratch() int // bytes
}

// Splitter is a Kernel whose work several goroutines can share.
type Splitter interface {
	Kernel
	// Parts returns into how many parts the work splits when there are at most threads goroutines: more than that, so
	// that one which is held up does less of it, or 1 when it is not worth it.
	Parts(threads int) int
	// RunPart does one part of parts. The parts of one run may overlap in time.
	RunPart(c *Ctx, part, parts int) error
}

// errNeedsValue is what New returns when it must see the value of an input.
var errNeedsValue = errors.New("the value of an input must be known")

// NeedsValue reports whether a New asked to be called again when all values are known.
func NeedsValue(err error) bool { return errors.Is(err, errNeedsValue) }

// Ctx is what a kernel runs on: one for each node of a running graph, and for each goroutine that does parts of it, made
// once.
type Ctx struct {
	In, Out []*tensor.Tensor // nil where left out
	Scratch []byte           // at least the bytes that Scratcher asked for; with any content
	*Run
	Caller Caller // for nodes that have bodies

	// Kept is what a part of a Splitter leaves for the next part that is done with the same scratch memory in the same
	// run: what is in that memory. The first one finds 0.
	Kept int

	inner *Ctx // what a kernel within this node's kernel runs on; made when it first runs
	loop  any  // what a kernel that runs bodies keeps from run to run, so that it need not be made again
}

// Run is what all nodes of one run of a graph share, those in the bodies of others included.
type Run struct {
	Context context.Context
	Budget  *Budget // for memory beside the arena
	Calls   int64   // how often bodies were run
}

// Cancelled returns the context's error, if it has ended. Kernels that may take long ask now and then.
func (r *Run) Cancelled() error { return r.Context.Err() }

// Part returns the scratch memory for a part of a Splitter: that of the goroutine which does it.
func (c *Ctx) Part(_, _ int) []byte { return c.Scratch }

// Alloc gives output i memory for the given shape. Only kernels of nodes whose output shapes Infer cannot tell even
// when it knows all values call it.
func (c *Ctx) Alloc(i int, d dtype.DType, shape []int) (*tensor.Tensor, error) {
	if err := c.Budget.Take(d, shape); err != nil {
		return nil, err
	}
	*c.Out[i] = *tensor.New(d, shape)
	return c.Out[i], nil
}

type key struct{ domain, name string }

// registry holds every operator. It is filled while the package's variables are initialised, and only then.
var registry = map[key]*Op{}

// register adds an operator. It is called by each operator's file, and by nothing else. The operator is a variable of
// its own, because those are laid out by the compiler; it would take a good deal of code to put them together.
//
// It is not inlined: that would be a copy of it for each operator.
//
//go:noinline
func register(op *Op) *Op {
	registry[key{op.Domain, op.Name}] = op
	return op
}

// Lookup returns the version of an operator that a model importing the given opset means: the greatest that is not
// newer. The operator is nil when there is none of that name, the version when all are newer.
func Lookup(domain, name string, opset int) (*Op, *Version) {
	op := registry[key{domain, name}]
	if op == nil {
		return nil, nil
	}
	var best *Version
	since := 0
	for i := range op.Versions {
		v := &op.Versions[i]
		for _, s := range v.sets() {
			if s <= opset && s > since {
				best, since = v, s
			}
		}
	}
	if best == nil {
		return op, nil
	}
	return op, best.at(domain, since)
}

// sets returns the operator sets that v came with, and came again with.
func (v *Version) sets() []int {
	sets := []int{v.Since}
	for again := v.Again; again != 0; again &= again - 1 {
		sets = append(sets, bits.TrailingZeros32(again))
	}
	return sets
}

// Each yields every version of op by its operator set, in order.
func (op *Op) Each(yield func(*Version) bool) {
	var sets []int
	for i := range op.Versions {
		sets = append(sets, op.Versions[i].sets()...)
	}
	slices.Sort(sets)
	for _, since := range sets {
		if _, v := Lookup(op.Domain, op.Name, since); !yield(v) {
			return
		}
	}
}

// All yields every operator, in no order.
func All() iter.Seq[*Op] {
	return func(yield func(*Op) bool) {
		for _, op := range registry {
			if !yield(op) {
				return
			}
		}
	}
}
