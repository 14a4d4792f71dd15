package optimize

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// Some frameworks write the normalisation of a batch without its last step, a factor and a term for each channel, and
// those as operators of their own. The products with a constant are rounded once, and not at each run.
var scale = Pass{
	Name: "scale",
	Doc:  "make a constant that each channel of a convolution, matrix product or batch normalisation is multiplied by part of it",
	run:  foldScale,
}

func foldScale(d *draft) (changed int) {
	makers, uses := d.makers(), d.uses()
	for i := range d.graph.Nodes {
		n := d.node(i)
		op := d.op(n, "Mul", "Add", "Sub")
		if op == nil || len(n.In) != 2 {
			continue
		}
		x, c := n.In[0], n.In[1]
		if d.constant(c) == nil && n.Op != "Sub" {
			x, c = c, x
		}
		m := makers[x]
		if m < 0 || uses[x] != 1 || d.constant(c) == nil {
			continue
		}
		if d.rescale(int(m), n, op, c) {
			makers[n.Out[0]] = m
			d.remove(i)
			changed++
		}
	}
	d.settle()
	return changed
}

// rescale makes part of node m what n does to its output with the constant c, if it can be.
func (d *draft) rescale(m int, n *graph.Node, op *ops.Node, c graph.ID) bool {
	if d.normalizes(d.node(m)) {
		return d.renormalize(d.node(m), n, op, c)
	}
	if n.Op != "Mul" {
		return false // bias knows
	}
	l, ok := d.layer(m)
	if !ok {
		return false
	}
	by := d.perChannel(n, op, c, l.rank, l.channels)
	if by == nil || d.constant(c).DType != l.weights.DType || !l.grow(l.bytes(true)) {
		return false
	}
	sum := l.biases()
	for i := range sum {
		sum[i] *= by[i]
	}
	weights, ok := l.scaled(by)
	if !ok {
		return false
	}
	b, ok := rounded(weights.DType, sum, l.channels)
	if ok {
		l.become(weights, b, n.Out[0])
	}
	return ok
}

// perChannel returns the elements of the constant c, an operand of n, whose output has the given rank and channels: one
// for each of these. It returns nil when they are not that.
func (d *draft) perChannel(n *graph.Node, op *ops.Node, c graph.ID, rank, channels int) []float64 {
	t := d.constant(c)
	dims := t.Shape
	if op.Version.Attr("broadcast") != nil {
		if c != n.In[1] {
			return nil
		}
		if op.HasAttr("axis") { // where the first dimension lies
			axis := op.Int("axis")
			if axis < 0 {
				axis += int64(rank)
			}
			for int64(rank)-axis > int64(len(dims)) && len(dims) < rank {
				dims = append(dims[:len(dims):len(dims)], 1)
			}
		}
	}
	if !dtype.Floats.Has(t.DType) || !fitsChannels(dims, rank, channels) {
		return nil
	}
	return channelValues(t, channels)
}

// renormalize has norm, a BatchNormalization by constants, do what n does to its output with the constant c.
func (d *draft) renormalize(norm, n *graph.Node, op *ops.Node, c graph.ID) bool {
	params := [2]*tensor.Tensor{d.constant(norm.In[1]), d.constant(norm.In[2])}
	rank := d.values[norm.In[0]].Shape.Rank()
	if rank < 2 || slices.Contains(params[:], nil) || params[0].Len() != params[1].Len() || params[0].DType != params[1].DType ||
		!dtype.Floats.Has(params[0].DType) || d.constant(c).DType != params[0].DType {
		return false
	}
	channels := params[0].Len()
	by := d.perChannel(n, op, c, rank, channels)
	if by == nil {
		return false
	}
	factor, shift := floats(params[0]), floats(params[1])
	for i, v := range by {
		switch n.Op {
		case "Mul":
			factor[i] *= v
			shift[i] *= v
		case "Sub":
			shift[i] -= v
		default:
			shift[i] += v
		}
	}
	a, ok := rounded(params[0].DType, factor, channels)
	b, fits := rounded(params[0].DType, shift, channels)
	if !ok || !fits || !d.grow(int64(len(a.Data)+len(b.Data))) {
		return false
	}
	name := d.graph.Values[n.Out[0]].Name
	norm.In = slices.Clone(norm.In)
	norm.In[1], norm.In[2] = d.addConstant(name+" scale", a), d.addConstant(name+" shift", b)
	d.rename(norm, norm.Out[0], n.Out[0])
	return true
}
