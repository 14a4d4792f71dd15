package build_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// A score of three readings, written, loaded and run.
func Example() {
	g := build.New("score", &build.Options{Metadata: map[string]string{"trained_on": "2026-06"}})
	x := g.Input("x", inference.Float32, build.Sym("N"), build.Fixed(3))
	w := build.Const(g, "w", []float32{0.25, 0.25, 0.5}, 3, 1)
	sum := g.Op("MatMul", []build.Value{x, w})
	g.Output("score", g.Op("LeakyRelu", []build.Value{sum}, build.Float("alpha", 0.125)),
		inference.Float32, build.Sym("N"), build.Fixed(1))
	b, err := g.Model()
	if err != nil {
		fmt.Println(err)
		return
	}

	m, err := inference.Load(bytes.NewReader(b), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer m.Close()
	s, err := m.NewSession(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	in, err := inference.NewTensor([]float32{1, 2, 3, -10, 0, 0}, 2, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := s.Run(context.Background(), map[string]inference.Value{"x": in})
	if err != nil {
		fmt.Println(err)
		return
	}
	scores, err := inference.Data[float32](out["score"].(*inference.Tensor))
	fmt.Println(scores, err)
	// Output: [2.25 -0.3125] <nil>
}

// The branches of If are graphs of their own, which see the values around them.
func ExampleGraph_Sub() {
	g := build.New("switch", nil)
	hot := g.Input("hot", inference.Bool)
	x := g.Input("x", inference.Float32, build.Sym("N"))

	cool := g.Sub("cool")
	cool.Output("cooled", cool.Op("Neg", []build.Value{x}), inference.Float32, build.Sym("N"))
	keep := g.Sub("keep")
	keep.Output("kept", x, inference.Float32, build.Sym("N"))

	y := g.Op("If", []build.Value{hot}, build.Subgraph("then_branch", cool), build.Subgraph("else_branch", keep))
	g.Output("y", y, inference.Float32, build.Sym("N"))
	b, err := g.Model()
	fmt.Println(len(b) > 0, err)
	// Output: true <nil>
}

// Everything that is wrong comes out at once.
func ExampleGraph_Model_errors() {
	g := build.New("broken", nil)
	x := g.Input("x", inference.Float32, build.Fixed(-1))
	w := build.Const(g, "x", []float32{1, 2, 3}, 2, 2)
	g.Output("y", g.Op("com.example.Fuse", []build.Value{x, w}), inference.Float32)
	_, err := g.Model()
	fmt.Println(err)
	// Output:
	// build: model "broken": graph "broken": input "x": dimension 0 is -1
	// graph "broken": constant "x": inference: shape: [2 2] holds 4 elements, 3 given
	// Options.Domains has no version for domain "com.example"
}

func ExampleMarshal() {
	t, err := inference.NewTensor([]int64{1, 2}, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := build.Marshal("x", t)
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := inference.ParseTensor(b)
	if err != nil {
		fmt.Println(err)
		return
	}
	back := v.(*inference.Tensor)
	list, err := inference.Data[int64](back)
	fmt.Println(back.DType(), back.Shape(), list, err)
	// Output: int64 [2] [1 2] <nil>
}
