package inference_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// TestComplex runs complex numbers through the operators that move data, which the standard lets take them. No other
// engine at hand does, so the results are from the operators' texts.
func TestComplex(t *testing.T) {
	t.Run("complex64", complexMoves[complex64])
	t.Run("complex128", complexMoves[complex128])
}

// complexMoves numbers the elements of what is moved: k stands for k-ki.
func complexMoves[T complex64 | complex128](t *testing.T) {
	numbers := func(ks ...int) []T {
		out := make([]T, len(ks))
		for i, k := range ks {
			out[i] = T(complex(float64(k), -float64(k)))
		}
		return out
	}
	x := tensorOf(t, numbers(1, 2, 3, 4, 5, 6), 2, 3)
	ints := func(g *build.Graph, name string, v ...int64) build.Value { return build.Const(g, name, v, len(v)) }
	for _, c := range []struct {
		name  string
		of    func(g *build.Graph, x build.Value) build.Value
		want  []int
		shape []int
	}{
		{"Identity", func(g *build.Graph, x build.Value) build.Value {
			return g.Op("Identity", []build.Value{x})
		}, []int{1, 2, 3, 4, 5, 6}, []int{2, 3}},
		{"Transpose", func(g *build.Graph, x build.Value) build.Value {
			return g.Op("Transpose", []build.Value{x})
		}, []int{1, 4, 2, 5, 3, 6}, []int{3, 2}},
		{"Reshape", func(g *build.Graph, x build.Value) build.Value {
			return g.Op("Reshape", []build.Value{x, ints(g, "to", 3, -1)})
		}, []int{1, 2, 3, 4, 5, 6}, []int{3, 2}},
		{"Flatten", func(g *build.Graph, x build.Value) build.Value {
			return g.Op("Flatten", []build.Value{x}, build.Int("axis", 0))
		}, []int{1, 2, 3, 4, 5, 6}, []int{1, 6}},
		{"Concat", func(g *build.Graph, x build.Value) build.Value {
			return g.Op("Concat", []build.Value{x, x}, build.Int("axis", 1))
		}, []int{1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6}, []int{2, 6}},
		{"Split", func(g *build.Graph, x build.Value) build.Value {
			return g.Ops("Split", 2, []build.Value{x, ints(g, "lengths", 1, 2)}, build.Int("axis", 1))[1]
		}, []int{2, 3, 5, 6}, []int{2, 2}},
		{"Slice", func(g *build.Graph, x build.Value) build.Value {
			return g.Op("Slice", []build.Value{x, ints(g, "from", -1), ints(g, "to", -9), ints(g, "axes", 1), ints(g, "steps", -2)})
		}, []int{3, 1, 6, 4}, []int{2, 2}},
		{"Gather", func(g *build.Graph, x build.Value) build.Value {
			return g.Op("Gather", []build.Value{x, ints(g, "at", 2, 0)}, build.Int("axis", 1))
		}, []int{3, 1, 6, 4}, []int{2, 2}},
		{"GatherElements", func(g *build.Graph, x build.Value) build.Value {
			return g.Op("GatherElements", []build.Value{x, build.Const(g, "at", []int64{1, 0, 1}, 1, 3)})
		}, []int{4, 2, 6}, []int{1, 3}},
		{"GatherND", func(g *build.Graph, x build.Value) build.Value {
			return g.Op("GatherND", []build.Value{x, build.Const(g, "at", []int64{1, 2, 0, 1}, 2, 2)})
		}, []int{6, 2}, []int{2}},
		{"ScatterND", func(g *build.Graph, x build.Value) build.Value {
			return g.Op("ScatterND", []build.Value{x, build.Const(g, "at", []int64{1, 0}, 1, 2), build.Const(g, "new", numbers(9), 1)})
		}, []int{1, 2, 3, 9, 5, 6}, []int{2, 3}},
		{"ScatterElements", func(g *build.Graph, x build.Value) build.Value {
			return g.Op("ScatterElements", []build.Value{x, build.Const(g, "at", []int64{1, 0}, 1, 2), build.Const(g, "new", numbers(8, 9), 1, 2)})
		}, []int{1, 9, 3, 8, 5, 6}, []int{2, 3}},
		{"Where", func(g *build.Graph, x build.Value) build.Value {
			return g.Op("Where", []build.Value{build.Const(g, "which", []bool{true, false, true}, 3), x, build.Const(g, "other", numbers(7))})
		}, []int{1, 7, 3, 4, 7, 6}, []int{2, 3}},
		{"Expand", func(g *build.Graph, x build.Value) build.Value {
			return g.Op("Expand", []build.Value{build.Const(g, "column", numbers(7, 8), 2, 1), ints(g, "to", 2, 2)})
		}, []int{7, 7, 8, 8}, []int{2, 2}},
		{"Tile", func(g *build.Graph, x build.Value) build.Value {
			return g.Op("Tile", []build.Value{x, ints(g, "times", 1, 2)})
		}, []int{1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6}, []int{2, 6}},
		{"Pad", func(g *build.Graph, x build.Value) build.Value {
			return g.Op("Pad", []build.Value{x, ints(g, "pads", 0, 1, 0, -1), build.Const(g, "value", numbers(9))})
		}, []int{9, 1, 2, 9, 4, 5}, []int{2, 3}},
		{"Compress", func(g *build.Graph, x build.Value) build.Value {
			return g.Op("Compress", []build.Value{x, build.Const(g, "which", []bool{false, true}, 2)}, build.Int("axis", 0))
		}, []int{4, 5, 6}, []int{1, 3}},
		{"Squeeze and Unsqueeze", func(g *build.Graph, x build.Value) build.Value {
			return g.Op("Squeeze", []build.Value{g.Op("Unsqueeze", []build.Value{x, ints(g, "axes", 0, 2)}), ints(g, "axis", 0)})
		}, []int{1, 2, 3, 4, 5, 6}, []int{2, 1, 3}},
		{"DepthToSpace", func(g *build.Graph, x build.Value) build.Value {
			return g.Op("DepthToSpace", []build.Value{build.Const(g, "deep", numbers(1, 2, 3, 4), 1, 4, 1, 1)}, build.Int("blocksize", 2))
		}, []int{1, 2, 3, 4}, []int{1, 1, 2, 2}},
		{"ReverseSequence", func(g *build.Graph, x build.Value) build.Value {
			return g.Op("ReverseSequence", []build.Value{x, ints(g, "lengths", 3, 2)}, build.Int("time_axis", 1), build.Int("batch_axis", 0))
		}, []int{3, 2, 1, 5, 4, 6}, []int{2, 3}},
		{"If", func(g *build.Graph, x build.Value) build.Value {
			then, other := g.Sub("then"), g.Sub("else")
			then.OutputOf("t", then.Op("Transpose", []build.Value{x}), build.Type{})
			other.OutputOf("e", other.Op("Identity", []build.Value{x}), build.Type{})
			return g.Op("If", []build.Value{build.Const(g, "which", []bool{true})}, build.Subgraph("then_branch", then), build.Subgraph("else_branch", other))
		}, []int{1, 4, 2, 5, 3, 6}, []int{3, 2}},
		{"a sparse initializer", func(g *build.Graph, x build.Value) build.Value {
			return g.Op("Identity", []build.Value{g.ConstSparse("s", tensorOf(t, numbers(5, 7), 2), tensorOf(t, []int64{1, 3}, 2), 2, 2)})
		}, []int{0, 5, 0, 7}, []int{2, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := build.New("complex", &build.Options{Opset: 17})
			y := c.of(g, g.Input("x", x.DType(), build.Shape(2, 3)...))
			g.Output("y", y, x.DType(), build.Unranked())
			model, err := g.Model()
			if err != nil {
				t.Fatal(err)
			}
			m, err := inference.Load(bytes.NewReader(model), nil)
			if err != nil {
				t.Fatal(err)
			}
			s, err := m.NewSession(nil)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			out, err := s.Run(t.Context(), map[string]inference.Value{"x": x})
			if err != nil {
				t.Fatal(err)
			}
			got := out["y"].(*inference.Tensor)
			data, err := inference.Data[T](got)
			if err != nil {
				t.Fatal(err)
			}
			if want := numbers(c.want...); !slices.Equal(data, want) || !slices.Equal(got.Shape(), c.shape) {
				t.Errorf("%s gives %v %v; want %v %v", c.name, got.Shape(), data, c.shape, want)
			}
		})
	}
}
