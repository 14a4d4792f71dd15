package inference

import (
	"context"
	"slices"
	"sync"

	"github.com/brinkml/brink/inference/internal/check"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/optimize"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/wire"
)

// Model is a loaded model: its graph, checked, and its weights. It is immutable and safe for concurrent use; all its
// sessions share the weights.
type Model struct {
	prog     *check.Program // as it is in the file
	declared *check.Typing  // for the shapes that the model declares
	fast     *check.Program // what runs do that keep all defaults; its inputs and outputs have the ids of prog's
	known    *check.Typing  // of fast, for the declared shapes
	passes   optimize.Set   // that made it
	inputs   []Info
	outputs  []Info
	byName   map[string]graph.ID   // everything that a run can be given, with defaults too
	open     map[graph.ID][]string // what inputs leave open
	meta     Metadata
	files    *files

	mu     sync.Mutex
	users  int // the model while it is open, and its open sessions
	closed bool
}

// Info describes an input or output of a model.
type Info struct {
	Name  string
	DType DType    // 0 when the value is no tensor
	Type  string   // of a value that is no tensor, such as "seq(float32)"
	Shape []int    // -1 where the model leaves a dimension open; nil when it leaves open even how many there are
	Dims  []string // the name of each open dimension, "" for those without
}

// Metadata is what a model says of itself.
type Metadata struct {
	IRVersion    int64
	Producer     string // with its version
	Graph        string
	Domain       string
	Version      int64
	Doc          string
	Properties   map[string]string
	OpsetImports map[string]int // by domain; "" is ai.onnx
}

func newModel(w *wire.Model, prog *check.Program, declared *check.Typing) *Model {
	m := &Model{prog: prog, declared: declared, users: 1, byName: map[string]graph.ID{}}
	g := prog.Graph
	for _, id := range g.Inputs {
		m.byName[g.Values[id].Name] = id
		if g.Values[id].Const == nil {
			m.inputs = append(m.inputs, m.info(id))
		}
	}
	for _, id := range g.Outputs {
		m.outputs = append(m.outputs, m.info(id))
	}
	m.open = openDims(m)
	m.meta = Metadata{
		IRVersion: w.IRVersion, Producer: w.ProducerName, Graph: g.Name, Domain: w.Domain, Version: w.ModelVersion,
		Doc: w.Doc, Properties: map[string]string{}, OpsetImports: prog.Model.Opsets,
	}
	if w.ProducerVersion != "" {
		m.meta.Producer += " " + w.ProducerVersion
	}
	for _, p := range w.Metadata {
		m.meta.Properties[p.Key] = p.Value
	}
	return m
}

// optimize decides what runs do. Operators that are missing leave nothing to decide.
func (m *Model) optimize(o LoadOptions) (err error) {
	if m.passes, err = optimize.Without(o.Without); err != nil {
		return err
	}
	m.fast, m.known = m.prog, m.declared
	defer func() {
		m.prog.Freeze()
		m.fast.Freeze()
	}()
	if len(m.prog.Unsupported()) > 0 {
		return nil
	}
	fast, known, err := optimize.Run(context.Background(), m.prog, m.declared, m.passes)
	if err != nil {
		return err
	}
	m.fast, m.known = fast, known
	m.prog.Late = m.passes.Late()
	return nil
}

// info describes a value by what was inferred of it, and where that says nothing by what the file declares.
func (m *Model) info(id graph.ID) Info {
	v := &m.declared.Values[id]
	file := m.prog.Graph.Values[id]
	i := Info{Name: file.Name}
	if v.Kind != wire.TypeTensor {
		if v.Kind != wire.TypeNone {
			i.Type = v.Type.String()
		}
		return i
	}
	i.DType = v.DType
	s, _ := v.Shape.Merge(file.Type.Shape)
	if !s.Ranked() {
		return i
	}
	i.Shape = s.Ints()
	i.Dims = make([]string, s.Rank())
	for j, d := range s.Dims() {
		if sym, ok := d.SymbolIndex(); ok {
			i.Dims[j] = m.prog.Model.Symbols[sym]
		}
	}
	return i
}

// Inputs describes what a run must be given, in the model's order. Inputs that have a default in the file are left
// out; a run may still give them, by name.
func (m *Model) Inputs() []Info { return cloneInfos(m.inputs) }

// Outputs describes what a run makes, in the model's order.
func (m *Model) Outputs() []Info { return cloneInfos(m.outputs) }

func cloneInfos(infos []Info) []Info {
	out := slices.Clone(infos)
	for i := range out {
		out[i].Shape, out[i].Dims = slices.Clone(out[i].Shape), slices.Clone(out[i].Dims)
	}
	return out
}

// Metadata returns what the file says of the model itself. The caller must not change the maps in it.
func (m *Model) Metadata() Metadata { return m.meta }

// NewSession makes a session to run the model with; nil options are the defaults. Errors: *[UnsupportedError] when
// operators or types are missing, naming all of them; *[LimitError] when a model whose shapes are all fixed needs
// more memory than the options allow; [ErrClosed].
func (m *Model) NewSession(o *Options) (*Session, error) {
	opts, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if missing := slices.Concat(m.prog.Unsupported(), m.prog.Lacking(&opts.Tools)); len(missing) > 0 {
		return nil, &UnsupportedError{Missing: missing}
	}
	if !m.acquire() {
		return nil, ErrClosed
	}
	s := newSession(m, opts)
	if m.static() {
		// Known shapes are planned at once: what cannot run is refused here, and the first run waits for nothing.
		if _, err := s.planFor(nil); err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}

// static reports whether the model fixes the shapes of all its inputs.
func (m *Model) static() bool {
	for _, id := range m.prog.Graph.Inputs {
		v := &m.declared.Values[id]
		if v.Known == nil && (v.Kind != wire.TypeTensor || !v.Shape.Static()) {
			return false
		}
	}
	return true
}

// Close lets go of the model. Its sessions go on until they are closed; the last of them unmaps the file.
// Further sessions cannot be made. Closing twice is harmless.
func (m *Model) Close() error {
	m.mu.Lock()
	closed := m.closed
	m.closed = true
	m.mu.Unlock()
	if !closed {
		m.release()
	}
	return nil
}

// acquire counts one more user of the weights, unless the model is closed.
func (m *Model) acquire() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	m.users++
	return true
}

func (m *Model) release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.users--; m.users == 0 {
		m.files.release()
	}
}

// shapesOf turns dimensions by input into what inference takes; inputs that are no tensors have none.
func shapesOf(dims map[graph.ID][]int) map[graph.ID]shape.Shape {
	out := make(map[graph.ID]shape.Shape, len(dims))
	for id, d := range dims {
		if d != nil {
			out[id] = shape.FromInts(d)
		}
	}
	return out
}
