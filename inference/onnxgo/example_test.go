//go:build !riscv64

package onnxgo_test

import (
	"fmt"

	"github.com/owulveryck/onnx-go"
	"gorgonia.org/tensor"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
	"github.com/brinkml/brink/inference/onnxgo"
)

// A program written for onnx-go keeps all but one line.
func Example() {
	backend := onnxgo.New(nil) // was: gorgonnx.NewGraph()
	defer backend.Close()
	model := onnx.NewModel(backend)
	if err := model.UnmarshalBinary(modelFile()); err != nil {
		fmt.Println(err)
		return
	}
	input := tensor.New(tensor.WithShape(1, 4), tensor.WithBacking([]float32{-2, -1, 1, 2}))
	if err := model.SetInput(0, input); err != nil {
		fmt.Println(err)
		return
	}
	if err := backend.Run(); err != nil {
		fmt.Println(err)
		return
	}
	outputs, err := model.GetOutputTensors()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(outputs[0].Shape(), outputs[0].Data())
	// Output: (1, 4) [0 0 1 2]
}

// modelFile stands for a file of the program's.
func modelFile() []byte {
	g := build.New("relu", &build.Options{Opset: 9})
	x := g.Input("x", inference.Float32, build.Shape(1, 4)...)
	g.Output("y", g.Op("Relu", []build.Value{x}), inference.Float32, build.Shape(1, 4)...)
	b, err := g.Model()
	if err != nil {
		panic(err) // the graph is right as it stands above
	}
	return b
}
