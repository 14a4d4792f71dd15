package inference_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/brinkml/brink/inference"
)

// runtimeCases opens testdata/ort.zip, whose models were run in ONNX Runtime: see internal/ortfixtures.
func runtimeCases(t *testing.T) fs.FS {
	t.Helper()
	archive, err := zip.OpenReader("testdata/ort.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	b, err := fs.ReadFile(archive, "cases.zip")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

// TestONNXRuntimeCases holds the engine against ONNX Runtime where ONNX's own cases are thin.
func TestONNXRuntimeCases(t *testing.T) {
	fsys := runtimeCases(t)
	models, err := fs.Glob(fsys, "*/model.onnx")
	if err != nil {
		t.Fatal(err)
	}
	cases := make([]conformanceCase, len(models))
	for i, m := range models {
		cases[i] = conformanceCase{Path: path.Dir(m), RTol: 1e-3, ATol: 1e-7}
		if b, err := fs.ReadFile(fsys, path.Join(cases[i].Path, "data.json")); err == nil {
			if err := json.Unmarshal(b, &cases[i]); err != nil {
				t.Errorf("%s: %v", cases[i].Path, err)
			}
		}
	}
	if len(cases) < 175 {
		t.Errorf("%d cases; want 175", len(cases))
	}
	runCases(t, fsys, cases)
}

// TestExternalDataOnDisk runs the case that keeps weights in another file from a folder: read, and left in a mapping.
func TestExternalDataOnDisk(t *testing.T) {
	all := runtimeCases(t)
	fsys, err := fs.Sub(all, "external_data")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, fsys); err != nil {
		t.Fatal(err)
	}
	in, err := readValue(fsys, "test_data_set_0/input_0.pb")
	if err != nil {
		t.Fatal(err)
	}
	want, err := readValue(fsys, "test_data_set_0/output_0.pb")
	if err != nil {
		t.Fatal(err)
	}
	for _, mapped := range []bool{false, true} {
		m, err := inference.Open(filepath.Join(dir, "model.onnx"), &inference.LoadOptions{Map: mapped})
		if err != nil {
			t.Fatal(err)
		}
		s, err := m.NewSession(&inference.Options{Tools: tools})
		if err != nil {
			t.Fatal(err)
		}
		out, err := s.Run(t.Context(), map[string]inference.Value{"x": in})
		if err != nil {
			t.Fatal(err)
		}
		if err := sameValue(out["y"], want, 1e-3, 1e-7); err != nil {
			t.Errorf("mapped %v: %v", mapped, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}
