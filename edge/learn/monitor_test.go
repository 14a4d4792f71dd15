package learn

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// TestJudgeFlagsWhatIsNoNumber feeds values that no sensor gives: a device may have no filter in front.
func TestJudgeFlagsWhatIsNoNumber(t *testing.T) {
	_, onnx := trained(t)
	rows := follow(7, 20)
	for _, x := range []float32{float32(math.NaN()), float32(math.Inf(1)), math.MaxFloat32} {
		m := watch(t, onnx)
		for i := range m.Lag() {
			if err := m.Push(rows[3*i : 3*i+3]); err != nil {
				t.Fatal(err)
			}
		}
		for age := range 2 * m.Lag() {
			row := slices.Clone(rows[3*10 : 3*11])
			if age == 0 {
				row[1] = x
			}
			v, err := m.Judge(t.Context(), row)
			if err != nil {
				t.Fatal(err)
			}
			if age < m.Lag() && !v.Anomaly {
				t.Errorf("%d rows after %v the score is %v and not flagged", age, x, v.Score)
			}
			if age >= m.Lag() && math.IsNaN(float64(v.Score)) {
				t.Errorf("%d rows after %v the score is still %v", age, x, v.Score)
			}
		}
	}
}

func TestJudgeDoesNotAllocate(t *testing.T) {
	_, onnx := trained(t)
	m := watch(t, onnx)
	rows, ctx := follow(7, 20), t.Context()
	for i := range 20 {
		if err := m.Push(rows[3*i : 3*i+3]); err != nil {
			t.Fatal(err)
		}
	}
	if n := testing.AllocsPerRun(100, func() {
		if v, err := m.Judge(ctx, rows[:3]); err != nil || !v.Ready {
			t.Fatal(v, err)
		}
	}); n != 0 {
		t.Errorf("Judge allocates %v times; want 0", n)
	}
}

func TestResetEmptiesTheWindow(t *testing.T) {
	_, onnx := trained(t)
	m, fresh := watch(t, onnx), watch(t, onnx)
	rows := follow(7, 40)
	for i := range 40 {
		row := rows[3*i : 3*i+3]
		if i == 20 {
			m.Reset()
		}
		got, err := m.Judge(t.Context(), row)
		if err != nil {
			t.Fatal(err)
		}
		if i < 20 {
			continue
		}
		if want, err := fresh.Judge(t.Context(), row); err != nil || got != want {
			t.Errorf("row %d: verdict %+v; want that of a new monitor, %+v, %v", i, got, want, err)
		}
	}
}

