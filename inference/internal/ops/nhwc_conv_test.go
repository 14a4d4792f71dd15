//go:build !arm

package ops

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// TestNHWCConv holds the convolution of images with channels last against the one of Microsoft's FusedConv for float64.
func TestNHWCConv(t *testing.T) {
	for _, level := range cpu.Levels() {
		t.Run(level.String(), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(21, 22))
			rounds := 400
			if testing.Short() {
				rounds = 60
			}
			for range rounds {
				checkNHWCConv(t, rnd, level)
			}
		})
	}
}

// checkNHWCConv compares one convolution of random dimensions.
func checkNHWCConv(t *testing.T, rnd *rand.Rand, level cpu.Level) {
	t.Helper()
	rank, groups := 1+rnd.IntN(2), 1
	own, per := 1+rnd.IntN(9), 1+rnd.IntN(40)
	switch rnd.IntN(4) {
	case 0:
		groups, own, per = 1+rnd.IntN(40), 1, 1
	case 1:
		groups, per = 1+rnd.IntN(8), 1+rnd.IntN(6)
	}
	x, w := []int{1 + rnd.IntN(2), groups * own}, []int{groups * per, own}
	out := []int{x[0], w[0]}
	strides, dilations, pads := make([]int64, rank), make([]int64, rank), make([]int64, 2*rank)
	winograd := rnd.IntN(4) == 0 // the form that such convolutions want
	if winograd {
		rank, groups, own, per = 2, 1, 16+16*rnd.IntN(3), 16+16*rnd.IntN(4)
		x, w, out = []int{x[0], own}, []int{per, own}, []int{x[0], per}
		strides, dilations, pads = make([]int64, rank), make([]int64, rank), make([]int64, 2*rank)
	}
	for i := range rank {
		kernel := 1 + rnd.IntN(4)
		strides[i], dilations[i] = int64(1+rnd.IntN(2)), int64(1+rnd.IntN(2)*rnd.IntN(2))
		if winograd {
			kernel, strides[i], dilations[i] = 3, 1, 1
		}
		pads[i], pads[rank+i] = int64(rnd.IntN(4)), int64(rnd.IntN(4))
		reach := (kernel-1)*int(dilations[i]) + 1
		in := max(reach-int(pads[i]+pads[rank+i]), 1) + rnd.IntN(20)
		x, w = append(x, in), append(w, kernel)
		out = append(out, (in+int(pads[i]+pads[rank+i])-reach)/int(strides[i])+1)
	}
	given := attrs{"strides": strides, "dilations": dilations, "pads": pads, "group": int64(groups)}
	switch rnd.IntN(4) {
	case 0:
		given["activation"] = "Relu"
	case 1:
		given["activation"], given["activation_params"] = "Clip", []float32{-0.25, 0.5}
	case 2:
		given["activation"], given["activation_params"] = "LeakyRelu", []float32{0.25}
	}
	in := []*tensor.Tensor{noise(rnd, x...), noise(rnd, w...), nil, nil}
	if rnd.IntN(2) == 0 {
		in[2] = noise(rnd, w[0])
	}
	if rnd.IntN(2) == 0 {
		in[3] = noise(rnd, out...)
	}
	wide := make([]*tensor.Tensor, len(in))
	for i, x := range in {
		if x != nil {
			wide[i] = asType(dtype.Float64, numbers(x), x.Shape...)
		}
	}
	precise := call{domain: microsoft, op: "FusedConv", opset: 1, attrs: given, in: wide, outs: 1}.run(t)[0]
	want := asType(dtype.Float32, numbers(precise), precise.Shape...)
	last := slices.Clone(in)
	last[0] = channelsLast(in[0])
	if in[3] != nil {
		last[3] = channelsLast(in[3])
	}
	node := call{domain: internal, op: "Conv", opset: 1, attrs: given, in: last, outs: 1, level: level}
	got := node.run(t)[0]
	what := fmt.Sprintf("Conv(%v, %v) %v", x, w, given)
	wantTensor(t, what, got, channelsLast(want).Shape, numbers(channelsLast(want)))
	node.constant = []int{1}
	wantTensor(t, what+" with packed weights", node.run(t)[0], got.Shape, numbers(got))
	wantNoAllocs(t, node)
}

// TestNHWCConvOfNothing has images without channels: what is left is the bias.
func TestNHWCConvOfNothing(t *testing.T) {
	for _, level := range cpu.Levels() {
		in := []*tensor.Tensor{f32(nil, 1, 2, 2, 0), f32(nil, 1, 0, 1, 1), f32([]float64{3}, 1)}
		node := call{domain: internal, op: "Conv", opset: 1, in: in, outs: 1, level: level}
		wantTensor(t, "Conv "+level.String(), node.run(t)[0], []int{1, 2, 2, 1}, []float64{3, 3, 3, 3})
	}
}

// channelsLast returns [batch, channels, spatial...] as [batch, spatial..., channels].
func channelsLast(x *tensor.Tensor) *tensor.Tensor {
	dims := slices.Concat(x.Shape[:1], x.Shape[2:], x.Shape[1:2])
	out := tensor.New(x.DType, dims)
	channels, plane := x.Shape[1], tensor.Elems(x.Shape[2:])
	for i, v := range tensor.View[float32](x) {
		n, c, at := i/(channels*plane), i/plane%channels, i%plane
		tensor.View[float32](out)[(n*plane+at)*channels+c] = v
	}
	return out
}
