package inference_test

import (
	"archive/zip"
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/images"
	"github.com/brinkml/brink/inference/regex"
)

// tools are everything that a model may need.
var tools = inference.Tools{Image: images.Decode, Regexp: regex.Compile}

// conformanceCase is a line of the archive's index.
type conformanceCase struct {
	Path string   `json:"path"`
	RTol float64  `json:"rtol"`
	ATol float64  `json:"atol"`
	Tags []string `json:"tags"`
}

// TestConformance runs ONNX's own backend tests. All must pass but those that cannot be held to their data: random
// numbers, training, and what upstream has corrected since.
func TestConformance(t *testing.T) {
	archive, cases := conformanceCases(t)
	runCases(t, archive, cases)
}

// conformanceCases returns the cases that all must pass, and skips the test when they are not there.
func conformanceCases(t *testing.T) (fs.FS, []conformanceCase) {
	t.Helper()
	archive, err := zip.OpenReader("../../shared/onnx/onnx-node-visible.zip")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the archive of conformance cases is not beside the checkout")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { archive.Close() })
	unscored := []string{"nondeterministic", "training", "upstream-data-fixed-later"}
	cases := slices.DeleteFunc(conformanceIndex(t, archive), func(c conformanceCase) bool {
		return slices.ContainsFunc(c.Tags, func(tag string) bool { return slices.Contains(unscored, tag) })
	})
	if len(cases) < 1436 {
		t.Errorf("%d cases to pass; want 1436", len(cases))
	}
	return archive, cases
}

// corrected are the cases of Debian's libonnx-testdata 1.12 whose data upstream has corrected since, with the commit of
// github.com/onnx/onnx that did.
var corrected = map[string]string{
	"node/test_adam_multiple":                       "15e481be9: the model lacked an attribute that its data was computed with",
	"node/test_dft_inverse":                         "e53713059: numpy 2 transforms float32 in float32",
	"node/test_cast_BFLOAT16_to_FLOAT":              "5039239a2: bfloat16 was stored as uint16",
	"node/test_cast_FLOAT_to_BFLOAT16":              "5039239a2",
	"node/test_castlike_BFLOAT16_to_FLOAT":          "5039239a2",
	"node/test_castlike_BFLOAT16_to_FLOAT_expanded": "5039239a2",
	"node/test_castlike_FLOAT_to_BFLOAT16":          "5039239a2",
	"node/test_castlike_FLOAT_to_BFLOAT16_expanded": "5039239a2",
}

// TestConformanceFolder runs the cases in the folder that ONNX_TESTDATA names, such as the one that Debian's package
// libonnx-testdata installs: they hold older versions of many operators. All must pass but random numbers, gradients, and
// what upstream has corrected, which must fail.
func TestConformanceFolder(t *testing.T) {
	dir := os.Getenv("ONNX_TESTDATA")
	if dir == "" {
		t.Skip("ONNX_TESTDATA names no folder")
	}
	fsys := os.DirFS(dir)
	var cases []conformanceCase
	err := fs.WalkDir(fsys, ".", func(name string, _ fs.DirEntry, err error) error {
		c := conformanceCase{Path: path.Dir(name), RTol: 1e-3, ATol: 1e-7}
		switch {
		case path.Base(name) != "model.onnx", strings.Contains(name, "bernoulli"), strings.Contains(name, "gradient_of"):
		case corrected[c.Path] != "":
			if err := runCase(t, fsys, c); err == nil {
				t.Errorf("%s passes although upstream corrected it in %s", c.Path, corrected[c.Path])
			}
		default:
			cases = append(cases, c)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) < 1000 {
		t.Errorf("%d cases to pass; want at least 1000", len(cases))
	}
	runCases(t, fsys, cases)
}

// runCases runs cases, all of which must pass.
func runCases(t *testing.T, fsys fs.FS, cases []conformanceCase) {
	for _, c := range cases {
		t.Run(c.Path, func(t *testing.T) {
			if err := runCase(t, fsys, c); err != nil {
				t.Error(err)
			}
		})
	}
}

func conformanceIndex(t *testing.T, archive fs.FS) []conformanceCase {
	t.Helper()
	f, err := archive.Open("index.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var cases []conformanceCase
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var c conformanceCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	return cases
}

// runCase runs all data sets of a case.
func runCase(t *testing.T, fsys fs.FS, c conformanceCase) error {
	return runCaseWith(t, fsys, c, nil, inference.Options{})
}

// runCaseWith does so with a model that is loaded, and a session that is made, with the given options.
func runCaseWith(t *testing.T, fsys fs.FS, c conformanceCase, load *inference.LoadOptions, o inference.Options) error {
	m, err := inference.LoadFS(fsys, path.Join(c.Path, "model.onnx"), load)
	if err != nil {
		return err
	}
	o.Tools = tools
	s, err := m.NewSession(&o)
	if err != nil {
		return err
	}
	defer s.Close()
	for set := 0; ; set++ {
		dir := path.Join(c.Path, fmt.Sprintf("test_data_set_%d", set))
		if _, err := fs.Stat(fsys, dir); err != nil {
			if set == 0 {
				return fmt.Errorf("no data: %w", err)
			}
			return nil
		}
		in := map[string]inference.Value{}
		for i, info := range m.Inputs() {
			v, err := readValue(fsys, path.Join(dir, fmt.Sprintf("input_%d.pb", i)))
			if err != nil {
				return err
			}
			if s, ok := v.(*inference.Sequence); ok && info.DType == 0 && len(s.Values) == 1 {
				if m, ok := s.Values[0].(*inference.Map); ok {
					v = m // ONNX has no file for a map by itself: it comes as an optional, which reads like a sequence
				}
			}
			in[info.Name] = v
		}
		out, err := s.Run(t.Context(), in)
		if err != nil {
			return err
		}
		for i, info := range m.Outputs() {
			want, err := readValue(fsys, path.Join(dir, fmt.Sprintf("output_%d.pb", i)))
			if err != nil {
				return err
			}
			if err := sameValue(out[info.Name], want, c.RTol, c.ATol); err != nil {
				return fmt.Errorf("output %q: %w", info.Name, err)
			}
		}
	}
}

func readValue(fsys fs.FS, name string) (inference.Value, error) {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	return inference.ParseTensor(b)
}
