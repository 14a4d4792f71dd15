package ops

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// TestTopK compares TopK with what sorting gives.
func TestTopK(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	types := []dtype.DType{dtype.Float32, dtype.Float64, dtype.F16, dtype.BF16, dtype.Int8, dtype.Uint8, dtype.Int64, dtype.Uint64}
	for range 300 {
		d := types[r.IntN(len(types))]
		dims := []int{1 + r.IntN(3), 1 + r.IntN(40), 1 + r.IntN(3)}
		axis := r.IntN(3)
		x := tensor.New(d, dims)
		values := make([]float64, x.Len())
		for i := range values {
			values[i] = float64(r.IntN(20)) // with many that are equal
			switch {
			case dtype.Unsigned.Has(d):
			case dtype.Floating.Has(d) && r.IntN(6) == 0:
				values[i] = []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1)}[r.IntN(4)]
			case r.IntN(2) == 0:
				values[i] = -values[i]
			}
		}
		x = tensorAs(d, values, dims...)
		k, largest := r.IntN(dims[axis]+1), r.IntN(2)
		c := call{
			op: "TopK", opset: 24, in: []*tensor.Tensor{x, i64(int64(k))}, outs: 2,
			attrs: attrs{"axis": int64(axis), "largest": int64(largest), "sorted": int64(r.IntN(2))},
		}
		out := c.results(t)
		inner := tensor.Elems(dims[axis+1:])
		best, places := valuesOf(out[0]), tensor.View[int64](out[1])
		for line := range tensor.Elems(dims) / dims[axis] {
			start := line/inner*dims[axis]*inner + line%inner
			order := make([]int, dims[axis])
			for i := range order {
				order[i] = i
			}
			slices.SortStableFunc(order, func(a, b int) int {
				va, vb := values[start+a*inner], values[start+b*inner]
				sign := 0
				switch {
				case va != va || vb != vb: // NaN is greater than all numbers
					sign = cmp.Compare(vb, va) // cmp.Compare has it less
				default:
					sign = cmp.Compare(va, vb)
				}
				if largest == 1 {
					return -sign
				}
				return sign
			})
			for j, p := range order[:k] {
				at := line/inner*k*inner + line%inner + j*inner
				if v := values[start+p*inner]; places[at] != int64(p) || best[at] != v && v == v {
					t.Fatalf("TopK of %v%v %v, k = %d: element %d of line %d is %v at %d; want %v at %d", d, dims, c.attrs, k, j, line, best[at], places[at], v, p)
				}
			}
		}
	}
	x := f32([]float64{1, 2}, 2)
	for name, c := range map[string]call{
		"more than there are": {opset: 11, in: []*tensor.Tensor{x, i64(3)}},
		"less than none":      {opset: 11, in: []*tensor.Tensor{x, i64(-1)}},
		"two numbers":         {opset: 11, in: []*tensor.Tensor{x, i64(1, 1)}},
		"a scalar":            {opset: 11, in: []*tensor.Tensor{f32([]float64{1}), i64(1)}},
		"as an attribute":     {opset: 1, attrs: attrs{"k": int64(3)}, in: []*tensor.Tensor{x}},
	} {
		c.op, c.outs = "TopK", 2
		refused(t, name, c)
	}
	got := call{op: "TopK", opset: 1, attrs: attrs{"k": int64(1)}, in: []*tensor.Tensor{x}, outs: 2}.run(t)
	wantNumbers(t, "TopK-1", got[1], []float64{1}, 0)
	none := call{op: "TopK", opset: 11, in: []*tensor.Tensor{f32(nil, 2, 0), i64(0)}, outs: 2}.results(t)
	if !slices.Equal(none[1].Shape, []int{2, 0}) {
		t.Errorf("TopK of nothing gives %v", none[1].Shape)
	}
}

