//go:build !riscv64

package gotensor_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"gorgonia.org/tensor"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
	"github.com/brinkml/brink/inference/gotensor"
)

// counting returns a tensor of 0, 1, 2, ...
func counting(shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(tensor.Range(tensor.Float32, 0, tensor.Shape(shape).TotalSize())))
}

// floats converts t and returns its elements.
func floats(t *testing.T, in tensor.Tensor) ([]float32, []int) {
	t.Helper()
	v, err := gotensor.From(in)
	if err != nil {
		t.Fatal(err)
	}
	data, err := inference.Data[float32](v)
	if err != nil {
		t.Fatal(err)
	}
	return data, v.Shape()
}

func TestFromSharesMemory(t *testing.T) {
	backing := []float32{1, 2, 3, 4, 5, 6}
	data, shape := floats(t, tensor.New(tensor.WithShape(2, 3), tensor.WithBacking(backing)))
	if !slices.Equal(shape, []int{2, 3}) || unsafe.SliceData(data) != unsafe.SliceData(backing) {
		t.Errorf("From copies a contiguous tensor, or gives it shape %v", shape)
	}
	d := counting(4, 3)
	rows, err := d.Slice(tensor.S(1, 3))
	if err != nil {
		t.Fatal(err)
	}
	data, _ = floats(t, rows)
	if want := []float32{3, 4, 5, 6, 7, 8}; !slices.Equal(data, want) {
		t.Errorf("From(rows 1 and 2) = %v; want %v", data, want)
	}
	if all := d.Data().([]float32); &data[0] != &all[3] {
		t.Error("From copies a contiguous view")
	}
}

func TestFromScalars(t *testing.T) {
	for _, in := range []*tensor.Dense{
		tensor.New(tensor.FromScalar(float32(7))),
		tensor.New(tensor.WithShape(), tensor.WithBacking([]float32{7})),
		tensor.New(tensor.WithShape(1), tensor.WithBacking([]float32{7})),
		tensor.New(tensor.WithShape(1, 1), tensor.WithBacking([]float32{7})),
	} {
		data, shape := floats(t, in)
		if !slices.Equal(data, []float32{7}) || len(shape) != in.Dims() {
			t.Errorf("From(%v of shape %v) = %v of shape %v", in, in.Shape(), data, shape)
		}
	}
}

// TestFromViews compares random views and transpositions with gorgonia's own reading of them.
func TestFromViews(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		dims := 1 + r.IntN(4)
		shape := make([]int, dims)
		for i := range shape {
			shape[i] = 1 + r.IntN(4)
		}
		d := counting(shape...)
		what := fmt.Sprintf("shape %v", shape)
		if r.IntN(4) == 0 && dims > 1 {
			d = tensor.New(tensor.WithShape(shape...), tensor.AsFortran(d.Data()))
			what += " column-major"
		}
		switch {
		case d.DataOrder().IsColMajor():
			// gorgonia panics when it slices or transposes some of these
		case dims > 1 && r.IntN(2) == 0:
			axes := r.Perm(dims)
			what += fmt.Sprintf(", transposed to %v", axes)
			if err := d.T(axes...); err != nil && !strings.Contains(err.Error(), "noop") {
				continue
			}
		default:
			slicing := make([]tensor.Slice, dims)
			for i := range slicing {
				lo := r.IntN(shape[i])
				slicing[i] = tensor.S(lo, lo+1+r.IntN(shape[i]-lo))
				what += fmt.Sprint(", ", slicing[i])
			}
			view, err := d.Slice(slicing...)
			if err != nil {
				continue
			}
			d = view.(*tensor.Dense)
		}
		got, gotShape := floats(t, d)
		if !slices.Equal(gotShape, d.Shape()) {
			t.Fatalf("%s: shape %v; want %v", what, gotShape, d.Shape())
		}
		for i, v := range got {
			at := make([]int, len(gotShape))
			for k, rest := len(at)-1, i; k >= 0; k-- {
				at[k] = rest % gotShape[k]
				rest /= gotShape[k]
			}
			want := any(v)
			if len(at) > 0 {
				var err error
				if want, err = d.At(at...); err != nil {
					t.Fatal(err)
				}
			}
			if want != any(v) {
				t.Fatalf("%s: element %v = %v; want %v", what, at, v, want)
			}
		}
	}
}

