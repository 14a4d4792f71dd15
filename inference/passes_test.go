package inference_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
	"github.com/brinkml/brink/inference/internal/wire"
	"pgregory.net/rapid"
)

// passModes are the ways to load a model that are compared: with each pass alone, with all, and with all but one. The
// keys say which, the values are what is left out.
func passModes() map[string][]string {
	modes := map[string][]string{"all": nil}
	for _, p := range inference.Passes() {
		modes[p+" alone"] = slices.DeleteFunc(inference.Passes(), func(o string) bool { return o == p })
		modes["without "+p] = []string{p}
	}
	return modes
}

// TestPassesPreserveConformance runs ONNX's own backend tests: each case that passes without any pass must pass with
// each of them alone, with all, and with all but one.
func TestPassesPreserveConformance(t *testing.T) {
	archive, err := zip.OpenReader("../../shared/onnx/onnx-node-visible.zip")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the archive of conformance cases is not beside the checkout")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	modes := passModes()
	passed := 0
	for i, c := range conformanceIndex(t, archive) {
		if slices.Contains(c.Tags, "nondeterministic") || testing.Short() && i%4 != 0 {
			continue
		}
		t.Run(c.Path, func(t *testing.T) {
			if err := runCaseWith(t, archive, c, &inference.LoadOptions{Without: []string{"all"}}, inference.Options{}); err != nil {
				if u := (*inference.UnsupportedError)(nil); !errors.As(err, &u) {
					t.Errorf("no pass: %v", err)
				}
				return
			}
			passed++
			for mode, without := range modes {
				if err := runCaseWith(t, archive, c, &inference.LoadOptions{Without: without}, inference.Options{}); err != nil {
					t.Errorf("%s: %v", mode, err)
				}
			}
		})
	}
	if passed == 0 {
		t.Error("no case passed")
	}
}

// TestPassesPreserveModels runs trained models in all modes.
func TestPassesPreserveModels(t *testing.T) {
	dir, list := manifests(t)
	modes := passModes()
	modes["none"] = []string{"all"}
	for _, m := range list {
		for mode, without := range modes {
			t.Run(m.Model+"/"+mode, func(t *testing.T) {
				model, err := inference.Open(filepath.Join(dir, m.Model), &inference.LoadOptions{Without: without})
				if err != nil {
					t.Fatal(err)
				}
				defer model.Close()
				s, err := model.NewSession(nil)
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				runManifest(t, dir, m, s)
			})
		}
	}
}

// TestPassesPreserveNetworks compares whole networks with and without the passes: small ones that come with ONNX, their
// weights made by nodes, and every model in the folder that ONNX_MODELS names.
func TestPassesPreserveNetworks(t *testing.T) {
	if dir := os.Getenv("ONNX_MODELS"); dir != "" {
		names, err := fs.Glob(os.DirFS(dir), "*.onnx")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			t.Run(name, func(t *testing.T) { compareNetwork(t, os.DirFS(dir), name) })
		}
	}
	archive, err := zip.OpenReader("../../shared/onnx/onnx-node-visible.zip")
	if errors.Is(err, fs.ErrNotExist) || testing.Short() {
		t.Skip("no networks beside the checkout, or no time for them")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	for _, name := range []string{"squeezenet", "shufflenet", "inception_v1", "inception_v2", "densenet121", "resnet50"} {
		t.Run(name, func(t *testing.T) { compareNetwork(t, archive, "light/light_"+name+".onnx") })
	}
}

// compareNetwork runs a model with and without the passes.
func compareNetwork(t *testing.T, fsys fs.FS, name string) {
	var want map[string]inference.Value
	for _, without := range [][]string{{"all"}, nil} {
		m, err := inference.LoadFS(fsys, name, &inference.LoadOptions{Without: without})
		if err != nil {
			t.Fatal(err)
		}
		s, err := m.NewSession(&inference.Options{Tools: tools})
		if err != nil {
			t.Fatal(err)
		}
		out, err := s.Run(t.Context(), randomInputs(t, m))
		if err := errors.Join(err, s.Close(), m.Close()); err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = out
		}
		for name := range want {
			if err := sameValue(out[name], want[name], 1e-3, 1e-5); err != nil {
				t.Errorf("output %q: %v", name, err)
			}
		}
	}
}