func TestNonZero(t *testing.T) {
	negativeZero := math.Copysign(0, -1)
	for _, tt := range []struct {
		x    *tensor.Tensor
		want []int64
	}{
		{tensorAs(dtype.F16, []float64{0, 1, negativeZero, 0x1p-24, math.NaN()}, 5), []int64{1, 3, 4}},
		{tensorAs(dtype.BF16, []float64{negativeZero, -1}, 2), []int64{1}},
		{tensor.Of([]float64{negativeZero, 0, math.SmallestNonzeroFloat64}, 3), []int64{2}},
		{tensor.Of([]float32{float32(negativeZero), math.SmallestNonzeroFloat32}, 2), []int64{1}},
		{tensor.Of([]complex64{0, 1i, complex(0, float32(negativeZero)), 1}, 4), []int64{1, 3}},
		{tensor.Of([]complex128{0, 1i, complex(negativeZero, 0), 1}, 4), []int64{1, 3}},
		{tensor.Of([]int8{0, -128, 1}, 3), []int64{1, 2}},
		{tensor.Of([]uint16{0x8000, 0}, 2), []int64{0}},
		{tensor.Of([]int32{math.MinInt32, 0}, 2), []int64{0}},
		{tensor.Of([]uint64{0, 1 << 63}, 2), []int64{1}},
		{tensor.Of([]bool{true, false}, 2), []int64{0}},
		{&tensor.Tensor{DType: dtype.String, Shape: []int{3}, Strings: []string{"", "0", "a"}}, []int64{1, 2}},
		{tensor.Of([]bool{true}), []int64{0}},
		{tensor.Of([]bool{false}), []int64{}},
		{tensor.Of([]float32{}, 0), []int64{}},
		{tensor.Of([]float32{0, 2, 3, 0}, 2, 2), []int64{0, 1, 1, 0}},
	} {
		got := call{op: "NonZero", opset: 13, in: []*tensor.Tensor{tt.x}}.result(t)
		if diff := gocmp.Diff(tt.want, tensor.View[int64](got)); diff != "" || got.Shape[0] != max(len(tt.x.Shape), 1) {
			t.Errorf("NonZero of %v%v %v gives %v (-want +got)\n%s", tt.x.DType, tt.x.Shape, valuesOf(tt.x), got.Shape, diff)
		}
	}
}

func TestOneHot(t *testing.T) {
	values := tensor.Of([]int8{0, 1}, 2)
	three := tensorAs(dtype.F16, []float64{3.5})
	for _, tt := range []struct {
		opset   int
		indices *tensor.Tensor
		want    []float64
	}{
		{11, tensor.Of([]int64{-1, -3, -4, 3, 2}, 5), []float64{0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}},
		{9, tensor.Of([]int64{-1, 0}, 2), []float64{0, 0, 0, 1, 0, 0}},
		{11, tensor.Of([]float32{-0.5, 1.9, -1.5, float32(math.NaN()), float32(math.Inf(1))}, 5), []float64{1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}},
		{11, tensor.Of([]uint8{1}), []float64{0, 1, 0}},
		{11, tensorAs(dtype.F16, []float64{2}, 1), []float64{0, 0, 1}},
		{11, tensor.Of([]int64{}, 0), []float64{}},
	} {
		got := call{op: "OneHot", opset: tt.opset, in: []*tensor.Tensor{tt.indices, three, values}}.result(t)
		wantNumbers(t, "OneHot", got, tt.want, 0)
	}
	words := &tensor.Tensor{DType: dtype.String, Shape: []int{2}, Strings: []string{"off", "on"}}
	got := call{op: "OneHot", opset: 11, attrs: attrs{"axis": int64(0)}, in: []*tensor.Tensor{tensor.Of([]int32{1, 0}, 2), i64(2), words}}.result(t)
	if diff := gocmp.Diff([]string{"off", "on", "on", "off"}, got.Strings); diff != "" {
		t.Errorf("strings (-want +got)\n%s", diff)
	}
	one := tensor.Of([]int64{1}, 1)
	for name, in := range map[string][]*tensor.Tensor{
		"one value": {one, i64(2), tensor.Of([]int8{1}, 1)}, "two depths": {one, i64(2, 2), values}, "a negative depth": {one, i64(-1), values},
		"an endless depth": {one, f32([]float64{math.Inf(1)}), values}, "no depth": {one, f32([]float64{math.NaN()}), values},
	} {
		refused(t, name, call{op: "OneHot", opset: 11, in: in})
	}
}

