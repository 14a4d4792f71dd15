package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestRun times every model for a moment on this engine, and side by side where ORT_LIB names a library.
func TestRun(t *testing.T) {
	for _, threads := range []string{"1", "2"} {
		var out bytes.Buffer
		if err := run(t.Context(), []string{"-time", "10ms", "-threads", threads}, &out); err != nil {
			t.Fatal(err)
		}
		for _, m := range models {
			if !strings.Contains(out.String(), m.name+"  ") {
				t.Errorf("there is no row for %s in\n%s", m.name, &out)
			}
		}
		if mean := strings.Contains(out.String(), "geometric mean"); mean != (os.Getenv("ORT_LIB") != "") {
			t.Errorf("a mean is printed: %t, in\n%s", mean, &out)
		}
	}
}

func TestRunChoosesModels(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-lib", "", "-time", "1ms", "relu", "perceptron"}, &out); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "\n"); got != 3 {
		t.Errorf("run prints %d lines; want a head and two rows:\n%s", got, &out)
	}
	err := run(t.Context(), []string{"-lib", "", "unknown"}, &out)
	if err == nil || !strings.Contains(err.Error(), "transformer") {
		t.Errorf("run of an unknown model = %v; want those that there are", err)
	}
	if err := run(t.Context(), []string{"-lib", "/nowhere/libonnxruntime.so"}, &out); err == nil {
		t.Error("run with a library that is not there succeeds")
	}
}

// TestModelsStaySame makes each model twice.
func TestModelsStaySame(t *testing.T) {
	for _, m := range models {
		a, err := m.make()
		if err != nil {
			t.Fatalf("%s: %v", m.name, err)
		}
		if b, _ := m.make(); !bytes.Equal(a, b) {
			t.Errorf("%s is another model each time", m.name)
		}
	}
}

func TestDifference(t *testing.T) {
	if d, err := difference([]float32{1, -4}, []float32{2, -4}); d != 0.25 || err != nil {
		t.Errorf("difference = %v, %v; want 0.25, nil", d, err)
	}
	nan := []float32{0}
	nan[0] /= nan[0]
	for _, b := range [][]float32{{1, 2}, nan} {
		if d, err := difference([]float32{1}, b); err == nil {
			t.Errorf("difference(1, %v) = %v; want an error", b, d)
		}
	}
}

func Example() {
	fmt.Println(allNames())
	// Output: [relu perceptron autoencoder dense512 conv3x3 conv1x1 depthwise cnn int8conv int8dense lstm transformer]
}