func TestJudgeErrors(t *testing.T) {
	_, onnx := trained(t)
	m, undisturbed := watch(t, onnx), watch(t, onnx)
	rows := follow(7, 20)
	for i := range 18 {
		for _, m := range []*Monitor{m, undisturbed} {
			if err := m.Push(rows[3*i : 3*i+3]); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, row := range [][]float32{nil, {1, 2}, {1, 2, 3, 4}} {
		if _, err := m.Judge(t.Context(), row); err == nil || !strings.Contains(err.Error(), "want 3") {
			t.Errorf("Judge(%v) = %v; want an error", row, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Judge(ctx, rows[3*18:3*19]); !errors.Is(err, context.Canceled) {
		t.Errorf("Judge = %v; want %v", err, context.Canceled)
	}
	if err := undisturbed.Push(rows[3*18 : 3*19]); err != nil {
		t.Fatal(err)
	}
	got, err := m.Judge(t.Context(), rows[3*19:])
	if want, err2 := undisturbed.Judge(t.Context(), rows[3*19:]); err != nil || err2 != nil || got != want {
		t.Errorf("after errors the verdict is %+v, %v; want %+v, %v", got, err, want, err2)
	}
	m.Close()
	if _, err := m.Judge(t.Context(), rows[:3]); !errors.Is(err, inference.ErrClosed) {
		t.Errorf("Judge after Close = %v; want %v", err, inference.ErrClosed)
	}
}

// foreign writes a model of which f makes the graph.
func foreign(t testing.TB, threshold string, f func(g *build.Graph)) []byte {
	t.Helper()
	g := build.New("foreign", &build.Options{Metadata: map[string]string{thresholdKey: threshold}})
	f(g)
	onnx, err := g.Model()
	if err != nil {
		t.Fatal(err)
	}
	return onnx
}

// largest is a detector by its signature: the largest value of a window of shape.
func largest(shape ...build.Dim) func(g *build.Graph) {
	return func(g *build.Graph) {
		x := g.Input("x", inference.Float32, shape...)
		score := g.Op("Reshape", []build.Value{g.Op("ReduceMax", []build.Value{x}), build.Const(g, "one", []int64{1}, 1)})
		g.Output("score", score, inference.Float32, build.Fixed(1))
		g.Output("anomaly", g.Op("Greater", []build.Value{score, build.Const(g, "limit", []float32{5}, 1)}), inference.Bool, build.Fixed(1))
	}
}

// TestForeignDetector runs a model that this package has not written and that keeps to its form.
func TestForeignDetector(t *testing.T) {
	m := watch(t, foreign(t, "5", largest(build.Shape(1, 2, 1)...)))
	for i, want := range []Verdict{{}, {Score: 6, Anomaly: true, Ready: true}, {Score: 6, Anomaly: true, Ready: true}, {Score: 3, Ready: true}} {
		if got, err := m.Judge(t.Context(), []float32{[]float32{2, 6, 3, 3}[i]}); err != nil || got != want {
			t.Errorf("Judge of row %d = %+v, %v; want %+v", i, got, err, want)
		}
	}
	if m.Threshold() != 5 || m.Names() != nil {
		t.Errorf("threshold %v, names %q; want 5 and none", m.Threshold(), m.Names())
	}
}

func TestNewMonitorRefusesOtherModels(t *testing.T) {
	window := build.Shape(1, 4, 2)
	for name, onnx := range map[string][]byte{
		"no threshold":       foreign(t, "", largest(window...)),
		"threshold no word":  foreign(t, "high", largest(window...)),
		"threshold NaN":      foreign(t, "NaN", largest(window...)),
		"threshold infinite": foreign(t, "1e39", largest(window...)),
		"threshold negative": foreign(t, "-1", largest(window...)),
		"two dimensions":     foreign(t, "1", largest(build.Shape(4, 2)...)),
		"batch":              foreign(t, "1", largest(build.Shape(3, 4, 2)...)),
		"open batch":         foreign(t, "1", largest(build.Sym("N"), build.Fixed(4), build.Fixed(2))),
		"open lag":           foreign(t, "1", largest(build.Fixed(1), build.Sym("lag"), build.Fixed(2))),
		"no rank":            foreign(t, "1", largest(build.Unranked())),
		"no rows":            foreign(t, "1", func(g *build.Graph) { outputs(g, g.Input("x", inference.Float32, build.Shape(1, 0, 2)...)) }),
		"another name": foreign(t, "1", func(g *build.Graph) {
			outputs(g, g.Input("y", inference.Float32, window...))
		}),
		"another type": foreign(t, "1", func(g *build.Graph) {
			outputs(g, g.Input("x", inference.Float64, window...))
		}),
		"two inputs": foreign(t, "1", func(g *build.Graph) {
			g.Input("z", inference.Float32, window...)
			outputs(g, g.Input("x", inference.Float32, window...))
		}),
		"no inputs": foreign(t, "1", func(g *build.Graph) { outputs(g, build.Const(g, "c", []float32{1}, 1)) }),
		"one output": foreign(t, "1", func(g *build.Graph) {
			g.Output("score", g.Op("Relu", []build.Value{g.Input("x", inference.Float32, window...)}), inference.Float32, window...)
		}),
		"score of a window": foreign(t, "1", func(g *build.Graph) {
			x := g.Input("x", inference.Float32, window...)
			g.Output("score", g.Op("Relu", []build.Value{x}), inference.Float32, window...)
			g.Output("anomaly", g.Op("Greater", []build.Value{x, x}), inference.Bool, window...)
		}),
		"shapes that depend on the window": foreign(t, "1", func(g *build.Graph) {
			most := g.Op("ReduceMax", []build.Value{g.Input("x", inference.Float32, window...)}, build.Int("keepdims", 0))
			long := g.Op("Cast", []build.Value{g.Op("Reshape", []build.Value{most, build.Const(g, "one", []int64{1}, 1)})}, build.Int("to", int(inference.Int64)))
			some := g.Op("ConstantOfShape", []build.Value{long})
			g.Output("score", some, inference.Float32, build.Unknown())
			g.Output("anomaly", g.Op("Greater", []build.Value{some, some}), inference.Bool, build.Unknown())
		}),
	} {
		m, err := NewMonitor(onnx)
		if !errors.Is(err, ErrModel) {
			t.Errorf("%s: NewMonitor = %v; want %v", name, err, ErrModel)
		}
		if m != nil {
			t.Errorf("%s: there is a monitor beside the error", name)
		}
	}
}

// outputs declares outputs of the right names and types.
func outputs(g *build.Graph, x build.Value) {
	score := g.Op("Cast", []build.Value{g.Op("ReduceMax", []build.Value{x}, build.Int("keepdims", 0))}, build.Int("to", int(inference.Float32)))
	g.Output("score", score, inference.Float32, build.Unranked())
	g.Output("anomaly", g.Op("Greater", []build.Value{score, score}), inference.Bool, build.Unranked())
}

func TestNewMonitorRefusesWhatIsNoModel(t *testing.T) {
	_, onnx := trained(t)
	var format *inference.FormatError
	for name, b := range map[string][]byte{"nothing": nil, "text": []byte("no model"), "zeros": make([]byte, 100), "cut": onnx[:len(onnx)-7]} {
		if _, err := NewMonitor(b); !errors.As(err, &format) {
			t.Errorf("%s: NewMonitor = %v; want a *FormatError", name, err)
		}
	}
	var limit *inference.LimitError
	if _, err := NewMonitor(foreign(t, "1", largest(build.Shape(1, 1<<15, 1<<15)...))); !errors.As(err, &limit) {
		t.Errorf("a window of 4 GiB: NewMonitor = %v; want a *LimitError", err)
	}
}

// FuzzNewMonitor wants a monitor that judges, or an error, of any bytes.
func FuzzNewMonitor(f *testing.F) {
	_, onnx := trained(f)
	f.Add(onnx)
	f.Add(bytes.Replace(onnx, []byte("Gemm"), []byte("Gelu"), 1))
	f.Add(foreign(f, "5", largest(build.Shape(1, 2, 1)...)))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := NewMonitor(b)
		if err != nil {
			return
		}
		defer m.Close()
		row := make([]float32, m.Channels())
		for range min(m.Lag()+1, 100) {
			if v, err := m.Judge(t.Context(), row); err != nil && v != (Verdict{}) {
				t.Errorf("Judge = %+v beside %v", v, err)
			}
		}
	})
}

func BenchmarkJudge(b *testing.B) {
	_, onnx := trained(b)
	m := watch(b, onnx)
	rows := follow(7, 20)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		at := 3 * (i % 20)
		if _, err := m.Judge(b.Context(), rows[at:at+3]); err != nil {
			b.Fatal(err)
		}
	}
}
