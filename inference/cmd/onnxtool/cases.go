package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/images"
	"github.com/brinkml/brink/inference/internal/wire"
	"github.com/brinkml/brink/inference/regex"
)

// tools are everything that any model may need.
var tools = inference.Tools{Image: images.Decode, Regexp: regex.Compile}

// testCase is a folder with a model and data sets.
type testCase struct {
	fsys fs.FS
	dir  string
	name string // dir, or the name of the folder that was given when that is the case
	tol  tolerance
	tags []string // why it is not scored
}

// tolerance is how far floats may be off: Abs + Rel*|want|.
type tolerance struct {
	Rel float64 `json:"rtol"`
	Abs float64 `json:"atol"`
}

// defaultTolerance is that of ONNX's own runner.
var defaultTolerance = tolerance{Rel: 1e-3, Abs: 1e-7}

// findCases lists the cases below the top of fsys, in the order of their names.
func findCases(fsys fs.FS, root string) ([]*testCase, error) {
	index, err := readIndex(fsys)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", root, err)
	}
	var cases []*testCase
	err = fs.WalkDir(fsys, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() != "model.onnx" {
			return err
		}
		dir := path.Dir(file)
		c := &testCase{fsys: fsys, dir: dir, name: dir, tol: defaultTolerance}
		if dir == "." {
			abs, err := filepath.Abs(root)
			if err != nil {
				return err
			}
			c.name = filepath.Base(abs)
		}
		if entry, ok := index[dir]; ok {
			c.tol, c.tags = entry.tolerance, entry.apart()
		}
		cases = append(cases, c)
		return nil
	})
	return cases, err
}

// indexEntry is a line of index.jsonl.
type indexEntry struct {
	Path string `json:"path"`
	tolerance
	Tags []string `json:"tags"`
}

// unscored are the tags of cases that no engine can be held to: their outputs are random, are those of training, or were
// wrong and have been corrected since.
var unscored = []string{"nondeterministic", "training", "upstream-data-fixed-later"}

// apart returns those of the case's tags for which it is reported apart from the others.
func (e *indexEntry) apart() []string {
	return slices.DeleteFunc(slices.Clone(e.Tags), func(tag string) bool { return !slices.Contains(unscored, tag) })
}

// readIndex reads index.jsonl, if there is one, by path.
func readIndex(fsys fs.FS) (map[string]indexEntry, error) {
	b, err := fs.ReadFile(fsys, "index.jsonl")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	index := map[string]indexEntry{}
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, len(b)+1)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		entry := indexEntry{tolerance: defaultTolerance}
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			return nil, fmt.Errorf("index.jsonl: line %d: %w", n, err)
		}
		index[path.Clean(entry.Path)] = entry
	}
	return index, lines.Err()
}

// run loads the model and compares its outputs for every data set.
func (c *testCase) run(ctx context.Context) error {
	b, err := fs.ReadFile(c.fsys, path.Join(c.dir, "data.json"))
	if err == nil {
		if err := json.Unmarshal(b, &c.tol); err != nil {
			return fmt.Errorf("data.json: %w", err)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	decl, err := c.declarations()
	if err != nil {
		return err
	}
	m, err := inference.LoadFS(c.fsys, path.Join(c.dir, "model.onnx"), nil)
	if err != nil {
		return err
	}
	defer m.Close()
	s, err := m.NewSession(&inference.Options{Tools: tools})
	if err != nil {
		return err
	}
	defer s.Close()
	sets, err := c.dataSets()
	if err != nil {
		return err
	}
	for _, set := range sets {
		if err := c.runSet(ctx, s, decl, set); err != nil {
			if len(sets) > 1 {
				return fmt.Errorf("%s: %w", set, err)
			}
			return err
		}
	}
	return nil
}

// declarations reads the model's inputs and outputs in the order of the file, inputs with defaults among
// them, which is what data sets number.
func (c *testCase) declarations() (*wire.Graph, error) {
	b, err := fs.ReadFile(c.fsys, path.Join(c.dir, "model.onnx"))
	if err != nil {
		return nil, err
	}
	m, err := wire.Decode(b, nil)
	if err != nil {
		return nil, fmt.Errorf("model.onnx: %w", err)
	}
	return m.Graph, nil
}

// dataSets lists the case's test_data_set folders by number.
func (c *testCase) dataSets() ([]string, error) {
	entries, err := fs.ReadDir(c.fsys, c.dir)
	if err != nil {
		return nil, err
	}
	var sets []string
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), "test_data_set_") {
			sets = append(sets, e.Name())
		}
	}
	if len(sets) == 0 {
		return nil, errors.New("the case has no test_data_set_0")
	}
	slices.SortFunc(sets, func(a, b string) int { // 2 before 10
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	return sets, nil
}

func (c *testCase) runSet(ctx context.Context, s *inference.Session, decl *wire.Graph, set string) error {
	in := map[string]inference.Value{}
	for i, info := range decl.Inputs {
		v, err := c.value(set, "input", i, info.Type)
		if errors.Is(err, fs.ErrNotExist) {
			continue // an initializer with this name is its default, or the engine says that it is missing
		}
		if err != nil {
			return err
		}
		in[info.Name] = v
	}
	if err := c.noMore(set, "input", len(decl.Inputs)); err != nil {
		return err
	}
	if err := c.noMore(set, "output", len(decl.Outputs)); err != nil {
		return err
	}
	out, err := s.Run(ctx, in)
	if err != nil {
		return err
	}
	for i, info := range decl.Outputs {
		want, err := c.value(set, "output", i, info.Type)
		if err != nil {
			return err
		}
		if err := same(out[info.Name], want, c.tol); err != nil {
			return fmt.Errorf("output %d (%s): %w", i, info.Name, err)
		}
	}
	return nil
}

// value reads one numbered file of a data set.
func (c *testCase) value(set, what string, i int, t *wire.Type) (inference.Value, error) {
	name := path.Join(set, what+"_"+strconv.Itoa(i)+".pb")
	b, err := fs.ReadFile(c.fsys, path.Join(c.dir, name))
	if err != nil {
		return nil, err
	}
	v, err := parseValue(b, t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return v, nil
}

// noMore reports a file that no input or output of the model goes with.
func (c *testCase) noMore(set, what string, n int) error {
	entries, err := fs.ReadDir(c.fsys, path.Join(c.dir, set))
	if err != nil {
		return err
	}
	for _, e := range entries {
		number, ok := strings.CutPrefix(e.Name(), what+"_")
		number, isPB := strings.CutSuffix(number, ".pb")
		if i, err := strconv.Atoi(number); ok && isPB && err == nil && i >= n {
			return fmt.Errorf("%s: the model has %d %ss", path.Join(set, e.Name()), n, what)
		}
	}
	return nil
}
