package ops

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// castTo returns the node that casts x.
func castTo(to dtype.DType, x *tensor.Tensor, more attrs) call {
	c := call{op: "Cast", opset: 25, attrs: attrs{"to": int64(to)}, in: []*tensor.Tensor{x}, outs: 1}
	for name, v := range more {
		c.attrs[name] = v
	}
	return c
}

// TestCastPairs casts small whole numbers, which all types hold, between all types but the powers of two, and more of
// them than fit a tile.
func TestCastPairs(t *testing.T) {
	values := make([]float64, 600)
	for i := range values {
		values[i] = float64(i / 3 % 2)
	}
	types := data(25) &^ dtype.Complex &^ (1 << dtype.F8E8M0)
	for from := dtype.Float32; from.Valid(); from++ {
		for to := dtype.Float32; to.Valid(); to++ {
			if !types.Has(from) || !types.Has(to) {
				continue
			}
			x := tensorAs(from, values, 600)
			node := castTo(to, x, nil)
			got := node.run(t)[0]
			if to == dtype.String { // bools are words
				if text := got.Strings[3]; !slices.Contains([]string{"1", "1.0", "True"}, text) {
					t.Errorf("%v to string: 1 is %q", from, text)
				}
				continue
			}
			if !slices.Equal(valuesOf(got), values) {
				t.Errorf("%v to %v: %v", from, to, valuesOf(got)[:8])
			}
			if from != dtype.String {
				wantNoAllocs(t, node)
			}
			like := call{op: "CastLike", opset: 25, in: []*tensor.Tensor{x, tensor.New(to, []int{0})}, outs: 1}
			if alike := like.run(t)[0]; alike.DType != to || !slices.Equal(alike.Data, got.Data) {
				t.Errorf("%v like %v differs", from, to)
			}
		}
	}
}

