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

// moved returns attributes in which "axis", which is at for a tensor of some rank, says where it is with channels last.
func moved(attrs []graph.Attr, at, rank int) []graph.Attr {
	return withAttr(attrs, graph.Attr{Name: "axis", Kind: wire.AttrInt, Value: int64(lastAxis(at, rank))})
}

func (l *layouts) concat(_ int, n *graph.Node, op *ops.Node) bool {
	y := n.Out[0]
	if !l.image(y) || !l.pays(n.In...) {
		return false
	}
	rank := l.values[y].Shape.Rank()
	axis := int64(1) // before the attribute had to be given
	if op.HasAttr("axis") {
		axis = op.Int("axis")
	}
	at, err := shape.Axis(axis, rank)
	if err != nil || slices.ContainsFunc(n.In, func(id graph.ID) bool { return !l.image(id) }) {
		return false
	}
	m := *n
	m.In = make([]graph.ID, len(n.In))
	for j, id := range n.In {
		m.In[j] = l.last(id)
	}
	m.Attrs = moved(n.Attrs, at, rank)
	l.put(m, y)
	return true
}

func (l *layouts) split(_ int, n *graph.Node, op *ops.Node) bool {
	x := n.In[0]
	if !l.image(x) || !l.pays(x) || slices.Contains(n.Out, graph.None) {
		return false
	}
	rank := l.values[x].Shape.Rank()
	at, err := shape.Axis(op.Int("axis"), rank)
	if err != nil || op.Version.Attr("axis").Default == nil && !op.HasAttr("axis") {
		return false
	}
	for _, id := range n.Out {
		if !l.image(id) {
			return false
		}
	}
	m := *n
	m.In = slices.Clone(n.In)
	m.In[0] = l.last(x)
	m.Attrs = moved(n.Attrs, at, rank)
	m.Out = nil
	for _, id := range n.Out {
		m.Out = append(m.Out, l.twin(id, false))
	}
	l.nodes = append(l.nodes, m)
	return true
}

// softmax moves the axis of a Softmax that goes along one.
func (l *layouts) softmax(_ int, n *graph.Node, op *ops.Node) bool {
	x := n.In[0]
	if op.Version.Since < 13 || !l.image(x) || !l.pays(x) {
		return false
	}
	rank := l.values[x].Shape.Rank()
	at, err := shape.Axis(op.Int("axis"), rank)
	if err != nil {
		return false
	}
	m := *n
	m.In, m.Attrs = []graph.ID{l.last(x)}, moved(n.Attrs, at, rank)
	l.put(m, n.Out[0])
	return true
}

func (l *layouts) pad(_ int, n *graph.Node, op *ops.Node) bool {
	x := n.In[0]
	if !l.image(x) || !l.image(n.Out[0]) || !l.pays(x) || input(n, 3) != graph.None {
		return false
	}
	rank := l.values[x].Shape.Rank()
	order := lastOrder(rank)
	turn := func(pads []int64) []int64 {
		out := make([]int64, 2*rank)
		for i, at := range order {
			out[i], out[rank+i] = pads[at], pads[rank+int(at)]
		}
		return out
	}
	m := *n
	m.In = slices.Clone(n.In)
	for _, name := range [...]string{"pads", "paddings"} {
		if op.Version.Attr(name) == nil {
			continue
		}
		pads := op.Ints(name)
		if len(pads) != 2*rank {
			return false
		}
		m.Attrs = withAttr(n.Attrs, graph.Attr{Name: name, Kind: wire.AttrInts, Value: turn(pads)})
	}
	if len(m.In) > 1 {
		pads, known := l.ints(m.In[1])
		if !known || len(pads) != 2*rank {
			return false
		}
		m.In[1] = l.addInts(turn(pads))
		l.sync()
		if id := input(n, 2); id != graph.None {
			l.make(id)
		}
	}
	m.In[0] = l.last(x)
	l.put(m, n.Out[0])
	return true
}

