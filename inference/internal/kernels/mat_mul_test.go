package kernels

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestAddMatMul(t *testing.T) {
	rnd := rand.New(rand.NewPCG(25, 26))
	for range 200 {
		m, n, k := rnd.IntN(6), rnd.IntN(300), rnd.IntN(90)
		c := Rows[float32]{random(rnd, m*(n+1)), n + 1}
		a := Rows[float32]{random(rnd, m*(k+2)), k + 2}
		b := Rows[float32]{random(rnd, k*(n+3)), n + 3}
		want := make([]float64, len(c.Data))
		for i, v := range c.Data {
			want[i] = float64(v)
		}
		for i := range m {
			for j := range n {
				for p := range k {
					want[i*c.Stride+j] += float64(a.Data[i*a.Stride+p]) * float64(b.Data[p*b.Stride+j])
				}
			}
		}
		AddMatMul(c, a, b, m, n, k)
		near(t, fmt.Sprintf("AddMatMul(%d, %d, %d)", m, n, k), c.Data, want)
	}
}

func BenchmarkAddMatMul(b *testing.B) {
	for _, s := range [][3]int{{1, 1024, 1024}, {64, 64, 64}, {256, 256, 256}, {512, 512, 512}} {
		b.Run(fmt.Sprint(s), func(b *testing.B) {
			m, n, k := s[0], s[1], s[2]
			x, y, z := make([]float32, m*k), make([]float32, n*k), make([]float32, m*n)
			for b.Loop() {
				AddMatMul(Rows[float32]{z, n}, Rows[float32]{x, k}, Rows[float32]{y, n}, m, n, k)
			}
			b.ReportMetric(2*float64(m*n*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
