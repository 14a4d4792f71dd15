package f32

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// packed returns a matrix as panels.
func packed(l cpu.Level, k, n int, b []float32, transposed bool) []float32 {
	data := make([]float32, PanelElems(l, k, n))
	stride := n
	if transposed {
		stride = k
	}
	for j := range Count(l, n) {
		PackMatrix(l, k, n, data[j*Width(l)*k:], b, stride, transposed, j, j+1)
	}
	return data
}

func TestPackMatrix(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 5))
	for _, l := range cpu.Levels() {
		for range 200 {
			k, n := 1+r.IntN(40), 1+r.IntN(100)
			b := fill(r, make([]float32, k*n))
			turned := make([]float32, k*n)
			rows := make([]int, k)
			for i := range k {
				rows[i] = i * n
				for j := range n {
					turned[j*k+i] = b[i*n+j]
				}
			}
			want := Pack(l, k, n, nil, b, rows, 1).Data
			for _, transposed := range []bool{false, true} {
				src := b
				if transposed {
					src = turned
				}
				data, whole := guarded(r, len(want))
				PackMatrix(l, k, n, data, src, len(src)/map[bool]int{false: k, true: n}[transposed], transposed, 0, Count(l, n))
				for i := range want {
					if data[i] != want[i] {
						t.Fatalf("%v: PackMatrix(k=%d, n=%d, transposed=%t): element %d = %v; want %v", l, k, n, transposed, i, data[i], want[i])
					}
				}
				if !whole() {
					t.Fatalf("%v: PackMatrix(k=%d, n=%d, transposed=%t) wrote beyond the panels", l, k, n, transposed)
				}
			}
		}
	}
}

func TestProduct(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 7))
	for _, l := range cpu.Levels() {
		for i := range 120 {
			m, n, k := 1+r.IntN(40), 1+r.IntN(100), 1+r.IntN(50)
			switch i {
			case 0:
				m, n, k = 5, 40, 4000
			case 1:
				m, n, k = 1, 20, 20000
			case 2:
				k = 0
			}
			a, b, add := fill(r, make([]float32, m*k+1)), fill(r, make([]float32, k*n)), fill(r, make([]float32, m*n))
			c, whole := guarded(r, m*n)
			p := Product{M: m, N: n, K: k, A: MatrixOf(a, k), C: MatrixOf(c, n), Lo: -0.5, Hi: 0.5, Clamp: i%3 == 0}
			adds := func(int, int) float32 { return 0 }
			switch i % 4 {
			case 1:
				p.Add, adds = MatrixOf(add, n), func(r, c int) float32 { return add[r*n+c] }
			case 2:
				p.Add, adds = MatrixOf(add, 0), func(_, c int) float32 { return add[c] }
			}
			switch data := packed(l, k, n, b, false); {
			case n%(Width(l)/2) == 0:
				p.B, p.LDB = MatrixOf(b, n).Data, 4*n
			default:
				p.B = MatrixOf(data, 0).Data
			}
			tiles, panels := Tiles(l, m), Count(l, n)
			ti, pj := r.IntN(tiles+1), r.IntN(panels+1)
			p.Run(l, 0, ti, 0, pj)
			p.Run(l, ti, tiles, 0, pj)
			p.Run(l, 0, tiles, pj, panels)
			if !whole() {
				t.Fatalf("%v: product %d, %d, %d wrote beyond the result", l, m, n, k)
			}
			for i := range m {
				for j := range n {
					var sum float64
					for q := range k {
						sum += float64(a[i*k+q]) * float64(b[q*n+j])
					}
					sum += float64(adds(i, j))
					if p.Clamp {
						sum = min(max(sum, float64(p.Lo)), float64(p.Hi))
					}
					if !near(c[i*n+j], float32(sum), k) {
						t.Fatalf("%v: product %d, %d, %d: c[%d][%d] = %v; want %v", l, m, n, k, i, j, c[i*n+j], sum)
					}
				}
			}
		}
	}
}

func BenchmarkProduct(b *testing.B) {
	for _, l := range cpu.Levels() {
		for _, s := range [][3]int{{64, 64, 64}, {256, 256, 256}, {512, 512, 512}, {1024, 1024, 1024}, {1, 1024, 1024}, {1, 128, 640}} {
			b.Run(fmt.Sprintf("%v/%dx%dx%d", l, s[0], s[1], s[2]), func(b *testing.B) {
				m, n, k := s[0], s[1], s[2]
				x, w, y := make([]float32, m*k), make([]float32, PanelElems(l, k, n)), make([]float32, m*n)
				p := Product{M: m, N: n, K: k, A: MatrixOf(x, k), B: MatrixOf(w, 0).Data, C: MatrixOf(y, n)}
				for b.Loop() {
					p.Run(l, 0, Tiles(l, m), 0, Count(l, n))
				}
				b.ReportMetric(2*float64(m*n*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}

func BenchmarkPackMatrix(b *testing.B) {
	for _, l := range cpu.Levels() {
		for _, transposed := range []bool{false, true} {
			b.Run(fmt.Sprintf("%v/transposed=%t", l, transposed), func(b *testing.B) {
				const k, n = 512, 512
				src, data := make([]float32, k*n), make([]float32, PanelElems(l, k, n))
				for b.Loop() {
					PackMatrix(l, k, n, data, src, n, transposed, 0, Count(l, n))
				}
				b.ReportMetric(4*k*n*float64(b.N)/b.Elapsed().Seconds()/1e9, "GB/s")
			})
		}
	}
}
