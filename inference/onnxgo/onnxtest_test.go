//go:build !riscv64

package onnxgo_test

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/owulveryck/onnx-go"
	"github.com/owulveryck/onnx-go/backend/testbackend"
	_ "github.com/owulveryck/onnx-go/backend/testbackend/onnx" // registers the cases
	"gorgonia.org/tensor"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/gotensor"
	"github.com/brinkml/brink/inference/onnxgo"
)

// TestOnnxtest runs onnx-go's own cases. Each must give the expected outputs or stand in testdata/onnxtest.txt with the
// reason why it cannot.
func TestOnnxtest(t *testing.T) {
	known := knownFailures(t)
	passed := 0
	all := testbackend.GetAllRegisteredTests()
	for _, newCase := range all {
		tc := newCase()
		err := runCase(t, tc)
		reason, listed := known[tc.Title]
		delete(known, tc.Title)
		switch {
		case err == nil && listed:
			t.Errorf("%s passes; it is listed as failing: %s", tc.Title, reason)
		case err == nil:
			passed++
		case listed:
		default:
			t.Errorf("%s: %v", tc.Title, err)
		}
	}
	for title := range known {
		t.Errorf("testdata/onnxtest.txt lists %s, which is no case", title)
	}
	t.Logf("%d of %d cases pass", passed, len(all))
}

// knownFailures reads lines of a case's title and the reason why it cannot pass.
func knownFailures(t *testing.T) map[string]string {
	t.Helper()
	f, err := os.Open("testdata/onnxtest.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	known := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		title, reason, ok := strings.Cut(line, ": ")
		if !ok || reason == "" {
			t.Fatalf("testdata/onnxtest.txt: %q is no title and reason", line)
		}
		known[title] = reason
	}
	return known
}

// runCase loads a case's model with onnx-go, runs it and compares the outputs. onnx-go's panics become
// errors, as its own test harness has it.
func runCase(t *testing.T, tc *testbackend.TestCase) (err error) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	backend := onnxgo.New(nil)
	defer backend.Close()
	model := onnx.NewModel(backend)
	if err := model.UnmarshalBinary(tc.ModelB); err != nil {
		return fmt.Errorf("onnx-go: %w", err)
	}
	for i, in := range tc.Input {
		if err := model.SetInput(i, in); err != nil {
			return fmt.Errorf("onnx-go: %w", err)
		}
	}
	if err := backend.RunContext(t.Context()); err != nil {
		return err
	}
	outputs, err := model.GetOutputTensors()
	if err != nil {
		return fmt.Errorf("onnx-go: %w", err)
	}
	if len(outputs) != len(tc.ExpectedOutput) {
		return fmt.Errorf("%d outputs; want %d", len(outputs), len(tc.ExpectedOutput))
	}
	for i, out := range outputs {
		if err := same(out, tc.ExpectedOutput[i]); err != nil {
			return fmt.Errorf("output %d: %w", i, err)
		}
	}
	return nil
}

// same compares as ONNX's runner does: floats within 1e-7 + 1e-3*|want|, all else exactly.
func same(got, want tensor.Tensor) error {
	g, err := gotensor.From(got)
	if err != nil {
		return err
	}
	w, err := gotensor.From(want)
	if err != nil {
		return err
	}
	if g.DType() != w.DType() || !slices.Equal(g.Shape(), w.Shape()) {
		return fmt.Errorf("%v%v; want %v%v", g.DType(), g.Shape(), w.DType(), w.Shape())
	}
	switch w.DType() {
	case inference.Float32:
		return near[float32](g, w)
	case inference.Float64:
		return near[float64](g, w)
	case inference.Int64:
		return equal[int64](g, w)
	case inference.Int32:
		return equal[int32](g, w)
	case inference.Bool:
		return equal[bool](g, w)
	}
	return fmt.Errorf("elements of type %v", w.DType())
}

func near[T float32 | float64](got, want *inference.Tensor) error {
	return each(got, want, func(a, b T) bool {
		x, y := float64(a), float64(b)
		return x == y || math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) <= 1e-7+1e-3*math.Abs(y)
	})
}

func equal[T inference.Element](got, want *inference.Tensor) error {
	return each(got, want, func(a, b T) bool { return a == b })
}

func each[T inference.Element](got, want *inference.Tensor, same func(a, b T) bool) error {
	g, errG := inference.Data[T](got)
	w, errW := inference.Data[T](want)
	if err := errors.Join(errG, errW); err != nil {
		return err
	}
	for i := range w {
		if !same(g[i], w[i]) {
			return fmt.Errorf("element %d is %v; want %v", i, g[i], w[i])
		}
	}
	return nil
}
