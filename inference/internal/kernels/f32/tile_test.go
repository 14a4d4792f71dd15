package f32

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// canary stands round everything that a kernel must not write.
const canary = float32(-12345.5)

// guarded returns n numbers that begin at any multiple of 4 bytes, with canaries on both sides, and a function that
// reports whether those are as they were.
func guarded(r *rand.Rand, n int) ([]float32, func() bool) {
	const margin = 64
	all := make([]float32, n+2*margin+16)
	for i := range all {
		all[i] = canary
	}
	at := margin + r.IntN(16)
	return all[at : at+n : at+n], func() bool {
		for i, v := range all {
			if (i < at || i >= at+n) && v != canary {
				return false
			}
		}
		return true
	}
}

// fill gives s numbers between -1 and 1.
func fill(r *rand.Rand, s []float32) []float32 {
	for i := range s {
		s[i] = 2*r.Float32() - 1
	}
	return s
}

// near reports whether two sums of k products of numbers up to 1 agree but for rounding.
func near(a, b float32, k int) bool {
	if a == b || a != a && b != b {
		return true
	}
	return math.Abs(float64(a-b)) <= 1e-7*float64(k+8)
}

// tileCase is a call of a tile with memory of its own.
type tileCase struct {
	rows, cols, width, k, taps int
	bias, add, clamp           bool
	special                    float32 // is among the factors
}

func (tc tileCase) String() string {
	return fmt.Sprintf("%dx%d of %d, k=%d, taps=%d, bias=%t, add=%t, clamp=%t", tc.rows, tc.cols, tc.width, tc.k, tc.taps, tc.bias, tc.add, tc.clamp)
}

// check compares what the kernel of a level makes of the tile with what portable code does.
func (tc tileCase) check(t *testing.T, l cpu.Level, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	lda, ldc, ldadd := tc.k*tc.taps+r.IntN(5), tc.width+r.IntN(40), tc.width+r.IntN(40)
	half := (tc.rows + 1) / 2
	a, a2 := fill(r, make([]float32, half*lda+1)), fill(r, make([]float32, half*lda+1))
	ldb := tc.width + int(seed%3)*r.IntN(20)
	b := fill(r, make([]float32, tc.k*tc.taps*ldb+tc.width))
	a[r.IntN(len(a))] = tc.special
	taps := make([]Tap, tc.taps)
	for i := range taps {
		taps[i] = Tap{A: 4 * tc.k * i, B: 4 * tc.k * ldb * (tc.taps - 1 - i)}
	}
	bias, add, add2 := fill(r, make([]float32, tc.width)), fill(r, make([]float32, half*ldadd)), fill(r, make([]float32, half*ldadd))
	tile := Tile{
		A: unsafe.Pointer(&a[0]), A2: unsafe.Pointer(&a2[0]), B: unsafe.Pointer(&b[0]), Taps: unsafe.SliceData(taps), NTaps: tc.taps,
		K: tc.k, LDA: 4 * lda, LDC: 4 * ldc, LDAdd: 4 * ldadd, Rows: tc.rows, Cols: tc.cols, Lo: -0.5, Hi: 0.75, Clamp: tc.clamp,
	}
	if seed%3 > 0 {
		tile.LDB = 4 * ldb
	}
	if tc.bias {
		tile.Bias = unsafe.Pointer(&bias[0])
	}
	if tc.add {
		tile.Add, tile.Add2 = unsafe.Pointer(&add[0]), unsafe.Pointer(&add2[0])
	}
	run := func(l cpu.Level) (c, c2 []float32, whole bool) {
		c, ok := guarded(r, (half-1)*ldc+tc.cols)
		c2, ok2 := guarded(r, max(tc.rows-half-1, 0)*ldc+tc.cols)
		for i := range c {
			c[i] = canary
		}
		for i := range c2 {
			c2[i] = canary
		}
		tile.C, tile.C2 = unsafe.Pointer(&c[0]), unsafe.Pointer(&c2[0])
		tile.Run(l, tc.width)
		return c, c2, ok() && ok2()
	}
	portable := func() (c, c2 []float32) {
		c, c2 = make([]float32, (half-1)*ldc+tc.cols), make([]float32, max(tc.rows-half-1, 0)*ldc+tc.cols)
		for i := range c {
			c[i] = canary
		}
		for i := range c2 {
			c2[i] = canary
		}
		tile.C, tile.C2 = unsafe.Pointer(&c[0]), unsafe.Pointer(&c2[0])
		tile.runPortable(tc.width)
		return c, c2
	}
	want, want2 := portable()
	got, got2, whole := run(l)
	if !whole {
		t.Fatalf("%v %v: wrote beyond the result", l, tc)
	}
	for h, pair := range [][2][]float32{{got, want}, {got2, want2}} {
		for i := range pair[0] {
			if !near(pair[0][i], pair[1][i], tc.k*tc.taps) {
				t.Fatalf("%v %v: half %d, row %d, column %d = %v; want %v", l, tc, h, i/ldc, i%ldc, pair[0][i], pair[1][i])
			}
		}
	}
}