// TestCastRange casts what the new type does not hold.
func TestCastRange(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	const (
		f8max, fnuzMax, e5Max = 448, 240, 57344
		least                 = 0x1p-127
	)
	loose := attrs{"saturate": int64(0)}
	for _, c := range []struct {
		from, to dtype.DType
		more     attrs
		in, want []float64
	}{
		// Floats to integers: towards zero, then the bits that fit, the same on every processor.
		{dtype.Float32, dtype.Int8, nil, []float64{-1.9, 1.9, 200, -300, nan, inf}, []float64{-1, 1, -56, -44, 0, -1}},
		{dtype.Float64, dtype.Int64, nil, []float64{-1.9, 1e30, -1e30, nan}, []float64{-1, 1 << 63, -1 << 63, 0}},
		{dtype.Float64, dtype.Uint64, nil, []float64{1.9, 1 << 63, 1e30, nan}, []float64{1, 1 << 63, 1 << 64, 0}},
		{dtype.F16, dtype.Uint8, nil, []float64{255.5, 256, -1}, []float64{255, 0, 255}},
		// To integers of 4 and 2 bits the nearest, the even one of two.
		{dtype.Float32, dtype.I4, nil, []float64{-9, -8, 7, 8, 0.5, 1.5, -2.5, 2.6}, []float64{7, -8, 7, -8, 0, 2, -2, 3}},
		{dtype.F16, dtype.U4, nil, []float64{-1, 15, 16, 3.5}, []float64{15, 15, 0, 4}},
		{dtype.Float32, dtype.I2, nil, []float64{-3, -2, 1, 2, 0.5, -0.7}, []float64{1, -2, 1, -2, 0, -1}},
		{dtype.Float64, dtype.U2, nil, []float64{-1, 3, 4, 1.5}, []float64{3, 3, 0, 2}},
		// Integers to integers: the bits that fit.
		{dtype.Int16, dtype.Int8, nil, []float64{200, -200}, []float64{-56, 56}},
		{dtype.Int8, dtype.Uint64, nil, []float64{-1}, []float64{1 << 64}},
		{dtype.Int32, dtype.I4, nil, []float64{8, -9, 21}, []float64{-8, 7, 5}},
		{dtype.U4, dtype.I2, nil, []float64{2, 7, 12}, []float64{-2, -1, 0}},
		{dtype.I4, dtype.U2, nil, []float64{-1, -8}, []float64{3, 0}},
		{dtype.Uint64, dtype.Float32, nil, []float64{1 << 63}, []float64{1 << 63}},
		// To bool: all but zero is true.
		{dtype.Float32, dtype.Bool, nil, []float64{0, math.Copysign(0, -1), 0.1, nan, -inf}, []float64{0, 0, 1, 1, 1}},
		{dtype.F8E4M3FN, dtype.Bool, nil, []float64{0, nan, 0.5}, []float64{0, 1, 1}},
		// To halves: infinity beyond their range.
		{dtype.Float64, dtype.F16, nil, []float64{65519, 65520, -1e9, nan, 1e-9}, []float64{65504, inf, -inf, nan, 0}},
		{dtype.Int64, dtype.F16, nil, []float64{1 << 20, -1 << 20}, []float64{inf, -inf}},
		{dtype.Float64, dtype.BF16, nil, []float64{1e39, -inf, 3.3984375}, []float64{inf, -inf, 3.40625}},
		// To floats of 8 bits, as the tables of Cast have it.
		{dtype.Float32, dtype.F8E4M3FN, nil, []float64{nan, inf, -inf, 1e6, -1e6, 464, 466}, []float64{nan, f8max, -f8max, f8max, -f8max, f8max, f8max}},
		{dtype.Float32, dtype.F8E4M3FN, loose, []float64{nan, inf, -inf, 1e6, 464, 466}, []float64{nan, nan, nan, nan, f8max, nan}},
		{dtype.Float32, dtype.F8E4M3FNUZ, nil, []float64{nan, inf, -inf, 1e6}, []float64{nan, fnuzMax, -fnuzMax, fnuzMax}},
		{dtype.Float32, dtype.F8E4M3FNUZ, loose, []float64{nan, inf, -inf, -1e6}, []float64{nan, nan, nan, nan}},
		{dtype.F16, dtype.F8E5M2, nil, []float64{nan, inf, -inf, 65504}, []float64{nan, e5Max, -e5Max, e5Max}},
		{dtype.F16, dtype.F8E5M2, loose, []float64{nan, inf, -inf, 65504}, []float64{nan, inf, -inf, inf}},
		{dtype.Float32, dtype.F8E5M2FNUZ, nil, []float64{nan, inf, -1e6}, []float64{nan, e5Max, -e5Max}},
		{dtype.Float32, dtype.F8E5M2FNUZ, loose, []float64{nan, inf, -1e6}, []float64{nan, nan, nan}},
		{dtype.F8E5M2, dtype.F8E4M3FN, nil, []float64{inf, 1024, 0.375}, []float64{f8max, f8max, 0.375}},
		{dtype.Bool, dtype.F8E5M2, nil, []float64{1, 0}, []float64{1, 0}},
		// To floats of 4 bits.
		{dtype.Float32, dtype.F4E2M1, nil, []float64{5, -8, inf, 0.25, 0.75, 2.5, nan}, []float64{4, -6, 6, 0, 1, 2, 0}},
		// To powers of two.
		{dtype.Float32, dtype.F8E8M0, nil, []float64{0, 3, 4, 0.124, inf, nan, 0x1p-140, math.MaxFloat32}, []float64{least, 4, 4, 0.125, 0x1p127, nan, least, 0x1p127}},
		{dtype.Float32, dtype.F8E8M0, attrs{"round_mode": "down"}, []float64{3, 4, 0.124, math.MaxFloat32}, []float64{2, 4, 0.0625, 0x1p127}},
		{dtype.Float32, dtype.F8E8M0, attrs{"round_mode": "nearest"}, []float64{2.9, 3, 3.1}, []float64{2, 4, 4}},
		{dtype.Float32, dtype.F8E8M0, attrs{"round_mode": "nearest", "saturate": int64(0)}, []float64{0, inf, nan, math.MaxFloat32, 0x1p-140, 3}, []float64{nan, nan, nan, nan, nan, 4}},
		{dtype.F8E8M0, dtype.F16, nil, []float64{2, 0x1p30, nan}, []float64{2, inf, nan}},
		{dtype.F8E8M0, dtype.Int32, nil, []float64{64, 0.25}, []float64{64, 0}},
	} {
		got := valuesOf(castTo(c.to, tensorAs(c.from, c.in, len(c.in)), c.more).run(t)[0])
		same := func(a, b float64) bool { return a == b || a != a && b != b }
		if !slices.EqualFunc(got, c.want, same) {
			t.Errorf("%v to %v %v of %v = %v; want %v", c.from, c.to, c.more, c.in, got, c.want)
		}
	}
}

