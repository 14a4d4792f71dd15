package main

import (
	"hash/fnv"
	"math"
	"math/rand/v2"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// model is one of the models: it takes x and returns y, both of float32.
type model struct {
	name      string
	tolerance float64 // of the difference of the outputs, as a share of the largest
	make      func() ([]byte, error)
}

// models are small ones of each kind.
var models = []model{
	{"relu", 0, relu},
	{"perceptron", 1e-5, func() ([]byte, error) { return dense(1, 4, 8, 3) }},
	{"autoencoder", 1e-5, func() ([]byte, error) { return dense(1, 640, 128, 128, 8, 128, 128, 640) }},
	{"dense512", 1e-5, func() ([]byte, error) { return dense(512, 512, 512) }},
	{"conv3x3", 1e-5, func() ([]byte, error) { return convolutions(64, 56, "3x3") }},
	{"conv1x1", 1e-5, func() ([]byte, error) { return convolutions(256, 28, "1x1", "1x1") }},
	{"depthwise", 1e-5, func() ([]byte, error) { return convolutions(96, 56, "depthwise", "1x1", "depthwise", "1x1") }},
	{"cnn", 1e-5, cnn},
	{"int8conv", 2e-2, int8Convolution},
	{"int8dense", 2e-2, int8Dense},
	{"lstm", 1e-5, lstm},
	{"transformer", 1e-4, transformer},
}

func allNames() []string {
	names := make([]string, len(models))
	for i, m := range models {
		names[i] = m.name
	}
	return names
}

// random returns n numbers in [-by, by) that follow from the name.
func random(name string, n int, by float64) []float32 {
	h := fnv.New64a()
	h.Write([]byte(name))
	r := rand.New(rand.NewPCG(h.Sum64(), uint64(n)))
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(by * (2*r.Float64() - 1))
	}
	return out
}

// net is a graph on the way from x to y.
type net struct {
	*build.Graph
	v     build.Value
	shape []int
}

func newNet(name string, shape ...int) *net {
	g := build.New(name, nil)
	return &net{g, g.Input("x", inference.Float32, build.Shape(shape...)...), shape}
}

// weights adds a constant, such that what is summed up over fan terms keeps its size.
func (n *net) weights(name string, fan int, shape ...int) build.Value {
	size := 1
	for _, d := range shape {
		size *= d
	}
	return build.Const(n.Graph, name, random(name, size, math.Sqrt(3/float64(fan))), shape...)
}

func (n *net) op(op string, more []build.Value, attrs ...build.Attr) {
	n.v = n.Op(op, append([]build.Value{n.v}, more...), attrs...)
}

func (n *net) finish() ([]byte, error) {
	n.Output("y", n.v, inference.Float32, build.Shape(n.shape...)...)
	return n.Model()
}

func relu() ([]byte, error) {
	n := newNet("relu", 1, 1)
	n.op("Relu", nil)
	return n.finish()
}

// dense is a chain of layers with the given numbers of units.
func dense(rows int, units ...int) ([]byte, error) {
	n := newNet("dense", rows, units[0])
	for i := range units[1:] {
		in, out := units[i], units[i+1]
		name := string(rune('a' + i))
		n.op("Gemm", []build.Value{n.weights("w"+name, in, in, out), n.weights("b"+name, in, out)})
		if i < len(units)-2 {
			n.op("Relu", nil)
		}
		n.shape = []int{rows, out}
	}
	return n.finish()
}

// convolutions is a chain of convolutions that keep the size of the image.
func convolutions(channels, side int, kinds ...string) ([]byte, error) {
	n := newNet("convolutions", 1, channels, side, side)
	for i, kind := range kinds {
		name := string(rune('a' + i))
		size, group, pad := 3, 1, 1
		switch kind {
		case "1x1":
			size, pad = 1, 0
		case "depthwise":
			group = channels
		}
		each := channels / group
		n.op("Conv", []build.Value{n.weights("w"+name, each*size*size, channels, each, size, size), n.weights("b"+name, 9, channels)},
			build.Ints("pads", pad, pad, pad, pad), build.Int("group", group))
		n.op("Relu", nil)
	}
	return n.finish()
}

// cnn tells ten classes of images of 32x32 apart.
func cnn() ([]byte, error) {
	n := newNet("cnn", 1, 3, 32, 32)
	in := 3
	for i, out := range []int{16, 32, 64} {
		name := string(rune('a' + i))
		n.op("Conv", []build.Value{n.weights("w"+name, 9*in, out, in, 3, 3), n.weights("b"+name, 9*in, out)}, build.Ints("pads", 1, 1, 1, 1))
		n.op("Relu", nil)
		n.op("MaxPool", nil, build.Ints("kernel_shape", 2, 2), build.Ints("strides", 2, 2))
		in = out
	}
	n.op("GlobalAveragePool", nil)
	n.op("Flatten", nil)
	n.op("Gemm", []build.Value{n.weights("w", 64, 64, 10), n.weights("b", 64, 10)})
	n.op("Softmax", nil)
	n.shape = []int{1, 10}
	return n.finish()
}

