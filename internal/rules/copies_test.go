package rules

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// copies says how each example is run where somebody copied it to, and what it then prints.
var copies = []struct {
	example string
	args    []string
	want    string
}{
	{"hub", []string{"-duration", "3s", "-json"}, `"lost":0`},
	{"anomaly", []string{"-h"}, "-data"},
	{"sensehat", []string{"-emulated", "-duration", "1s", "-json"}, `"works":true`},
	{"virtualhat", []string{"-duration", "1s", "-json", "-script", "d up"}, `"failed":0`},
	{"kit", []string{"-trial", "2", "-json"}, `"lost":0`},
	{"shadowservice", []string{"-listen", "127.0.0.1:0", "-duration", "1s", "-json"}, `"rejected":0`},
	{"gateway", []string{"-duration", "3s", "-json"}, `"lost":0`},
	{"awsdevice", []string{"-json", "-log", "error"}, `"forbidden":null`},
}

// TestExamplesCanBeCopied does what README tells a user to do: copies an example into an empty module outside
// the tree, points that at this checkout, builds it and runs it.
func TestExamplesCanBeCopied(t *testing.T) {
	entries, err := os.ReadDir("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(copies) {
		t.Errorf("there are %d examples, and this test copies %d", len(entries), len(copies))
	}
	for _, c := range copies {
		t.Run(c.example, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(filepath.Join("../../examples", c.example))); err != nil {
				t.Fatal(err)
			}
			if out := buildAndRun(t, dir, c.args...); !bytes.Contains(out, []byte(c.want)) {
				t.Errorf("%s %v printed\n%s\nwant %s in it", c.example, c.args, out, c.want)
			}
		})
	}
}

// TestReadmeProgram runs the program that README shows.
func TestReadmeProgram(t *testing.T) {
	runPageProgram(t, "../../README.md", "1 20.1 OK <nil>\n2 20.3 OK <nil>\n3 27.9 OK <nil>\n")
}

// TestTransportProgram runs the first program of docs/transport.md.
func TestTransportProgram(t *testing.T) {
	runPageProgram(t, "../../docs/transport.md", "hub/7/alarm \"hot\"\nhub/7/air {\"t\":21.5}\n")
}

// TestShadowProgram runs the first program of docs/shadow.md.
func TestShadowProgram(t *testing.T) {
	runPageProgram(t, "../../docs/shadow.md", "apply {SampleMS:50}\nthe cloud has {\"sampleMs\":50,\"score\":0.5}, wants {\"sampleMs\":50}\n")
}

// runPageProgram runs the first Go program of a page.
func runPageProgram(t *testing.T, page, want string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(text, []byte("```go\n"))
	program, _, ok := bytes.Cut(rest, []byte("```"))
	if !ok || !bytes.HasPrefix(program, []byte("package main")) {
		t.Fatalf("%s has no program", page)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.go"), program, 0o644); err != nil {
		t.Fatal(err)
	}
	if out := buildAndRun(t, dir); string(out) != want {
		t.Errorf("the program of %s printed\n%s\nwant\n%s", page, out, want)
	}
}

// buildAndRun makes the folder a module of its own that uses this checkout, and runs its program.
func buildAndRun(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	// The versions that this module was tested with; go mod tidy would ask the network for others.
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	do := func(name string, args ...string) []byte {
		t.Helper()
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=mod")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
		return out
	}
	do("go", "mod", "init", "example.com/mine")
	do("go", "mod", "edit", "-require=github.com/brinkml/brink@v0.0.0", "-replace=github.com/brinkml/brink="+root)
	do("go", "build", "-o", "program", ".")
	return do("./program", args...)
}
