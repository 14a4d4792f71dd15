package ops

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/brinkml/brink/inference/internal/tensor"
)

func TestConv(t *testing.T) {
	rnd := rand.New(rand.NewPCG(13, 14))
	for range 100 {
		rank, groups := 1+rnd.IntN(3), 1+rnd.IntN(3)
		x, w := []int{rnd.IntN(3), 0}, []int{groups * (1 + rnd.IntN(5)), 1 + rnd.IntN(3)}
		x[1] = groups * w[1]
		out := []int{x[0], w[0]}
		strides, dilations, pads := make([]int64, rank), make([]int64, rank), make([]int64, 2*rank)
		for i := range rank {
			kernel := 1 + rnd.IntN(3)
			strides[i], dilations[i] = int64(1+rnd.IntN(2)), int64(1+rnd.IntN(2))
			pads[i], pads[rank+i] = int64(rnd.IntN(3)), int64(rnd.IntN(3))
			reach := (kernel-1)*int(dilations[i]) + 1
			in := reach + rnd.IntN(9)
			x, w = append(x, in), append(w, kernel)
			out = append(out, (in+int(pads[i]+pads[rank+i])-reach)/int(strides[i])+1)
		}
		given := attrs{"strides": strides, "dilations": dilations, "pads": pads, "group": int64(groups)}
		image, filters, bias := noise(rnd, x...), noise(rnd, w...), noise(rnd, w[0])
		var b *tensor.Tensor
		if rnd.IntN(2) == 0 {
			b = bias
		} else {
			clear(bias.Data)
		}
		node := call{op: "Conv", opset: 11, attrs: given, in: []*tensor.Tensor{image, filters, b}, outs: 1}
		want := naiveConv(image, filters, bias, out, groups, strides, dilations, pads)
		wantTensor(t, fmt.Sprintf("Conv(%v, %v) %v", x, w, given), node.run(t)[0], out, want)
		wantNoAllocs(t, node)
	}
}

// TestConvManyDimensions has images with more dimensions than photographs and films.
func TestConvManyDimensions(t *testing.T) {
	rnd := rand.New(rand.NewPCG(15, 16))
	image, filters, bias := noise(rnd, 2, 4, 3, 2, 3, 4, 3), noise(rnd, 6, 2, 2, 1, 3, 2, 2), noise(rnd, 6)
	strides, dilations, pads := []int64{1, 2, 1, 2, 1}, []int64{2, 1, 1, 1, 1}, []int64{0, 1, 1, 0, 1, 0, 0, 1, 2, 0}
	out := []int{2, 6, 1, 2, 3, 3, 3}
	node := call{op: "Conv", opset: 11, in: []*tensor.Tensor{image, filters, bias}, outs: 1, attrs: attrs{
		"strides": strides, "dilations": dilations, "pads": pads, "group": int64(2),
	}}
	wantTensor(t, "Conv", node.run(t)[0], out, naiveConv(image, filters, bias, out, 2, strides, dilations, pads))
	wantNoAllocs(t, node)
}

// naiveConv computes what Conv does, one element at a time.
func naiveConv(x, w, bias *tensor.Tensor, out []int, groups int, strides, dilations, pads []int64) []float64 {
	xs, ws := tensor.View[float32](x), tensor.View[float32](w)
	want := make([]float64, tensor.Elems(out))
	taps := tensor.Elems(w.Shape[1:])
	for o := range want {
		pos := unravel(o, out)
		f := pos[1]
		want[o] = float64(tensor.View[float32](bias)[f])
		for tap := range taps {
			k := unravel(tap, w.Shape[1:])
			at := pos[0]*x.Shape[1] + f/(out[1]/groups)*w.Shape[1] + k[0]
			inside := true
			for i := range strides {
				p := pos[2+i]*int(strides[i]) - int(pads[i]) + k[1+i]*int(dilations[i])
				inside = inside && p >= 0 && p < x.Shape[2+i]
				at = at*x.Shape[2+i] + p
			}
			if inside {
				want[o] += float64(xs[at]) * float64(ws[f*taps+tap])
			}
		}
	}
	return want
}

// unravel returns the indices of the i-th element of a tensor.
func unravel(i int, dims []int) []int {
	out := make([]int, len(dims))
	for d := len(dims) - 1; d >= 0; d-- {
		out[d] = i % dims[d]
		i /= dims[d]
	}
	return out
}

func TestConvAutoPad(t *testing.T) {
	x, w := tensor.Of([]float32{1, 1, 1, 1, 1}, 1, 1, 5), tensor.Of([]float32{1, 1, 1, 1}, 1, 1, 4)
	for _, c := range []struct {
		pad  string
		want []float64
	}{
		{"SAME_UPPER", []float64{3, 4, 2}}, // one before, two after
		{"SAME_LOWER", []float64{2, 4, 3}},
		{"VALID", []float64{4}},
	} {
		node := call{op: "Conv", opset: 22, attrs: attrs{"auto_pad": c.pad, "strides": []int64{2}}, in: []*tensor.Tensor{x, w}, outs: 1}
		wantTensor(t, "Conv "+c.pad, node.run(t)[0], []int{1, 1, len(c.want)}, c.want)
	}
}

// TestConvOfNothing has images without channels: what is left is the bias.
func TestConvOfNothing(t *testing.T) {
	node := call{op: "Conv", opset: 11, in: []*tensor.Tensor{f32(nil, 1, 0, 2, 2), f32(nil, 1, 0, 1, 1), f32([]float64{3}, 1)}, outs: 1}
	wantTensor(t, "Conv", node.run(t)[0], []int{1, 1, 2, 2}, []float64{3, 3, 3, 3})
}

func BenchmarkConv(b *testing.B) {
	x, w := tensor.Of(make([]float32, 94*8*60), 94, 8, 60), tensor.Of(make([]float32, 32*8*7), 32, 8, 7)
	k, c, err := call{op: "Conv", opset: 11, attrs: attrs{"pads": []int64{3, 3}, "strides": []int64{2}}, in: []*tensor.Tensor{x, w}, outs: 1}.kernel(b, 1)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := k.Run(c); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(2*94*32*30*8*7*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
