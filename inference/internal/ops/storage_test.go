package ops

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// TestStoredIntegers compares integers that are loaded as wider ones with what Go computes of them as they are.
func TestStoredIntegers(t *testing.T) {
	storedPairs[int8](t, math.MinInt8, math.MaxInt8)
	storedPairs[int16](t, math.MinInt16, math.MaxInt16)
	storedPairs[int32](t, math.MinInt32, math.MaxInt32)
	storedPairs[int64](t, math.MinInt64, math.MaxInt64)
	storedPairs[uint8](t, 0, math.MaxUint8)
	storedPairs[uint16](t, 0, math.MaxUint16)
	storedPairs[uint32](t, 0, math.MaxUint32)
	storedPairs[uint64](t, 0, math.MaxUint64)
}

func storedPairs[T interface {
	dtype.Element
	kernels.Integer
}](t *testing.T, least, greatest T) {
	t.Helper()
	values := []T{0, 1, 2, 3, 5, 7, 9, 31, 33, 63, 64, 100, least, least + 1, greatest, greatest - 1, greatest / 2, greatest/2 + 1, T(0) - 1, T(0) - 7}
	var a, b []T // more of them than fit a tile
	for _, x := range values {
		for _, y := range values {
			a, b = append(a, x), append(b, y)
		}
	}
	arithmetic := map[string]func(x, y T) T{
		"Add": func(x, y T) T { return x + y },
		"Sub": func(x, y T) T { return x - y },
		"Mul": func(x, y T) T { return x * y },
		"Max": func(x, y T) T { return max(x, y) },
		"Min": func(x, y T) T { return min(x, y) },
		"Div": func(x, y T) T {
			if y == 0 {
				return 0
			}
			return x / y
		},
		"BitwiseAnd": func(x, y T) T { return x & y },
		"BitwiseOr":  func(x, y T) T { return x | y },
		"BitwiseXor": func(x, y T) T { return x ^ y },
	}
	for op, want := range arithmetic {
		checkPairs(t, call{op: op, opset: 18}, a, b, want)
	}
	comparisons := map[string]func(x, y T) bool{
		"Less":           func(x, y T) bool { return x < y },
		"LessOrEqual":    func(x, y T) bool { return x <= y },
		"Greater":        func(x, y T) bool { return x > y },
		"GreaterOrEqual": func(x, y T) bool { return x >= y },
		"Equal":          func(x, y T) bool { return x == y },
	}
	for op, want := range comparisons {
		checkPairs(t, call{op: op, opset: 18}, a, b, want)
	}
	if least == 0 {
		checkPairs(t, call{op: "BitShift", opset: 18, attrs: attrs{"direction": "LEFT"}}, a, b, func(x, y T) T { return x << y })
		checkPairs(t, call{op: "BitShift", opset: 18, attrs: attrs{"direction": "RIGHT"}}, a, b, func(x, y T) T { return x >> y })
	}
}

// checkPairs runs an operator on a and b, on a and one element of b, and on a in place.
func checkPairs[T, R dtype.Element](t *testing.T, c call, a, b []T, want func(x, y T) R) {
	t.Helper()
	name := fmt.Sprint(c.op, c.attrs, dtype.Of[T]())
	c.outs = 1
	c.in = []*tensor.Tensor{tensor.Of(a, len(a)), tensor.Of(b, len(b))}
	for i, got := range tensor.View[R](c.run(t)[0]) {
		if got != want(a[i], b[i]) {
			t.Fatalf("%s of %v and %v = %v; want %v", name, a[i], b[i], got, want(a[i], b[i]))
		}
	}
	c.in[1] = tensor.Of(b[1:2], 1)
	for i, got := range tensor.View[R](c.run(t)[0]) {
		if got != want(a[i], b[1]) {
			t.Fatalf("%s of %v and one %v = %v; want %v", name, a[i], b[1], got, want(a[i], b[1]))
		}
	}
	k, ctx, err := c.kernel(t, 1)
	if err != nil {
		t.Fatal(err)
	}
	if allocs := testing.AllocsPerRun(10, func() { err = k.Run(ctx) }); allocs != 0 || err != nil {
		t.Errorf("%s allocates %v times in each run; want 0 (error %v)", name, allocs, err)
	}
	if _, v := Lookup(c.domain, c.op, c.opset); v.InPlace == 0 {
		return
	}
	own := slices.Clone(a)
	ctx.In[0] = tensor.Of(own, len(own))
	ctx.Out[0].Data = ctx.In[0].Data
	if err := k.Run(ctx); err != nil {
		t.Fatal(err)
	}
	for i, got := range tensor.View[R](ctx.Out[0]) {
		if got != want(a[i], b[1]) {
			t.Fatalf("%s of %v and one %v = %v in place; want %v", name, a[i], b[1], got, want(a[i], b[1]))
		}
	}
}

// TestLoadedKernel runs a kernel that computes with copies of its operands on several goroutines at once.
func TestLoadedKernel(t *testing.T) {
	a := tensor.Of([]int8{100, 100, -1, 2}, 2, 2)
	c := call{op: "ArgMin", opset: 12, in: []*tensor.Tensor{a}, outs: 1}
	k, _, err := c.kernel(t, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := k.(*loaded); !ok {
		t.Fatalf("the kernel is a %T; want one that loads its operands", k)
	}
	var wg sync.WaitGroup
	for range 4 {
		_, ctx, err := c.kernel(t, 1)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for range 100 {
				if err := k.Run(ctx); err != nil {
					t.Error(err)
				}
			}
			if got, want := tensor.View[int64](ctx.Out[0]), []int64{1, 1}; !slices.Equal(got, want) {
				t.Errorf("ArgMin = %v; want %v", got, want)
			}
		})
	}
	wg.Wait()
}

// TestReduceNothing reduces no elements to what the type of the results can hold.
func TestReduceNothing(t *testing.T) {
	for _, c := range []struct {
		op    string
		empty *tensor.Tensor
		want  *tensor.Tensor
	}{
		{"ReduceMax", tensor.Of([]int8{}, 0, 1), tensor.Of([]int8{math.MinInt8}, 1)},
		{"ReduceMin", tensor.Of([]int32{}, 0, 1), tensor.Of([]int32{math.MaxInt32}, 1)},
		{"ReduceMin", tensor.Of([]uint8{}, 0, 1), tensor.Of([]uint8{math.MaxUint8}, 1)},
		{"ReduceMax", tensor.Of([]uint32{}, 0, 1), tensor.Of([]uint32{0}, 1)},
		{"ReduceMin", tensor.Of([]int64{}, 0, 1), tensor.Of([]int64{math.MaxInt64}, 1)},
		{"ReduceMin", tensor.Of([]bool{}, 0, 1), tensor.Of([]bool{true}, 1)},
		{"ReduceMax", tensor.Of([]bool{}, 0, 1), tensor.Of([]bool{false}, 1)},
		{"ReduceProd", tensor.Of([]int32{}, 0, 1), tensor.Of([]int32{1}, 1)},
	} {
		got := call{op: c.op, opset: 20, in: []*tensor.Tensor{c.empty}, attrs: attrs{"keepdims": int64(1)}, outs: 1}.run(t)[0]
		if !slices.Equal(got.Data, c.want.Data) {
			t.Errorf("%s of no %v = %v; want %v", c.op, c.empty.DType, got.Data, c.want.Data)
		}
	}
}
