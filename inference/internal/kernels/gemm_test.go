package kernels

import (
	"fmt"
	"testing"
)

func TestMulTransposed(t *testing.T) {
	for _, m := range []int{1, 2, 3, 5} {
		for _, n := range []int{1, 2, 3, 4, 7, 50, 97} {
			for _, k := range []int{0, 1, 4, 9} {
				for _, add := range []bool{false, true} {
					a, b := counting(m*k, 3), counting(n*k, 5)
					got, want := counting(m*n, 7), counting(m*n, 7)
					for i := range m {
						for j := range n {
							s := 0
							for p := range k {
								s += int(a[i*k+p]) * int(b[j*k+p])
							}
							if add {
								s += int(want[i*n+j])
							}
							want[i*n+j] = int32(s)
						}
					}
					MulTransposed(Rows[int32]{got, n}, Rows[int32]{a, k}, Rows[int32]{b, k}, m, n, k, add)
					if fmt.Sprint(got) != fmt.Sprint(want) {
						t.Fatalf("%dx%dx%d add=%v: got %v; want %v", m, n, k, add, got, want)
					}
				}
			}
		}
	}
}

// counting returns n small numbers that do not repeat soon.
func counting(n, step int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32(i*step%23 - 11)
	}
	return out
}

func TestTranspose(t *testing.T) {
	const rows, cols = 19, 37
	src := counting(rows*cols, 1)
	dst := make([]int32, rows*cols)
	Transpose(dst, Rows[int32]{src, cols}, rows, cols)
	for i := range rows {
		for j := range cols {
			if got, want := dst[j*rows+i], src[i*cols+j]; got != want {
				t.Fatalf("element %d, %d = %d; want %d", j, i, got, want)
			}
		}
	}
}

func BenchmarkMulTransposed(b *testing.B) {
	for _, s := range [][3]int{{1, 128, 128}, {64, 64, 64}, {256, 256, 256}, {512, 512, 512}} {
		b.Run(fmt.Sprint(s), func(b *testing.B) {
			m, n, k := s[0], s[1], s[2]
			x, y, z := make([]float32, m*k), make([]float32, n*k), make([]float32, m*n)
			for b.Loop() {
				MulTransposed(Rows[float32]{z, n}, Rows[float32]{x, k}, Rows[float32]{y, k}, m, n, k, false)
			}
			b.ReportMetric(float64(m*n*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
		})
	}
}
