//go:build !arm

package ops

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/tensor"
)

func TestBrinkMatMul(t *testing.T) {
	for _, level := range cpu.Levels() {
		rnd := rand.New(rand.NewPCG(17, 18))
		for i := range 40 {
			stack, m, n, k := 1+rnd.IntN(3), 1+rnd.IntN(20), 1+rnd.IntN(80), 1+rnd.IntN(30)
			dims := []int{stack, m, k}
			b := noise(rnd, k, n)
			if i%3 == 0 {
				b = noise(rnd, stack, k, n)
			}
			a := noise(rnd, dims...)
			want := naiveStack(a, b, []int{stack, m, n})
			f := activationCases[i%len(activationCases)]
			in := []*tensor.Tensor{a, b}
			switch i % 4 {
			case 1:
				c := noise(rnd, n)
				in = append(in, c)
				for i := range want {
					want[i] += float64(tensor.View[float32](c)[i%n])
				}
			case 2:
				c := noise(rnd, stack, m, n)
				in = append(in, c)
				for i := range want {
					want[i] += float64(tensor.View[float32](c)[i])
				}
			}
			for i := range want {
				want[i] = f.f(want[i])
			}
			given := attrs{"activation": f.name}
			if f.params != nil {
				given["activation_params"] = f.params
			}
			for _, constant := range [][]int{nil, {1}} {
				node := call{domain: internal, op: "MatMul", opset: 1, attrs: given, in: in, outs: 1, level: level, constant: constant}
				wantNumbers(t, fmt.Sprintf("%v: MatMul %v, %v %v", level, a.Shape, b.Shape, given), node.run(t)[0], want, sumTolerance)
				wantNoAllocs(t, node)
			}
		}
	}
}
