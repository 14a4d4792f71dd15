package inference_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/internal/wire"
)

// externalModel is a model that adds to its input two floats of another file.
func externalModel(t testing.TB, entries ...wire.StringEntry) []byte {
	return encodeGraph(t, &wire.Graph{
		Name:   "external",
		Inputs: []*wire.ValueInfo{tensorInfo("x", inference.Float32, 2)},
		Initializers: []*wire.Tensor{{
			Name: "w", DataType: int32(inference.Float32), Dims: []int64{2}, DataLocation: 1, External: entries,
		}},
		Nodes:   []*wire.Node{{OpType: "Add", Inputs: []string{"x", "w"}, Outputs: []string{"y"}}},
		Outputs: []*wire.ValueInfo{tensorInfo("y", inference.Float32, 2)},
	})
}

// floatBytes are the floats 1 and 2, little-endian.
var floatBytes = []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0x40}

func location(path string) wire.StringEntry { return wire.StringEntry{Key: "location", Value: path} }

// checkExternal runs a model made by externalModel.
func checkExternal(t *testing.T, m *inference.Model) {
	t.Helper()
	s, err := m.NewSession(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := m.Close(); err != nil { // the session keeps the weights
		t.Fatal(err)
	}
	out, err := s.Run(t.Context(), map[string]inference.Value{"x": tensorOf(t, []float32{10, 20}, 2)})
	if err != nil {
		t.Fatal(err)
	}
	if err := sameValue(out["y"], tensorOf(t, []float32{11, 22}, 2), 0, 0); err != nil {
		t.Error(err)
	}
}

func TestExternalData(t *testing.T) {
	dir := t.TempDir()
	model := externalModel(t, location("data/w.bin"), wire.StringEntry{Key: "offset", Value: "4"}, wire.StringEntry{Key: "length", Value: "8"})
	data := append([]byte("skip"), floatBytes...)
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"m.onnx": model, "data/w.bin": data} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, mapped := range []bool{false, true} {
		m, err := inference.Open(filepath.Join(dir, "m.onnx"), &inference.LoadOptions{Map: mapped})
		if err != nil {
			t.Fatalf("Open, mapped %v: %v", mapped, err)
		}
		checkExternal(t, m)
	}
	m, err := inference.LoadFS(fstest.MapFS{"models/m.onnx": {Data: model}, "models/data/w.bin": {Data: data}}, "models/m.onnx", nil)
	if err != nil {
		t.Fatalf("LoadFS: %v", err)
	}
	checkExternal(t, m)

	_, err = inference.Load(bytes.NewReader(model), nil)
	if e := (*inference.FormatError)(nil); !errors.As(err, &e) || !strings.Contains(err.Error(), "Open or LoadFS") {
		t.Errorf("Load = %v; want a *FormatError that names Open and LoadFS", err)
	}
}

