package inference_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
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
	for _, a := range n.Attrs { // into a body as often as not
		if a.G != nil && len(a.G.Nodes) > 0 && rng.IntN(2) == 0 {
			g = a.G
			n = g.Nodes[rng.IntN(len(g.Nodes))]
			break
		}
	}
	switch rng.IntN(7) {
	case 0, 1, 2:
		if len(n.Attrs) > 0 {
			mutateAttr(rng, n.Attrs[rng.IntN(len(n.Attrs))])
		}
	case 3:
		if len(g.Inputs) > 0 {
			if typ := g.Inputs[rng.IntN(len(g.Inputs))].Type; typ != nil && len(typ.Dims) > 0 {
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

// runAnyway loads a model and runs it on odd values as far as it goes.
func runAnyway(ctx context.Context, rng *rand.Rand, b []byte) error {
	m, err := inference.Load(bytes.NewReader(b), nil)
	if err != nil {
		return err
	}
	defer m.Close()
	m.Report()
	s, err := m.NewSession(&inference.Options{Threads: 1, MemoryLimit: 1 << 24, Tools: tools})
	if err != nil {
		return err
	}
	defer s.Close()
	in := map[string]inference.Value{}
	for _, info := range m.Inputs() {
		if in[info.Name], err = oddValue(rng, info); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, err = s.Run(ctx, in)
	return err
}

// oddValue makes a value that fits an input.
func oddValue(rng *rand.Rand, info inference.Info) (inference.Value, error) {
	if inner, ok := strings.CutPrefix(info.Type, "optional("); ok {
		if rng.IntN(4) == 0 {
			return &inference.Optional{}, nil
		}
		v, err := oddValue(rng, inference.Info{Type: strings.TrimSuffix(inner, ")")})
		return &inference.Optional{Value: v}, err
	}
	if inner, ok := strings.CutPrefix(info.Type, "seq("); ok {
		s := &inference.Sequence{}
		for range rng.IntN(4) {
			v, err := oddValue(rng, inference.Info{Type: strings.TrimSuffix(inner, ")")})
			if err != nil {
				return nil, err
			}
			s.Values = append(s.Values, v)
		}
		return s, nil
	}
	if info.Type != "" { // the type of a tensor in one of these
		for d := inference.DType(1); d.Valid(); d++ {
			if d.String() == info.Type {
				return oddTensor(rng, d, []int{rng.IntN(3), 1 + rng.IntN(3)})
			}
		}
		return nil, errors.New("no value of type " + info.Type)
	}
	shape := slices.Clone(info.Shape)
	for i, d := range shape {
		if d < 0 {
			shape[i] = 3
		}
	}
	return oddTensor(rng, info.DType, shape)
}

// oddTensor makes a tensor of small, extreme or meaningless elements.
func oddTensor(rng *rand.Rand, d inference.DType, shape []int) (inference.Value, error) {
	w := &wire.Tensor{DataType: int32(d)}
	n := 1
	for _, dim := range shape {
		w.Dims = append(w.Dims, int64(dim))
		if n *= dim; n > 1<<20 {
			return nil, errors.New("too large to be made here")
		}
	}
	if d == inference.String {
		for range n {
			w.Strings = append(w.Strings, []byte([]string{"", "a", "-1e999", "\xff", "été", "nan"}[rng.IntN(6)]))
		}
		return inference.ParseTensor(wire.EncodeTensor(w))
	}
	w.Raw = make([]byte, (n*d.Bits()+7)/8)
	switch style := rng.IntN(3); {
	case style == 0 && d == inference.Float32:
		for i := range n {
			binary.LittleEndian.PutUint32(w.Raw[4*i:], math.Float32bits(float32(oddInt(rng))/2))
		}
	case style == 0 && d == inference.Int64:
		for i := range n {
			binary.LittleEndian.PutUint64(w.Raw[8*i:], uint64(oddInt(rng)))
		}
	case style <= 1:
		for i := range w.Raw {
			w.Raw[i] = byte(rng.Uint32())
		}
	}
	return inference.ParseTensor(wire.EncodeTensor(w))
}

// FuzzLoad feeds mutated models to everything that happens before and during a run. Errors are fine; panics, even those
// that are caught, hangs and large allocations are not. Its seeds are small models of its own and ONNX's cases, where
// those are at hand.
func FuzzLoad(f *testing.F) {
	for _, g := range []*build.Graph{affine(), convNet(f)} {
		b, err := g.Model()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, uint64(1))
	}
	f.Add(externalModel(f, location("w.bin")), uint64(1))
	if archive, err := zip.OpenReader("../../shared/onnx/onnx-node-visible.zip"); err == nil {
		defer archive.Close()
		for _, file := range archive.File {
			if path.Base(file.Name) != "model.onnx" || file.UncompressedSize64 > 1<<12 {
				continue
			}
			b, err := fs.ReadFile(archive, file.Name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b, uint64(2))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, seed uint64) {
		start := time.Now()
		err := runAnyway(t.Context(), rand.New(rand.NewPCG(seed, 1)), b)
		if err != nil && strings.Contains(err.Error(), "internal fault") {
			t.Error(err)
		}
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("took %v: %v", d, err)
		}
	})
}
