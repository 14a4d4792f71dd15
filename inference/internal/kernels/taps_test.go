package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestAddTaps(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		m, n, k := rnd.IntN(7), rnd.IntN(300), rnd.IntN(80)
		src := random(rnd, 2*n+50)
		taps := make([]int, k)
		for i := range taps {
			taps[i] = rnd.IntN(len(src) - n)
		}
		c := Rows[float32]{random(rnd, m*(n+3)), n + 3}
		a := Rows[float32]{random(rnd, m*(k+2)), k + 2}
		want := make([]float64, len(c.Data))
		for i, v := range c.Data {
			want[i] = float64(v)
		}
		for i := range m {
			for j := range n {
				for p, at := range taps {
					want[i*c.Stride+j] += float64(a.Data[i*a.Stride+p]) * float64(src[at+j])
				}
			}
		}
		AddTaps(c, a, src, taps, m, n)
		near(t, fmt.Sprintf("AddTaps(m %d, n %d, %d taps)", m, n, k), c.Data, want)
	}
}

// random returns n numbers between -1 and 1.
func random(rnd *rand.Rand, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = 2*rnd.Float32() - 1
	}
	return out
}

// near checks sums of products of numbers between -1 and 1.
func near(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	for i, w := range want {
		if d := math.Abs(float64(got[i]) - w); !(d <= 1e-5) {
			t.Fatalf("%s: element %d = %v; want %v", what, i, got[i], w)
		}
	}
}

func BenchmarkAddTaps(b *testing.B) {
	for _, s := range [][3]int{{1, 128, 128}, {64, 14, 576}, {64, 49, 576}} {
		b.Run(fmt.Sprint(s), func(b *testing.B) {
			m, n, k := s[0], s[1], s[2]
			x, y, z := make([]float32, m*k), make([]float32, n*k), make([]float32, m*n)
			taps := make([]int, k)
			for i := range taps {
				taps[i] = i * n
			}
			for b.Loop() {
				AddTaps(Rows[float32]{z, n}, Rows[float32]{x, k}, y, taps, m, n)
			}
			b.ReportMetric(2*float64(m*n*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
