package fusion

import (
	"cmp"
	"math"
	"slices"
)

// eigenpair is an eigenvalue with its eigenvector of length 1.
type eigenpair struct {
	value  float64
	vector []float64
}

// eigen returns the eigenpairs of a symmetric matrix, smallest value first, and overwrites it: Jacobi's method, sweep
// after sweep of plane rotations that zero one element each (Golub and Van Loan, Matrix Computations, 4th ed., section
// 8.5). Elements must be finite.
func eigen(a [][]float64) []eigenpair {
	n := len(a)
	v := square(n)
	for i := range v {
		v[i][i] = 1
	}
	for range 50 { // converges quadratically: about 6 sweeps
		var off, diag float64
		for i := range n {
			diag += a[i][i] * a[i][i]
			for j := range i {
				off += a[i][j] * a[i][j]
			}
		}
		if off <= 1e-32*diag {
			break
		}
		for p := range n {
			for q := p + 1; q < n; q++ {
				rotate(a, v, p, q)
			}
		}
	}
	pairs := make([]eigenpair, n)
	for i := range pairs {
		pairs[i] = eigenpair{a[i][i], v[i]}
	}
	slices.SortFunc(pairs, func(x, y eigenpair) int { return cmp.Compare(x.value, y.value) })
	return pairs
}

// rotate zeroes a[p][q]. The rows of v become the eigenvectors.
func rotate(a, v [][]float64, p, q int) {
	if a[p][q] == 0 {
		return
	}
	tau := (a[q][q] - a[p][p]) / (2 * a[p][q])
	t := 1 / (math.Abs(tau) + math.Hypot(1, tau))
	if tau < 0 {
		t = -t
	}
	c := 1 / math.Hypot(1, t)
	s := t * c
	for k := range a {
		a[k][p], a[k][q] = c*a[k][p]-s*a[k][q], s*a[k][p]+c*a[k][q]
	}
	for k := range a {
		a[p][k], a[q][k] = c*a[p][k]-s*a[q][k], s*a[p][k]+c*a[q][k]
		v[p][k], v[q][k] = c*v[p][k]-s*v[q][k], s*v[p][k]+c*v[q][k]
	}
}

func square(n int) [][]float64 {
	all := make([]float64, n*n)
	m := make([][]float64, n)
	for i := range m {
		m[i] = all[i*n : (i+1)*n : (i+1)*n]
	}
	return m
}
