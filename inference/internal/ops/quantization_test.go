package ops

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// codesOf returns the elements of a quantized tensor.
func codesOf(t *tensor.Tensor) []float64 {
	out := make([]float64, t.Len())
	load(out, t.Data, t.DType)
	return out
}

// asType returns numbers as a tensor of type d.
func asType(d dtype.DType, data []float64, dims ...int) *tensor.Tensor {
	t := tensor.New(d, dims)
	for i, v := range data {
		switch {
		case dtype.SmallFloats.Has(d):
			storeFloats(t.Data[i*d.Size():], []float32{float32(v)}, d)
		case dtype.Floats.Has(d):
			writeNumber(t, i, v)
		default:
			storeInts(t.Data[i*d.Size():], []int64{int64(v)}, d)
		}
	}
	return t
}

func TestQuantizeLinear(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	type in = []*tensor.Tensor
	for _, tt := range []struct {
		name  string
		opset int
		attrs attrs
		in    in
		typ   dtype.DType
		want  []float64
	}{
		{
			"half to even and out of range", 10, nil,
			in{f32([]float64{1, 3, 5, -1, -3, inf, -inf, nan, 1e30, -1e30}, 10), f32([]float64{2})},
			dtype.Uint8,
			[]float64{0, 2, 2, 0, 0, 255, 0, 0, 255, 0},
		},
		{
			"rounded before the zero point is added", 13, nil,
			in{f32([]float64{1, 3, -1, -3}, 4), f32([]float64{2}), asType(dtype.Int8, []float64{1})},
			dtype.Int8,
			[]float64{1, 3, 1, -1},
		},
		{
			"along the first axis", 13,
			attrs{"axis": int64(-2)},
			in{f32([]float64{2, 4, 8, 2, 4, 8}, 2, 3), f32([]float64{2, 4}, 2), asType(dtype.Uint8, []float64{0, 100}, 2)},
			dtype.Uint8,
			[]float64{1, 2, 4, 100, 101, 102},
		},
		{
			"along the last axis", 13,
			attrs{"axis": int64(1)},
			in{f32([]float64{2, 4, 8, 2, 4, 8}, 2, 3), f32([]float64{1, 2, 4}, 3)},
			dtype.Uint8,
			[]float64{2, 2, 2, 2, 2, 2},
		},
		{
			"blocks along the last axis, the last one short", 21,
			attrs{"axis": int64(1), "block_size": int64(2)},
			in{f32([]float64{2, 4, 8, 2, 4, 8}, 2, 3), f32([]float64{1, 2, 4, 8}, 2, 2)},
			dtype.Uint8,
			[]float64{2, 4, 4, 0, 1, 1},
		},
		{
			"blocks along the first axis, the last one short", 21,
			attrs{"axis": int64(0), "block_size": int64(2), "output_dtype": int64(dtype.Int16)},
			in{f32([]float64{1, 2, 3, 4, 5, -66000}, 3, 2), f32([]float64{1, 2, 0.5, 1}, 2, 2)},
			dtype.Int16,
			[]float64{1, 1, 3, 2, 10, -32768},
		},
		{
			"a division in half precision", 23,
			attrs{"precision": int64(dtype.F16)},
			in{f32([]float64{2049, 1000.3}, 2), f32([]float64{1}), asType(dtype.Uint16, []float64{0})},
			dtype.Uint16,
			[]float64{2048, 1000},
		},
		{
			"a division in bfloat16", 23, nil,
			in{f32([]float64{257, 259}, 2), asType(dtype.BF16, []float64{1}), asType(dtype.Uint16, []float64{0})},
			dtype.Uint16,
			[]float64{256, 260},
		},
		{
			"a power of two", 24, nil,
			in{f32([]float64{3, 7}, 2), asType(dtype.F8E8M0, []float64{0.5}), asType(dtype.U4, []float64{1})},
			dtype.U4,
			[]float64{7, 15},
		},
		{"int2", 25, attrs{"output_dtype": int64(dtype.I2)}, in{f32([]float64{-9, -1, 0.4, 9}, 4), f32([]float64{1})}, dtype.I2, []float64{-2, -1, 0, 1}},
		{
			"int32", 10, nil,
			in{tensor.Of([]int32{7, -7, math.MaxInt32}, 3), f32([]float64{2}), asType(dtype.Uint8, []float64{128})},
			dtype.Uint8,
			[]float64{132, 124, 255},
		},
		{
			"a float8 that is not saturated", 19,
			attrs{"saturate": int64(0)},
			in{f32([]float64{1000, 3, -1000}, 3), f32([]float64{1}), asType(dtype.F8E4M3FN, []float64{0})},
			dtype.F8E4M3FN,
			[]float64{nan, 3, nan},
		},
		{
			"a float4", 23, nil,
			in{f32([]float64{100, 2.5, -100}, 3), f32([]float64{1}), asType(dtype.F4E2M1, []float64{0})},
			dtype.F4E2M1,
			[]float64{6, 2, -6},
		},
		{"nothing", 13, nil, in{f32(nil, 0, 2), f32([]float64{1})}, dtype.Uint8, []float64{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := call{op: "QuantizeLinear", opset: tt.opset, attrs: tt.attrs, in: tt.in, outs: 1}
			got := c.run(t)[0]
			if got.DType != tt.typ {
				t.Errorf("output is %v; want %v", got.DType, tt.typ)
			}
			if diff := cmp.Diff(tt.want, codesOf(got), equalNaN); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			wantNoAllocs(t, c)
		})
	}
}

