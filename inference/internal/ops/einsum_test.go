package ops

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// smallInts returns a tensor of small integers, whose sums of products floats hold exactly.
func smallInts(r *rand.Rand, d dtype.DType, dims ...int) *tensor.Tensor {
	data := make([]float64, tensor.Elems(dims))
	for i := range data {
		data[i] = float64(r.IntN(7) - 3)
		if dtype.Unsigned.Has(d) {
			data[i] = float64(r.IntN(5))
		}
	}
	return asType(d, data, dims...)
}

// wantEinsum computes an equation label by label.
func wantEinsum(t *testing.T, text string, in []*tensor.Tensor) (dims []int, data []float64) {
	t.Helper()
	var ranks []int
	var shapes []shape.Shape
	for _, x := range in {
		ranks, shapes = append(ranks, len(x.Shape)), append(shapes, shape.FromInts(x.Shape))
	}
	e, err := parseEquation(text, ranks)
	if err != nil {
		t.Fatal(err)
	}
	lengths, err := e.lengths(shapes)
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Clone(e.out)
	for _, term := range e.terms {
		for _, l := range term {
			if !slices.Contains(all, l) {
				all = append(all, l)
			}
		}
	}
	total := 1
	for i, l := range all {
		total *= int(lengths[l])
		if i < len(e.out) {
			dims = append(dims, int(lengths[l]))
		}
	}
	data = make([]float64, tensor.Elems(dims))
	var at [256]int
	for range total {
		v := 1.0
		for i, term := range e.terms {
			from := 0
			for j, l := range term {
				from *= in[i].Shape[j]
				if in[i].Shape[j] > 1 {
					from += at[l]
				}
			}
			v *= codesOf(in[i])[from]
		}
		to := 0
		for _, l := range e.out {
			to = to*int(lengths[l]) + at[l]
		}
		data[to] += v
		for i := len(all) - 1; i >= 0; i-- {
			if at[all[i]]++; at[all[i]] < int(lengths[all[i]]) {
				break
			}
			at[all[i]] = 0
		}
	}
	return dims, data
}

func checkEinsum(t *testing.T, equation string, in ...*tensor.Tensor) {
	t.Helper()
	dims, want := wantEinsum(t, equation, in)
	c := call{op: "Einsum", opset: 12, attrs: attrs{"equation": equation}, in: in, outs: 1}
	got := c.run(t)[0]
	if !slices.Equal(got.Shape, dims) {
		t.Errorf("%q: shape %v; want %v", equation, got.Shape, dims)
	}
	if diff := cmp.Diff(want, codesOf(got)); diff != "" {
		t.Errorf("%q: (-want +got)\n%s", equation, diff)
	}
	if got.DType == dtype.Float32 {
		wantNoAllocs(t, c)
	}
}

