package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
	"github.com/brinkml/brink/inference/internal/wire"
)

// inputFlags collects -input NAME=SPEC.
type inputFlags []struct{ name, spec string }

func (f *inputFlags) String() string { return "" }

func (f *inputFlags) Set(s string) error {
	// A name may hold any character, a file name too; the last = that leaves a spec is taken.
	i := strings.LastIndexByte(s, '=')
	if i <= 0 || i == len(s)-1 {
		return errors.New("it is not NAME=SPEC")
	}
	*f = append(*f, struct{ name, spec string }{s[:i], s[i+1:]})
	return nil
}

func runModel(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := newFlags("run", stderr)
	var specs inputFlags
	flags.Var(&specs, "input", "an input as NAME=SPEC; see onnxtool's documentation")
	seed := flags.Uint64("random", 1, "seed of generated inputs")
	dir := flags.String("o", "", "folder to keep inputs and outputs in, as input_N.pb and output_N.pb")
	rest, err := parse(flags, args, 1, 1)
	if err != nil {
		return err
	}
	path := rest[0]
	decl, err := readDeclarations(path)
	if err != nil {
		return err
	}
	m, err := open(path)
	if err != nil {
		return err
	}
	defer m.Close()
	s, err := m.NewSession(&inference.Options{Tools: tools})
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer s.Close()
	in, err := inputs(m, decl, specs, newGenerator(*seed))
	if err != nil {
		return err
	}
	out, err := s.Run(ctx, in)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, o := range decl.Outputs {
		describe(stdout, o.Name, out[o.Name])
	}
	if *dir == "" {
		return nil
	}
	if err := keep(*dir, "input", decl.Inputs, in); err != nil {
		return err
	}
	return keep(*dir, "output", decl.Outputs, out)
}

// readDeclarations reads the model's inputs and outputs as the file lists them.
func readDeclarations(path string) (*wire.Graph, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m, err := wire.Decode(b, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m.Graph, nil
}

// inputs reads or generates the value of each input.
func inputs(m *inference.Model, decl *wire.Graph, specs inputFlags, gen *generator) (map[string]inference.Value, error) {
	types := map[string]*wire.Type{}
	for _, i := range decl.Inputs {
		types[i.Name] = i.Type
	}
	in := map[string]inference.Value{}
	for _, spec := range specs {
		t, ok := types[spec.name]
		if !ok {
			return nil, fmt.Errorf("the model has no input %q", spec.name)
		}
		if in[spec.name] != nil {
			return nil, fmt.Errorf("input %q is given twice", spec.name)
		}
		v, err := readInput(spec.spec, t, gen)
		if err != nil {
			return nil, fmt.Errorf("input %q: %w", spec.name, err)
		}
		in[spec.name] = v
	}
	for _, info := range m.Inputs() {
		if in[info.Name] != nil {
			continue
		}
		if !info.DType.Valid() || info.Shape == nil {
			return nil, fmt.Errorf("input %q cannot be generated without a shape; give it with -input %s=SPEC", info.Name, info.Name)
		}
		v, err := gen.tensor(info.DType, openAsOne(info.Shape))
		if err != nil {
			return nil, fmt.Errorf("input %q: %w", info.Name, err)
		}
		in[info.Name] = v
	}
	return in, nil
}

// openAsOne gives a shape its least size: 1 for each open dimension.
func openAsOne(shape []int) []int {
	fixed := make([]int, len(shape))
	for i, n := range shape {
		fixed[i] = n
		if n < 0 {
			fixed[i] = 1
		}
	}
	return fixed
}

// readInput makes a value of what stands after the = of an -input.
func readInput(spec string, t *wire.Type, gen *generator) (inference.Value, error) {
	elem := inference.DType(0)
	if t != nil && t.Kind == wire.TypeTensor {
		elem = inference.DType(t.ElemType)
	}
	switch file, shape, raw := cutShape(spec); {
	case strings.HasSuffix(spec, ".pb"):
		b, err := os.ReadFile(spec)
		if err != nil {
			return nil, err
		}
		return parseValue(b, t)
	case strings.HasSuffix(spec, ".npy"):
		b, err := os.ReadFile(spec)
		if err != nil {
			return nil, err
		}
		return parseNPY(b)
	case raw:
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		return fromRaw(elem, shape, b)
	}
	shape, err := parseShape(spec)
	if err != nil {
		if _, statErr := os.Stat(spec); errors.Is(statErr, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w, and there is no such file", err)
		}
		return nil, fmt.Errorf("a file of raw elements needs its shape: %s:4x16", spec)
	}
	return gen.tensor(elem, shape)
}

// cutShape splits FILE:SHAPE.
func cutShape(spec string) (file string, shape []int, ok bool) {
	i := strings.LastIndexByte(spec, ':')
	if i <= 0 {
		return "", nil, false
	}
	shape, err := parseShape(spec[i+1:])
	return spec[:i], shape, err == nil
}

// parseShape reads a shape such as 1x3x224, or scalar.
func parseShape(s string) ([]int, error) {
	if s == "scalar" {
		return []int{}, nil
	}
	var shape []int
	for part := range strings.SplitSeq(s, "x") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("%q is no shape", s)
		}
		shape = append(shape, n)
	}
	return shape, nil
}

// fromRaw makes a tensor of little-endian elements.
func fromRaw(elem inference.DType, shape []int, b []byte) (inference.Value, error) {
	if !elem.Valid() || elem == inference.String {
		return nil, errors.New("only tensors of numbers can be read from raw elements")
	}
	t := &wire.Tensor{DataType: int32(elem), Raw: b}
	for _, n := range shape {
		t.Dims = append(t.Dims, int64(n))
	}
	v, err := inference.ParseTensor(wire.EncodeTensor(t))
	if err != nil {
		return nil, err
	}
	if _, ok := v.(*inference.Tensor); !ok { // what is no tensor may be read as another value
		return nil, fmt.Errorf("%d bytes are no %v of shape %v", len(b), elem, shape)
	}
	return v, nil
}

// keep writes values as a data set's files, numbered as the model lists them.
func keep(dir, what string, list []*wire.ValueInfo, values map[string]inference.Value) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for i, info := range list {
		v := values[info.Name]
		if v == nil {
			continue // an input that the model has a default for
		}
		if o := info.Type; o != nil && o.Kind == wire.TypeOptional {
			if _, wrapped := v.(*inference.Optional); !wrapped {
				v = &inference.Optional{Value: v}
			}
		}
		b, err := build.Marshal(info.Name, v)
		if err != nil {
			return fmt.Errorf("%s %q: %w", what, info.Name, err)
		}
		name := filepath.Join(dir, what+"_"+strconv.Itoa(i)+".pb")
		if err := os.WriteFile(name, b, 0o644); err != nil {
			return err
		}
	}
	return nil
}
