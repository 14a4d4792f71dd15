package inference_test

import (
	"archive/zip"
	"errors"
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/brinkml/brink/inference"
)

// TestLightNetworks runs ONNX's whole networks, whose weights are constants of one value each so that the files stay
// small. Their input is what ONNX's own runner gives them: the elements' positions divided by their number.
func TestLightNetworks(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	archive, err := zip.OpenReader("../../shared/onnx/onnx-node-visible.zip")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the archive of conformance cases is not beside the checkout")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	models, err := fs.Glob(archive, "light/*.onnx")
	if err != nil || len(models) == 0 {
		t.Fatalf("the archive has no networks: %v", err)
	}
	for _, name := range models {
		t.Run(path.Base(name), func(t *testing.T) {
			m, err := inference.LoadFS(archive, name, nil)
			if err != nil {
				t.Fatal(err)
			}
			s, err := m.NewSession(&inference.Options{MemoryLimit: 4 << 30})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			in := map[string]inference.Value{}
			for _, info := range m.Inputs() {
				n := 1
				for _, d := range info.Shape {
					n *= d
				}
				data := make([]float32, n)
				for i := range data {
					data[i] = float32(float64(i) / float64(n))
				}
				in[info.Name] = tensorOf(t, data, info.Shape...)
			}
			out, err := s.Run(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			want, err := readValue(archive, strings.TrimSuffix(name, ".onnx")+"_output_0.pb")
			if err != nil {
				t.Fatal(err)
			}
			if err := sameValue(out[m.Outputs()[0].Name], want, 1e-3, 1e-7); err != nil {
				t.Error(err)
			}
		})
	}
}
