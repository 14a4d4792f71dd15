package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// call runs the program.
func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, log bytes.Buffer
	code = run(t.Context(), args, &out, &log)
	return code, out.String(), log.String()
}

// flags reads a file of predictions.
func flags(t testing.TB, file string) []bool {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var f []bool
	for line := range strings.Lines(string(b)) {
		if first, _, _ := strings.Cut(strings.TrimSpace(line), ","); first == "0" || first == "1" {
			f = append(f, first == "1")
		}
	}
	return f
}

func TestFaultIsFlagged(t *testing.T) {
	dir, out, models := t.TempDir(), t.TempDir(), t.TempDir()
	bad := fault{550, 600}
	save(t, dir, "pump/0.csv", pump(1, 700, bad))
	save(t, dir, "pump/1.csv", pump(2, 700, fault{}))
	code, stdout, stderr := call(t, "-data", dir, "-out", out, "-models", models)
	if code != 0 {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	if !strings.Contains(stderr, "file 2 of 2: pump/1.csv") {
		t.Errorf("progress is %q; want file 2 of 2 in it", stderr)
	}
	table := strings.Split(strings.TrimSpace(stdout), "\n")
	for i, name := range []string{"group", "pump", "all"} {
		if len(table) != 3 || strings.Fields(table[i])[0] != name || i > 0 && !slices.Equal(strings.Fields(table[i])[1:3], []string{"2", "600"}) {
			t.Fatalf("the table is\n%s\nwant a header, and rows pump and all with 2 files and 600 rows", stdout)
		}
	}
	got := flags(t, filepath.Join(out, "pump", "0.csv"))
	if len(got) != 300 {
		t.Fatalf("%d predictions; want 300", len(got))
	}
	early := 0
	for i, f := range got {
		switch row := 400 + i; {
		case bad.has(row) && row >= bad.from+3 && !f:
			t.Errorf("row %d of the fault is not flagged", row)
		case row < bad.from && f, row >= bad.to+20 && f:
			early++
		}
	}
	if early > 4 {
		t.Errorf("%d of 230 clean rows are flagged; want at most 4", early)
	}
	clean := 0
	for _, f := range flags(t, filepath.Join(out, "pump", "1.csv")) {
		if f {
			clean++
		}
	}
	if clean > 6 {
		t.Errorf("%d of 300 rows of the clean recording are flagged; want at most 6", clean)
	}
	for _, name := range []string{"0.onnx", "1.onnx"} {
		if info, err := os.Stat(filepath.Join(models, "pump", name)); err != nil || info.Size() == 0 {
			t.Errorf("model %s: %v", name, err)
		}
	}
}

// TestRecordingWithoutNoise has sines of one period, which two components explain but for rounding.
func TestRecordingWithoutNoise(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	lines := []string{header}
	for i := range 600 {
		line := "2020-03-09 10:14:33"
		for c := range 8 {
			v := 100*float64(c) + math.Sin(0.3*float64(i)+float64(c))
			if c == 3 && i >= 500 && i < 510 {
				v += 0.1
			}
			line += fmt.Sprintf(";%.12g", v)
		}
		lines = append(lines, line+";0;0")
	}
	save(t, dir, "0.csv", lines)
	if code, _, stderr := call(t, "-data", dir, "-out", out); code != 0 {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	for i, got := range flags(t, filepath.Join(out, "0.csv")) {
		if row := 400 + i; got != (row >= 500 && row < 510+19) {
			t.Errorf("row %d: flag is %v", row, got)
		}
	}
}

func TestSameInputSameBytes(t *testing.T) {
	dir := t.TempDir()
	file := save(t, dir, "0.csv", pump(1, 500, fault{}))
	var before []byte
	for range 2 {
		out := t.TempDir()
		if code, _, stderr := call(t, "-data", file, "-out", out, "-models", out); code != 0 {
			t.Fatalf("exit code %d, %s", code, stderr)
		}
		var after []byte
		for _, name := range []string{"0.csv", "0.onnx"} {
			b, err := os.ReadFile(filepath.Join(out, name))
			if err != nil {
				t.Fatal(err)
			}
			after = append(after, b...)
		}
		if before != nil && !bytes.Equal(before, after) {
			t.Error("two runs gave different bytes")
		}
		before = after
	}
}

// TestNoLookAhead cuts a recording short and changes what follows: what was said of the rows before stays.
func TestNoLookAhead(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	whole := pump(1, 700, fault{480, 520})
	save(t, dir, "a/0.csv", whole)
	save(t, dir, "a/1.csv", whole[:1+500])
	save(t, dir, "a/2.csv", slices.Concat(whole[:1+500], pump(9, 50, fault{0, 50})[1:]))
	if code, _, stderr := call(t, "-data", dir, "-out", out); code != 0 {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	want := flags(t, filepath.Join(out, "a", "0.csv"))[:100]
	for _, name := range []string{"1.csv", "2.csv"} {
		if got := flags(t, filepath.Join(out, "a", name))[:100]; !slices.Equal(got, want) {
			t.Errorf("%s: the first 100 flags depend on later rows", name)
		}
	}
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	good := pump(1, 450, fault{})
	edited := func(line int, from, to string) []string {
		lines := slices.Clone(good)
		if lines[line-1] = strings.Replace(lines[line-1], from, to, 1); lines[line-1] == good[line-1] {
			t.Fatalf("line %d has no %q", line, from)
		}
		return lines
	}
	third := func(line int) string { return strings.Split(good[line-1], ";")[3] }
	constant := []string{header}
	for range 450 {
		constant = append(constant, "2020-03-09 10:14:33;1;2;3;4;5;6;7;8;0;0")
	}
	for name, lines := range map[string][]string{
		"good": good, "column": edited(1, "Pressure", "Druck"), "nan": edited(17, third(17), "NaN"),
		"word": edited(18, third(18), "off"), "huge": edited(19, third(19), "1e39"), "short": good[:1+400],
		"header": {header}, "constant": constant, "cut": edited(20, ";", " "), "empty": {""},
	} {
		save(t, dir, name+".csv", lines)
	}
	save(t, dir, "none/readme.txt", []string{"no recording"})
	path := func(name string) string { return filepath.Join(dir, name) }
	out := t.TempDir()

	for _, c := range []struct {
		name string
		args []string
		want []string // all of them in the sentence
	}{
		{"missing column", []string{"-data", path("column.csv"), "-out", out}, []string{"column.csv:1", `"Pressure"`}},
		{"no number", []string{"-data", path("word.csv"), "-out", out}, []string{"word.csv:18", `"Current"`, `"off"`}},
		{"NaN", []string{"-data", path("nan.csv"), "-out", out}, []string{"nan.csv:17", `"Current"`, "finite"}},
		{"beyond float32", []string{"-data", path("huge.csv"), "-out", out}, []string{"huge.csv:19", `"Current"`, "float32"}},
		{"missing field", []string{"-data", path("cut.csv"), "-out", out}, []string{"cut.csv:20", "fields"}},
		{"too few rows", []string{"-data", path("short.csv"), "-out", out}, []string{"short.csv", "too few rows: 400"}},
		{"no rows", []string{"-data", path("header.csv"), "-out", out}, []string{"header.csv", "too few rows: 0"}},
		{"no header", []string{"-data", path("empty.csv"), "-out", out}, []string{"empty.csv", "header"}},
		{"constant", []string{"-data", path("constant.csv"), "-out", out}, []string{"constant.csv", "lines 2 to 401", "varies"}},
		{"no such folder", []string{"-data", path("nowhere"), "-out", out}, []string{"nowhere"}},
		{"no recordings", []string{"-data", path("none"), "-out", out}, []string{"none", "no .csv file"}},
		{"out is a file", []string{"-data", path("good.csv"), "-out", path("good.csv")}, []string{"good.csv"}},
		{"models below a file", []string{"-data", path("good.csv"), "-out", out, "-models", path("good.csv/models")}, []string{"good.csv"}},
		{"out is data", []string{"-data", dir, "-out", dir}, []string{"overwrite", dir}},
		{"no flags", nil, []string{"-data is missing", "-out is missing"}},
		{"bad flags", []string{"-data", dir, "-out", out, "-lag", "1", "-folds", "0", "x"}, []string{"-lag is 1", "-folds is 0", `"x"`}},
		{"folds too small", []string{"-data", dir, "-out", out, "-rows", "100"}, []string{"-rows is 100", "10 folds", "20 rows"}},
		{"unknown flag", []string{"-lags", "3"}, []string{"-lags"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := call(t, c.args...)
			if code != 1 {
				t.Errorf("exit code %d; want 1", code)
			}
			if stdout != "" || strings.Count(stderr, "\n") != 1 {
				t.Errorf("stdout %q, stderr %q; want nothing and one line", stdout, stderr)
			}
			for _, want := range c.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("stderr is %q; want %q in it", stderr, want)
				}
			}
		})
	}
	if got, _ := os.ReadFile(path("good.csv")); !bytes.HasPrefix(got, []byte(header)) {
		t.Error("a recording was overwritten")
	}
}

func TestHelp(t *testing.T) {
	code, _, stderr := call(t, "-h")
	if code != 0 || !strings.Contains(stderr, "-data") {
		t.Errorf("-h: exit code %d, %q; want 0 and the list of flags", code, stderr)
	}
}

func TestInterrupted(t *testing.T) {
	file := save(t, t.TempDir(), "0.csv", pump(1, 450, fault{}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var log bytes.Buffer
	if code := run(ctx, []string{"-data", file, "-out", t.TempDir()}, &log, &log); code != 1 || !strings.Contains(log.String(), "canceled") {
		t.Errorf("exit code %d, %q; want 1 and canceled", code, &log)
	}
}

func Example() {
	dir, err := os.MkdirTemp("", "anomaly")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	data, out := filepath.Join(dir, "pump.csv"), filepath.Join(dir, "predictions")
	lines := pump(1, 700, fault{550, 600})
	if err := os.WriteFile(data, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	run(context.Background(), []string{"-data", data, "-out", out}, os.Stdout, io.Discard)
	// Output:
	// group  files    rows  flagged      %    threshold      F1    FAR    MAR
	// .          1     300       70   23.3  0.438-0.438  0.8333   8.00   0.00
	// all        1     300       70   23.3  0.438-0.438  0.8333   8.00   0.00
}