// bytesOf returns numbers in [-1, 1) as signed bytes.
func bytesOf(v []float32) []int8 {
	out := make([]int8, len(v))
	for i, x := range v {
		out[i] = int8(127 * x)
	}
	return out
}

// int8Convolution quantises its input, and has a convolution of bytes as tools for training write it, in floats between
// pairs of QuantizeLinear and DequantizeLinear.
func int8Convolution() ([]byte, error) {
	const channels, side = 64, 28
	n := newNet("int8", 1, channels, side, side)
	scale := build.Const(n.Graph, "scale", []float32{1. / 128})
	zero := build.Const(n.Graph, "zero", []uint8{128})
	fake := func() {
		n.op("QuantizeLinear", []build.Value{scale, zero})
		n.op("DequantizeLinear", []build.Value{scale, zero})
	}
	fake()
	w := build.Const(n.Graph, "w", bytesOf(random("w", channels*channels*9, 1)), channels, channels, 3, 3)
	by := build.Const(n.Graph, "by", []float32{1. / 127 / 24})
	w = n.Op("DequantizeLinear", []build.Value{w, by, build.Const(n.Graph, "none", []int8{0})})
	n.op("Conv", []build.Value{w}, build.Ints("pads", 1, 1, 1, 1))
	n.op("Relu", nil)
	fake()
	return n.finish()
}

// int8Dense quantises its input by what is in it.
func int8Dense() ([]byte, error) {
	const rows, in, out = 64, 256, 256
	n := newNet("int8", rows, in)
	q := n.Ops("DynamicQuantizeLinear", 3, []build.Value{n.v})
	w := build.Const(n.Graph, "w", bytesOf(random("w", in*out, 1)), in, out)
	y := n.Op("MatMulInteger", []build.Value{q[0], w, q[2], build.Const(n.Graph, "none", []int8{0})})
	y = n.Op("Cast", []build.Value{y}, build.Int("to", int(inference.Float32)))
	n.v = n.Op("Mul", []build.Value{y, n.Op("Mul", []build.Value{q[1], build.Const(n.Graph, "by", []float32{1. / 127 / 16})})})
	n.shape = []int{rows, out}
	return n.finish()
}

// lstm reads 128 vectors of 16 and keeps the last state of 64.
func lstm() ([]byte, error) {
	const steps, in, hidden = 128, 16, 64
	n := newNet("lstm", steps, 1, in)
	states := n.Ops("LSTM", 2, []build.Value{
		n.v, n.weights("w", in, 1, 4*hidden, in), n.weights("r", hidden, 1, 4*hidden, hidden), n.weights("b", hidden, 1, 8*hidden),
	}, build.Int("hidden_size", hidden))
	n.v, n.shape = states[1], []int{1, 1, hidden}
	return n.finish()
}

// transformer is one layer of an encoder: attention and a perceptron, each with a normalisation.
func transformer() ([]byte, error) {
	const rows, width, heads, wide = 64, 64, 4, 256
	n := newNet("transformer", 1, rows, width)
	linear := func(name string, v build.Value, in, out int) build.Value {
		v = n.Op("MatMul", []build.Value{v, n.weights("w"+name, in, in, out)})
		return n.Op("Add", []build.Value{v, n.weights("b"+name, in, out)})
	}
	ints := func(name string, v ...int64) build.Value { return build.Const(n.Graph, name, v, len(v)) }
	split, joined := ints("split", 1, rows, heads, width/heads), ints("joined", 1, rows, width)
	head := func(name string, perm ...int) build.Value {
		v := n.Op("Reshape", []build.Value{linear(name, n.v, width, width), split})
		return n.Op("Transpose", []build.Value{v}, build.Ints("perm", perm...))
	}
	norm := func(name string, v build.Value) build.Value {
		v = n.Op("Add", []build.Value{v, n.v})
		return n.Op("LayerNormalization", []build.Value{v, n.weights("s"+name, 3, width), n.weights("t"+name, 3, width)})
	}
	scores := n.Op("MatMul", []build.Value{head("q", 0, 2, 1, 3), head("k", 0, 2, 3, 1)})
	scores = n.Op("Mul", []build.Value{scores, build.Const(n.Graph, "scale", []float32{float32(1 / math.Sqrt(width/heads))})})
	v := n.Op("MatMul", []build.Value{n.Op("Softmax", []build.Value{scores}), head("v", 0, 2, 1, 3)})
	v = n.Op("Reshape", []build.Value{n.Op("Transpose", []build.Value{v}, build.Ints("perm", 0, 2, 1, 3)), joined})
	n.v = norm("1", linear("o", v, width, width))
	v = linear("up", n.v, width, wide)
	half, root, one := []float32{0.5}, []float32{math.Sqrt2}, []float32{1}
	erf := n.Op("Erf", []build.Value{n.Op("Div", []build.Value{v, build.Const(n.Graph, "root", root)})})
	v = n.Op("Mul", []build.Value{v, n.Op("Add", []build.Value{erf, build.Const(n.Graph, "one", one)})})
	v = n.Op("Mul", []build.Value{v, build.Const(n.Graph, "half", half)})
	n.v = norm("2", linear("down", v, wide, width))
	return n.finish()
}
