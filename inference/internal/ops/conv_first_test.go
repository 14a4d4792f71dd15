//go:build !arm

package ops

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// TestConvFirst holds the fast convolutions whose channels are first against Microsoft's FusedConv for float64.
func TestConvFirst(t *testing.T) {
	for _, level := range cpu.Levels() {
		t.Run(level.String(), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(31, 32))
			for range 60 {
				checkConvFirst(t, rnd, level)
			}
		})
	}
}

func checkConvFirst(t *testing.T, rnd *rand.Rand, level cpu.Level) {
	t.Helper()
	rank, groups := 1+rnd.IntN(2), int64(1)
	x, w := []int{1 + rnd.IntN(2), 1 + rnd.IntN(20)}, []int{1 + rnd.IntN(40), 0}
	w[1] = x[1]
	kernel, stride, pad := 1, int64(1), int64(0)
	if rnd.IntN(2) == 0 { // planes
		groups, w[0], w[1] = int64(x[1]), x[1], 1
		kernel, stride, pad = 3, int64(1+rnd.IntN(2)), int64(rnd.IntN(3))
	}
	out := []int{x[0], w[0]}
	strides, pads := make([]int64, rank), make([]int64, 2*rank)
	for i := range rank {
		in := kernel + rnd.IntN(20)
		if i == rank-1 {
			in += 64
		}
		x, w = append(x, in), append(w, kernel)
		strides[i], pads[i], pads[rank+i] = stride, pad, pad
		out = append(out, (in+2*int(pad)-kernel)/int(stride)+1)
	}
	given := attrs{"strides": strides, "pads": pads, "group": groups}
	switch rnd.IntN(3) {
	case 0:
		given["activation"] = "Relu"
	case 1:
		given["activation"], given["activation_params"] = "Clip", []float32{-0.25, 0.5}
	}
	in := []*tensor.Tensor{noise(rnd, x...), noise(rnd, w...), noise(rnd, w[0])}
	wide := make([]*tensor.Tensor, len(in))
	for i, x := range in {
		wide[i] = asType(dtype.Float64, numbers(x), x.Shape...)
	}
	want := call{domain: microsoft, op: "FusedConv", opset: 1, attrs: given, in: wide, outs: 1}.run(t)[0]
	node := call{domain: microsoft, op: "FusedConv", opset: 1, attrs: given, in: in, outs: 1, level: level}
	wantTensor(t, fmt.Sprintf("FusedConv(%v, %v) %v", x, w, given), node.run(t)[0], out, numbers(want))
	wantNoAllocs(t, node)
}
