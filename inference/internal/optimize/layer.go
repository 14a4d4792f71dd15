package optimize

import (
	"math"
	"slices"

	"github.com/brinkml/brink/inference/internal/check"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

// layer is a node that makes each channel of its output of weighted sums and a bias, all constant: a convolution, or a
// product with a matrix. The channels are dimension 1 of the output.
type layer struct {
	*draft
	node     *graph.Node
	decl     *ops.Node
	rank     int // of the output
	channels int

	// The weights, and where those of each channel are: in the order of groups, blocks, channels of a group, run.
	weights             *tensor.Tensor
	groups, blocks, run int

	bias *tensor.Tensor // one element, or one for each channel; nil when there is none
	beta float64        // what it counts
}

// layer returns node i as a layer, if it is one whose weights are known.
func (d *draft) layer(i int) (*layer, bool) {
	n := d.node(i)
	l := &layer{draft: d, node: n, decl: d.op(n, "Conv", "ConvTranspose", "Gemm", "MatMul"), beta: 1, groups: 1, blocks: 1, run: 1}
	if l.decl == nil || len(n.Out) == 0 {
		return nil, false
	}
	l.weights = d.constant(input(n, 1))
	if l.weights == nil || !dtype.Floats.Has(l.weights.DType) || l.weights.Len() == 0 {
		return nil, false
	}
	if l.rank = len(l.weights.Shape); !l.arrange() {
		return nil, false
	}
	if id := input(n, 2); id != graph.None {
		l.bias = d.constant(id)
		return l, l.bias != nil && l.bias.DType == l.weights.DType && l.biasFits()
	}
	return l, true
}

// arrange finds the channels among the weights.
func (l *layer) arrange() bool {
	dims := l.weights.Shape
	switch l.node.Op {
	case "Conv": // [channels, ...]
		if l.rank < 3 {
			return false
		}
		l.channels, l.run = dims[0], tensor.Elems(dims[1:])
	case "ConvTranspose": // [groups * inputs, channels of a group, ...]
		g := l.decl.Int("group")
		if l.rank < 3 || g < 1 || int64(dims[0])%g != 0 {
			return false
		}
		l.groups, l.blocks, l.run = int(g), dims[0]/int(g), tensor.Elems(dims[2:])
		l.channels = l.groups * dims[1]
	case "Gemm", "MatMul": // [inputs, channels], or the other way round
		if l.rank != 2 || l.values[l.node.In[0]].Shape.Rank() != 2 {
			return false
		}
		l.blocks, l.channels = dims[0], dims[1]
		if l.node.Op == "Gemm" {
			l.beta = float64(l.decl.Float("beta"))
			if l.decl.Flag("transB") {
				l.blocks, l.channels, l.run = 1, dims[0], dims[1]
			}
		}
	}
	return true
}

// biasFits reports whether the bias is the same wherever a channel is looked at.
func (l *layer) biasFits() bool {
	dims := l.bias.Shape
	if l.node.Op != "Gemm" {
		return len(dims) == 1 && dims[0] == l.channels
	}
	return fitsChannels(dims, 2, l.channels)
}

// fitsChannels reports whether what has the given dimensions broadcasts to an output of the given rank with one element
// for each channel, or with one for all.
func fitsChannels(dims []int, rank, channels int) bool {
	if len(dims) > rank {
		return false
	}
	for i, d := range dims {
		if d != 1 && (i+rank-len(dims) != 1 || d != channels) {
			return false
		}
	}
	return true
}

// channelValues returns the elements of what fits channels, one for each.
func channelValues(t *tensor.Tensor, channels int) []float64 {
	v := floats(t)
	if len(v) == 1 {
		v = slices.Repeat(v, channels)
	}
	return v
}

// floats returns the elements of a tensor of float32 or float64.
func floats(t *tensor.Tensor) []float64 {
	if t.DType == dtype.Float64 {
		return slices.Clone(tensor.View[float64](t))
	}
	narrow := tensor.View[float32](t)
	out := make([]float64, len(narrow))
	for i, v := range narrow {
		out[i] = float64(v)
	}
	return out
}

// rounded returns numbers as a tensor of float32 or float64, or false when one is none that this can hold.
func rounded(d dtype.DType, v []float64, dims ...int) (*tensor.Tensor, bool) {
	t := tensor.New(d, dims)
	for i, x := range v {
		if d == dtype.Float32 {
			x = float64(float32(x))
			tensor.View[float32](t)[i] = float32(x)
		} else {
			tensor.View[float64](t)[i] = x
		}
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, false
		}
	}
	return t, true
}