func TestFromTransposed(t *testing.T) {
	d := counting(2, 3)
	if err := d.T(); err != nil {
		t.Fatal(err)
	}
	want := []float32{0, 3, 1, 4, 2, 5}
	if data, shape := floats(t, d); !slices.Equal(data, want) || !slices.Equal(shape, []int{3, 2}) {
		t.Errorf("From(lazily transposed) = %v of shape %v; want %v", data, shape, want)
	}
	if err := d.Transpose(); err != nil {
		t.Fatal(err)
	}
	if data, shape := floats(t, d); !slices.Equal(data, want) || !slices.Equal(shape, []int{3, 2}) {
		t.Errorf("From(transposed) = %v of shape %v; want %v", data, shape, want)
	}
	column := tensor.New(tensor.WithShape(3, 1), tensor.AsFortran([]float32{0, 1, 2})) // with one stride only
	if data, shape := floats(t, column); !slices.Equal(data, []float32{0, 1, 2}) || !slices.Equal(shape, []int{3, 1}) {
		t.Errorf("From(column vector) = %v of shape %v", data, shape)
	}
	columns := tensor.New(tensor.WithShape(2, 3), tensor.AsFortran([]float32{0, 1, 2, 3, 4, 5}))
	if data, _ := floats(t, columns); !slices.Equal(data, []float32{0, 1, 2, 3, 4, 5}) {
		t.Errorf("From(column-major) = %v", data)
	}
}

func TestFromRefuses(t *testing.T) {
	masked := tensor.New(tensor.WithShape(2), tensor.WithBacking([]float32{1, 2}, []bool{true, false}))
	for want, in := range map[string]tensor.Tensor{
		"is nil":              nil,
		"the tensor is nil":   (*tensor.Dense)(nil),
		"no element type":     new(tensor.Dense),
		"masked":              masked,
		"strings may lie":     tensor.New(tensor.WithShape(2), tensor.WithBacking([]string{"a", "b"})),
		"is not dense":        tensor.CSRFromCoord(tensor.Shape{2, 2}, []int{0}, []int{1}, []float64{5}),
		"without elements":    tensor.New(tensor.WithShape(2, 0, 3), tensor.WithBacking([]float32{})),
		"no elements of type": tensor.New(tensor.WithShape(1), tensor.WithBacking([]uintptr{1})),
	} {
		if v, err := gotensor.From(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("From = %v, %v; want an error with %q", v, err, want)
		}
	}
}

func TestEveryElementType(t *testing.T) {
	there(t, []float32{1, 2})
	there(t, []float64{1, 2})
	there(t, []int8{1, -2})
	there(t, []int16{1, -2})
	there(t, []int32{1, -2})
	there(t, []int64{1, -2})
	there(t, []uint8{1, 2})
	there(t, []uint16{1, 2})
	there(t, []uint32{1, 2})
	there(t, []uint64{1, 2})
	there(t, []bool{true, false})
	there(t, []complex64{1i, 2})
	there(t, []complex128{1i, 2})
	there(t, []inference.Float16{1, 2})
	there(t, []inference.BFloat16{1, 2})
	there(t, []inference.Float8E4M3FN{1, 2})
	there(t, []inference.Float8E4M3FNUZ{1, 2})
	there(t, []inference.Float8E5M2{1, 2})
	there(t, []inference.Float8E5M2FNUZ{1, 2})
	there(t, []inference.Float8E8M0{1, 2})
	there(t, []inference.Float4E2M1{1, 2})
	there(t, []inference.Uint4{1, 2})
	there(t, []inference.Int4{1, -2})
	there(t, []inference.Uint2{1, 2})
	there(t, []inference.Int2{1, -2})
}

