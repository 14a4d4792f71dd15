package inference_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/internal/wire"
)

// TestMutatedModels changes numbers and edges in the conformance models and runs what still loads. Nothing may panic,
// not even to be recovered: that would be a check missing from an operator.
func TestMutatedModels(t *testing.T) {
	archive, err := zip.OpenReader("../../shared/onnx/onnx-node-visible.zip")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the archive of conformance cases is not beside the checkout")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	rounds := 6
	if testing.Short() {
		rounds = 1
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, f := range archive.File {
		if path.Base(f.Name) != "model.onnx" || f.UncompressedSize64 > 1<<16 {
			continue
		}
		b, err := fs.ReadFile(archive, f.Name)
		if err != nil {
			t.Fatal(err)
		}
		for range rounds {
			m, err := wire.Decode(b, nil)
			if err != nil {
				t.Fatal(err)
			}
			for range 1 + rng.IntN(3) {
				mutate(rng, m)
			}
			mutated, err := wire.Encode(m)
			if err != nil {
				continue
			}
			start := time.Now()
			err = runAnyway(t.Context(), rng, mutated)
			if err != nil && strings.Contains(err.Error(), "internal fault") {
				t.Errorf("%s: %v", path.Dir(f.Name), err)
			}
			if d := time.Since(start); d > 5*time.Second {
				t.Errorf("%s: took %v: %v", path.Dir(f.Name), d, err)
			}
		}
	}
}

// mutate changes one thing in a model.
func mutate(rng *rand.Rand, m *wire.Model) {
	g := m.Graph
	if len(g.Nodes) == 0 {
		return
	}
	n := g.Nodes[rng.IntN(len(g.Nodes))]
	switch rng.IntN(7) {
	case 0, 1, 2:
		if len(n.Attrs) > 0 {
			mutateAttr(rng, n.Attrs[rng.IntN(len(n.Attrs))])
		}
	case 3:
		if len(g.Inputs) > 0 {
			if typ := g.Inputs[rng.IntN(len(g.Inputs))].Type; len(typ.Dims) > 0 {
				if rng.IntN(4) == 0 {
					typ.Dims = typ.Dims[:len(typ.Dims)-1]
				} else {
					typ.Dims[rng.IntN(len(typ.Dims))] = wire.Dim{Known: true, Value: int64(rng.IntN(6))}
				}
			}
		}
	case 4:
		if len(n.Inputs) > 0 && len(g.Inputs) > 0 {
			n.Inputs[rng.IntN(len(n.Inputs))] = g.Inputs[rng.IntN(len(g.Inputs))].Name
		}
	case 5:
		if len(n.Inputs) > 0 {
			n.Inputs = n.Inputs[:len(n.Inputs)-1]
		}
	case 6:
		if len(m.Opsets) > 0 {
			m.Opsets[rng.IntN(len(m.Opsets))].Version = int64(1 + rng.IntN(28))
		}
	}
}

// oddInt returns a number that is small, or extreme.
func oddInt(rng *rand.Rand) int64 {
	numbers := []int64{0, 1, 1, -1, 2, 2, -2, 3, 7, 100, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64}
	return numbers[rng.IntN(len(numbers))]
}

func mutateAttr(rng *rand.Rand, a *wire.Attribute) {
	switch a.Type {
	case wire.AttrInt:
		a.I = oddInt(rng)
	case wire.AttrInts:
		if len(a.Ints) > 0 && rng.IntN(3) > 0 {
			a.Ints[rng.IntN(len(a.Ints))] = oddInt(rng)
		} else {
			a.Ints = append(a.Ints, oddInt(rng))
		}
	case wire.AttrFloat:
		a.F = float32(oddInt(rng))
	case wire.AttrFloats:
		if len(a.Floats) > 0 {
			a.Floats = a.Floats[:rng.IntN(len(a.Floats))]
		}
	case wire.AttrStrings:
		if len(a.Strings) > 0 {
			a.Strings = a.Strings[:rng.IntN(len(a.Strings))]
		}
	case wire.AttrString:
		a.S = []byte([]string{"", "SAME_UPPER", "VALID", "bidirectional", "edge"}[rng.IntN(5)])
	case wire.AttrTensor:
		if t := a.T; len(t.Int64s) > 0 {
			t.Int64s[rng.IntN(len(t.Int64s))] = oddInt(rng)
		}
	}
}

// runAnyway loads a model and runs it on odd numbers as far as it goes.
func runAnyway(ctx context.Context, rng *rand.Rand, b []byte) error {
	m, err := inference.Load(bytes.NewReader(b), nil)
	if err != nil {
		return err
	}
	s, err := m.NewSession(&inference.Options{Threads: 1, MemoryLimit: 1 << 24})
	if err != nil {
		return err
	}
	defer s.Close()
	shapes := map[string][]int{}
	for _, in := range m.Inputs() {
		for i, d := range in.Shape {
			if d < 0 {
				in.Shape[i] = 3
			}
		}
		shapes[in.Name] = in.Shape
	}
	binding, err := s.Bind(shapes)
	if err != nil {
		return err
	}
	for _, in := range m.Inputs() {
		if x, err := inference.Input[int64](binding, in.Name); err == nil {
			for i := range x {
				x[i] = oddInt(rng)
			}
		}
		if x, err := inference.Input[float32](binding, in.Name); err == nil {
			for i := range x {
				x[i] = float32(oddInt(rng)) / 2
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return binding.Run(ctx)
}
