//go:build !arm

package ops

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// turned returns an image with its channels moved from the second place to the last, or back.
func turned(x *tensor.Tensor, last bool) *tensor.Tensor {
	rank := len(x.Shape)
	channels, pixels := x.Shape[1], tensor.Elems(x.Shape[2:])
	dims := append(append([]int{x.Shape[0]}, x.Shape[2:]...), channels)
	if !last {
		channels, pixels = x.Shape[rank-1], tensor.Elems(x.Shape[1:rank-1])
		dims = append([]int{x.Shape[0], channels}, x.Shape[1:rank-1]...)
	}
	y := tensor.New(x.DType, dims)
	dst, src := tensor.View[float32](y), tensor.View[float32](x)
	for b := range x.Shape[0] {
		at := b * channels * pixels
		for c := range channels {
			for p := range pixels {
				if last {
					dst[at+p*channels+c] = src[at+c*pixels+p]
				} else {
					dst[at+c*pixels+p] = src[at+p*channels+c]
				}
			}
		}
	}
	return y
}

// runAt runs a node with the kernels of a level, in a number of parts, as often again to count what it allocates.
func runAt(t *testing.T, c call, l cpu.Level, parts int) *tensor.Tensor {
	t.Helper()
	n, err := c.node(t)
	if err != nil {
		t.Fatal(err)
	}
	n.CPU = l
	if err := n.Version.Infer(n); err != nil {
		t.Fatal(err)
	}
	k, err := n.Version.New(n)
	if err != nil {
		t.Fatal(err)
	}
	ctx := &Ctx{In: c.in, Out: []*tensor.Tensor{tensor.New(n.Out[0].DType, n.Out[0].Dims())}, Run: &Run{Context: t.Context()}}
	poison(ctx.Out[0].Data)
	if s, ok := k.(Scratcher); ok {
		ctx.Scratch = tensor.Alloc((s.Scratch() + 63) &^ 63 * parts)
		poison(ctx.Scratch)
	}
	run := func() {
		s, ok := k.(Splitter)
		if !ok {
			err = k.Run(ctx)
			return
		}
		for part := range parts {
			if e := s.RunPart(ctx, part, parts); e != nil {
				err = e
			}
		}
	}
	if got := testing.AllocsPerRun(2, run); got != 0 {
		t.Errorf("%s: %v allocations a run; want 0", c.op, got)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ctx.Out[0]
}

// TestChannelsLast compares the operators on images whose channels are last with those of the standard.
func TestChannelsLast(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, tt := range []struct {
		op    string
		dims  []int
		attrs attrs
	}{
		{"MaxPool", []int{2, 17, 7, 9}, attrs{"kernel_shape": []int64{3, 3}, "strides": []int64{2, 2}, "pads": []int64{1, 1, 1, 1}}},
		{"MaxPool", []int{1, 5, 6, 6}, attrs{"kernel_shape": []int64{2, 3}, "dilations": []int64{3, 2}, "pads": []int64{0, 2, 1, 0}}},
		{"MaxPool", []int{1, 40, 8, 5}, attrs{"kernel_shape": []int64{3, 2}, "strides": []int64{3, 2}, "ceil_mode": int64(1)}},
		{"MaxPool", []int{3, 33, 12}, attrs{"kernel_shape": []int64{4}, "auto_pad": "SAME_UPPER"}},
		{"MaxPool", []int{1, 3, 4, 4}, attrs{"kernel_shape": []int64{9, 9}, "pads": []int64{4, 4, 4, 4}}},
		{"AveragePool", []int{2, 16, 7, 9}, attrs{"kernel_shape": []int64{3, 3}, "strides": []int64{2, 1}, "pads": []int64{1, 1, 1, 1}}},
		{"AveragePool", []int{1, 9, 7, 9}, attrs{"kernel_shape": []int64{3, 4}, "pads": []int64{2, 1, 0, 3}, "count_include_pad": int64(1)}},
		{"AveragePool", []int{1, 70, 7, 8}, attrs{"kernel_shape": []int64{4, 3}, "strides": []int64{3, 3}, "pads": []int64{0, 1, 1, 0}, "count_include_pad": int64(1), "ceil_mode": int64(1)}},
		{"AveragePool", []int{2, 8, 11}, attrs{"kernel_shape": []int64{3}, "dilations": []int64{2}, "auto_pad": "SAME_LOWER"}},
		{"GlobalAveragePool", []int{2, 130, 7, 7}, nil},
		{"GlobalAveragePool", []int{2, 3, 11}, nil},
		{"GlobalMaxPool", []int{2, 19, 5, 4}, nil},
		{"LRN", []int{2, 20, 3, 5}, attrs{"size": int64(5), "alpha": float32(0.3)}},
		{"LRN", []int{1, 3, 7}, attrs{"size": int64(12), "alpha": float32(0.3), "beta": float32(0.4), "bias": float32(2)}},
		{"LRN", []int{1, 4, 7}, attrs{"size": int64(1001), "alpha": float32(0.3)}},
	} {
		x := f32(make([]float64, tensor.Elems(tt.dims)), tt.dims...)
		for i := range tensor.View[float32](x) {
			tensor.View[float32](x)[i] = float32(rng.NormFloat64())
		}
		want := runAt(t, call{op: tt.op, opset: 22, attrs: tt.attrs, in: []*tensor.Tensor{x}, wanted: wantedOf(tt.op)}, cpu.Portable, 1)
		for _, l := range cpu.Levels() {
			for _, parts := range []int{1, 3} {
				t.Run(fmt.Sprint(tt.op, tt.dims, l, parts), func(t *testing.T) {
					got := turned(runAt(t, call{domain: internal, op: tt.op, opset: 1, attrs: tt.attrs, in: []*tensor.Tensor{turned(x, true)}, outs: 1}, l, parts), false)
					if fmt.Sprint(got.Shape) != fmt.Sprint(want.Shape) {
						t.Fatalf("shape %v; want %v", got.Shape, want.Shape)
					}
					g, w := tensor.View[float32](got), tensor.View[float32](want)
					for i := range w {
						if d := math.Abs(float64(g[i] - w[i])); !(d <= 1e-5*max(1, math.Abs(float64(w[i])))) && g[i] != w[i] {
							t.Fatalf("element %d = %v; want %v", i, g[i], w[i])
						}
					}
				})
			}
		}
	}
}

// wantedOf says which outputs of an operator are asked for.
func wantedOf(op string) []bool {
	if op == "MaxPool" {
		return []bool{true, false}
	}
	return []bool{true}
}

// TestElementwise checks that what says of itself that it does not care how elements are laid out does not.
func TestElementwise(t *testing.T) {
	v := []float64{0.5, -0.25, 1, 0.75, -0.5, 0.125}
	count := 0
	for op := range All() {
		if op.Domain != "" || len(op.Versions) == 0 {
			continue
		}
		for version := range op.Each {
			if !version.Elementwise() {
				continue
			}
			count++
			x := f32(v, 1, 2, 3)
			n := call{op: op.Name, opset: version.Since, in: []*tensor.Tensor{x}, outs: len(version.Out)}
			if _, err := n.node(t); err != nil {
				continue // not for float32
			}
			want := turned(runAt(t, n, cpu.Portable, 1), true)
			n.in = []*tensor.Tensor{turned(x, true)}
			got := runAt(t, n, cpu.Portable, 1)
			if string(got.Data) != string(want.Data) {
				t.Errorf("%s-%d of what is laid out in another way = %v; want %v", op.Name, version.Since, got.Data, want.Data)
			}
		}
	}
	if count < 50 {
		t.Errorf("%d versions of operators are elementwise; want many more", count)
	}
}

// TestTransposeOfWords compares every level with the general way to move elements.
func TestTransposeOfWords(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, tt := range []struct {
		dims []int
		perm []int64
	}{
		{[]int{2, 3, 5, 7}, []int64{0, 2, 3, 1}},
		{[]int{2, 3, 5, 7}, []int64{0, 3, 1, 2}},
		{[]int{2, 3, 5, 7}, []int64{3, 2, 1, 0}},
		{[]int{2, 3, 5, 7}, []int64{3, 0, 1, 2}},
		{[]int{2, 3, 5, 7}, []int64{1, 3, 0, 2}},
		{[]int{2, 3, 5, 7}, []int64{2, 1, 0, 3}},
		{[]int{9, 4, 34}, []int64{0, 2, 1}},
		{[]int{9, 34, 4}, []int64{0, 2, 1}},
		{[]int{40, 33}, []int64{1, 0}},
		{[]int{1, 33, 1, 20}, []int64{3, 0, 2, 1}},
		{[]int{1, 33, 1, 1}, []int64{3, 0, 2, 1}},
		{[]int{3, 2, 4, 2, 5}, []int64{4, 2, 0, 3, 1}},
		{[]int{5}, []int64{0}},
		{[]int{0, 5}, []int64{1, 0}},
	} {
		x := f32(make([]float64, tensor.Elems(tt.dims)), tt.dims...)
		wide := tensor.New(11, tt.dims) // of eight bytes, which take the general way
		for i := range tensor.View[float32](x) {
			tensor.View[float32](x)[i] = rng.Float32()
			tensor.View[float64](wide)[i] = float64(tensor.View[float32](x)[i])
		}
		a := attrs{"perm": tt.perm}
		want := runAt(t, call{op: "Transpose", opset: 13, attrs: a, in: []*tensor.Tensor{wide}, outs: 1}, cpu.Portable, 1)
		for _, l := range cpu.Levels() {
			got := runAt(t, call{op: "Transpose", opset: 13, attrs: a, in: []*tensor.Tensor{x}, outs: 1}, l, 1)
			if fmt.Sprint(got.Shape) != fmt.Sprint(want.Shape) {
				t.Fatalf("%v by %v has the shape %v; want %v", tt.dims, tt.perm, got.Shape, want.Shape)
			}
			for i, v := range tensor.View[float32](got) {
				if float64(v) != tensor.View[float64](want)[i] {
					t.Fatalf("%v: %v by %v: element %d = %v; want %v", l, tt.dims, tt.perm, i, v, tensor.View[float64](want)[i])
				}
			}
		}
	}
}
