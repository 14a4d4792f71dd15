package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// tool runs the program and returns what it printed and its exit code.
func tool(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs)
	return out.String(), errs.String(), code
}

// relu returns a model of y = Relu(x) with x of shape [N, 2], and a scalar input that has a default.
func relu(t *testing.T) []byte {
	t.Helper()
	g := build.New("relu", &build.Options{Metadata: map[string]string{"unit": "none"}})
	x := g.Input("x", inference.Float32, build.Sym("N"), build.Fixed(2))
	g.Output("y", g.Op("Relu", []build.Value{x}), inference.Float32, build.Sym("N"), build.Fixed(2))
	return model(t, g)
}

func model(t *testing.T, g *build.Graph) []byte {
	t.Helper()
	b, err := g.Model()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// tensorFile returns a tensor as the content of a .pb file.
func tensorFile[T inference.Element](t *testing.T, data []T, shape ...int) []byte {
	t.Helper()
	v, err := inference.NewTensor(data, shape...)
	if err != nil {
		t.Fatal(err)
	}
	b, err := build.Marshal("", v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// write makes files below a new folder.
func write(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// reluCase returns the files of a case, below dir, whose expectation is want.
func reluCase(t *testing.T, dir string, want []float32) map[string][]byte {
	t.Helper()
	return map[string][]byte{
		dir + "/model.onnx":                    relu(t),
		dir + "/test_data_set_0/input_0.pb":    tensorFile(t, []float32{-1, 2}, 1, 2),
		dir + "/test_data_set_0/output_0.pb":   tensorFile(t, want, 1, len(want)),
		dir + "/test_data_set_0/unrelated.txt": []byte("x"),
	}
}

func merge(sets ...map[string][]byte) map[string][]byte {
	all := map[string][]byte{}
	for _, files := range sets {
		for name, b := range files {
			all[name] = b
		}
	}
	return all
}

func TestCases(t *testing.T) {
	files := merge(
		reluCase(t, "a/good", []float32{0, 2}),
		reluCase(t, "a/deep/corrupted", []float32{0, 3}),
		reluCase(t, "a/wrong_shape", []float32{0, 2, 3}),
		reluCase(t, "b/loose", []float32{0, 2.1}),
		reluCase(t, "b/indexed", []float32{0, 2.1}),
		reluCase(t, "b/strict", []float32{0, 2.0001}),
		reluCase(t, "b/wrong_type", nil),
		reluCase(t, "b/extra", []float32{0, 2}),
		reluCase(t, "b/no_input", []float32{0, 2}),
		reluCase(t, "b/bad_input", []float32{0, 2}),
		reluCase(t, "b/two_sets", []float32{0, 2}),
		map[string][]byte{
			"b/loose/data.json":                        []byte(`{"rtol": 0.1}`),
			"b/strict/data.json":                       []byte(`{"rtol": 0, "atol": 1e-9}`),
			"index.jsonl":                              []byte(`{"path": "b/indexed", "rtol": 0.1, "atol": 0, "tags": []}` + "\n\n" + `{"path": "b/strict", "rtol": 1}`),
			"b/wrong_type/test_data_set_0/output_0.pb": tensorFile(t, []int64{0, 2}, 1, 2),
			"b/extra/test_data_set_0/output_1.pb":      tensorFile(t, []float32{0, 2}, 1, 2),
			"b/bad_input/test_data_set_0/input_0.pb":   {0xff},
			"b/two_sets/test_data_set_10/input_0.pb":   tensorFile(t, []float32{-5, -5}, 1, 2),
			"b/two_sets/test_data_set_10/output_0.pb":  tensorFile(t, []float32{-5, 0}, 1, 2),
			"b/no_data/model.onnx":                     relu(t),
			"b/not_a_model/model.onnx":                 []byte("<html>not found</html>"),
			"b/unsupported/model.onnx":                 unsupported(t),
			"b/unsupported/test_data_set_0/input_0.pb": tensorFile(t, []float32{1, 2}, 1, 2),
		},
	)
	delete(files, "b/no_input/test_data_set_0/input_0.pb")
	dir := write(t, files)
	want := map[string]string{ // the error, or "" for a case that passes
		"a/good":           "",
		"a/deep/corrupted": "output 0 (y): element [0 1] is 2; want 3 (1 of 2 differ)",
		"a/wrong_shape":    "output 0 (y): its shape is [1 2]; want [1 3]",
		"b/loose":          "",
		"b/indexed":        "",
		"b/strict":         "element [0 1] is 2; want 2.0001",
		"b/wrong_type":     "output 0 (y): its elements are float32; want int64",
		"b/extra":          "output_1.pb: the model has 1 outputs",
		"b/no_input":       "missing",
		"b/bad_input":      "input_0.pb",
		"b/two_sets":       "test_data_set_10: output 0 (y): element [0 0] is 0; want -5",
		"b/no_data":        "no test_data_set_0",
		"b/not_a_model":    "not an ONNX model",
		"b/unsupported":    "com.example.Nothing",
	}
	for _, path := range []string{dir, zipped(t, files)} {
		stdout, stderr, code := tool(t, "test", "-json", path)
		if code != 1 || stderr != "" {
			t.Errorf("exit code %d, stderr %q; want 1 and nothing", code, stderr)
		}
		lines := strings.Split(strings.TrimSpace(stdout), "\n")
		var sum totals
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &sum); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(totals{Cases: len(want), Passed: 3, Failed: len(want) - 3}, sum); diff != "" {
			t.Errorf("summary (-want +got):\n%s", diff)
		}
		seen := map[string]bool{}
		for _, line := range lines[:len(lines)-1] {
			var r result
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			seen[r.Case] = true
			msg, ok := want[r.Case]
			if !ok || r.Pass != (msg == "") || !strings.Contains(r.Error, msg) {
				t.Errorf("%s; want error %q", line, msg)
			}
		}
		if len(seen) != len(want) {
			t.Errorf("%d cases reported; want %d", len(seen), len(want))
		}
	}
}

// unsupported returns a model with an operator that no engine has.
func unsupported(t *testing.T) []byte {
	t.Helper()
	g := build.New("g", &build.Options{Domains: map[string]int{"com.example": 1}})
	x := g.Input("x", inference.Float32, build.Shape(1, 2)...)
	g.Output("y", g.Op("com.example.Nothing", []build.Value{x}), inference.Float32, build.Shape(1, 2)...)
	return model(t, g)
}

// zipped writes files into a zip file and returns its path.
func zipped(t *testing.T, files map[string][]byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cases.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	for name, b := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestUnscoredCases checks that cases which cannot be held to their data are reported apart and fail nothing.
func TestUnscoredCases(t *testing.T) {
	dir := write(t, merge(reluCase(t, "a", []float32{0, 2}), reluCase(t, "b", []float32{0, 3}), reluCase(t, "c", []float32{0, 2}), map[string][]byte{
		"index.jsonl": []byte(`{"path": "b", "tags": ["string", "nondeterministic"]}` + "\n" + `{"path": "c", "tags": ["training"]}`),
	}))
	stdout, stderr, code := tool(t, "test", "-json", dir)
	const want = `{"cases":3,"passed":1,"failed":0,"apart":2,"apart_passed":1}`
	if !strings.Contains(stdout, want) || !strings.Contains(stdout, `"apart":["nondeterministic"]`) || stderr != "" || code != 0 {
		t.Errorf("test = %q, %q, %d; want %s", stdout, stderr, code, want)
	}
}

func TestCaseItself(t *testing.T) {
	dir := write(t, reluCase(t, "case", []float32{0, 2}))
	stdout, stderr, code := tool(t, "test", filepath.Join(dir, "case"))
	if want := "ok   case\n1 cases: 1 passed, 0 failed\n"; stdout != want || stderr != "" || code != 0 {
		t.Errorf("test = %q, %q, %d; want %q", stdout, stderr, code, want)
	}
}

// TestConformanceArchive runs what the engine's own conformance test runs, through the program.
func TestConformanceArchive(t *testing.T) {
	archive := filepath.FromSlash("../../../../shared/onnx/onnx-node-visible.zip")
	if _, err := os.Stat(archive); err != nil {
		t.Skip("no shared conformance cases beside the checkout")
	}
	stdout, stderr, code := tool(t, "test", "-json", archive)
	if code != 0 {
		t.Errorf("exit code %d; want 0", code)
	}
	if stderr != "" {
		t.Fatal(stderr)
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	var sum totals
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &sum); err != nil {
		t.Fatal(err)
	}
	if sum.Cases != 1457 || sum.Cases != len(lines)-1 || sum.Passed != 1436 || sum.Apart != 21 {
		t.Errorf("summary %+v over %d lines; want 1457 cases, 1436 passed and 21 apart", sum, len(lines)-1)
	}
	for _, line := range lines {
		if strings.Contains(line, "panic: ") {
			t.Error(line)
		}
	}
	t.Logf("%d of %d passed", sum.Passed, sum.Cases)
}

func TestBadInput(t *testing.T) {
	good := relu(t)
	dir := write(t, map[string][]byte{
		"good.onnx":         good,
		"cut.onnx":          good[:len(good)/2],
		"lfs.onnx":          []byte("version https://git-lfs.github.com/spec/v1\n"),
		"tensor.onnx":       tensorFile(t, []float32{1}),
		"unsupported.onnx":  unsupported(t),
		"x.pb":              {0x0a, 0xff},
		"x.npy":             []byte("\x93NUMPY\x01\x00\x05\x00{}   "),
		"x.bin":             {1, 2, 3},
		"int.pb":            tensorFile(t, []int64{1, 2}, 1, 2),
		"shape.pb":          tensorFile(t, []float32{1, 2, 3}, 1, 3),
		"empty/readme.txt":  nil,
		"index/index.jsonl": []byte("{"),
	})
	file := func(name string) string { return filepath.Join(dir, name) }
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"inspect", file("none.onnx")}, "none.onnx"},
		{[]string{"inspect", file("cut.onnx")}, "cut.onnx"},
		{[]string{"inspect", file("lfs.onnx")}, "Git LFS"},
		{[]string{"inspect", file("tensor.onnx")}, "not an ONNX model"},
		{[]string{"inspect", dir}, dir},
		{[]string{"run", file("cut.onnx")}, "cut.onnx"},
		{[]string{"run", file("none.onnx")}, "none.onnx"},
		{[]string{"run", file("unsupported.onnx")}, "com.example.Nothing"},
		{[]string{"run", "-input", "q=2", file("good.onnx")}, `no input "q"`},
		{[]string{"run", "-input", "x=1x2", "-input", "x=1x2", file("good.onnx")}, `"x" is given twice`},
		{[]string{"run", "-input", "x=" + file("x.pb"), file("good.onnx")}, `"x"`},
		{[]string{"run", "-input", "x=" + file("x.npy"), file("good.onnx")}, ".npy"},
		{[]string{"run", "-input", "x=" + file("x.bin") + ":1x2", file("good.onnx")}, `"x"`},
		{[]string{"run", "-input", "x=" + file("x.bin"), file("good.onnx")}, "needs its shape"},
		{[]string{"run", "-input", "x=" + file("gone.bin"), file("good.onnx")}, "no such file"},
		{[]string{"run", "-input", "x=" + file("gone.pb"), file("good.onnx")}, "gone.pb"},
		{[]string{"run", "-input", "x=" + file("int.pb"), file("good.onnx")}, "int64"},
		{[]string{"run", "-input", "x=" + file("shape.pb"), file("good.onnx")}, "[1 3]"},
		{[]string{"run", "-input", "x=999999999x999999999", file("good.onnx")}, "too large"},
		{[]string{"test", file("empty")}, "no cases"},
		{[]string{"test", file("x.bin")}, "neither a folder nor a zip"},
		{[]string{"test", file("none")}, "none"},
		{[]string{"test", file("index")}, "index.jsonl: line 1"},
	} {
		stdout, stderr, code := tool(t, tt.args...)
		if code != 1 || stdout != "" || !strings.Contains(stderr, tt.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v = %q, %q, exit code %d; want 1 and one line with %q", tt.args, stdout, stderr, code, tt.want)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{}, {"frob"}, {"inspect"}, {"inspect", "a", "b"}, {"run", "-input", "x", "m"}, {"test"}, {"test", "-nonsense", "d"},
	} {
		if stdout, stderr, code := tool(t, args...); code != 2 || stdout != "" || stderr == "" {
			t.Errorf("%v = %q, %q, %d; want a message on stderr and 2", args, stdout, stderr, code)
		}
	}
	for _, args := range [][]string{{"help"}, {"run", "-h"}} {
		if _, _, code := tool(t, args...); code != 0 {
			t.Errorf("%v: exit code %d; want 0", args, code)
		}
	}
}

func TestInterrupted(t *testing.T) {
	dir := write(t, reluCase(t, "case", []float32{0, 2}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	if code := run(ctx, []string{"test", dir}, &stdout, &stderr); code != 1 || !strings.Contains(stderr.String(), "canceled") {
		t.Errorf("exit code %d, %q; want 1 and a message", code, stderr.String())
	}
}

func TestInspect(t *testing.T) {
	dir := write(t, map[string][]byte{"m.onnx": relu(t), "u.onnx": unsupported(t)})
	t.Chdir(dir)
	stdout, _, code := tool(t, "inspect", "m.onnx")
	want := `file      m.onnx
format    IR 8, ai.onnx 17
producer  brink
graph     relu
metadata  unit = none
input     x float32 [N 2]
output    y float32 [N 2]
weights   0 parameters, 0 bytes
memory    depends on shapes that the model leaves open: give -dim N=N
operator  Relu-17 x1
`
	if code != 0 || stdout != want {
		t.Errorf("inspect = %d\n%s\nwant\n%s", code, stdout, want)
	}
	stdout, _, code = tool(t, "inspect", "-json", "u.onnx")
	var s summary
	if err := json.Unmarshal([]byte(stdout), &s); err != nil || code != 0 {
		t.Fatalf("inspect -json: exit code %d, %v", code, err)
	}
	wantOps := []opSummary{{Name: "Nothing", Domain: "com.example", Opset: 1, Count: 1, Missing: s.Operators[0].Missing}}
	if diff := cmp.Diff(wantOps, s.Operators); diff != "" || s.Runs || s.Operators[0].Missing == "" {
		t.Errorf("operators of %s (-want +got):\n%s", stdout, diff)
	}
	stdout, _, _ = tool(t, "inspect", "u.onnx")
	for _, line := range []string{"operator  com.example.Nothing-1 x1: missing: ", "verdict   cannot run here"} {
		if !strings.Contains(stdout, line) {
			t.Errorf("inspect lacks %q:\n%s", line, stdout)
		}
	}
}

func TestRun(t *testing.T) {
	raw := []byte{0, 0, 128, 191, 0, 0, 0, 64} // -1 2
	npy := []byte("\x93NUMPY\x01\x00\x3c\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }\n")
	dir := write(t, map[string][]byte{
		"m.onnx": relu(t), "x.pb": tensorFile(t, []float32{-1, 2}, 1, 2), "x.raw": raw, "x.npy": append(npy, raw...),
	})
	t.Chdir(dir)
	const want = "y float32 [1 2]: 0 2\n"
	for _, spec := range []string{"x.pb", "x.npy", "x.raw:1x2"} {
		stdout, stderr, code := tool(t, "run", "m.onnx", "-input", "x="+spec)
		if stdout != want || stderr != "" || code != 0 {
			t.Errorf("run with %s = %q, %q, %d; want %q", spec, stdout, stderr, code, want)
		}
	}
	for args, shape := range map[string]string{"": "[1 2]", "-input x=30x2": "[30 2]"} {
		a, _, code := tool(t, append([]string{"run", "m.onnx", "-random", "7"}, strings.Fields(args)...)...)
		b, _, _ := tool(t, append([]string{"run", "m.onnx", "-random", "7"}, strings.Fields(args)...)...)
		if code != 0 || a != b || !strings.HasPrefix(a, "y float32 "+shape+": ") {
			t.Errorf("run %s = %d, %q, then %q; want shape %s twice", args, code, a, b, shape)
		}
	}
}

// TestRunKeepsACase holds that what run -o writes is a data set that test accepts.
func TestRunKeepsACase(t *testing.T) {
	dir := write(t, map[string][]byte{"case/model.onnx": relu(t)})
	if _, stderr, code := tool(t, "run", "-input", "x=3x2", "-o", filepath.Join(dir, "case", "test_data_set_0"), filepath.Join(dir, "case", "model.onnx")); code != 0 {
		t.Fatal(stderr)
	}
	if stdout, _, code := tool(t, "test", dir); code != 0 {
		t.Errorf("test of what run kept: %s", stdout)
	}
}

func Example() {
	dir, err := os.MkdirTemp("", "onnxtool")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	g := build.New("double", nil)
	x := g.Input("x", inference.Float32, build.Sym("N"))
	g.Output("y", g.Op("Relu", []build.Value{x}), inference.Float32, build.Sym("N"))
	b, err := g.Model()
	if err != nil {
		fmt.Println(err)
		return
	}
	path := filepath.Join(dir, "model.onnx")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		fmt.Println(err)
		return
	}
	code := run(context.Background(), []string{"run", "-input", "x=3", "-random", "2", path}, os.Stdout, os.Stderr)
	fmt.Println("exit code", code)
	// Output:
	// y float32 [3]: 0 0 0.8056047
	// exit code 0
}
