package ops

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// sumTolerance is for sums of up to a thousand products.
const sumTolerance = 5e-5

// TestProductsAtEveryLevel multiplies matrices of the sizes at which kernels differ, with constant factors and others.
func TestProductsAtEveryLevel(t *testing.T) {
	for _, level := range cpu.Levels() {
		t.Run(level.String(), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(13, 14))
			for _, c := range []struct{ a, b, out []int }{
				{[]int{1, 64}, []int{64, 32}, []int{1, 32}},
				{[]int{3, 9}, []int{9, 16}, []int{3, 16}},
				{[]int{1, 300}, []int{300, 1100}, []int{1, 1100}},
				{[]int{5, 7}, []int{7, 9}, []int{5, 9}},
				{[]int{16, 20}, []int{20, 50}, []int{16, 50}},
				{[]int{29, 33}, []int{33, 130}, []int{29, 130}},
				{[]int{70, 1030}, []int{1030, 140}, []int{70, 140}},
				{[]int{31, 1024}, []int{1024, 150}, []int{31, 150}},
				{[]int{9, 2100}, []int{2100, 40}, []int{9, 40}},
				{[]int{2, 3, 17, 8}, []int{3, 8, 40}, []int{2, 3, 17, 40}},
				{[]int{2, 3, 5, 8}, []int{8, 70}, []int{2, 3, 5, 70}},
			} {
				a, b := noise(rnd, c.a...), noise(rnd, c.b...)
				want := naiveStack(a, b, c.out)
				for _, constant := range [][]int{nil, {1}, {0}} {
					node := call{op: "MatMul", opset: 13, in: []*tensor.Tensor{a, b}, outs: 1, level: level, constant: constant}
					wantNumbers(t, fmt.Sprintf("MatMul(%v, %v), constant: %v", c.a, c.b, constant), node.run(t)[0], want, sumTolerance)
					wantNoAllocs(t, node)
				}
			}
		})
	}
}

// TestLargePanels packs a large constant by parts, each of which is let go of before the next is looked at.
func TestLargePanels(t *testing.T) {
	const depth, cols = 3000, 1100
	rnd := rand.New(rand.NewPCG(15, 16))
	x, w := noise(rnd, 2, depth), noise(rnd, cols, depth)
	turned := tensor.New(w.DType, []int{depth, cols})
	for i, v := range tensor.View[float32](w) {
		tensor.View[float32](turned)[i%depth*cols+i/depth] = v
	}
	want := naiveStack(x, turned, []int{2, cols})
	for _, level := range cpu.Levels() {
		c := call{
			op: "Gemm", opset: 13, in: []*tensor.Tensor{x, w}, attrs: attrs{"transB": int64(1)}, outs: 1, level: level, constant: []int{1},
		}
		wantNumbers(t, level.String(), c.run(t)[0], want, sumTolerance)
		n, err := c.node(t)
		if err == nil {
			err = n.Version.Infer(n)
		}
		if err != nil {
			t.Fatal(err)
		}
		rest, parts := w.Data, 0
		n.Packs.Done = func(part []byte) {
			if &part[0] != &rest[0] {
				t.Fatalf("%v: part %d does not follow the one before", level, parts)
			}
			rest, parts = rest[len(part):], parts+1
		}
		if _, err := n.Version.New(n); err != nil {
			t.Fatal(err)
		}
		if len(rest) > 0 || parts < 3 {
			t.Errorf("%v: %d parts, which leave %d bytes of %d; want some that leave none", level, parts, len(rest), len(w.Data))
		}
	}
}

// activationCase is an activation of a product.
type activationCase struct {
	name   string
	params []float32
	f      func(x float64) float64
}

var activationCases = []activationCase{
	{"", nil, func(x float64) float64 { return x }},
	{"Relu", nil, func(x float64) float64 { return max(x, 0) }},
	{"Clip", []float32{-0.5, 0.25}, func(x float64) float64 { return min(max(x, -0.5), 0.25) }},
	{"LeakyRelu", []float32{0.125}, func(x float64) float64 { return max(x, 0.125*x) }},
	{"Tanh", nil, math.Tanh},
}

func TestFusedGemm(t *testing.T) {
	for _, level := range cpu.Levels() {
		rnd := rand.New(rand.NewPCG(15, 16))
		for i := range 60 {
			m, n, k := 1+rnd.IntN(40), 1+rnd.IntN(80), 1+rnd.IntN(60)
			if i%4 == 0 {
				m = 1
			}
			transA, transB := rnd.IntN(2), rnd.IntN(2)
			a, b := noise(rnd, m, k), noise(rnd, k, n)
			if transA == 1 {
				a.Shape = []int{k, m}
			}
			if transB == 1 {
				b.Shape = []int{n, k}
			}
			alpha, beta := [...]float32{1, 0.5}[rnd.IntN(2)], [...]float32{1, 0.25}[rnd.IntN(2)]
			dims := [][]int{{n}, {m, n}, {m, 1}, {1, n}, {}, {1}}[rnd.IntN(6)]
			c := noise(rnd, dims...)
			add := fromFloats(c, m, n)
			f := activationCases[i%len(activationCases)]
			given := attrs{"alpha": alpha, "beta": beta, "transA": int64(transA), "transB": int64(transB), "activation": f.name}
			for j, v := range f.params {
				given[[...]string{"activation_alpha", "activation_beta"}[j]] = v
			}
			want := naiveMul(m, n, k,
				func(i, p int) float64 { return float64(tensor.View[float32](a)[i*(k-transA*(k-1))+p*(1+transA*(m-1))]) },
				func(p, j int) float64 { return float64(tensor.View[float32](b)[p*(n-transB*(n-1))+j*(1+transB*(k-1))]) })
			for i := range want {
				want[i] = f.f(float64(alpha)*want[i] + float64(beta)*add(i))
			}
			for _, constant := range [][]int{nil, {1}, {1, 2}} {
				node := call{domain: microsoft, op: "FusedGemm", opset: 1, attrs: given, in: []*tensor.Tensor{a, b, c}, outs: 1, level: level, constant: constant}
				wantNumbers(t, fmt.Sprintf("%v: FusedGemm %d, %d, %d %v C %v", level, m, n, k, given, dims), node.run(t)[0], want, sumTolerance)
				wantNoAllocs(t, node)
			}
		}
	}
}

// fromFloats returns the elements of c, broadcast to m rows of n, by their position there.
func fromFloats(c *tensor.Tensor, m, n int) func(i int) float64 {
	v := tensor.View[float32](c)
	return func(i int) float64 {
		row, col := i/n, i%n
		switch dims := c.Shape; {
		case len(v) == 1:
			row, col = 0, 0
		case len(dims) == 1 || dims[0] == 1:
			row = 0
		case dims[1] == 1:
			return float64(v[row])
		}
		return float64(v[row*n+col])
	}
}