// randomInputs makes inputs for a model, the same for each call: floats around 0, and small integers.
func randomInputs(t testing.TB, m *inference.Model) map[string]inference.Value {
	rng := rand.New(rand.NewPCG(1, 2))
	in := map[string]inference.Value{}
	for _, info := range m.Inputs() {
		n := 1
		for i, d := range info.Shape {
			if d < 0 {
				info.Shape[i] = 2
			}
			n *= info.Shape[i]
		}
		switch info.DType {
		case inference.Float32:
			x := make([]float32, n)
			for i := range x {
				x[i] = float32(rng.NormFloat64())
			}
			in[info.Name] = tensorOf(t, x, info.Shape...)
		case inference.Int64:
			x := make([]int64, n)
			for i := range x {
				x[i] = rng.Int64N(4)
			}
			in[info.Name] = tensorOf(t, x, info.Shape...)
		case inference.Uint8:
			x := make([]uint8, n)
			for i := range x {
				x[i] = uint8(rng.Uint32())
			}
			in[info.Name] = tensorOf(t, x, info.Shape...)
		case inference.Int8:
			x := make([]int8, n)
			for i := range x {
				x[i] = int8(rng.Uint32())
			}
			in[info.Name] = tensorOf(t, x, info.Shape...)
		default:
			t.Fatalf("no random inputs of %v", info.DType)
		}
	}
	return in
}

// TestPassesPreserveRandomGraphs makes graphs of what the passes look for, and compares every mode with none: to the bit
// where nothing is rounded in another way, for numbers that break careless algebra.
func TestPassesPreserveRandomGraphs(t *testing.T) {
	modes := passModes()
	rapid.Check(t, func(rt *rapid.T) {
		g := drawGraph(rt)
		model, err := g.Model()
		if err != nil {
			rt.Fatal(err)
		}
		plain, odd := drawInput(rt, false), drawInput(rt, true)
		run := func(without []string, x []float32) map[string]inference.Value {
			m, err := inference.Load(bytes.NewReader(model), &inference.LoadOptions{Without: without})
			if err != nil {
				rt.Fatalf("without %v: %v", without, err)
			}
			s, err := m.NewSession(&inference.Options{Threads: 1})
			if err != nil {
				rt.Fatalf("without %v: %v", without, err)
			}
			defer s.Close()
			out, err := s.Run(t.Context(), map[string]inference.Value{"x": tensorOf(t, x, drawnShape...)})
			if err != nil {
				rt.Fatalf("without %v: %v", without, err)
			}
			return out
		}
		wantPlain, wantOdd := run([]string{"all"}, plain), run([]string{"all"}, odd)
		for mode, without := range modes {
			for name, got := range run(without, plain) {
				if err := sameValue(got, wantPlain[name], 1e-3, 1e-4); err != nil {
					rt.Errorf("%s: output %q: %v", mode, name, err)
				}
			}
			// These round in another way: those before the last by algebra, layout because convolutions whose channels are
			// last have another kernel, which sums in another order.
			exact := slices.Clone(without)
			for _, pass := range []string{"bias", "batchnorm", "scale", "activation", "product", "layout"} {
				if slices.Contains(inference.Passes(), pass) { // 32-bit arm has fewer
					exact = append(exact, pass)
				}
			}
			for name, got := range run(exact, odd) {
				if err := sameBits(got, wantOdd[name]); err != nil {
					rt.Errorf("%s: output %q of odd numbers: %v", mode, name, err)
				}
			}
		}
	})
}

// sameBits compares tensors of float32 bit by bit, but for what NaNs carry.
func sameBits(got, want inference.Value) error {
	if err := sameValue(got, want, 0, 0); err != nil {
		return err
	}
	g, err := inference.Data[float32](got.(*inference.Tensor))
	if err != nil {
		return err
	}
	w, err := inference.Data[float32](want.(*inference.Tensor))
	if err != nil {
		return err
	}
	for i := range w {
		if math.Signbit(float64(g[i])) != math.Signbit(float64(w[i])) && w[i] == w[i] {
			return fmt.Errorf("element %d is %v, want %v", i, g[i], w[i])
		}
	}
	return nil
}

