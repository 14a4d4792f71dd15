//go:build !arm

package optimize

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
)

// convolves reports whether a node is a convolution that is faster with its channels last.
func (l *layouts) convolves(n *graph.Node) bool {
	if !(n.Op == "Conv" && n.Domain == "") && !(n.Op == "FusedConv" && n.Domain == microsoft) {
		return false
	}
	if len(n.In) < 2 || len(n.Out) == 0 {
		return false
	}
	x, w := n.In[0], n.In[1]
	return l.image(x) && l.image(n.Out[0]) && l.values[x].DType == dtype.Float32 && l.constant(w) != nil &&
		l.values[w].Shape.Rank() == l.values[x].Shape.Rank()
}

// longRow is how many positions make a row that is long enough for kernels whose columns they are.
const longRow = 64

// staysFirst reports whether a convolution is as fast with its channels first, and nothing around it wants them last:
// each channel has a filter and rows are long, or each pixel is multiplied with a matrix.
func (l *layouts) staysFirst(n *graph.Node) bool {
	x, y := n.In[0], n.Out[0]
	if a := attr(n, "activation"); a != nil && a != "Relu" && a != "Clip" || input(n, 3) != graph.None {
		return false
	}
	if l.twins[x] != graph.None || l.leads(y) || slices.ContainsFunc(l.readers[y], l.pools) {
		return false
	}
	return l.ofPlanes(n) || l.ofPixels(n)
}

// pools reports whether a node is a pooling that is faster with its channels last.
func (l *layouts) pools(i int32) bool {
	op := l.graph.Nodes[i].Op
	return op == "MaxPool" || op == "AveragePool" || op == "LRN"
}

// ofPlanes reports whether a convolution is one of long rows of planes by themselves. Where it skips positions, it is one
// that there is a kernel for.
func (l *layouts) ofPlanes(n *graph.Node) bool {
	x, w := l.values[n.In[0]].Shape, l.values[n.In[1]].Shape
	last := w.Rank() - 1
	if w.Dim(1) != 1 || w.Dim(0) == 1 || x.Dim(1) != w.Dim(0) || x.Dim(last) < longRow+w.Dim(last) {
		return false
	}
	steps, _ := attr(n, "strides").([]int64)
	apart, _ := attr(n, "dilations").([]int64)
	return !slices.ContainsFunc(steps, func(s int64) bool { return s != 1 }) || slices.Equal(steps, []int64{2, 2}) &&
		last == 3 && w.Dim(2) == 3 && w.Dim(3) == 3 && !slices.ContainsFunc(apart, func(d int64) bool { return d != 1 })
}

// ofPixels reports whether a convolution multiplies each of many pixels by a matrix that stays in a cache.
func (l *layouts) ofPixels(n *graph.Node) bool {
	const (
		largest = 256 << 10 // elements
		crowded = 1024      // rows so many elements long drive each other out of a cache
	)
	x, w := l.values[n.In[0]].Shape, l.values[n.In[1]].Shape
	filters, channels := int64(w.Dim(0)), int64(w.Dim(1))
	for i := 2; i < w.Rank(); i++ {
		if w.Dim(i) != 1 || !x.Dim(i).Known() || l.values[n.Out[0]].Shape.Dim(i) != x.Dim(i) {
			return false
		}
	}
	return x.Dim(1) == w.Dim(1) && x.Elems(2, x.Rank()) >= longRow && channels%crowded != 0 && filters*channels <= largest
}

func (l *layouts) conv(_ int, n *graph.Node, _ *ops.Node) bool {
	if !l.convolves(n) || l.staysFirst(n) {
		return false
	}
	in := []graph.ID{l.last(n.In[0])}
	for j := 1; j < len(n.In); j++ {
		id := n.In[j]
		if j == 3 && id != graph.None {
			id = l.last(id)
		}
		in = append(in, id)
	}
	l.put(graph.Node{Name: n.Name, Op: "Conv", Domain: brink, Opset: 1, In: in, Attrs: n.Attrs}, n.Out[0])
	return true
}
