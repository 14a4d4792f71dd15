package inference_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

func TestNewTensor(t *testing.T) {
	data := []float32{1, 2, 3, 4, 5, 6}
	x := tensorOf(t, data, 2, 3)
	if x.DType() != inference.Float32 || x.Len() != 6 || !slices.Equal(x.Shape(), []int{2, 3}) {
		t.Errorf("tensor is %v%v of %d elements; want float32[2 3] of 6", x.DType(), x.Shape(), x.Len())
	}
	got, err := inference.Data[float32](x)
	if err != nil {
		t.Fatal(err)
	}
	got[0] = 9
	if data[0] != 9 {
		t.Error("the tensor does not share the slice that it was made of")
	}
	x.Shape()[0] = 7
	if x.Shape()[0] != 2 {
		t.Error("the tensor's shape was changed through what Shape returned")
	}
	_, err = inference.Data[float64](x)
	if e := (*inference.InputError)(nil); !errors.As(err, &e) {
		t.Errorf("Data[float64] of float32 = %v; want an *InputError", err)
	}
	if _, err := x.Strings(); err == nil {
		t.Error("Strings of float32 = nil; want an error")
	}
	if s := tensorOf(t, []int64{7}); s.Len() != 1 || len(s.Shape()) != 0 {
		t.Errorf("a tensor without dimensions has %d elements in %v", s.Len(), s.Shape())
	}
	for _, shape := range [][]int{{7}, {2, 2}, {-2, -3}, {}, {1 << 30, 1 << 30, 1 << 30}} {
		if _, err := inference.NewTensor(data, shape...); err == nil {
			t.Errorf("NewTensor of 6 elements as %v = nil; want an error", shape)
		}
	}
}

func TestNewStrings(t *testing.T) {
	x, err := inference.NewStrings([]string{"a", "b"}, 2)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := x.Strings(); err != nil || !slices.Equal(got, []string{"a", "b"}) || x.DType() != inference.String {
		t.Errorf("Strings() = %v, %v of %v", got, err, x.DType())
	}
	if _, err := inference.NewStrings([]string{"a"}, 2); err == nil {
		t.Error("NewStrings of 1 element as [2] = nil; want an error")
	}
}

func TestDTypeOf(t *testing.T) {
	for want, got := range map[inference.DType]inference.DType{
		inference.Float32: inference.DTypeOf[float32](), inference.Int64: inference.DTypeOf[int64](),
		inference.Bool: inference.DTypeOf[bool](), inference.F16: inference.DTypeOf[inference.Float16](),
		inference.BF16: inference.DTypeOf[inference.BFloat16](), inference.U4: inference.DTypeOf[inference.Uint4](),
		inference.F8E5M2: inference.DTypeOf[inference.Float8E5M2](), inference.Complex64: inference.DTypeOf[complex64](),
	} {
		if got != want {
			t.Errorf("DTypeOf = %v; want %v", got, want)
		}
	}
}

// TestParseTensor reads back values of every kind that has a message.
func TestParseTensor(t *testing.T) {
	words, err := inference.NewStrings([]string{"x", ""}, 2)
	if err != nil {
		t.Fatal(err)
	}
	number := tensorOf(t, []int64{1, -1}, 2)
	for name, want := range map[string]inference.Value{
		"numbers":  number,
		"strings":  words,
		"half":     tensorOf(t, []inference.Float16{0x3c00}, 1),
		"int4":     tensorOf(t, []inference.Int4{-8, 7, 1}, 3),
		"empty":    tensorOf(t, []float64{}, 0, 4),
		"sequence": &inference.Sequence{Values: []inference.Value{number, number}},
	} {
		b, err := build.Marshal("v", want)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := inference.ParseTensor(b)
		if err != nil {
			t.Errorf("%s: ParseTensor = %v", name, err)
			continue
		}
		if err := sameValue(got, want, 0, 0); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, b := range [][]byte{{0xff}, []byte("not a tensor at all")} {
		_, err := inference.ParseTensor(b)
		if e := (*inference.FormatError)(nil); !errors.As(err, &e) {
			t.Errorf("ParseTensor(%q) = %v; want a *FormatError", b, err)
		}
	}
}

// TestStrings runs strings through a model: they take the way beside the arena.
func TestStrings(t *testing.T) {
	g := build.New("strings", nil)
	x := g.Input("x", inference.String, build.Sym("N"))
	twice := g.Op("Concat", []build.Value{x, x}, build.Int("axis", 0))
	g.Output("y", g.Op("Flatten", []build.Value{twice}), inference.String, build.Unknown(), build.Unknown())
	s := openSession(t, g, nil)
	for _, words := range [][]string{{"a", "b"}, {"c"}, {"d", "e"}} {
		in, err := inference.NewStrings(words, len(words))
		if err != nil {
			t.Fatal(err)
		}
		out, err := s.Run(t.Context(), map[string]inference.Value{"x": in})
		if err != nil {
			t.Fatal(err)
		}
		got, err := out["y"].(*inference.Tensor).Strings()
		if want := append(words[:len(words):len(words)], words...); err != nil || !slices.Equal(got, want) {
			t.Errorf("y = %q, %v; want %q", got, err, want)
		}
	}
}