// drawnShape is the shape of the input of drawn graphs.
var drawnShape = []int{2, 4, 3, 2}

func drawInput(t *rapid.T, odd bool) []float32 {
	x := make([]float32, 2*4*3*2)
	for i := range x {
		x[i] = float32(rapid.IntRange(-8, 8).Draw(t, "x")) / 4
		if odd {
			some := []float32{x[i], 0, float32(math.Copysign(0, -1)), float32(math.NaN()), float32(math.Inf(1)), 1e-40, 3e38}
			x[i] = rapid.SampledFrom(some).Draw(t, "odd x")
		}
	}
	return x
}

// drawn is a value of a graph under construction, with its shape.
type drawn struct {
	v     build.Value
	shape []int
}

// drawer puts random nodes into a graph.
type drawer struct {
	*rapid.T
	g      *build.Graph
	values []drawn
	consts int
}

// drawGraph makes a graph with one input, x, of drawnShape, declared in part, and outputs of any of its values.
func drawGraph(t *rapid.T) *build.Graph {
	d := &drawer{T: t, g: build.New("drawn", nil)}
	batch := rapid.SampledFrom([]build.Dim{build.Fixed(2), build.Sym("N"), build.Unknown()}).Draw(t, "batch")
	x := d.g.Input("x", inference.Float32, batch, build.Fixed(4), build.Fixed(3), build.Fixed(2))
	d.values = []drawn{{x, drawnShape}}
	for range rapid.IntRange(1, 20).Draw(t, "nodes") {
		d.node()
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "outputs") {
		v := d.pick()
		d.g.Output(fmt.Sprint("y", i), v.v, inference.Float32, slices.Repeat([]build.Dim{build.Unknown()}, len(v.shape))...)
	}
	return d.g
}

// pick returns one of the values, more often a late one.
func (d *drawer) pick() drawn {
	i := rapid.IntRange(0, len(d.values)-1).Draw(d.T, "value")
	return d.values[max(i, rapid.IntRange(0, len(d.values)-1).Draw(d.T, "or"))]
}

func (d *drawer) floats(v float32, shape ...int) build.Value {
	n := 1
	for _, dim := range shape {
		n *= dim
	}
	data := slices.Repeat([]float32{v}, n)
	if v == 7 {
		for i := range data {
			data[i] = float32(rapid.IntRange(-6, 6).Draw(d.T, "constant")) / 4
		}
	}
	d.consts++
	return build.Const(d.g, fmt.Sprint("c", d.consts), data, shape...)
}

func (d *drawer) ints(v ...int) build.Value {
	wide := make([]int64, len(v))
	for i := range v {
		wide[i] = int64(v[i])
	}
	d.consts++
	return build.Const(d.g, fmt.Sprint("c", d.consts), wide, len(v))
}

func (d *drawer) op(op string, shape []int, in []build.Value, attrs ...build.Attr) {
	d.values = append(d.values, drawn{d.g.Op(op, in, attrs...), shape})
}

