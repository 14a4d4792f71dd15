package inference_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/brinkml/brink/inference"
)

// manifest describes a trained model with the inputs and outputs that its own framework gave.
type manifest struct {
	Model     string
	Tolerance float64
	Tensors   []struct {
		Role, Name, DType, File string
		Shape                   []int
	}
}

// manifests reads the manifests beside the checkout.
func manifests(t testing.TB) (dir string, list []manifest) {
	t.Helper()
	dir = filepath.Join("..", "..", "shared", "models")
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var m manifest
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if m.Model != "" {
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		t.Skip("the trained models are not beside the checkout")
	}
	return dir, list
}

// readFloats reads little-endian float32s.
func readFloats(t testing.TB, name string) []float32 {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float32, len(b)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return out
}

// TestTrainedModels runs detectors that were trained elsewhere, through Run and through a binding, with the weights
// read and mapped, and wants what their own frameworks gave.
func TestTrainedModels(t *testing.T) {
	dir, list := manifests(t)
	for _, m := range list {
		for _, mapped := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/mapped=%v", m.Model, mapped), func(t *testing.T) {
				model, err := inference.Open(filepath.Join(dir, m.Model), &inference.LoadOptions{Map: mapped})
				if err != nil {
					t.Fatal(err)
				}
				defer model.Close()
				s, err := model.NewSession(nil)
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				runManifest(t, dir, m, s)
				bindManifest(t, dir, m, s)
			})
		}
	}
}

func runManifest(t *testing.T, dir string, m manifest, s *inference.Session) {
	in := map[string]inference.Value{}
	for _, x := range m.Tensors {
		if x.Role == "input" {
			v, err := inference.NewTensor(readFloats(t, filepath.Join(dir, x.File)), x.Shape...)
			if err != nil {
				t.Fatal(err)
			}
			in[x.Name] = v
		}
	}
	out, err := s.Run(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range m.Tensors {
		if x.Role == "output" {
			want, err := inference.NewTensor(readFloats(t, filepath.Join(dir, x.File)), x.Shape...)
			if err != nil {
				t.Fatal(err)
			}
			if err := sameValue(out[x.Name], want, m.Tolerance, m.Tolerance); err != nil {
				t.Errorf("output %q: %v", x.Name, err)
			}
		}
	}
}

func bindManifest(t *testing.T, dir string, m manifest, s *inference.Session) {
	b := bindShapes(t, m, s)
	for _, x := range m.Tensors {
		if x.Role == "input" {
			dst, err := inference.Input[float32](b, x.Name)
			if err != nil {
				t.Fatal(err)
			}
			copy(dst, readFloats(t, filepath.Join(dir, x.File)))
		}
	}
	for range 2 { // the second run must not depend on what the first left behind
		if err := b.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range m.Tensors {
		if x.Role == "output" {
			got, err := inference.Output[float32](b, x.Name)
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range readFloats(t, filepath.Join(dir, x.File)) {
				if !near(float64(got[i]), float64(want), m.Tolerance, m.Tolerance) {
					t.Fatalf("output %q: element %d = %v; want %v", x.Name, i, got[i], want)
				}
			}
		}
	}
	if r := b.Report(); r.PeakBytes <= 0 || r.MACs < 0 {
		t.Errorf("Report() = %d bytes and %d multiply-accumulates; want both known", r.PeakBytes, r.MACs)
	}
}

func bindShapes(t testing.TB, m manifest, s *inference.Session) *inference.Binding {
	t.Helper()
	shapes := map[string][]int{}
	for _, x := range m.Tensors {
		if x.Role == "input" {
			shapes[x.Name] = x.Shape
		}
	}
	b, err := s.Bind(shapes)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBindingRunAllocatesNothing holds the promise for firmware that runs for years.
func TestBindingRunAllocatesNothing(t *testing.T) {
	dir, list := manifests(t)
	for _, m := range list {
		for _, threads := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s/threads=%d", m.Model, threads), func(t *testing.T) {
				model, err := inference.Open(filepath.Join(dir, m.Model), nil)
				if err != nil {
					t.Fatal(err)
				}
				s, err := model.NewSession(&inference.Options{Threads: threads})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				b := bindShapes(t, m, s)
				ctx := t.Context()
				allocs := testing.AllocsPerRun(5, func() {
					if err := b.Run(ctx); err != nil {
						t.Fatal(err)
					}
				})
				if allocs != 0 {
					t.Errorf("Run allocates %v times; want 0", allocs)
				}
			})
		}
	}
}

func BenchmarkTrainedModels(b *testing.B) {
	dir, list := manifests(b)
	for _, m := range list {
		b.Run(m.Model, func(b *testing.B) {
			model, err := inference.Open(filepath.Join(dir, m.Model), nil)
			if err != nil {
				b.Fatal(err)
			}
			s, err := model.NewSession(&inference.Options{Threads: 1})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			binding := bindShapes(b, m, s)
			for b.Loop() {
				if err := binding.Run(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(binding.Report().MACs), "MACs")
		})
	}
}

// TestBoundNetworksAllocateNothing binds every model in the folder that ONNX_MODELS names, on one thread and on two.
func TestBoundNetworksAllocateNothing(t *testing.T) {
	dir := os.Getenv("ONNX_MODELS")
	if dir == "" {
		t.Skip("ONNX_MODELS names no folder")
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.onnx"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s holds no models: %v", dir, err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			m, err := inference.Open(name, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			shapes := map[string][]int{}
			for _, in := range m.Inputs() {
				for i, d := range in.Shape {
					if d < 0 {
						in.Shape[i] = 1
					}
				}
				shapes[in.Name] = in.Shape
			}
			for _, threads := range []int{1, 2} {
				s, err := m.NewSession(&inference.Options{Threads: threads})
				if err != nil {
					t.Fatal(err)
				}
				b, err := s.Bind(shapes)
				if err != nil {
					t.Fatal(err)
				}
				if got := testing.AllocsPerRun(2, func() {
					if err := b.Run(t.Context()); err != nil {
						t.Fatal(err)
					}
				}); got != 0 {
					t.Errorf("%v allocations a run on %d threads; want 0", got, threads)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
