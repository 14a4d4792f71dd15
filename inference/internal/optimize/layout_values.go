//go:build !arm

package optimize

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

// brink is the domain of the operators that only passes write.
const brink = "brink"

// modern is the operator set of the standard's nodes that the pass writes anew, because they broadcast as of old.
const modern = 13

// layouts is a graph while its values get twins.
type layouts struct {
	*draft
	nodes   []graph.Node // those done, in their new order
	twins   []graph.ID   // by graph.ID: the same value with its channels last, or None
	made    []bool       // by graph.ID: whether a node among those done makes it, or none needs to
	reads   []int32      // by graph.ID, as far as they were in the beginning
	readers [][]int32    // by graph.ID: the nodes that read it, likewise
	changed int
}

func channelsLast(d *draft) int {
	l := &layouts{
		draft: d, twins: slices.Repeat([]graph.ID{graph.None}, len(d.graph.Values)),
		made: slices.Repeat([]bool{true}, len(d.graph.Values)), reads: d.uses(), readers: make([][]int32, len(d.graph.Values)),
	}
	if !slices.ContainsFunc(d.graph.Nodes, func(n graph.Node) bool { return l.convolves(&n) || n.Domain == brink }) {
		return 0
	}
	for i := range d.graph.Nodes {
		for id := range d.graph.Nodes[i].Reads {
			l.readers[id] = append(l.readers[id], int32(i))
		}
	}
	for i := range d.graph.Nodes {
		n := *d.node(i)
		if d.gone[i] || l.turns(&n) {
			continue
		}
		if l.convert(i, &n) {
			l.changed++
			continue
		}
		for id := range n.Reads {
			l.make(id)
		}
		l.nodes = append(l.nodes, n)
	}
	if l.changed == 0 {
		clear(d.gone)
		return 0
	}
	for _, id := range d.graph.Outputs {
		l.make(id)
	}
	d.graph.Nodes, d.gone = l.nodes, make([]bool, len(l.nodes))
	d.settle()
	return l.changed
}

// lastOrder returns the permutation that moves the channels of a tensor of some rank last, and firstOrder the one that
// moves them back.
func lastOrder(rank int) []int64 {
	order := []int64{0}
	for i := 2; i < rank; i++ {
		order = append(order, int64(i))
	}
	return append(order, 1)
}

func firstOrder(rank int) []int64 {
	order := []int64{0, int64(rank - 1)}
	for i := 1; i < rank-1; i++ {
		order = append(order, int64(i))
	}
	return order
}

// lastAxis returns where an axis of a tensor of some rank is when its channels are last.
func lastAxis(axis, rank int) int {
	switch {
	case axis == 0:
		return 0
	case axis == 1:
		return rank - 1
	}
	return axis - 1
}

// image reports whether a value is a tensor that may have a twin: a batch of channels of one or two dimensions.
func (l *layouts) image(id graph.ID) bool {
	if id == graph.None {
		return false
	}
	v := &l.values[id]
	rank := v.Shape.Rank()
	return v.Kind == wire.TypeTensor && v.DType.Valid() && (rank == 3 || rank == 4)
}

// twin makes a new value with the type that another one has when its channels are last.
func (l *layouts) twin(of graph.ID, made bool) graph.ID {
	s := l.values[of].Shape
	dims := make([]shape.Dim, s.Rank())
	for i, at := range lastOrder(s.Rank()) {
		dims[i] = s.Dim(int(at))
	}
	id := l.addValue(l.graph.Values[of].Name+" channels last", l.values[of].DType, dims)
	l.twins[of], l.made[of] = id, made
	return id
}

// addValue adds a tensor to the graph.
func (l *layouts) addValue(name string, d dtype.DType, dims []shape.Dim) graph.ID {
	id := l.draft.addValue(name, graph.TensorType(d, shape.Of(dims...)))
	l.sync()
	return id
}