var equalNaN = cmp.Comparer(func(a, b float64) bool { return a == b || a != a && b != b })

func TestDequantizeLinear(t *testing.T) {
	for _, tt := range []struct {
		name  string
		opset int
		attrs attrs
		in    []*tensor.Tensor
		typ   dtype.DType
		want  []float64
	}{
		{
			"one scale", 10, nil,
			[]*tensor.Tensor{asType(dtype.Uint8, []float64{0, 128, 255}, 3), f32([]float64{2}), asType(dtype.Uint8, []float64{128})},
			dtype.Float32,
			[]float64{-256, 0, 254},
		},
		{
			"along an axis", 13,
			attrs{"axis": int64(0)},
			[]*tensor.Tensor{asType(dtype.Int8, []float64{1, 2, 3, -4}, 2, 2), f32([]float64{2, 10}, 2), asType(dtype.Int8, []float64{1, -1}, 2)},
			dtype.Float32,
			[]float64{0, 2, 40, -30},
		},
		{
			"blocks of int4", 21,
			attrs{"axis": int64(1), "block_size": int64(2)},
			[]*tensor.Tensor{asType(dtype.I4, []float64{-8, 7, 1, 2, 3, 4}, 1, 6), asType(dtype.F16, []float64{1, 2, 0.5}, 1, 3), asType(dtype.I4, []float64{0, 1, -1}, 1, 3)},
			dtype.F16,
			[]float64{-8, 7, 0, 2, 2, 2.5},
		},
		{
			"as another type", 23,
			attrs{"output_dtype": int64(dtype.BF16)},
			[]*tensor.Tensor{asType(dtype.F8E5M2, []float64{3, -0.5}, 2), f32([]float64{2})},
			dtype.BF16,
			[]float64{6, -1},
		},
		{
			"by a power of two", 25,
			attrs{"output_dtype": int64(dtype.Float32)},
			[]*tensor.Tensor{asType(dtype.U2, []float64{3, 1}, 2), asType(dtype.F8E8M0, []float64{0.25})},
			dtype.Float32,
			[]float64{0.75, 0.25},
		},
		{"int32", 10, nil, []*tensor.Tensor{tensor.Of([]int32{1 << 30}, 1), f32([]float64{0.5})}, dtype.Float32, []float64{1 << 29}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := call{op: "DequantizeLinear", opset: tt.opset, attrs: tt.attrs, in: tt.in, outs: 1}
			got := c.run(t)[0]
			if got.DType != tt.typ {
				t.Errorf("output is %v; want %v", got.DType, tt.typ)
			}
			if diff := cmp.Diff(tt.want, codesOf(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			wantNoAllocs(t, c)
		})
	}
}

// TestGrain holds the scales that go with elements against their places, across tiles.
func TestGrain(t *testing.T) {
	x := f32(make([]float64, 3*5*211), 3, 5, 211)
	for i := range x.Len() {
		tensor.View[float32](x)[i] = float32(i % 100)
	}
	for _, axis := range []int{0, 1, 2} {
		for _, block := range []int{0, 1, 2, 3, 64, 1000} {
			dims := []int{3, 5, 211}
			blocks := dims[axis]
			if block > 0 {
				blocks = (blocks + block - 1) / block
				dims[axis] = blocks
			} else {
				dims = []int{blocks}
			}
			scale := tensor.New(dtype.Float32, dims)
			for i := range tensor.View[float32](scale) {
				tensor.View[float32](scale)[i] = float32(1 + i%7)
			}
			got := call{op: "QuantizeLinear", opset: 21, attrs: attrs{"axis": int64(axis), "block_size": int64(block)}, in: []*tensor.Tensor{x, scale}, outs: 1}.run(t)[0]
			for i, v := range tensor.View[float32](x) {
				at := [3]int{i / 211 / 5, i / 211 % 5, i % 211}
				var s float32
				switch {
				case scale.Len() == 1:
					s = tensor.View[float32](scale)[0]
				case block == 0:
					s = tensor.View[float32](scale)[at[axis]]
				default:
					at[axis] /= block
					s = tensor.View[float32](scale)[(at[0]*dims[1]+at[1])*dims[2]+at[2]]
				}
				if want := byte(math.RoundToEven(float64(v / s))); got.Data[i] != want {
					t.Fatalf("axis %d, blocks of %d: element %d = %d; want %d", axis, block, i, got.Data[i], want)
				}
			}
		}
	}
}

func TestQuantizeRefuses(t *testing.T) {
	x := f32(make([]float64, 6), 2, 3)
	for name, c := range map[string]call{
		"a scale of another length":    {opset: 13, in: []*tensor.Tensor{x, f32(make([]float64, 2), 2)}},
		"a matrix without blocks":      {opset: 21, in: []*tensor.Tensor{x, f32(make([]float64, 6), 2, 3)}},
		"too few blocks":               {opset: 21, attrs: attrs{"block_size": int64(1)}, in: []*tensor.Tensor{x, f32(make([]float64, 4), 2, 2)}},
		"a negative block":             {opset: 21, attrs: attrs{"block_size": int64(-1)}, in: []*tensor.Tensor{x, f32(make([]float64, 4), 2, 2)}},
		"an axis that is not there":    {opset: 13, attrs: attrs{"axis": int64(2)}, in: []*tensor.Tensor{x, f32(make([]float64, 3), 3)}},
		"a scale for each slice":       {opset: 10, in: []*tensor.Tensor{x, f32(make([]float64, 3), 3)}},
		"no element type":              {opset: 21, attrs: attrs{"output_dtype": int64(99)}, in: []*tensor.Tensor{x, f32([]float64{1})}},
		"a type of its own":            {opset: 21, attrs: attrs{"output_dtype": int64(dtype.Int8)}, in: []*tensor.Tensor{x, f32([]float64{1}), asType(dtype.Uint8, []float64{0})}},
		"a precision that is no float": {opset: 23, attrs: attrs{"precision": int64(dtype.Int32)}, in: []*tensor.Tensor{x, f32([]float64{1})}},
		"a scalar and several scales":  {opset: 13, in: []*tensor.Tensor{f32([]float64{1}), f32(make([]float64, 3), 3)}},
	} {
		c.op, c.outs = "QuantizeLinear", 1
		if _, err := c.try(t); err == nil {
			t.Errorf("%s is not refused", name)
		}
	}
}

func TestRoundTo(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, d := range []dtype.DType{dtype.Float32, dtype.F16, dtype.BF16} {
		for range 20000 {
			v := math.Ldexp(r.Float64()-0.5, r.IntN(36)-22)
			if r.IntN(2) == 0 { // with many ties
				v = math.Ldexp(float64(r.IntN(8192)-4096), r.IntN(10)-8)
			}
			got := []float64{v}
			roundTo(got, d)
			want := float64(float32(v))
			if d != dtype.Float32 {
				want = float64(d.Decode(d.Encode(v, false, dtype.Nearest)))
			}
			if math.Abs(v) < 60000 && got[0] != want {
				t.Fatalf("roundTo(%v, %v) = %v; want %v", v, d, got[0], want)
			}
		}
	}
}

func TestDynamicQuantizeLinear(t *testing.T) {
	for _, tt := range []struct {
		x     []float64
		scale float64
		zero  byte
		y     []float64
	}{
		{[]float64{0, 51, 255}, 1, 0, []float64{0, 51, 255}},
		{[]float64{-255, -51}, 1, 255, []float64{0, 204}},
		{[]float64{0, 0}, 1, 0, []float64{0, 0}},
		{nil, 1, 0, []float64{}},
	} {
		c := call{op: "DynamicQuantizeLinear", opset: 11, in: []*tensor.Tensor{f32(tt.x, len(tt.x))}, outs: 3}
		out := c.run(t)
		if got := tensor.View[float32](out[1])[0]; got != float32(tt.scale) || out[2].Data[0] != tt.zero {
			t.Errorf("scale and zero point of %v = %v, %d; want %v, %d", tt.x, got, out[2].Data[0], tt.scale, tt.zero)
		}
		if diff := cmp.Diff(tt.y, codesOf(out[0])); diff != "" {
			t.Errorf("%v (-want +got)\n%s", tt.x, diff)
		}
		wantNoAllocs(t, c)
	}
	hostile := f32([]float64{math.NaN(), math.Inf(1), math.Inf(-1)}, 3)
	call{op: "DynamicQuantizeLinear", opset: 11, in: []*tensor.Tensor{hostile}, outs: 3}.run(t)
}