// node adds a node, or a few that belong together.
func (d *drawer) node() {
	x := d.pick()
	rank := len(x.shape)
	zeros, ones := slices.Repeat([]int{0}, rank), slices.Repeat([]int{1}, rank)
	in := []build.Value{x.v}
	switch kind := rapid.IntRange(0, 14).Draw(d.T, "kind"); kind {
	case 0:
		d.op(rapid.SampledFrom([]string{"Identity", "Dropout", "Sum", "Mean", "Max", "Relu", "Neg", "Abs"}).Draw(d.T, "op"), x.shape, in)
	case 1:
		d.op("Cast", x.shape, in, build.Int("to", int64(inference.Float32)))
	case 2:
		perm := rapid.Permutation([]int{0, 1, 2, 3, 4, 5}[:rank]).Draw(d.T, "perm")
		shape := make([]int, rank)
		for i, p := range perm {
			shape[i] = x.shape[p]
		}
		d.op("Transpose", shape, in, build.Ints("perm", perm...))
	case 3:
		d.op("Reshape", x.shape, []build.Value{x.v, d.g.Op("Shape", in)})
	case 4:
		shapes := [][]int{{2, 4, 3, 2}, {4, 2, 2, 3}, {8, 6}, {48}, {1, 8, 6}, x.shape}
		shape := rapid.SampledFrom(shapes).Draw(d.T, "shape")
		if product(shape) == product(x.shape) {
			to := slices.Clone(shape)
			if rapid.Bool().Draw(d.T, "open") {
				to[rapid.IntRange(0, len(to)-1).Draw(d.T, "at")] = -1
			}
			d.op("Reshape", shape, []build.Value{x.v, d.ints(to...)})
		}
	case 5:
		if rank < 6 {
			axis := rapid.IntRange(0, rank).Draw(d.T, "axis")
			d.op("Unsqueeze", slices.Insert(slices.Clone(x.shape), axis, 1), []build.Value{x.v, d.ints(axis)})
		}
	case 6:
		if axis := slices.Index(x.shape, 1); axis >= 0 {
			d.op("Squeeze", slices.Delete(slices.Clone(x.shape), axis, axis+1), []build.Value{x.v, d.ints(axis)})
		}
	case 7:
		if rank > 0 {
			axis := rapid.IntRange(0, rank-1).Draw(d.T, "axis")
			step := rapid.SampledFrom([]int{1, -1}).Draw(d.T, "step")
			start, end := 0, rapid.SampledFrom([]int{x.shape[axis], math.MaxInt32}).Draw(d.T, "end")
			if step < 0 {
				start, end = -1, math.MinInt32
			}
			d.op("Slice", x.shape, []build.Value{x.v, d.ints(start), d.ints(end), d.ints(axis), d.ints(step)})
		}
	case 8:
		d.op("Pad", x.shape, []build.Value{x.v, d.ints(append(zeros, zeros...)...)})
		d.op("Tile", x.shape, []build.Value{x.v, d.ints(ones...)})
		d.op("Expand", x.shape, []build.Value{x.v, d.ints(ones[:min(rank, 1)]...)})
	case 9, 10:
		op := rapid.SampledFrom([]string{"Add", "Sub", "Mul", "Div"}).Draw(d.T, "op")
		c := rapid.SampledFrom([]float32{0, float32(math.Copysign(0, -1)), 1, 2, 7}).Draw(d.T, "with")
		shape := rapid.SampledFrom([][]int{{}, ones, x.shape}).Draw(d.T, "of")
		if rapid.Bool().Draw(d.T, "swap") {
			d.op(op, x.shape, []build.Value{d.floats(c, shape...), x.v})
		} else {
			d.op(op, x.shape, []build.Value{x.v, d.floats(c, shape...)})
		}
	case 11:
		if rank > 1 {
			const n = 3
			x.v = d.g.Op("Flatten", in)
			x.shape = []int{x.shape[0], product(x.shape[1:])}
			y := []build.Value{d.g.Op("MatMul", []build.Value{x.v, d.floats(7, x.shape[1], n)})}
			if rapid.Bool().Draw(d.T, "gemm") {
				y[0] = d.g.Op("Gemm", []build.Value{x.v, d.floats(7, n, x.shape[1]), d.floats(7, 1, n)},
					build.Int("transB", 1), build.Float("alpha", 0.5), build.Float("beta", 2))
			}
			d.values = append(d.values, drawn{y[0], []int{x.shape[0], n}})
			d.epilogue(n)
		}
	case 12, 13:
		if rank == 4 {
			d.convolution(x, kind == 13)
		}
	case 14: // the same again
		if rank > 0 {
			for range 2 {
				d.op("Softmax", x.shape, in, build.Int("axis", rank-1))
			}
		}
	}
}

