package optimize

import (
	"math"
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// The weights are computed as float64 and rounded once; results differ from those of two nodes by rounding alone.
var batchnorm = Pass{
	Name: "batchnorm",
	Doc:  "make a batch normalisation part of the convolution or matrix product before it",
	run:  foldBatchNorm,
}

func foldBatchNorm(d *draft) (changed int) {
	makers, uses := d.makers(), d.uses()
	for i := range d.graph.Nodes {
		n := d.node(i)
		if !d.normalizes(n) || slices.ContainsFunc(n.Out[1:], func(id graph.ID) bool { return id != graph.None && uses[id] > 0 }) {
			continue
		}
		m := makers[n.In[0]]
		if m < 0 || uses[n.In[0]] != 1 {
			continue
		}
		if l, ok := d.layer(int(m)); ok && l.normalize(n) {
			makers[n.Out[0]] = m
			d.remove(i)
			changed++
		}
	}
	d.settle()
	return changed
}

// normalizes reports whether n is a BatchNormalization that does the same to each image and learns nothing.
func (d *draft) normalizes(n *graph.Node) bool {
	op := d.op(n, "BatchNormalization")
	return op != nil && len(n.In) == 5 && len(n.Out) > 0 && n.Out[0] != graph.None &&
		(op.Version.Attr("training_mode") == nil || !op.Flag("training_mode")) &&
		(op.Version.Attr("spatial") == nil || op.Flag("spatial"))
}

// normalize makes part of the layer what n, a BatchNormalization, does to its output, if it can be: each channel is
// multiplied with a scale, and a shift added.
func (l *layer) normalize(n *graph.Node) bool {
	var params [4]*tensor.Tensor
	for j := range params {
		t := l.constant(n.In[1+j])
		if t == nil || !dtype.Floats.Has(t.DType) || t.Len() != l.channels {
			return false
		}
		params[j] = t
	}
	if !l.grow(l.bytes(true)) {
		return false
	}
	scale, shift, mean, variance := floats(params[0]), floats(params[1]), floats(params[2]), floats(params[3])
	epsilon := float64(l.op(n).Float("epsilon"))
	sum := l.biases()
	for c := range sum {
		scale[c] /= math.Sqrt(variance[c] + epsilon)
		sum[c] = (sum[c]-mean[c])*scale[c] + shift[c]
	}
	weights, ok := l.scaled(scale)
	if !ok {
		return false
	}
	b, ok := rounded(weights.DType, sum, l.channels)
	if ok {
		l.become(weights, b, n.Out[0])
	}
	return ok
}
