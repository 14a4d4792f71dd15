package exec

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/brinkml/brink/inference/images"
	"github.com/brinkml/brink/inference/internal/check"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/plan"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
	"github.com/brinkml/brink/inference/regex"
)

// tools are everything that a model may need.
var tools = ops.Tools{Image: images.Decode, Regexp: regex.Compile}

// TestLiveness proves the memory plan: with everything that it calls dead overwritten after each step, the outputs
// stay the same to the bit.
func TestLiveness(t *testing.T) {
	ran := 0
	for name, model := range testModels(t) {
		if strings.HasPrefix(name, "test_training_dropout") || strings.HasPrefix(name, "test_bernoulli") {
			continue // random numbers
		}
		t.Run(name, func(t *testing.T) {
			p, inputs := planModel(t, model)
			if p == nil {
				return
			}
			ran++
			want := runFrame(t, p, inputs, false)
			got := runFrame(t, p, inputs, true)
			for i := range want {
				if !bytes.Equal(got[i], want[i]) {
					t.Errorf("output %d changes when dead memory is overwritten", i)
				}
			}
		})
	}
	if ran == 0 {
		t.Skip("no models beside the checkout")
	}
}

// TestRunAllocatesNothing runs every model whose shapes do not depend on data.
func TestRunAllocatesNothing(t *testing.T) {
	for name, model := range testModels(t) {
		if strings.HasPrefix(name, "test_training_dropout") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			p, inputs := planModel(t, model)
			if p == nil || slices.ContainsFunc(p.Steps, func(s plan.Step) bool { return s.Late != nil }) {
				return
			}
			f := New(p, nil, 1<<30)
			for id, x := range inputs {
				copy(f.Tensor(p.Inputs[id]).Data, x.Data)
			}
			ctx := t.Context()
			if n := testing.AllocsPerRun(1, func() {
				if err := f.Run(ctx); err != nil {
					t.Fatal(err)
				}
			}); n != 0 {
				t.Errorf("Run allocates %v times; want 0", n)
			}
		})
	}
}

// testModel is a model with inputs to run it on.
type testModel struct {
	model  []byte
	inputs []*tensor.Tensor // in the order of those that have no default
}

// testModels returns the conformance cases whose inputs are tensors, and the trained models with made-up inputs.
func testModels(t *testing.T) map[string]testModel {
	t.Helper()
	out := map[string]testModel{}
	shared := filepath.Join("..", "..", "..", "..", "shared")
	archive, err := zip.OpenReader(filepath.Join(shared, "onnx", "onnx-node-visible.zip"))
	if err == nil {
		defer archive.Close()
		for _, f := range archive.File {
			dir, file := path.Split(f.Name)
			if file != "model.onnx" {
				continue
			}
			m := testModel{model: readAll(t, archive, f.Name)}
			for i := 0; ; i++ {
				b, err := fs.ReadFile(archive, fmt.Sprintf("%stest_data_set_0/input_%d.pb", dir, i))
				if err != nil {
					break
				}
				if v, err := wire.DecodeTensor(b, nil); err == nil {
					if x, err := tensor.FromWire(v); err == nil {
						m.inputs = append(m.inputs, x)
					}
				}
			}
			out[path.Base(path.Clean(dir))] = m
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	trained, _ := filepath.Glob(filepath.Join(shared, "models", "*.onnx"))
	for _, name := range trained {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(name)] = testModel{model: b}
	}
	return out
}

func readAll(t *testing.T, fsys fs.FS, name string) []byte {
	t.Helper()
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// planModel plans a model for the shapes of its inputs, making inputs of small whole numbers when it has none. It
// returns nil for models that are not supported or need other things than tensors.
func planModel(t *testing.T, m testModel) (*plan.Plan, map[graph.ID]*tensor.Tensor) {
	t.Helper()
	w, err := wire.Decode(m.model, nil)
	if err != nil {
		t.Fatal(err)
	}
	g, err := graph.Build(w, nil)
	if err != nil {
		t.Fatal(err)
	}
	prog, err := check.Bind(g)
	if err != nil {
		t.Fatal(err)
	}
	inputs := map[graph.ID]*tensor.Tensor{}
	shapes := map[graph.ID]shape.Shape{}
	var given []graph.ID
	for _, id := range g.Main.Inputs {
		v := &g.Main.Values[id]
		if v.Const != nil {
			continue
		}
		if v.Type.Kind != wire.TypeTensor || v.Type.DType == dtype.String {
			return nil, nil
		}
		if len(m.inputs) > len(given) {
			inputs[id] = m.inputs[len(given)]
		} else {
			inputs[id] = madeUp(v.Type)
		}
		shapes[id] = shape.FromInts(inputs[id].Shape)
		given = append(given, id)
	}
	typing, err := prog.Infer(t.Context(), shapes, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(prog.Unsupported()) > 0 {
		return nil, nil
	}
	p, err := plan.Build(prog, typing, given, plan.Options{Threads: 1, Limit: 1 << 30, Tools: &tools})
	if err != nil {
		t.Fatal(err)
	}
	return p, inputs
}

// madeUp returns a tensor of a declared type with 5 for each open dimension.
func madeUp(typ graph.Type) *tensor.Tensor {
	dims := typ.Shape.Ints()
	for i, d := range dims {
		if d < 0 {
			dims[i] = 5
		}
	}
	x := tensor.New(typ.DType, dims)
	if typ.DType == dtype.Float32 {
		for i := range tensor.View[float32](x) {
			tensor.View[float32](x)[i] = float32(i*37%101) / 50
		}
	}
	return x
}

// runFrame runs a plan and returns copies of its outputs, overwriting what is dead after each step if asked to.
func runFrame(t *testing.T, p *plan.Plan, inputs map[graph.ID]*tensor.Tensor, overwrite bool) [][]byte {
	t.Helper()
	f := New(p, nil, 1<<30)
	for id, x := range inputs {
		copy(f.Tensor(p.Inputs[id]).Data, x.Data)
	}
	if overwrite {
		overwriteDead(f, -1)
		f.After = func(step int) { overwriteDead(f, step) }
	}
	if err := f.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for _, slot := range p.Outputs {
		x := f.Tensor(slot)
		out = append(out, append(slices.Clone(x.Data), fmt.Sprint(x.Shape, x.Strings)...))
	}
	return out
}

// overwriteDead fills all of the arena that holds nothing which is still to be read after the given step.
func overwriteDead(f *Frame, step int) {
	live := make([]bool, len(f.arena))
	for i := range f.plan.Slots {
		s := &f.plan.Slots[i]
		if s.Root == i && s.Arena() && s.First <= step && s.Last > step {
			for j := range s.Size {
				live[s.Offset+j] = true
			}
		}
	}
	for i := range f.arena {
		if !live[i] {
			f.arena[i] = 0xff
		}
	}
}
