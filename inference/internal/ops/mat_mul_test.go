package ops

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/tensor"
)

// naiveMul computes one product of matrices given by where their elements are.
func naiveMul(m, n, k int, a, b func(i, j int) float64) []float64 {
	out := make([]float64, m*n)
	for i := range m {
		for j := range n {
			for p := range k {
				out[i*n+j] += a(i, p) * b(p, j)
			}
		}
	}
	return out
}

func TestMatMul(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	for _, c := range []struct{ a, b, out []int }{
		{[]int{5, 7}, []int{7, 9}, []int{5, 9}},
		{[]int{7}, []int{7}, nil},
		{[]int{7}, []int{7, 30}, []int{30}},
		{[]int{9, 7}, []int{7}, []int{9}},
		{[]int{2, 3, 9, 7}, []int{7}, []int{2, 3, 9}},
		{[]int{7}, []int{3, 7, 20}, []int{3, 20}},
		{[]int{2, 3, 5, 7}, []int{7, 17}, []int{2, 3, 5, 17}},
		{[]int{2, 1, 5, 7}, []int{3, 7, 4}, []int{2, 3, 5, 4}},
		{[]int{5, 7}, []int{3, 7, 18}, []int{3, 5, 18}},
		{[]int{1, 300}, []int{300, 1100}, []int{1, 1100}},
		{[]int{70, 1030}, []int{1030, 140}, []int{70, 140}},
		{[]int{31, 1024}, []int{1024, 150}, []int{31, 150}},
		{[]int{40, 70}, []int{70, 1}, []int{40, 1}},
		{[]int{3, 0}, []int{0, 600}, []int{3, 600}},
		{[]int{0, 4}, []int{4, 5}, []int{0, 5}},
		{[]int{0, 2, 4}, []int{0, 4, 5}, []int{0, 2, 5}},
	} {
		a, b := noise(rnd, c.a...), noise(rnd, c.b...)
		node := call{op: "MatMul", opset: 13, in: []*tensor.Tensor{a, b}, outs: 1}
		what, want := fmt.Sprintf("MatMul(%v, %v)", c.a, c.b), naiveStack(a, b, c.out)
		const tolerance = 5e-5 // of sums of a thousand products
		wantNumbers(t, what, node.run(t)[0], want, tolerance)
		wantNumbers(t, what+" of constants", node.results(t)[0], want, tolerance)
		if got := node.run(t)[0]; !slices.Equal(got.Shape, c.out) {
			t.Errorf("%s has shape %v; want %v", what, got.Shape, c.out)
		}
		wantNoAllocs(t, node)
	}
}

// naiveStack computes what MatMul does to a and b.
func naiveStack(a, b *tensor.Tensor, out []int) []float64 {
	da, db, dims := slices.Clone(a.Shape), slices.Clone(b.Shape), slices.Clone(out)
	if len(da) == 1 {
		da = []int{1, da[0]}
		dims = slices.Insert(dims, len(dims)-min(len(db)-1, 1), 1)
	}
	if len(db) == 1 {
		db = append(db, 1)
		dims = append(dims, 1)
	}
	m, k, n := da[len(da)-2], da[len(da)-1], db[len(db)-1]
	var want []float64
	for s := range tensor.Elems(dims[:len(dims)-2]) {
		x, y := stackAt(a, da, dims, s), stackAt(b, db, dims, s)
		want = append(want, naiveMul(m, n, k,
			func(i, p int) float64 { return float64(x[i*k+p]) }, func(p, j int) float64 { return float64(y[p*n+j]) })...)
	}
	return want
}

// stackAt returns the matrix of x, seen as dims, that makes the s-th of a stack of shape out.
func stackAt(x *tensor.Tensor, dims, out []int, s int) []float32 {
	at, size := 0, dims[len(dims)-2]*dims[len(dims)-1]
	for i := range len(dims) - 2 {
		pos := s / tensor.Elems(out[len(out)-len(dims)+i+1:len(out)-2]) % out[len(out)-len(dims)+i]
		at = at*dims[i] + min(pos, dims[i]-1)
	}
	return tensor.View[float32](x)[at*size:]
}

func TestMatMulOfInts(t *testing.T) {
	a := tensor.Of([]uint64{1, 2, 3, 4}, 2, 2)
	b := tensor.Of([]uint64{5, 6, 7, 1 << 40}, 2, 2)
	got := tensor.View[uint64](call{op: "MatMul", opset: 9, in: []*tensor.Tensor{a, b}, outs: 1}.run(t)[0])
	if want := []uint64{19, 6 + 2<<40, 43, 18 + 4<<40}; !slices.Equal(got, want) {
		t.Errorf("MatMul = %v; want %v", got, want)
	}
}

// TestMatMulEnds cancels a product that takes long.
func TestMatMulEnds(t *testing.T) {
	a, b := tensor.Of(make([]float32, 1<<20), 1<<10, 1<<10), tensor.Of(make([]float32, 1<<20), 1<<10, 1<<10)
	k, c, err := call{op: "MatMul", opset: 13, in: []*tensor.Tensor{a, b}, outs: 1}.kernel(t, 1)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c.Run.Context = ctx
	if err := k.Run(c); !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v; want %v", err, context.Canceled)
	}
}