// TestScatterReductions has updates meet what is there, of all sorts of types, in the versions that know how.
func TestScatterReductions(t *testing.T) {
	for _, tt := range []struct {
		d         dtype.DType
		reduction string
		opset     int
		want      []float64 // of 3 and 1 updated with 1 and 2, both at the first; nil when it is refused
	}{
		{dtype.F16, "add", 16, []float64{6, 1}},
		{dtype.BF16, "mul", 16, []float64{6, 1}},
		{dtype.Int8, "max", 18, []float64{3, 1}},
		{dtype.Uint64, "min", 18, []float64{1, 1}},
		{dtype.Float64, "add", 18, []float64{6, 1}},
		{dtype.Float32, "max", 16, nil},
		{dtype.Float32, "min", 16, nil},
		{dtype.Float32, "mean", 18, nil},
		{dtype.Bool, "add", 18, []float64{1, 1}},
		{dtype.Bool, "mul", 18, []float64{1, 1}},
		{dtype.String, "add", 18, nil},
		{dtype.Complex64, "max", 18, nil},
		{dtype.Complex64, "none", 18, []float64{2, 1}},
		{dtype.String, "none", 16, []float64{2, 1}},
	} {
		x, updates := tensorAs(tt.d, []float64{3, 1}, 2), tensorAs(tt.d, []float64{1, 2}, 2)
		a := attrs{"reduction": tt.reduction}
		elements := call{op: "ScatterElements", opset: tt.opset, attrs: a, in: []*tensor.Tensor{x, i64(0, -2), updates}, outs: 1}
		nd := call{op: "ScatterND", opset: tt.opset, attrs: a, in: []*tensor.Tensor{x, shaped(i64(0, -2), 2, 1), updates}, outs: 1}
		for _, c := range []call{elements, nd} {
			if tt.want == nil {
				refused(t, c.op+" with "+tt.reduction+" of "+tt.d.String(), c)
				continue
			}
			if diff := gocmp.Diff(tt.want, valuesOf(c.run(t)[0])); diff != "" {
				t.Errorf("%s with %s of %v (-want +got)\n%s", c.op, tt.reduction, tt.d, diff)
			}
		}
	}
	bools := []*tensor.Tensor{tensor.Of([]bool{true, false, true}, 3), i64(0, 1, 2), tensor.Of([]bool{false, false, true}, 3)}
	for reduction, want := range map[string][]bool{"add": {true, false, true}, "max": {true, false, true}, "mul": {false, false, true}, "min": {false, false, true}} {
		got := call{op: "ScatterElements", opset: 18, attrs: attrs{"reduction": reduction}, in: bools}.result(t)
		if diff := gocmp.Diff(want, tensor.View[bool](got)); diff != "" {
			t.Errorf("%s of bools (-want +got)\n%s", reduction, diff)
		}
	}
	x := f32([]float64{1, 2}, 2)
	for _, at := range []int64{2, -3, math.MaxInt64, math.MinInt64} {
		refused(t, "an index that is out of range", call{op: "ScatterElements", opset: 18, in: []*tensor.Tensor{x, i64(at), f32([]float64{1}, 1)}})
		refused(t, "an index that is out of range", call{op: "ScatterND", opset: 18, in: []*tensor.Tensor{x, shaped(i64(at), 1, 1), f32([]float64{1}, 1)}})
		refused(t, "an index that is out of range", call{op: "Scatter", opset: 9, in: []*tensor.Tensor{x, i64(at), f32([]float64{1}, 1)}})
	}
}

// TestWhereTypes chooses among elements of every type.
func TestWhereTypes(t *testing.T) {
	condition := tensor.Of([]bool{true, false, true}, 3)
	for d := dtype.Float32; d.Valid(); d++ {
		if !data(16).Has(d) {
			continue
		}
		x, y := tensorAs(d, []float64{1, 1}, 2, 1), tensorAs(d, []float64{0, 0, 0}, 3)
		got := call{op: "Where", opset: 16, in: []*tensor.Tensor{condition, x, y}, outs: 1}.run(t)[0]
		if diff := gocmp.Diff([]float64{1, 0, 1, 1, 0, 1}, valuesOf(got)); diff != "" {
			t.Errorf("Where of %v (-want +got)\n%s", d, diff)
		}
	}
}

func TestReverseSequence(t *testing.T) {
	x := tensorAs(dtype.F16, []float64{1, 2, 3, 4, 5, 6}, 3, 2)
	c := call{op: "ReverseSequence", opset: 10, in: []*tensor.Tensor{x, i64(3, 2)}}
	if diff := gocmp.Diff([]float64{5, 4, 3, 2, 1, 6}, valuesOf(c.result(t))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for name, lens := range map[string][]int64{"too long": {4, 1}, "less than nothing": {-1, 1}, "too few": {1}} {
		c.in = []*tensor.Tensor{x, i64(lens...)}
		refused(t, name, c)
	}
	c.in, c.attrs = []*tensor.Tensor{x, i64(1, 1)}, attrs{"time_axis": int64(1)}
	refused(t, "the same axis twice", c)
}