// resize moves the scales or sizes of a Resize, where they are constant.
func (l *layouts) resize(_ int, n *graph.Node, op *ops.Node) bool {
	x := n.In[0]
	if !l.image(x) || !l.image(n.Out[0]) || !l.pays(x) || op.Version.Since < 11 || op.HasAttr("axes") ||
		op.String("coordinate_transformation_mode") == "tf_crop_and_resize" || !l.leads(n.Out[0]) {
		return false
	}
	order := lastOrder(l.values[x].Shape.Rank())
	m := *n
	m.In = []graph.ID{graph.None, graph.None, graph.None, graph.None}
	if op.Version.Since < 13 {
		m.In[1] = n.In[1]
	}
	if c := l.constant(input(n, 2)); c != nil && c.Len() == len(order) && c.DType == dtype.Float32 {
		t := tensor.New(dtype.Float32, c.Shape)
		for i, at := range order {
			tensor.View[float32](t)[i] = tensor.View[float32](c)[at]
		}
		m.In[2] = l.addConstant("scales", t)
		if op.Version.Since >= 13 {
			m.In = m.In[:3]
		}
	} else if c != nil && c.Len() != 0 || c == nil && input(n, 2) != graph.None {
		return false
	} else if op.Version.Since < 13 {
		m.In[2] = n.In[2]
	}
	if id := input(n, 3); id != graph.None {
		sizes, known := l.ints(id)
		if !known || len(sizes) != len(order) || len(m.In) < 4 {
			return false
		}
		turned := make([]int64, len(order))
		for i, at := range order {
			turned[i] = sizes[at]
		}
		m.In[3] = l.addInts(turned)
	} else {
		m.In = m.In[:3]
	}
	l.sync()
	m.In[0] = l.last(x)
	l.put(m, n.Out[0])
	return true
}

// leads reports whether a convolution reads a value, right away or after what does not care about its layout.
func (l *layouts) leads(id graph.ID) bool {
	for range 4 {
		if len(l.readers[id]) == 0 {
			return false
		}
		for _, i := range l.readers[id] {
			if l.convolves(&l.graph.Nodes[i]) {
				return true
			}
		}
		if n := &l.graph.Nodes[l.readers[id][0]]; len(n.Out) > 0 && n.Out[0] != graph.None {
			id = n.Out[0]
		}
	}
	return false
}

// shuffle writes the three nodes that shuffle channels: a Reshape that makes a matrix of them, a Transpose of the matrix,
// and a Reshape back.
func (l *layouts) shuffle(i int, n *graph.Node, _ *ops.Node) bool {
	x := n.In[0]
	if !l.image(x) || !l.pays(x) {
		return false
	}
	turn, at := l.only(n.Out[0], "Transpose")
	if turn == nil {
		return false
	}
	back, end := l.only(turn.Out[0], "Reshape")
	if back == nil {
		return false
	}
	rank := l.values[x].Shape.Rank()
	matrix, s, y := l.values[n.Out[0]].Shape, l.values[x].Shape, back.Out[0]
	order := []int64{0, 2, 1, 3, 4}[:rank+1]
	p := passing{draft: l.draft}
	if matrix.Rank() != rank+1 || !l.image(y) || !slices.Equal(p.order(turn), order) ||
		!matrix.Dim(1).Known() || !matrix.Dim(2).Known() || matrix.Dim(1)*matrix.Dim(2) != s.Dim(1) ||
		l.values[y].Shape.Rank() != rank || l.values[y].Shape.Dim(1) != s.Dim(1) {
		return false
	}
	for d := 2; d < rank; d++ {
		if !s.Dim(d).Known() || matrix.Dim(d+1) != s.Dim(d) || l.values[y].Shape.Dim(d) != s.Dim(d) {
			return false
		}
	}
	// [batch, pixels, rows, columns] of channels; how the pixels lie does not matter.
	pixels := int64(s.Elems(2, rank))
	rows, columns := int64(matrix.Dim(1)), int64(matrix.Dim(2))
	dims := []shape.Dim{s.Dim(0), shape.Dim(pixels), matrix.Dim(1), matrix.Dim(2)}
	name := l.graph.Values[n.Out[0]].Name
	a := l.addValue(name+" channels last", l.values[x].DType, dims)
	b := l.addValue(name+" channels shuffled", l.values[x].DType, []shape.Dim{dims[0], dims[1], dims[3], dims[2]})
	to := []int64{0}
	for d := 2; d < rank; d++ {
		to = append(to, int64(s.Dim(d)))
	}
	in := []graph.ID{l.last(x), l.addInts([]int64{0, pixels, rows, columns})}
	l.nodes = append(l.nodes, graph.Node{Op: "Reshape", Opset: modern, In: in, Out: []graph.ID{a}},
		graph.Node{Op: "Transpose", Opset: modern, In: []graph.ID{a}, Out: []graph.ID{b}, Attrs: []graph.Attr{{Name: "perm", Kind: wire.AttrInts, Value: []int64{0, 1, 3, 2}}}})
	shape := l.addInts(append(to, int64(s.Dim(1))))
	l.sync()
	l.put(graph.Node{Op: "Reshape", Opset: modern, In: []graph.ID{b, shape}}, y)
	l.gone[at], l.gone[end] = true, true
	return true
}

// only returns the node of some operator that is the only reader of a value, and its index.
func (l *layouts) only(id graph.ID, op string) (*graph.Node, int32) {
	if l.reads[id] != 1 || len(l.readers[id]) != 1 {
		return nil, -1
	}
	i := l.readers[id][0]
	n := l.node(int(i))
	if l.op(n, op) == nil {
		return nil, -1
	}
	return n, i
}