func TestEinsum(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, tt := range []struct {
		equation string
		dims     [][]int
	}{
		{"ij,jk->ik", [][]int{{3, 4}, {4, 5}}},
		{"ij,jk", [][]int{{3, 4}, {4, 5}}},
		{"ji,jk->ik", [][]int{{4, 3}, {4, 5}}},
		{"ij,kj->ik", [][]int{{3, 4}, {5, 4}}},
		{"ij,jk->ki", [][]int{{3, 4}, {4, 25}}},
		{"ij,j->i", [][]int{{3, 4}, {4}}},
		{"j,ij->i", [][]int{{4}, {3, 4}}},
		{"i,i", [][]int{{9}, {9}}},
		{"i,j->ij", [][]int{{3}, {4}}},
		{"i,j->ji", [][]int{{3}, {4}}},
		{"bij,bjk->bik", [][]int{{2, 3, 4}, {2, 4, 20}}},
		{"bqhd,bkhd->bhqk", [][]int{{2, 5, 3, 4}, {2, 6, 3, 4}}},
		{"bhqk,bkhd->bqhd", [][]int{{2, 3, 5, 6}, {2, 6, 3, 40}}},
		{"...ij,...jk->...ik", [][]int{{2, 1, 3, 4}, {5, 4, 2}}},
		{"i...,...j->...ij", [][]int{{3, 2}, {2, 4}}},
		{"...,...", [][]int{{2, 3}, {3}}},
		{"i...->...", [][]int{{3, 2, 2}}},
		{"i...->i", [][]int{{3, 2, 2}}},
		{"ii", [][]int{{4, 4}}},
		{"ii->i", [][]int{{4, 4}}},
		{"iij->ji", [][]int{{4, 4, 2}}},
		{"bii,bi->b", [][]int{{2, 3, 3}, {2, 3}}},
		{"...ii->...i", [][]int{{2, 3, 3}}},
		{"ba", [][]int{{2, 3}}},
		{"bA", [][]int{{2, 3}}},
		{"", [][]int{{}}},
		{"->", [][]int{{}}},
		{",ij->ji", [][]int{{}, {2, 3}}},
		{"ij->", [][]int{{2, 3}}},
		{"ij,ik,il->jkl", [][]int{{2, 3}, {2, 4}, {2, 5}}},
		{"ab,bc,cd->ad", [][]int{{2, 3}, {3, 4}, {4, 5}}},
		{"ab,cd,bc->ad", [][]int{{2, 3}, {4, 5}, {3, 4}}},
		{"a,b,c,d->", [][]int{{2}, {3}, {4}, {5}}},
		{"ij,jk->ik", [][]int{{3, 1}, {4, 5}}},
		{"ij,ij->ij", [][]int{{3, 1}, {1, 5}}},
		{"ij,jk->ik", [][]int{{0, 4}, {4, 5}}},
		{"ij,jk->ik", [][]int{{3, 0}, {0, 5}}},
		{" b i j , b j k -> b i k ", [][]int{{2, 3, 4}, {2, 4, 5}}},
		{"abc,cba->b", [][]int{{2, 3, 4}, {4, 3, 2}}},
		{"abcd,efcd->abef", [][]int{{2, 3, 4, 5}, {3, 2, 4, 5}}},
		{"abcd,dcef->feab", [][]int{{2, 3, 4, 5}, {5, 4, 2, 3}}},
	} {
		for _, d := range []dtype.DType{dtype.Float32, dtype.F16, dtype.Int32, dtype.Uint64} {
			var in []*tensor.Tensor
			for _, dims := range tt.dims {
				in = append(in, smallInts(r, d, dims...))
			}
			checkEinsum(t, tt.equation, in...)
		}
	}
}

// TestEinsumRandom tries equations of up to four terms over six letters.
func TestEinsumRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for range 400 {
		lengths := [6]int{1 + r.IntN(3), 1 + r.IntN(4), 2, 3, 17, 1}
		var terms []string
		var in []*tensor.Tensor
		used := ""
		for range 1 + r.IntN(4) {
			var term strings.Builder
			var dims []int
			for range r.IntN(4) {
				l := r.IntN(6)
				term.WriteByte(byte('a' + l))
				if !strings.Contains(used, string(rune('a'+l))) {
					used += string(rune('a' + l))
				}
				dims = append(dims, lengths[l])
			}
			terms = append(terms, term.String())
			in = append(in, smallInts(r, dtype.Float64, dims...))
		}
		out := []byte(used)
		r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
		equation := strings.Join(terms, ",")
		if r.IntN(4) > 0 {
			equation += "->" + string(out[:r.IntN(len(out)+1)])
		}
		checkEinsum(t, equation, in...)
		if t.Failed() {
			t.Fatalf("%q", equation)
		}
	}
}

