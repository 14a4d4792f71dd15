package i8

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// product is a matrix product in taps, as the tests compute it: rows of a lie lda apart.
type product struct {
	m, n, k, lda int
	taps         []int
	a            []byte
	b            Matrix
	bias         []int32
	scale, shift []float32
	lo, hi       float32
	zero         int32
	invert       byte
}

func randomProduct(r *rand.Rand, m, n, k, taps int) *product {
	p := &product{m: m, n: n, k: k, lda: k + r.IntN(5), lo: -128, hi: 127, zero: int32(r.IntN(50))}
	if r.IntN(2) == 0 {
		p.invert = 0x80
	}
	size := 0
	for range taps {
		p.taps = append(p.taps, r.IntN(50))
		size = max(size, p.taps[len(p.taps)-1])
	}
	p.a = randomBytes(r, 1+size+m*p.lda+4*k+8)[1:] // not aligned
	p.b = Matrix{
		NTaps: taps, K: k, N: n, Tap: k * n, Row: n, Column: 1, Data: randomBytes(r, taps*k*n), Signed: r.IntN(2) == 0,
	}
	if r.IntN(3) > 0 {
		p.b.Zeros, p.b.ZeroColumn = randomBytes(r, n), r.IntN(2)
	}
	for range n + 32 { // as many as the last panel is wide
		p.bias = append(p.bias, int32(r.Uint32())>>12)
		p.scale = append(p.scale, r.Float32()/1000)
		p.shift = append(p.shift, r.Float32()*10-5)
	}
	return p
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// want returns the results of a kind, as bytes.
func (p *product) want(kind Kind) []byte {
	var out []byte
	for i := range p.m {
		for j := range p.n {
			sum := p.bias[j]
			for t, tap := range p.taps {
				for k := range p.k {
					sum += int32(p.a[tap+i*p.lda+k]^p.invert) * int32(p.b.at(t*p.b.Tap+k*p.b.Row+j*p.b.Column)-p.b.zero(j))
				}
			}
			var to [4]byte
			side := Tile{Kind: kind, Lo: p.lo, Hi: p.hi, Zero: p.zero, Scale: unsafe.Pointer(&p.scale[j]), Shift: unsafe.Pointer(&p.shift[j])}
			side.put(unsafe.Pointer(&to), 0, sum)
			out = append(out, to[:p.size(kind)]...)
		}
	}
	return out
}

func (p *product) size(kind Kind) int {
	if kind == Bytes {
		return 1
	}
	return 4
}

// run computes the same by tiles with runs of the given length at most, and checks that nothing else is written.
func (p *product) run(t *testing.T, l cpu.Level, kind Kind, run int) []byte {
	t.Helper()
	parts := p.b.Parts(l)
	panels := Pack(l, &p.b, parts, make([]byte, PanelBytes(l, p.b.NTaps, p.b.K, p.n, parts)), make([]int32, Columns(l, p.n)))
	taps := panels.Taps(p.taps)
	const rim = 100
	size := p.size(kind)
	out := bytes.Repeat([]byte{0xa5}, rim+p.m*p.n*size+rim)
	for i := range panels.Count() {
		j := i * panels.Width
		for r := 0; r < p.m; {
			rows := min(2*run, p.m-r)
			if rows > 1 {
				rows = (rows + 1) / 2 * 2
			}
			first, second := r, r+rows/2
			if second+rows/2 > p.m {
				second = p.m - rows/2
			}
			at := func(row int) unsafe.Pointer { return unsafe.Pointer(&out[rim+(row*p.n+j)*size]) }
			tile := Tile{
				A: unsafe.Pointer(&p.a[first*p.lda]), A2: unsafe.Pointer(&p.a[second*p.lda]), B: panels.Panel(i),
				C: at(first), C2: at(second), Taps: &taps[0], NTaps: len(taps), K: panels.K, LDA: p.lda, LDC: p.n * size,
				Bias: unsafe.Pointer(&p.bias[j]), Scale: unsafe.Pointer(&p.scale[j]), Shift: unsafe.Pointer(&p.shift[j]),
				Rows: rows, Cols: min(panels.Width, p.n-j), Width: panels.PanelWidth(i), Kind: kind,
				Lo: p.lo, Hi: p.hi, Zero: p.zero, Invert: uint32(p.invert) * 0x01010101,
			}
			tile.Run(l)
			r += rows
		}
	}
	for i, v := range out {
		if (i < rim || i >= len(out)-rim) && v != 0xa5 {
			t.Fatalf("%v: byte %d outside of the result is written", l, i-rim)
		}
	}
	return out[rim : len(out)-rim]
}

func TestTile(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, l := range cpu.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			for m := 1; m <= 2*MaxRun(l)+1; m++ {
				for range 12 {
					p := randomProduct(r, m, 1+r.IntN(2*Width(l)+3), 1+r.IntN(70), 1+r.IntN(4))
					for kind := Sums; kind <= Floats; kind++ {
						if got, want := p.run(t, l, kind, MaxRun(l)), p.want(kind); !bytes.Equal(got, want) {
							t.Fatalf("kind %d of %d x %d, k=%d, %d taps: results differ", kind, p.m, p.n, p.k, len(p.taps))
						}
					}
				}
			}
		})
	}
}