// convolution adds a Conv or ConvTranspose with a kernel of one element, in one or two groups.
func (d *drawer) convolution(x drawn, transposed bool) {
	c, m := x.shape[1], 4
	group := 1
	if c%2 == 0 && rapid.Bool().Draw(d.T, "groups") {
		group = 2
	}
	in := []build.Value{x.v, d.floats(7, m, c/group, 1, 1)}
	op := "Conv"
	if transposed {
		op, in[1] = "ConvTranspose", d.floats(7, c, m/group, 1, 1)
	}
	if rapid.Bool().Draw(d.T, "bias") {
		in = append(in, d.floats(7, m))
	}
	shape := slices.Clone(x.shape)
	shape[1] = m
	d.op(op, shape, in, build.Int("group", group))
	d.epilogue(m)
}

// epilogue adds what can become part of the layer before.
func (d *drawer) epilogue(channels int) {
	for range rapid.IntRange(0, 3).Draw(d.T, "epilogue") {
		x := d.values[len(d.values)-1]
		in := []build.Value{x.v}
		of := []int{channels}
		if len(x.shape) == 4 {
			of = []int{channels, 1, 1}
		}
		switch rapid.IntRange(0, 3).Draw(d.T, "of") {
		case 0:
			d.op("Add", x.shape, append([]build.Value{d.floats(7, of...)}, in...))
		case 1:
			d.op("Sub", x.shape, append(in, d.floats(7, of...)))
		case 2:
			d.op("Add", x.shape, append(in, d.floats(7)))
		case 3:
			d.op("BatchNormalization", x.shape, append(in, d.floats(7, channels), d.floats(7, channels), d.floats(7, channels), d.floats(1, channels)))
		}
	}
}