func TestEinsumRefuses(t *testing.T) {
	matrix := smallInts(rand.New(rand.NewPCG(1, 1)), dtype.Float32, 2, 3)
	for _, equation := range []string{
		"", "i", "ijk", "ij->k", "ij->ii", "ii", "i.j", "....", "i..", "ij->ij->", "ij-", "ij>", "i1->i", "ij,jk->ik", "ij,", "é",
		"ij...j", "...i...->i", strings.Repeat("ij,", 70) + "ij", "ij->i,j", "i\x00",
	} {
		_, err := call{op: "Einsum", opset: 12, attrs: attrs{"equation": equation}, in: []*tensor.Tensor{matrix}, outs: 1}.try(t)
		if err == nil {
			t.Errorf("%q is not refused", equation)
		}
	}
	other := tensor.New(dtype.Float32, []int{4, 5})
	if _, err := (call{op: "Einsum", opset: 12, attrs: attrs{"equation": "ij,jk->ik"}, in: []*tensor.Tensor{matrix, other}, outs: 1}).try(t); err == nil {
		t.Error("lengths that do not fit are not refused")
	}
	// Between the operands of this there would be more than a machine has room for.
	text, dims := "a,b,c->abc", [][]int{{60000}, {60000}, {60000}}
	e, err := parseEquation(text, []int{1, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	lengths, err := e.lengths([]shape.Shape{shape.Of(60000), shape.Of(60000), shape.Of(60000)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newContraction(e, &lengths, dims); err == nil {
		t.Errorf("%q is not refused for vectors of 60000", text)
	}
}

// TestEinsumStaysSmall holds an equation whose factors, taken from left to right, would make 8^12 elements.
func TestEinsumStaysSmall(t *testing.T) {
	var left, right []string
	var in []*tensor.Tensor
	for i := range 12 {
		left, right = append(left, string([]byte{byte('a' + i), byte('A' + i)})), append(right, string(rune('A'+i)))
		in = append(in, f32(slices.Repeat([]float64{1}, 64), 8, 8))
	}
	for range right {
		in = append(in, f32(slices.Repeat([]float64{1}, 8), 8))
	}
	equation := strings.Join(append(left, right...), ",") + "->"
	got := call{op: "Einsum", opset: 12, attrs: attrs{"equation": equation}, in: in, outs: 1}.run(t)[0]
	if want := float32(1 << 72); tensor.View[float32](got)[0] != want {
		t.Errorf("%q = %v; want %v", equation, tensor.View[float32](got)[0], want)
	}
}

func FuzzEquation(f *testing.F) {
	for _, s := range []string{"ij,jk->ik", "...ij,...jk", "ii->i", "->", " a b ", "i...->...i"} {
		f.Add(s, uint8(2), uint8(2))
	}
	f.Fuzz(func(t *testing.T, s string, a, b uint8) {
		e, err := parseEquation(s, []int{int(a % 5), int(b % 5)})
		if err != nil {
			return
		}
		if len(e.terms) != 2 || len(e.terms[0]) != int(a%5) || len(e.terms[1]) != int(b%5) {
			t.Errorf("parseEquation(%q) = %v for ranks %d and %d", s, e.terms, a%5, b%5)
		}
	})
}

func BenchmarkEinsum(b *testing.B) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, tt := range []struct {
		equation string
		in       []*tensor.Tensor
	}{
		{"ij,jk->ik", []*tensor.Tensor{smallInts(r, dtype.Float32, 256, 256), smallInts(r, dtype.Float32, 256, 256)}},
		{"bqhd,bkhd->bhqk", []*tensor.Tensor{smallInts(r, dtype.Float32, 1, 197, 12, 64), smallInts(r, dtype.Float32, 1, 197, 12, 64)}},
		{"bhqk,bkhd->bqhd", []*tensor.Tensor{smallInts(r, dtype.Float32, 1, 12, 197, 197), smallInts(r, dtype.Float32, 1, 197, 12, 64)}},
		{"bhwc,hkc->bhwk", []*tensor.Tensor{smallInts(r, dtype.Float32, 12, 14, 14, 64), smallInts(r, dtype.Float32, 14, 14, 64)}},
		{"ij,ij->ij", []*tensor.Tensor{smallInts(r, dtype.Float32, 1000, 1000), smallInts(r, dtype.Float32, 1000, 1000)}},
	} {
		b.Run(strings.ReplaceAll(tt.equation, ",", "_"), func(b *testing.B) {
			k, ctx, err := call{op: "Einsum", opset: 12, attrs: attrs{"equation": tt.equation}, in: tt.in, outs: 1}.kernel(b, 1)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := k.Run(ctx); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