// sync has the lists of what is known of values follow those that were added.
func (l *layouts) sync() {
	for len(l.twins) < len(l.graph.Values) {
		l.twins, l.made = append(l.twins, graph.None), append(l.made, true)
		l.reads, l.readers = append(l.reads, 0), append(l.readers, nil)
	}
}

// turns notes what a Transpose says of layouts. It reports whether the node has nothing else to do.
func (l *layouts) turns(n *graph.Node) bool {
	p := passing{draft: l.draft}
	if l.op(n, "Transpose") == nil || !l.image(n.In[0]) {
		return false
	}
	order, x, y := p.order(n), n.In[0], n.Out[0]
	rank := len(order)
	switch {
	case slices.Equal(order, firstOrder(rank)):
		if l.twins[y] != graph.None {
			return false
		}
		l.twins[y], l.made[y] = x, false // made when it is needed
		l.make(x)
		return true
	case slices.Equal(order, lastOrder(rank)) && l.twins[x] != graph.None && !l.output[y]:
		l.replace(y, l.twins[x])
		l.changed++
		return true
	case slices.Equal(order, lastOrder(rank)):
		l.make(x)
		l.nodes = append(l.nodes, *n)
		l.twins[x] = y
		return true
	}
	return false
}

// make has a node make a value of which only the twin is there.
func (l *layouts) make(id graph.ID) {
	if l.made[id] {
		return
	}
	l.made[id] = true
	l.transpose(l.twins[id], id, firstOrder(l.values[id].Shape.Rank()))
}

// last returns the twin of an image, which a Transpose makes if there is none.
func (l *layouts) last(id graph.ID) graph.ID {
	if t := l.twins[id]; t != graph.None {
		return t
	}
	if c := l.constant(id); c != nil {
		if t, ok := l.relay(c, l.values[id].Shape.Rank(), l.graph.Values[id].Name); ok {
			l.twins[id] = t
			return t
		}
	}
	t := l.twin(id, true)
	l.transpose(id, t, lastOrder(l.values[id].Shape.Rank()))
	return t
}

// transpose adds a node that makes to of from: a Transpose, or a view where no element changes its place.
func (l *layouts) transpose(from, to graph.ID, order []int64) {
	n := graph.Node{Op: "Transpose", Opset: modern, In: []graph.ID{from}, Out: []graph.ID{to}}
	if view, ok := l.unmoved(from, order); ok {
		n.Op = "Reshape"
		n.In = append(n.In, l.addInts(view))
		l.sync()
	} else {
		n.Attrs = []graph.Attr{{Name: "perm", Kind: wire.AttrInts, Value: order}}
	}
	l.nodes = append(l.nodes, n)
}

// unmoved returns the shape that a Reshape must give a value so that it is the same as a Transpose, if one can be: all
// dimensions after the first but one are 1.
func (l *layouts) unmoved(id graph.ID, order []int64) ([]int64, bool) {
	s := l.values[id].Shape
	to := make([]int64, s.Rank())
	long := 0
	for i, at := range order[1:] {
		to[1+i] = 1
		if s.Dim(int(at)) != 1 {
			to[1+i] = -1
			long++
		}
	}
	if long == 2 && s.Rank() == 4 && slices.Contains(s.Dims()[1:], 1) { // one channel, between its two dimensions
		a, b, c := s.Dim(int(order[1])), s.Dim(int(order[2])), s.Dim(int(order[3]))
		switch {
		case order[1] == 2 && c == 1 && b.Known(): // channels go last
			return []int64{0, -1, int64(b), 1}, true
		case order[1] == 3 && a == 1 && c.Known():
			return []int64{0, 1, -1, int64(c)}, true
		}
	}
	return to, long <= 1
}

// addInts adds a list of integers to the graph.
func (l *layouts) addInts(v []int64) graph.ID {
	t := tensor.New(dtype.Int64, []int{len(v)})
	copy(tensor.View[int64](t), v)
	return l.addConstant("shape", t)
}