func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// TestPassesKeepDefaults gives a run the weights that a model has a default for: what passes made of the default must
// not be used then.
func TestPassesKeepDefaults(t *testing.T) {
	weights := &wire.Tensor{Name: "w", DataType: int32(inference.Float32), Dims: []int64{2, 1, 1}, Floats: []float32{1, 10}}
	vector := func(name string, v ...float32) *wire.Tensor {
		return &wire.Tensor{Name: name, DataType: int32(inference.Float32), Dims: []int64{int64(len(v))}, Floats: v}
	}
	m := loadWire(t, &wire.Graph{
		Name:         "defaults",
		Inputs:       []*wire.ValueInfo{tensorInfo("x", inference.Float32, 1, 1, 2), tensorInfo("w", inference.Float32, 2, 1, 1)},
		Initializers: []*wire.Tensor{weights, vector("one", 1, 1), vector("zero", 0, 0), vector("four", 4, 4)},
		Nodes: []*wire.Node{
			{OpType: "Conv", Inputs: []string{"x", "w"}, Outputs: []string{"c"}},
			{OpType: "BatchNormalization", Inputs: []string{"c", "one", "one", "zero", "four"}, Outputs: []string{"b"}},
			{OpType: "Identity", Inputs: []string{"b"}, Outputs: []string{"y"}},
		},
		Outputs: []*wire.ValueInfo{tensorInfo("y", inference.Float32, 1, 2, 2)},
	})
	s, err := m.NewSession(&inference.Options{Tools: tools})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	in := map[string]inference.Value{"x": tensorOf(t, []float32{2, 4}, 1, 1, 2)}
	for _, c := range []struct{ w, want []float32 }{
		{nil, []float32{2, 3, 11, 21}},
		{[]float32{3, 0}, []float32{4, 7, 1, 1}},
		{nil, []float32{2, 3, 11, 21}},
	} {
		delete(in, "w")
		if c.w != nil {
			in["w"] = tensorOf(t, c.w, 2, 1, 1)
		}
		out, err := s.Run(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if err := sameValue(out["y"], tensorOf(t, c.want, 1, 2, 2), 1e-4, 0); err != nil {
			t.Errorf("w = %v: %v", c.w, err)
		}
	}
	b, err := s.Bind(nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := b.Report(); len(r.Operators) != 3 || r.Parameters != 2+2+2+2 {
		t.Errorf("Report() = %v with %d parameters; want what the file has", r.Operators, r.Parameters)
	}
}

func TestWithout(t *testing.T) {
	b, err := affine().Model()
	if err != nil {
		t.Fatal(err)
	}
	for _, without := range [][]string{nil, {"all"}, {"fold", "fold"}, inference.Passes()} {
		if _, err := inference.Load(bytes.NewReader(b), &inference.LoadOptions{Without: without}); err != nil {
			t.Errorf("Load without %v: %v", without, err)
		}
	}
	_, err = inference.Load(bytes.NewReader(b), &inference.LoadOptions{MaxBytes: -1, Without: []string{"dead", "magic", "all", ""}})
	if err == nil {
		t.Fatal("Load without a pass that there is not: no error")
	}
	for _, want := range append(inference.Passes(), `"magic", ""`, `"all"`, "MaxBytes") {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %q; want %s in it", err, want)
		}
	}
}

// BenchmarkLoad measures how long it takes to load an isolation forest as scikit-learn's converter writes it: some 25
// nodes for each tree.
func BenchmarkLoad(b *testing.B) {
	for _, trees := range []int{50, 100, 200} {
		model := isolationForest(b, trees)
		for _, mode := range []struct {
			name    string
			without []string
		}{{"all", nil}, {"none", []string{"all"}}} {
			b.Run(fmt.Sprintf("trees=%d/passes=%s", trees, mode.name), func(b *testing.B) {
				for b.Loop() {
					if _, err := inference.Load(bytes.NewReader(model), &inference.LoadOptions{Without: mode.without}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// isolationForest is the arithmetic of such a model around the trees, which are single nodes here.
func isolationForest(t testing.TB, trees int) []byte {
	g := build.New("forest", nil)
	x := g.Input("x", inference.Float32, build.Sym("N"), build.Fixed(8))
	total := build.Value{}
	for i := range trees {
		c := func(name string, v ...float32) build.Value { return build.Const(g, fmt.Sprint(name, i), v, len(v)) }
		shape := func(name string, v ...int64) build.Value { return build.Const(g, fmt.Sprint(name, i), v, len(v)) }
		leaf := g.Op("ArrayFeatureExtractor", []build.Value{x, shape("f", int64(i%8))})
		leaf = g.Op("Identity", []build.Value{leaf})
		leaf = g.Op("Reshape", []build.Value{leaf, shape("flat", -1)})
		leaf = g.Op("Reshape", []build.Value{leaf, shape("column", -1, 1)})
		samples := g.Op("Cast", []build.Value{leaf}, build.Int("to", int64(inference.Int64)))
		samples = g.Op("Cast", []build.Value{samples}, build.Int("to", int64(inference.Float32)))
		depth := g.Op("Mul", []build.Value{samples, c("one", 1)})
		big := g.Op("Greater", []build.Value{samples, c("two", 2)})
		two := g.Op("Equal", []build.Value{samples, c("equal", 2)})
		big = g.Op("Cast", []build.Value{big}, build.Int("to", int64(inference.Float32)))
		two = g.Op("Cast", []build.Value{two}, build.Int("to", int64(inference.Float32)))
		log := g.Op("Log", []build.Value{g.Op("Max", []build.Value{samples, c("least", 1)})})
		log = g.Op("Add", []build.Value{log, g.Op("Neg", []build.Value{c("euler", -0.5772)})})
		log = g.Op("Mul", []build.Value{log, c("twice", 2)})
		ratio := g.Op("Div", []build.Value{g.Op("Sub", []build.Value{samples, c("less", 1)}), g.Op("Max", []build.Value{samples, c("divisor", 1)})})
		log = g.Op("Sub", []build.Value{log, g.Op("Mul", []build.Value{ratio, c("double", 2)})})
		path := g.Op("Add", []build.Value{g.Op("Mul", []build.Value{log, big}), two})
		path = g.Op("Add", []build.Value{path, depth})
		path = g.Op("Reshape", []build.Value{path, shape("back", -1, 1)})
		if i == 0 {
			total = path
		} else {
			total = g.Op("Add", []build.Value{total, path})
		}
	}
	g.Output("y", total, inference.Float32, build.Sym("N"), build.Fixed(1))
	b, err := g.Model()
	if err != nil {
		t.Fatal(err)
	}
	return b
}