// there holds that elements of type T survive To and From, sharing their memory, with dimensions and without.
func there[T inference.Element](t *testing.T, data []T) {
	t.Helper()
	for _, shape := range [][]int{{2}, {1, 2}} {
		v, err := inference.NewTensor(data, shape...)
		if err != nil {
			t.Fatal(err)
		}
		d, err := gotensor.To(v)
		if err != nil {
			t.Errorf("To(%T): %v", data, err)
			continue
		}
		back, err := gotensor.From(d)
		if err != nil {
			t.Errorf("From(To(%T)): %v", data, err)
			continue
		}
		got, err := inference.Data[T](back)
		if err != nil || !slices.Equal(back.Shape(), shape) || unsafe.SliceData(got) != unsafe.SliceData(data) {
			t.Errorf("From(To(%T)) = %v of shape %v, %v; want the same memory of shape %v", data, got, back.Shape(), err, shape)
		}
	}
	v, err := inference.NewTensor(data[:1])
	if err != nil {
		t.Fatal(err)
	}
	d, err := gotensor.To(v)
	if err != nil || d.Dims() != 0 {
		t.Errorf("To(scalar of %T) = %v, %v", data, d, err)
		return
	}
	back, err := gotensor.From(d)
	if err != nil {
		t.Errorf("From(To(scalar of %T)): %v", data, err)
		return
	}
	if got, err := inference.Data[T](back); err != nil || len(back.Shape()) != 0 || !slices.Equal(got, data[:1]) {
		t.Errorf("From(To(scalar of %T)) = %v, %v; want %v", data, got, err, data[:1])
	}
}

func TestWordSizedIntegers(t *testing.T) {
	v, err := gotensor.From(tensor.New(tensor.WithShape(2), tensor.WithBacking([]int{1, -2})))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := inference.Data[int64](v); err != nil || !slices.Equal(got, []int64{1, -2}) {
		t.Errorf("int comes out as %v, %v; want int64", got, err)
	}
	v, err = gotensor.From(tensor.New(tensor.WithShape(2), tensor.WithBacking([]uint{1, 2})))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := inference.Data[uint64](v); err != nil || !slices.Equal(got, []uint64{1, 2}) {
		t.Errorf("uint comes out as %v, %v; want uint64", got, err)
	}
}

func TestToRefuses(t *testing.T) {
	texts, err := inference.NewStrings([]string{"a"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	empty, err := inference.NewTensor([]float32{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for want, in := range map[string]*inference.Tensor{"is nil": nil, "string": texts, "without elements": empty} {
		if d, err := gotensor.To(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("To = %v, %v; want an error with %q", d, err, want)
		}
	}
}

// reluSession returns a session for y = Relu(x) with x of shape [N, 2].
func reluSession(tb testing.TB) *inference.Session {
	tb.Helper()
	g := build.New("relu", nil)
	x := g.Input("x", inference.Float32, build.Sym("N"), build.Fixed(2))
	g.Output("y", g.Op("Relu", []build.Value{x}), inference.Float32, build.Sym("N"), build.Fixed(2))
	b, err := g.Model()
	if err != nil {
		tb.Fatal(err)
	}
	m, err := inference.Load(bytes.NewReader(b), nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { m.Close() })
	s, err := m.NewSession(nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

func TestRun(t *testing.T) {
	s := reluSession(t)
	d := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float32{-1, 2, -3, 4, -5, 6}))
	if err := d.T(); err != nil {
		t.Fatal(err)
	}
	out, err := gotensor.Run(t.Context(), s, map[string]tensor.Tensor{"x": d})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float32{0, 4, 2, 0, 0, 6}, out["y"].Data()); diff != "" || !out["y"].Shape().Eq(tensor.Shape{3, 2}) {
		t.Errorf("Run gives shape %v (-want +got):\n%s", out["y"].Shape(), diff)
	}
	if diff := cmp.Diff([]float32{-1, 2, -3, 4, -5, 6}, d.Data()); diff != "" {
		t.Errorf("Run changed its input:\n%s", diff)
	}
	for want, in := range map[string]map[string]tensor.Tensor{
		`input "x"`: {"x": nil},
		`"q"`:       {"q": d},
		`missing`:   {},
		`float64`:   {"x": tensor.New(tensor.WithShape(1, 2), tensor.WithBacking([]float64{1, 2}))},
	} {
		if _, err := gotensor.Run(t.Context(), s, in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Run: %v; want an error with %q", err, want)
		}
	}
}

func BenchmarkFrom(b *testing.B) {
	d := counting(8, 60)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := gotensor.From(d); err != nil {
			b.Fatal(err)
		}
	}
}
