package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"runtime/debug"
	"strings"
	"time"
)

// errFailed ends a test whose report says all there is to say.
var errFailed = errors.New("cases failed")

// result is a line of the report; its tags are the keys of -json.
type result struct {
	Case  string   `json:"case"`
	Pass  bool     `json:"pass"`
	Error string   `json:"error"`
	Apart []string `json:"apart,omitempty"` // why the case is not scored
}

// totals is the report's last line. Cases that are not scored are counted apart.
type totals struct {
	Cases       int `json:"cases"`
	Passed      int `json:"passed"`
	Failed      int `json:"failed"`
	Apart       int `json:"apart"`
	ApartPassed int `json:"apart_passed"`
}

func test(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := newFlags("test", stderr)
	asJSON := fs.Bool("json", false, "print JSON objects, one a line")
	timeout := fs.Duration("timeout", time.Minute, "the longest that a case may run")
	paths, err := parse(fs, args, 1, math.MaxInt)
	if err != nil {
		return err
	}
	var sum totals
	report := func(r result) {
		sum.Cases++
		switch {
		case len(r.Apart) > 0:
			sum.Apart++
			if r.Pass {
				sum.ApartPassed++
			}
		case r.Pass:
			sum.Passed++
		default:
			sum.Failed++
		}
		printLine(stdout, *asJSON, r, r.String())
	}
	for _, path := range paths {
		if err := testPath(ctx, path, *timeout, report); err != nil {
			return err
		}
	}
	printLine(stdout, *asJSON, sum, sum.String())
	if sum.Failed > 0 {
		return errFailed
	}
	return nil
}

func (r result) String() string {
	line := r.Case
	if len(r.Apart) > 0 {
		line += " (not scored: " + strings.Join(r.Apart, ", ") + ")"
	}
	if r.Pass {
		return "ok   " + line
	}
	return "FAIL " + line + ": " + r.Error
}

func (t totals) String() string {
	s := fmt.Sprintf("%d cases: %d passed, %d failed", t.Cases, t.Passed, t.Failed)
	if t.Apart > 0 {
		s += fmt.Sprintf(", %d not scored, of which %d passed", t.Apart, t.ApartPassed)
	}
	return s
}

// printLine prints one line, as JSON or as text. A reader that has gone away is noticed by nobody who minds.
func printLine(out io.Writer, asJSON bool, v any, text string) {
	if asJSON {
		b, err := json.Marshal(v)
		if err != nil {
			b = []byte(`{"error": "` + err.Error() + `"}`)
		}
		text = string(b)
	}
	fmt.Fprintln(out, text)
}

// testPath runs the cases of a folder or zip file.
func testPath(ctx context.Context, path string, timeout time.Duration, report func(result)) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return testFS(ctx, os.DirFS(path), path, timeout, report)
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return fmt.Errorf("%s is neither a folder nor a zip file: %w", path, err)
	}
	defer z.Close()
	return testFS(ctx, z, path, timeout, report)
}

func testFS(ctx context.Context, fsys fs.FS, path string, timeout time.Duration, report func(result)) error {
	cases, err := findCases(fsys, path)
	if err != nil {
		return err
	}
	if len(cases) == 0 {
		return fmt.Errorf("%s holds no cases: no folder with a model.onnx in it", path)
	}
	for _, c := range cases {
		if err := ctx.Err(); err != nil {
			return err
		}
		r := result{Case: c.name, Pass: true, Apart: c.tags}
		if err := c.guarded(ctx, timeout); err != nil {
			r.Pass, r.Error = false, strings.ToValidUTF8(err.Error(), "?")
		}
		report(r)
	}
	return nil
}

// guarded runs a case within a time, and turns a panic into the case's failure, so that the others still run.
func (c *testCase) guarded(ctx context.Context, timeout time.Duration) (err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return c.run(ctx)
}