// TestExternalDataStaysInItsFolder tries the ways out of a model's folder, and past the end of a file.
func TestExternalDataStaysInItsFolder(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "model")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(dir, "secret")
	for _, name := range []string{secret, filepath.Join(folder, "w.bin")} {
		if err := os.WriteFile(name, floatBytes, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(secret, filepath.Join(folder, "link")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	offset := func(v string) wire.StringEntry { return wire.StringEntry{Key: "offset", Value: v} }
	for name, entries := range map[string][]wire.StringEntry{
		"parent":        {location("../secret")},
		"through":       {location("x/../../secret")},
		"absolute":      {location(secret)},
		"symbolic link": {location("link")},
		"folder":        {location(".")},
		"nothing":       {},
		"absent":        {location("gone.bin")},
		"past the end":  {location("w.bin"), offset("1")},
		"far past":      {location("w.bin"), offset("9223372036854775807")},
		"negative":      {location("w.bin"), offset("-8")},
		"wrong length":  {location("w.bin"), {Key: "length", Value: "4"}},
	} {
		model := externalModel(t, entries...)
		file := filepath.Join(folder, "m.onnx")
		if err := os.WriteFile(file, model, 0o644); err != nil {
			t.Fatal(err)
		}
		for _, mapped := range []bool{false, true} {
			_, err := inference.Open(file, &inference.LoadOptions{Map: mapped})
			if e := (*inference.FormatError)(nil); !errors.As(err, &e) {
				t.Errorf("%s: Open = %v; want a *FormatError", name, err)
			}
		}
		fsys := fstest.MapFS{"model/m.onnx": {Data: model}, "model/w.bin": {Data: floatBytes}, "secret": {Data: floatBytes}}
		if _, err := inference.LoadFS(fsys, "model/m.onnx", nil); err == nil {
			t.Errorf("%s: LoadFS = nil; want an error", name)
		}
	}
}

func TestLoadOptions(t *testing.T) {
	b, err := affine().Model()
	if err != nil {
		t.Fatal(err)
	}
	_, err = inference.Load(bytes.NewReader(b), &inference.LoadOptions{MaxBytes: int64(len(b)) - 1})
	if e := (*inference.LimitError)(nil); !errors.As(err, &e) || e.Max != int64(len(b))-1 {
		t.Errorf("Load of a byte too many = %v; want a *LimitError", err)
	}
	if _, err = inference.Load(bytes.NewReader(b), &inference.LoadOptions{MaxBytes: int64(len(b))}); err != nil {
		t.Errorf("Load of the greatest allowed size = %v", err)
	}
	if _, err = inference.Load(bytes.NewReader(b), &inference.LoadOptions{MaxBytes: -1}); err == nil {
		t.Error("Load with MaxBytes -1 = nil; want an error")
	}
	if _, err := inference.Open(filepath.Join(t.TempDir(), "gone.onnx"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open of no file = %v; want %v", err, fs.ErrNotExist)
	}
	m := loadGraph(t, affine())
	if _, err := m.NewSession(&inference.Options{Threads: -1, MemoryLimit: -1}); err == nil || strings.Count(err.Error(), "Options.") != 2 {
		t.Errorf("NewSession with two bad options = %v; want both named", err)
	}
}

// TestDefaults loads a model with an initializer among its inputs: it need not be given, but may be.
func TestDefaults(t *testing.T) {
	m := loadWire(t, &wire.Graph{
		Name:         "defaults",
		Inputs:       []*wire.ValueInfo{tensorInfo("x", inference.Float32, -1), tensorInfo("w", inference.Float32, 1)},
		Initializers: []*wire.Tensor{{Name: "w", DataType: int32(inference.Float32), Dims: []int64{1}, Floats: []float32{2}}},
		Nodes: []*wire.Node{
			{OpType: "Add", Inputs: []string{"w", "w"}, Outputs: []string{"ww"}},
			{OpType: "Mul", Inputs: []string{"x", "ww"}, Outputs: []string{"y"}},
		},
		Outputs: []*wire.ValueInfo{{Name: "y"}},
	})
	if in := m.Inputs(); len(in) != 1 || in[0].Name != "x" {
		t.Errorf("Inputs() = %v; want x alone", in)
	}
	s, err := m.NewSession(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	x := tensorOf(t, []float32{1, 2}, 2)
	for _, c := range []struct {
		in   map[string]inference.Value
		want []float32
	}{
		{map[string]inference.Value{"x": x}, []float32{4, 8}},
		{map[string]inference.Value{"x": x, "w": tensorOf(t, []float32{5}, 1)}, []float32{10, 20}},
		{map[string]inference.Value{"x": x}, []float32{4, 8}},
	} {
		out, err := s.Run(t.Context(), c.in)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := inference.Data[float32](out["y"].(*inference.Tensor)); !slices.Equal(got, c.want) {
			t.Errorf("Run(%v) = %v; want %v", c.in, got, c.want)
		}
	}
}