// biases returns what the layer adds to each channel.
func (l *layer) biases() []float64 {
	if l.bias == nil {
		return make([]float64, l.channels)
	}
	v := channelValues(l.bias, l.channels)
	for i := range v {
		v[i] *= l.beta
	}
	return v
}

// lazyWeights is the size, in bytes, from which on weights are multiplied when a kernel is made of them, and not before.
const lazyWeights = 1 << 16

// scaled returns the weights, those of each channel multiplied by its scale, or false when a product is no number that
// their type can hold. Of many weights that is found out when they are looked at: see [check.ErrRange].
func (l *layer) scaled(scale []float64) (*tensor.Tensor, bool) {
	src := l.weights
	t := &tensor.Tensor{DType: src.DType, Shape: src.Shape}
	by := channelScale{scale, l.channels / l.groups, l.blocks, l.run}
	release := l.release
	t.Lazy = func(dst []byte) error {
		if src.Lazy == nil {
			defer release(src.Data)
		}
		return by.apply(dst, src)
	}
	if src.Lazy != nil || len(src.Data) >= lazyWeights {
		for _, s := range scale {
			if math.IsNaN(s) || math.IsInf(s, 0) {
				return nil, false
			}
		}
		return t, true
	}
	t, err := t.Filled()
	return t, err == nil
}

// channelScale multiplies weights with a number for each channel. They are in the order of groups, blocks, channels of a
// group, run.
type channelScale struct {
	scale            []float64
	per, blocks, run int // channels of a group; as in layer
}

// apply writes the products with src to dst.
func (s *channelScale) apply(dst []byte, src *tensor.Tensor) error {
	data := src.Data
	if src.Lazy != nil {
		if err := src.Lazy(dst); err != nil {
			return err
		}
		data = dst
	}
	ok := false
	if src.DType == dtype.Float64 {
		ok = scaleRuns(s, tensor.Cast[float64](dst), tensor.Cast[float64](data))
	} else {
		ok = scaleRuns(s, tensor.Cast[float32](dst), tensor.Cast[float32](data))
	}
	if !ok {
		return check.ErrRange
	}
	return nil
}

func scaleRuns[T float32 | float64](s *channelScale, dst, src []T) bool {
	var sums [4]T // stay 0 as long as there are numbers only; four, so that no addition waits for the one before it
	for at := 0; at < len(src); at += s.run {
		i := at / s.run
		by := s.scale[i/(s.per*s.blocks)*s.per+i%s.per]
		to := dst[at:][:s.run]
		for j, w := range src[at:][:s.run] {
			to[j] = T(float64(w) * by)
			sums[j&3] += to[j] * 0
		}
	}
	return sums == [4]T{}
}

// bytes returns the memory of new weights and biases.
func (l *layer) bytes(weights bool) int64 {
	n := l.channels
	if weights {
		n += l.weights.Len()
	}
	return int64(n) * int64(l.weights.DType.Size())
}

// become gives the layer other weights, unless they are nil, and other biases, and has it make the value out.
func (l *layer) become(weights, bias *tensor.Tensor, out graph.ID) {
	n := l.node
	name := l.graph.Values[n.Out[0]].Name
	in := []graph.ID{n.In[0], n.In[1], graph.None}
	if weights != nil {
		in[1] = l.addConstant(name+" weights", weights)
	}
	in[2] = l.addConstant(name+" bias", bias)
	n.In = in
	if n.Op == "MatMul" {
		n.Op = "Gemm"
	}
	if l.beta != 1 {
		n.Attrs = slices.DeleteFunc(slices.Clone(n.Attrs), func(a graph.Attr) bool { return a.Name == "beta" })
		n.Attrs = append(n.Attrs, graph.Attr{Name: "beta", Kind: wire.AttrFloat, Value: float32(1)})
	}
	l.rename(n, n.Out[0], out)
}
