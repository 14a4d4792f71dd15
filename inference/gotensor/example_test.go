//go:build !riscv64

package gotensor_test

import (
	"bytes"
	"context"
	"fmt"

	"gorgonia.org/tensor"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
	"github.com/brinkml/brink/inference/gotensor"
)

func ExampleRun() {
	g := build.New("relu", nil)
	x := g.Input("x", inference.Float32, build.Sym("N"), build.Fixed(2))
	g.Output("y", g.Op("Relu", []build.Value{x}), inference.Float32, build.Sym("N"), build.Fixed(2))
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

	dense := tensor.New(tensor.WithShape(1, 2), tensor.WithBacking([]float32{-3, 4}))
	out, err := gotensor.Run(context.Background(), s, map[string]tensor.Tensor{"x": dense})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(out["y"].Shape(), out["y"].Data())
	// Output: (1, 2) [0 4]
}

func ExampleFrom() {
	d := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float32{1, 2, 3, 4}))
	if err := d.T(); err != nil { // changes strides only
		fmt.Println(err)
		return
	}
	t, err := gotensor.From(d)
	if err != nil {
		fmt.Println(err)
		return
	}
	data, err := inference.Data[float32](t)
	fmt.Println(t.Shape(), data, err)
	// Output: [2 2] [1 3 2 4] <nil>
}
