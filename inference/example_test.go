package inference_test

import (
	"bytes"
	"context"
	"fmt"
	"log"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// scoreModel makes the model of the examples: score = max(0, x * w) for any number of rows x of three values.
// Programs usually open a file instead.
func scoreModel() *inference.Model {
	g := build.New("score", nil)
	x := g.Input("x", inference.Float32, build.Sym("N"), build.Fixed(3))
	w, err := inference.NewTensor([]float32{0.5, -1, 2}, 3, 1)
	if err != nil {
		log.Fatal(err)
	}
	y := g.Op("Relu", []build.Value{g.Op("MatMul", []build.Value{x, g.Const("w", w)})})
	g.Output("score", y, inference.Float32, build.Sym("N"), build.Fixed(1))
	b, err := g.Model()
	if err != nil {
		log.Fatal(err)
	}
	m, err := inference.Load(bytes.NewReader(b), nil)
	if err != nil {
		log.Fatal(err)
	}
	return m
}

func ExampleModel_Inputs() {
	for _, in := range scoreModel().Inputs() {
		fmt.Println(in.Name, in.DType, in.Shape, in.Dims[0])
	}
	// Output: x float32 [-1 3] N
}

func ExampleSession_Run() {
	s, err := scoreModel().NewSession(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	x, err := inference.NewTensor([]float32{
		2, 0, 1,
		0, 5, 1,
	}, 2, 3)
	if err != nil {
		log.Fatal(err)
	}
	out, err := s.Run(context.Background(), map[string]inference.Value{"x": x})
	if err != nil {
		log.Fatal(err)
	}
	scores, err := inference.Data[float32](out["score"].(*inference.Tensor))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(scores)
	// Output: [3 0]
}

// A loop that scores one row after the other and allocates nothing.
func ExampleSession_Bind() {
	s, err := scoreModel().NewSession(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	b, err := s.Bind(map[string][]int{"x": {1, 3}})
	if err != nil {
		log.Fatal(err)
	}
	x, err := inference.Input[float32](b, "x")
	if err != nil {
		log.Fatal(err)
	}
	score, err := inference.Output[float32](b, "score")
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range [][]float32{{2, 0, 1}, {0, 5, 1}, {1, 1, 1}} {
		copy(x, row)
		if err := b.Run(context.Background()); err != nil {
			log.Fatal(err)
		}
		fmt.Println(score[0])
	}
	// Output:
	// 3
	// 0
	// 1.5
}

// What a model takes, asked before it is deployed.
func ExampleBinding_Report() {
	s, err := scoreModel().NewSession(&inference.Options{Threads: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	b, err := s.Bind(map[string][]int{"x": {1000, 3}})
	if err != nil {
		log.Fatal(err)
	}
	r := b.Report()
	for _, op := range r.Operators {
		fmt.Println(op)
	}
	fmt.Println(r.Parameters, "parameters,", r.MACs, "multiply-accumulates")
	// Output:
	// MatMul-17
	// Relu-17
	// 3 parameters, 3000 multiply-accumulates
}

func ExampleParseTensor() {
	x, err := inference.NewTensor([]int64{3, 4}, 2)
	if err != nil {
		log.Fatal(err)
	}
	b, err := build.Marshal("x", x) // or the bytes of an input_0.pb
	if err != nil {
		log.Fatal(err)
	}
	v, err := inference.ParseTensor(b)
	if err != nil {
		log.Fatal(err)
	}
	t := v.(*inference.Tensor)
	fmt.Println(t.DType(), t.Shape())
	// Output: int64 [2]
}
