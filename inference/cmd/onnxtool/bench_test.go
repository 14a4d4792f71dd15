package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// layers returns a model of two layers on rows of 8.
func layers(t *testing.T) []byte {
	t.Helper()
	g := build.New("layers", nil)
	x := g.Input("x", inference.Float32, build.Sym("N"), build.Fixed(8))
	w := build.Const(g, "w", make([]float32, 64), 8, 8)
	v := g.Op("Sin", []build.Value{g.Op("MatMul", []build.Value{x, w})}) // which nothing fuses
	g.Output("y", g.Op("MatMul", []build.Value{v, w}), inference.Float32, build.Sym("N"), build.Fixed(8))
	return model(t, g)
}

func TestBench(t *testing.T) {
	dir := write(t, map[string][]byte{"layers.onnx": layers(t), "relu.onnx": relu(t)})
	trace := filepath.Join(dir, "trace.json")
	stdout, stderr, code := tool(t, "bench", "-time", "1ms", "-threads", "2", "-cpu", "portable", "-shape", "x=4,8", "-profile", "-trace", trace,
		filepath.Join(dir, "layers.onnx"))
	if code != 0 || stderr != "" {
		t.Fatalf("bench = %d, %s", code, stderr)
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if len(lines) != 6 { // a head and a row for the model, a head and a row for each node
		t.Fatalf("bench prints %d lines; want 6:\n%s", len(lines), stdout)
	}
	row := regexp.MustCompile(`^layers( +[0-9.]+ (us|ms)){4} +[0-9.]+ KiB +0\.00 +[0-9.]+$`)
	if !row.MatchString(lines[1]) {
		t.Errorf("the model's row is %q; want %s", lines[1], row)
	}
	for _, want := range []string{`%.* GFLOP/s +MatMul +\[4 8\] `, `%.* GB/s +Sin +\[4 8\] `} {
		if !regexp.MustCompile(want).MatchString(stdout) {
			t.Errorf("no line has %s:\n%s", want, stdout)
		}
	}
	b, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ TraceEvents []traceEvent }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	end := 0.0
	for _, e := range file.TraceEvents {
		if e.Phase != "X" || e.Category != "Node" || e.Name == "" || e.Start < end || e.Args["op_name"] == "" {
			t.Errorf("event %+v; want a node after %v us", e, end)
		}
		end = e.Start
	}
	if len(file.TraceEvents) != 3 {
		t.Errorf("the trace has %d events; want 3", len(file.TraceEvents))
	}
}

// TestBenchSeveral leaves shapes out, which are then 1 where the models leave them open.
func TestBenchSeveral(t *testing.T) {
	dir := write(t, map[string][]byte{"layers.onnx": layers(t), "relu.onnx": relu(t)})
	stdout, stderr, code := tool(t, "bench", filepath.Join(dir, "layers.onnx"), "-time", "1ms", filepath.Join(dir, "relu.onnx"))
	if code != 0 || strings.Count(stdout, "\n") != 3 {
		t.Errorf("bench = %d, %q, %s; want a head and two rows", code, stdout, stderr)
	}
}

func TestBenchArguments(t *testing.T) {
	dir := write(t, map[string][]byte{"layers.onnx": layers(t)})
	path := filepath.Join(dir, "layers.onnx")
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 2, "usage"},
		{[]string{"-shape", "x", path}, 2, "NAME=SHAPE"},
		{[]string{"-shape", "x=4xtall", path}, 2, "no shape"},
		{[]string{"-time", "fast", path}, 2, "invalid value"},
		{[]string{"-time", "0s", path}, 2, "-time is 0s"},
		{[]string{"-shape", "x=4x9", path}, 1, "does not fit"},
		{[]string{"-shape", "z=4x8", path}, 1, "no such input"},
		{[]string{"-cpu", "abacus", path}, 1, "abacus"},
		{[]string{"-threads", "-1", path}, 1, "Threads"},
		{[]string{filepath.Join(dir, "none.onnx")}, 1, "none.onnx"},
		{[]string{"-time", "1ms", "-trace", filepath.Join(dir, "no", "folder"), path}, 1, "folder"},
	} {
		_, stderr, code := tool(t, append([]string{"bench"}, c.args...)...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("bench %q = %d, %s; want %d, %q", c.args, code, stderr, c.code, c.want)
		}
	}
}