func TestCastWords(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		x    *tensor.Tensor
		want []string
	}{
		{tensorAs(dtype.Float32, []float64{0.1, -3, 1e-7, 1e16, 123456.79, nan, inf, -inf, 0}, 9), []string{"0.1", "-3.0", "1e-07", "1e+16", "123456.79", "NaN", "INF", "-INF", "0.0"}},
		{tensorAs(dtype.Float64, []float64{0.1, 314.15926, 1.5e300}, 3), []string{"0.1", "314.15926", "1.5e+300"}},
		{tensorAs(dtype.F16, []float64{0.1, 65504, 1}, 3), []string{"0.1", "65504.0", "1.0"}},
		{tensorAs(dtype.BF16, []float64{0.1, 3.0625}, 2), []string{"0.1", "3.06"}},
		{tensorAs(dtype.F8E4M3FN, []float64{0.1, 448}, 2), []string{"0.1", "448.0"}},
		{tensorAs(dtype.F4E2M1, []float64{-1.5, 6}, 2), []string{"-1.5", "6.0"}},
		{tensorOf([]int64{math.MinInt64, 1<<53 + 1}, 2), []string{"-9223372036854775808", "9007199254740993"}},
		{tensorOf([]uint64{math.MaxUint64}, 1), []string{"18446744073709551615"}},
		{tensorAs(dtype.I4, []float64{-8}, 1), []string{"-8"}},
		{tensorOf([]bool{true, false}, 2), []string{"True", "False"}},
	} {
		got := castTo(dtype.String, c.x, nil).run(t)[0].Strings
		if !slices.Equal(got, c.want) {
			t.Errorf("words of %v %v = %q; want %q", c.x.DType, valuesOf(c.x), got, c.want)
		}
	}
	for _, c := range []struct {
		to   dtype.DType
		in   []string
		want *tensor.Tensor
	}{
		{dtype.Float32, []string{"3.14", "1000", "1e-5", "1E8", "+INF", "inf", "-Inf", "nan", "-NaN", " 2 ", "1e99"}, tensorAs(dtype.Float32, []float64{3.14, 1000, 1e-5, 1e8, inf, inf, -inf, nan, nan, 2, inf}, 11)},
		{dtype.Int64, []string{"9007199254740993", "-9223372036854775808", "100.5", "1e3"}, tensorOf([]int64{1<<53 + 1, math.MinInt64, 100, 1000}, 4)},
		{dtype.Uint64, []string{"18446744073709551615"}, tensorOf([]uint64{math.MaxUint64}, 1)},
		{dtype.Int8, []string{"-3", "200"}, tensorOf([]int8{-3, -56}, 2)},
		{dtype.U2, []string{"3"}, tensorAs(dtype.U2, []float64{3}, 1)},
		{dtype.Bool, []string{"0", "1", "0.5", "True", "false"}, tensorOf([]bool{false, true, true, true, false}, 5)},
		{dtype.F16, []string{"0.1", "1e9"}, tensorAs(dtype.F16, []float64{0.1, inf}, 2)},
		{dtype.F8E5M2, []string{"1e9"}, tensorAs(dtype.F8E5M2, []float64{57344}, 1)},
	} {
		got := castTo(c.to, words(c.in...), nil).run(t)[0]
		same := func(a, b float64) bool { return a == b || a != a && b != b }
		if !slices.EqualFunc(valuesOf(got), valuesOf(c.want), same) {
			t.Errorf("%q as %v = %v; want %v", c.in, c.to, valuesOf(got), valuesOf(c.want))
		}
	}
	for _, bad := range []string{"Hello World!", "", "1,5", "0x"} {
		for _, to := range []dtype.DType{dtype.Float32, dtype.Int32, dtype.Bool} {
			if _, err := castTo(to, words(bad), nil).try(t); err == nil || !strings.Contains(err.Error(), "is no number") {
				t.Errorf("%q as %v: error = %v", bad, to, err)
			}
		}
	}
	if _, err := castTo(dtype.Int64, words("1e30"), nil).try(t); err == nil {
		t.Error("a word for an integer that is too large is read")
	}
}

// TestCastByName is the first version, which names types.
func TestCastByName(t *testing.T) {
	for name, d := range map[string]dtype.DType{"FLOAT": dtype.Float32, "DOUBLE": dtype.Float64, "INT32": dtype.Int32, "BOOL": dtype.Bool, "FLOAT16": dtype.F16} {
		c := call{op: "Cast", opset: 1, attrs: attrs{"to": name}, in: []*tensor.Tensor{tensorOf([]int64{1}, 1)}, outs: 1}
		if got := c.run(t)[0]; got.DType != d || valuesOf(got)[0] != 1 {
			t.Errorf("1 as %s = %v %v", name, got.DType, valuesOf(got))
		}
	}
	for _, to := range []any{"REAL", int64(0), int64(-1), int64(99), int64(dtype.F8E8M0)} {
		c := call{op: "Cast", opset: 1, attrs: attrs{"to": to}, in: []*tensor.Tensor{tensorOf([]int64{1}, 1)}, outs: 1}
		if _, ok := to.(int64); ok {
			c.opset = 25
			c.attrs["round_mode"] = "sideways"
		}
		if _, err := c.try(t); err == nil {
			t.Errorf("a cast to %v works", fmt.Sprint(to))
		}
	}
}
