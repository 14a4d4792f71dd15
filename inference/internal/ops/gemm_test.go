package ops

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/brinkml/brink/inference/internal/tensor"
)

func TestGemm(t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 10))
	for _, size := range [][3]int{{5, 7, 9}, {1, 30, 20}, {40, 1, 30}, {33, 50, 70}, {1, 1, 1}, {3, 20, 0}} {
		m, n, k := size[0], size[1], size[2]
		for option := range 4 {
			transA, transB := option&1, option>>1
			a, b := noise(rnd, m, k), noise(rnd, k, n)
			if transA == 1 {
				a.Shape = []int{k, m}
			}
			if transB == 1 {
				b.Shape = []int{n, k}
			}
			dims := [][]int{{n}, {m, n}, {m, 1}, {1, n}, {}, {1}}[rnd.IntN(6)]
			c := noise(rnd, dims...)
			want := naiveMul(m, n, k,
				func(i, p int) float64 { return float64(tensor.View[float32](a)[i*(k-transA*(k-1))+p*(1+transA*(m-1))]) },
				func(p, j int) float64 { return float64(tensor.View[float32](b)[p*(n-transB*(n-1))+j*(1+transB*(k-1))]) })
			bias := tensor.View[float32](c)
			for i := range want {
				at := 0
				switch {
				case len(dims) == 2 && dims[1] == n && dims[0] == m:
					at = i
				case len(dims) == 2 && dims[1] == 1:
					at = i / n % dims[0]
				case len(dims) > 0 && dims[len(dims)-1] == n:
					at = i % n
				}
				want[i] = 1.5*want[i] + 0.25*float64(bias[at])
			}
			given := attrs{"alpha": float32(1.5), "beta": float32(0.25), "transA": int64(transA), "transB": int64(transB)}
			node := call{op: "Gemm", opset: 13, attrs: given, in: []*tensor.Tensor{a, b, c}, outs: 1}
			what := fmt.Sprintf("Gemm %v %v C %v", size, given, dims)
			wantTensor(t, what, node.run(t)[0], []int{m, n}, want)
			wantTensor(t, what+" of constants", node.results(t)[0], []int{m, n}, want)
			wantNoAllocs(t, node)
		}
	}
}

func TestGemmWithoutC(t *testing.T) {
	rnd := rand.New(rand.NewPCG(11, 12))
	a, b := noise(rnd, 4, 6), noise(rnd, 6, 20)
	want := naiveMul(4, 20, 6,
		func(i, p int) float64 { return 2 * float64(tensor.View[float32](a)[i*6+p]) },
		func(p, j int) float64 { return float64(tensor.View[float32](b)[p*20+j]) })
	node := call{op: "Gemm", opset: 11, attrs: attrs{"alpha": float32(2)}, in: []*tensor.Tensor{a, b}, outs: 1}
	wantTensor(t, "Gemm", node.run(t)[0], []int{4, 20}, want)
}