func TestTile(t *testing.T) {
	for _, l := range cpu.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(2, 3))
			for _, width := range []int{Width(l), Width(l) / 2} {
				for rows := 1; rows <= MaxRows(l); rows++ {
					for cols := 1; cols <= width; cols++ {
						bits := r.IntN(8)
						tc := tileCase{rows, cols, width, r.IntN(20), 1 + r.IntN(4), bits&1 > 0, bits&2 > 0, bits&4 > 0, 0.5}
						tc.check(t, l, r.Uint64())
					}
					for bits := range 8 {
						tc := tileCase{rows, width, width, 1 + r.IntN(70), 1, bits&1 > 0, bits&2 > 0, bits&4 > 0, 0.5}
						tc.check(t, l, r.Uint64())
					}
				}
			}
		})
	}
}

func TestTileNotFinite(t *testing.T) {
	for _, l := range cpu.Levels() {
		for _, v := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
			for seed := range uint64(20) {
				tileCase{MaxRows(l), Width(l) - 1, Width(l), 3, 1, true, true, true, v}.check(t, l, seed)
			}
		}
	}
}

func FuzzTile(f *testing.F) {
	f.Add(uint64(1), byte(3), byte(5), byte(17), byte(2), byte(7), true)
	f.Add(uint64(2), byte(13), byte(31), byte(64), byte(1), byte(0), false)
	f.Fuzz(func(t *testing.T, seed uint64, rows, cols, k, taps, bits byte, wide bool) {
		for _, l := range cpu.Levels() {
			width := Width(l)
			if !wide {
				width /= 2
			}
			tileCase{
				1 + int(rows)%MaxRows(l), 1 + int(cols)%width, width, int(k), int(taps % 10), bits&1 > 0, bits&2 > 0, bits&4 > 0, 0.25,
			}.check(t, l, seed)
		}
	})
}

func BenchmarkTile(b *testing.B) {
	for _, l := range cpu.Levels() {
		for _, width := range []int{Width(l), Width(l) / 2} {
			for rows := 1; rows <= MaxRows(l); rows = min(rows*2, max(MaxRows(l), rows+1)) {
				b.Run(fmt.Sprintf("%v/%dx%d", l, rows, width), func(b *testing.B) {
					const k = 128
					x, w, y := make([]float32, rows*k), make([]float32, k*width), make([]float32, rows*width)
					half := (rows + 1) / 2
					tile := Tile{
						A: unsafe.Pointer(&x[0]), A2: unsafe.Pointer(&x[half*k%len(x)]), B: unsafe.Pointer(&w[0]),
						C: unsafe.Pointer(&y[0]), C2: unsafe.Pointer(&y[half*width%len(y)]),
						Taps: &Tap{}, NTaps: 1, K: k, LDA: 4 * k, LDC: 4 * width, Rows: rows, Cols: width,
					}
					for b.Loop() {
						tile.Run(l, width)
					}
					b.ReportMetric(2*float64(rows*width*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				})
			}
		}
	}
}
