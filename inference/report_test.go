package inference_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// TestReport checks the figures of a model small enough to count by hand.
func TestReport(t *testing.T) {
	g := build.New("counted", nil)
	x := g.Input("x", inference.Float32, build.Shape(4, 8)...)
	w := g.Const("w", tensorOf(t, make([]float32, 8*16), 8, 16))
	b := g.Const("b", tensorOf(t, make([]float32, 16), 16))
	h := g.Op("Relu", []build.Value{g.Op("Gemm", []build.Value{x, w, b})})
	v := g.Op("Constant", nil, build.Tensor("value", tensorOf(t, make([]float32, 16*2), 16, 2)))
	g.Output("y", g.Op("MatMul", []build.Value{h, v}), inference.Float32, build.Shape(4, 2)...)
	m := loadGraph(t, g)
	r := m.Report()
	var ops []string
	for _, o := range r.Operators {
		ops = append(ops, o.String())
	}
	if want := []string{"Constant-17", "Gemm-17", "MatMul-17", "Relu-17"}; !slices.Equal(ops, want) {
		t.Errorf("Operators = %q; want %q", ops, want)
	}
	if r.Parameters != 176 || r.WeightBytes != 704 {
		t.Errorf("%d parameters of %d bytes; want 176 of 704", r.Parameters, r.WeightBytes)
	}
	if want := int64(4*8*16 + 4*16*2); r.MACs != want {
		t.Errorf("MACs = %d; want %d", r.MACs, want)
	}
	// x, h and y, of 128, 256 and 32 bytes; the last takes a whole line of 64.
	if r.PeakBytes < 128+256+64 || r.PeakBytes > 4096 {
		t.Errorf("PeakBytes = %d; want 448 and a little scratch memory", r.PeakBytes)
	}
	if len(r.Unsupported) > 0 {
		t.Errorf("Unsupported = %v; want nothing", r.Unsupported)
	}
}

// TestReportAt checks that memory and work are functions of the dimensions that the model leaves open.
func TestReportAt(t *testing.T) {
	g := build.New("open", nil)
	x := g.Input("x", inference.Float32, build.Sym("batch"), build.Unknown(), build.Fixed(8))
	w := g.Const("w", tensorOf(t, make([]float32, 8*16), 8, 16))
	g.Output("y", g.Op("MatMul", []build.Value{x, w}), inference.Float32, build.Unranked())
	m := loadGraph(t, g)
	r := m.Report()
	if want := []string{"batch", "x[1]"}; !slices.Equal(r.Open, want) || r.PeakBytes != -1 || r.MACs != -1 {
		t.Errorf("Report() = open %q, %d bytes, %d MACs; want %q, -1, -1", r.Open, r.PeakBytes, r.MACs, want)
	}
	s, err := m.NewSession(&inference.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, n := range []int{0, 1, 3, 100} {
		at, err := m.ReportAt(map[string]int{"batch": n, "x[1]": 5})
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.Bind(map[string][]int{"x": {n, 5, 8}})
		if err != nil {
			t.Fatal(err)
		}
		if bound := b.Report(); at.PeakBytes != bound.PeakBytes || at.MACs != bound.MACs || at.MACs != int64(n*5*8*16) {
			t.Errorf("at batch %d: %d bytes, %d MACs; a binding has %d and %d", n, at.PeakBytes, at.MACs, bound.PeakBytes, bound.MACs)
		}
	}
	for _, dims := range []map[string]int{nil, {"batch": 1}, {"batch": 1, "x[1]": 1, "y": 1}, {"batch": -1, "x[1]": 1}} {
		if _, err := m.ReportAt(dims); err == nil {
			t.Errorf("ReportAt(%v) = nil error; want an *InputError", dims)
		}
	}
}

// TestInfo checks what a model says of its inputs and outputs.
func TestInfo(t *testing.T) {
	g := build.New("info", nil)
	x := g.Input("x", inference.Float32, build.Sym("batch"), build.Unknown(), build.Fixed(3))
	y := g.Input("y", inference.Int64)
	z := g.Input("z", inference.Bool, build.Unranked())
	g.Output("a", g.Op("Transpose", []build.Value{x}), inference.Float32, build.Unranked())
	g.Output("b", g.Op("Identity", []build.Value{y}), inference.Int64)
	g.Output("c", g.Op("Not", []build.Value{z}), inference.Bool, build.Unranked())
	m := loadGraph(t, g)
	var got []string
	for _, i := range append(m.Inputs(), m.Outputs()...) {
		got = append(got, fmt.Sprintf("%s %v %v %q", i.Name, i.DType, i.Shape, i.Dims))
	}
	want := []string{
		`x float32 [-1 -1 3] ["batch" "" ""]`, `y int64 [] []`, `z bool [] []`,
		`a float32 [3 -1 -1] ["" "" "batch"]`, `b int64 [] []`, `c bool [] []`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q; want\n%q", got, want)
	}
	if m.Inputs()[1].Shape == nil || m.Inputs()[2].Shape != nil {
		t.Error("a scalar and an input of unknown rank cannot be told apart")
	}
	m.Inputs()[0].Shape[0] = 5
	if m.Inputs()[0].Shape[0] != -1 {
		t.Error("the model was changed through what Inputs returned")
	}
	meta := m.Metadata()
	if meta.OpsetImports[""] != 17 || meta.Graph != "info" {
		t.Errorf("Metadata() = %+v", meta)
	}
}
