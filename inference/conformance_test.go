package inference_test

import (
	"archive/zip"
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
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

// minPass is how many of the cases must pass, so that refusing everything is no way to pass.
const minPass = 1020

// TestConformance runs ONNX's own backend tests: every case of which the engine says that it can run the model must
// give the expected outputs.
func TestConformance(t *testing.T) {
	archive, err := zip.OpenReader("../../shared/onnx/onnx-node-visible.zip")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the archive of conformance cases is not beside the checkout")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	if passed := runCases(t, archive, conformanceIndex(t, archive)); passed < minPass {
		t.Errorf("%d cases passed, at least %d must", passed, minPass)
	}
}

// TestConformanceFolder runs the cases in the folder that ONNX_TESTDATA names, such as the one that Debian's package
// libonnx-testdata installs: they hold older versions of many operators.
func TestConformanceFolder(t *testing.T) {
	dir := os.Getenv("ONNX_TESTDATA")
	if dir == "" {
		t.Skip("ONNX_TESTDATA names no folder")
	}
	fsys := os.DirFS(dir)
	var cases []conformanceCase
	err := fs.WalkDir(fsys, ".", func(name string, _ fs.DirEntry, err error) error {
		// Random numbers cannot be compared, and data of bfloat16 says that it is uint16 in these.
		odd := strings.Contains(name, "training_dropout") || strings.Contains(name, "BFLOAT16")
		if path.Base(name) == "model.onnx" && !odd {
			cases = append(cases, conformanceCase{Path: path.Dir(name), RTol: 1e-3, ATol: 1e-7})
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if runCases(t, fsys, cases) == 0 {
		t.Error("no case passed")
	}
}

// runCases runs cases and returns how many passed. It logs what kept models from running, and how often.
func runCases(t *testing.T, fsys fs.FS, cases []conformanceCase) (passed int) {
	refused := map[string]int{}
	for _, c := range cases {
		t.Run(c.Path, func(t *testing.T) {
			if slices.Contains(c.Tags, "nondeterministic") {
				return
			}
			err := runCase(t, fsys, c)
			if u := (*inference.UnsupportedError)(nil); errors.As(err, &u) {
				for _, m := range u.Missing {
					refused[m.Name+": "+m.Reason]++
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			passed++
		})
	}
	t.Logf("%d of %d cases passed", passed, len(cases))
	for _, what := range slices.Sorted(maps.Keys(refused)) {
		t.Logf("refused %3d times for %s", refused[what], what)
	}
	return passed
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
func runCase(t *testing.T, fsys fs.FS, c conformanceCase) error { return runCaseWith(t, fsys, c, nil) }

// runCaseWith does so with a model that is loaded with the given options.
func runCaseWith(t *testing.T, fsys fs.FS, c conformanceCase, o *inference.LoadOptions) error {
	m, err := inference.LoadFS(fsys, path.Join(c.Path, "model.onnx"), o)
	if err != nil {
		return err
	}
	s, err := m.NewSession(&inference.Options{Tools: tools})
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
