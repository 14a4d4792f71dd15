package fusion

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// TestEigen compares with gonum, which only tests may link.
func TestEigen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 10).Draw(t, "n")
		element := rapid.OneOf(rapid.Float64Range(-10, 10), rapid.SampledFrom([]float64{0, 1, -1, 1e-9}))
		a, sym, product := square(n), mat.NewSymDense(n, nil), square(n)
		for i := range n {
			for j := range i + 1 {
				x := element.Draw(t, "element")
				a[i][j], a[j][i] = x, x
				sym.SetSym(i, j, x)
			}
		}
		var want mat.EigenSym
		if !want.Factorize(sym, false) {
			t.Skip("gonum finds no solution")
		}
		pairs := eigen(a)
		for i, value := range want.Values(nil) {
			if math.Abs(pairs[i].value-value) > 1e-10 {
				t.Fatalf("eigenvalue %d = %v; want %v", i, pairs[i].value, value)
			}
		}
		for _, p := range pairs {
			for i := range n {
				for j := range n {
					product[i][j] += p.value * p.vector[i] * p.vector[j]
				}
			}
		}
		for i := range n {
			for j := range n {
				if math.Abs(product[i][j]-sym.At(i, j)) > 1e-10 {
					t.Fatalf("the eigenpairs make %v at (%d, %d); want %v", product[i][j], i, j, sym.At(i, j))
				}
			}
		}
	})
}

func TestEigenOfWhatIsNoNumber(t *testing.T) {
	a := [][]float64{{math.NaN(), 1}, {1, math.Inf(1)}}
	if got := eigen(a); len(got) != 2 {
		t.Errorf("eigen = %v; want two pairs, whatever they are", got)
	}
}