func FuzzTile(f *testing.F) {
	f.Add(uint64(1), uint8(3), uint8(40), uint8(9), uint8(2))
	f.Fuzz(func(t *testing.T, seed uint64, m, n, k, taps uint8) {
		r := rand.New(rand.NewPCG(seed, 1))
		p := randomProduct(r, 1+int(m%20), 1+int(n%100), 1+int(k), 1+int(taps%5))
		for _, l := range cpu.Levels() {
			for kind := Sums; kind <= Floats; kind++ {
				if !bytes.Equal(p.run(t, l, kind, 1+r.IntN(MaxRun(l))), p.want(kind)) {
					t.Fatalf("%v: kind %d of %d x %d, k=%d, %d taps: results differ", l, kind, p.m, p.n, p.k, len(p.taps))
				}
			}
		}
	})
}

func TestRun(t *testing.T) {
	if got := Run(cpu.Portable, 10, 10); got != 1 {
		t.Errorf("Run(portable) = %d; want 1", got)
	}
	for l, want := range map[cpu.Level]int{cpu.VNNI: 5} {
		if shapeOf(l).run == 7 {
			if got := Run(l, 25, 5); got != want {
				t.Errorf("Run(%v, 25, 5) = %d; want %d", l, got, want)
			}
		}
	}
}

func BenchmarkTile(b *testing.B) {
	for _, l := range cpu.Levels() {
		for _, k := range []int{64, 576} {
			b.Run(fmt.Sprintf("%v/k=%d", l, k), func(b *testing.B) {
				m := Matrix{NTaps: 1, K: k, N: Width(l), Tap: 0, Row: Width(l), Column: 1, Data: make([]byte, k*Width(l)), Signed: true}
				p := Pack(l, &m, 1, make([]byte, PanelBytes(l, 1, k, m.N, 1)), make([]int32, m.N))
				rows := 2 * MaxRun(l)
				a, c := make([]byte, rows*k), make([]byte, rows*m.N)
				tap, side := 0, make([]int32, m.N)
				t := Tile{
					A: unsafe.Pointer(&a[0]), A2: unsafe.Pointer(&a[rows/2*k]), B: p.Panel(0), C: unsafe.Pointer(&c[0]), C2: unsafe.Pointer(&c[rows/2*m.N]),
					Taps: &tap, NTaps: 1, K: k / 4, LDA: k, LDC: m.N, Bias: unsafe.Pointer(&side[0]), Scale: unsafe.Pointer(&side[0]),
					Rows: rows, Cols: m.N, Width: m.N, Kind: Bytes, Hi: 127,
				}
				for b.Loop() {
					t.Run(l)
				}
				b.ReportMetric(2*float64(rows*m.N*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gop/s")
			})
		}
	}
}
