package inference_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// normalized makes a model of one layer with many weights, all of them times by, and two normalisations after it, the
// second of which multiplies with scale. A convolution looks at its weights as they are; a product with few columns
// transposes them.
func normalized(t *testing.T, op string, by, scale float32) []byte {
	t.Helper()
	g := build.New(op, nil)
	in, out, shape := []int{32, 6, 6}, 64, []int{64, 32, 3, 3}
	if op == "MatMul" {
		in, out, shape = []int{2048}, 10, []int{2048, 10}
	}
	dims := []build.Dim{build.Sym("N")}
	n := 1
	for _, d := range in {
		dims = append(dims, build.Fixed(d))
	}
	for _, d := range shape {
		n *= d
	}
	weights := make([]float32, n)
	for i := range weights {
		weights[i] = by * (float32(i*37%101)/50 - 1)
	}
	v := g.Op(op, []build.Value{g.Input("x", inference.Float32, dims...), build.Const(g, "w", weights, shape...)})
	for i, s := range []float32{0.5, scale} {
		list := func(name string, v float32) build.Value {
			data := make([]float32, out)
			for j := range data {
				data[j] = v + v*float32(j)/100
			}
			return build.Const(g, name+string(rune('0'+i)), data, out)
		}
		v = g.Op("BatchNormalization", []build.Value{v, list("scale", s), list("shift", 0.1), list("mean", 0.2), list("variance", 1)})
	}
	dims = []build.Dim{build.Sym("N"), build.Fixed(out)}
	if op == "Conv" {
		dims = append(dims, build.Fixed(4), build.Fixed(4))
	}
	g.Output("y", v, inference.Float32, dims...)
	b, err := g.Model()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestManyWeights multiplies weights with a normalisation that are so many that it is done when a plan is made: for
// several plans of several sessions at once, of a file that is mapped and of one that is not. Weights that become too
// large by it are multiplied after all when the model runs.
func TestManyWeights(t *testing.T) {
	for _, c := range []struct {
		op               string
		by, scale, input float32
	}{
		{"Conv", 0.1, 2, 1},
		{"MatMul", 0.1, 2, 1},
		{"Conv", 1e30, 1e10, 1e-25}, // 1e40 is no float32
		{"MatMul", 1e30, 1e10, 1e-25},
	} {
		path := filepath.Join(t.TempDir(), "model.onnx")
		if err := os.WriteFile(path, normalized(t, c.op, c.by, c.scale), 0o644); err != nil {
			t.Fatal(err)
		}
		plain, err := inference.Open(path, &inference.LoadOptions{Without: []string{"all"}})
		if err != nil {
			t.Fatal(err)
		}
		defer plain.Close()
		for _, mapped := range []bool{false, true} {
			m, err := inference.Open(path, &inference.LoadOptions{Map: mapped})
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			for rows := 1; rows <= 3; rows++ {
				want := runRows(t, plain, rows, c.input)
				for range 2 {
					wg.Go(func() {
						got := runRows(t, m, rows, c.input)
						for i := range want {
							if diff := math.Abs(float64(got[i] - want[i])); !(diff <= 1e-4*max(1, math.Abs(float64(want[i])))) {
								t.Errorf("%s of weights %g, %d rows: element %d is %v; want %v", c.op, c.by, rows, i, got[i], want[i])
								return
							}
						}
					})
				}
			}
			wg.Wait()
			m.Close()
		}
	}
}

// runRows runs a model in a session of its own.
func runRows(t *testing.T, m *inference.Model, rows int, by float32) []float32 {
	t.Helper()
	s, err := m.NewSession(&inference.Options{Threads: 1})
	if err != nil {
		t.Error(err)
		return nil
	}
	defer s.Close()
	shape := append([]int{rows}, m.Inputs()[0].Shape[1:]...)
	b, err := s.Bind(map[string][]int{"x": shape})
	if err != nil {
		t.Error(err)
		return nil
	}
	x, err := inference.Input[float32](b, "x")
	if err != nil {
		t.Error(err)
		return nil
	}
	for i := range x {
		x[i] = by * (float32(i*29%97)/48 - 1)
	}
	if err := b.Run(context.Background()); err != nil {
		t.Error(err)
		return nil
	}
	y, _ := inference.Output[float32](b, "y")
	return slices.Clone(y)
}