// relay adds a constant that broadcasts to images of some rank, laid out for those whose channels are last.
func (l *layouts) relay(c *tensor.Tensor, rank int, name string) (graph.ID, bool) {
	size := c.DType.Size()
	if len(c.Shape) > rank || size == 0 || c.Data == nil || !l.grow(int64(len(c.Data))) {
		return graph.None, false
	}
	dims := append(slices.Repeat([]int{1}, rank-len(c.Shape)), c.Shape...)
	channels, plane := dims[1], tensor.Elems(dims[2:])
	moved := make([]int, rank)
	for i, at := range lastOrder(rank) {
		moved[i] = dims[at]
	}
	t := tensor.New(c.DType, moved)
	for b := range dims[0] {
		at := b * channels * plane
		for ch := range channels {
			for i := range plane {
				copy(t.Data[(at+i*channels+ch)*size:][:size], c.Data[(at+ch*plane+i)*size:])
			}
		}
	}
	id := l.addConstant(name+" channels last", t)
	l.sync()
	return id, true
}

// put adds a node that makes the twin of out.
func (l *layouts) put(n graph.Node, out graph.ID) *graph.Node {
	n.Out = []graph.ID{l.twin(out, false)}
	l.nodes = append(l.nodes, n)
	return &l.nodes[len(l.nodes)-1]
}

// elems returns how many elements a value has, as far as is known: dimensions that are not count once.
func (l *layouts) elems(id graph.ID) int64 {
	n := int64(1)
	for _, d := range l.values[id].Shape.Dims() {
		n *= int64(max(d, 1))
	}
	return n
}

// pays reports whether nothing is lost when a node reads the twins of some inputs: no more is to be transposed for it
// than what it saves.
func (l *layouts) pays(in ...graph.ID) bool {
	var with, without int64
	for _, id := range in {
		switch {
		case l.constant(id) != nil:
		case l.twins[id] != graph.None:
			with += l.elems(id)
		case l.values[id].Shape.Ranked() && l.flat(id):
		default:
			without += l.elems(id)
		}
	}
	return with > 0 && with >= without
}

// flat reports whether a value has but one pixel, so that its twin is a view.
func (l *layouts) flat(id graph.ID) bool {
	s := l.values[id].Shape
	return s.Rank() < 3 || !slices.ContainsFunc(s.Dims()[2:], func(d shape.Dim) bool { return d != 1 })
}

// converter writes a node anew for images whose channels are last. It reports whether it did; what it did not, it leaves.
type converter func(l *layouts, i int, n *graph.Node, op *ops.Node) bool

// converters has what the pass knows of operators of the standard, but for those that compute elements one by one.
var converters = map[string]converter{
	"Conv": (*layouts).conv,

	"MaxPool": (*layouts).pool, "AveragePool": (*layouts).pool, "LRN": (*layouts).pool,
	"GlobalAveragePool": (*layouts).pool, "GlobalMaxPool": (*layouts).pool,
	"ReduceMean": (*layouts).mean,

	"BatchNormalization": (*layouts).batchNorm,

	"Concat": (*layouts).concat, "Split": (*layouts).split, "Pad": (*layouts).pad, "Resize": (*layouts).resize,
	"Softmax": (*layouts).softmax, "LogSoftmax": (*layouts).softmax,
	"Reshape": (*layouts).shuffle,

	"PRelu": (*layouts).broadcast, "Pow": (*layouts).broadcast,
}

// convert writes node i, which is n, for images whose channels are last, if it can and it pays.
func (l *layouts) convert(i int, n *graph.Node) bool {
	if len(n.In) == 0 || len(n.Out) == 0 || n.Out[0] == graph.None {
		return false
	}
	if n.Domain == microsoft && n.Op == "FusedConv" {
		return l.conv(i, n, nil)
	}
	op := l.op(n)
	if op == nil {
		return false
	}
	if c := converters[n.Op]; c != nil {
		return c(l, i, n, op)
	}
	switch {
	case !l.image(n.Out[0]):
	case op.Version.Elementwise():
		return l.elementwise(n)
	case op.Version.Broadcasts():
		return l.broadcast(i, n, op)
	}
	return false
}
