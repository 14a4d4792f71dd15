package graph

import (
	"math"

	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

// maxNodes bounds the nodes of a model after functions are expanded.
const maxNodes = 1 << 17

// External reads the data of a tensor that lies outside of the model's file: length bytes from data.Offset of
// data.Location.
type External func(data wire.ExternalData, length int64) ([]byte, error)

// Build makes the graph of a decoded model. It returns a *fault.FormatError when names, references or constants do
// not make a graph.
func Build(m *wire.Model, ext External) (*Model, error) {
	if m.Graph == nil {
		return nil, fault.Format("the model has no graph")
	}
	b := &builder{
		model:     &Model{Opsets: map[string]int{}},
		ext:       ext,
		symbols:   map[string]int{},
		functions: map[functionKey]*wire.Function{},
	}
	var err error
	if b.model.Opsets, err = opsets(m.Opsets); err != nil {
		return nil, err
	}
	if len(m.Opsets) == 0 {
		b.model.Opsets[""] = 1 // what files older than operator sets mean
	}
	for _, f := range m.Functions {
		key := functionKey{canonical(f.Domain), f.Name, f.Overload}
		if b.functions[key] != nil {
			return nil, fault.Format("function %q is defined twice", f.Name)
		}
		b.functions[key] = f
	}
	b.model.Main, err = b.graph(m.Graph, nil, context{opsets: b.model.Opsets})
	if err != nil {
		return nil, err
	}
	return b.model, nil
}

// opsets reads import statements.
func opsets(imports []wire.OpsetID) (map[string]int, error) {
	out := map[string]int{}
	for _, o := range imports {
		if o.Version < 0 || o.Version > math.MaxInt32 {
			return nil, fault.Format("operator set %q has version %d", o.Domain, o.Version)
		}
		out[canonical(o.Domain)] = int(o.Version)
	}
	return out, nil
}

// canonical gives the standard domain its short name.
func canonical(domain string) string {
	if domain == "ai.onnx" {
		return ""
	}
	return domain
}

type builder struct {
	model     *Model
	ext       External
	symbols   map[string]int
	functions map[functionKey]*wire.Function
	nodes     int
}

type functionKey struct{ domain, name, overload string }

// context is what nodes are read under: the versions that apply, and, in a function's body, what the call gives.
type context struct {
	opsets map[string]int
	attrs  map[string]*wire.Attribute // of the call, by name; nil outside of functions
	calls  []*wire.Function           // the functions being expanded, outermost first
}

// scope maps names to the values of one graph.
type scope struct {
	g     *Graph
	names map[string]ID
	outer *scope        // of the graph around a body
	given map[string]ID // in a function's body: the values that the call wants made under these names
}

// graph builds one graph.
func (b *builder) graph(w *wire.Graph, outer *scope, ctx context) (*Graph, error) {
	g := &Graph{Name: w.Name}
	s := &scope{g: g, names: map[string]ID{}, outer: outer}
	for _, in := range w.Inputs {
		id, err := s.define(in.Name)
		if err != nil {
			return nil, err
		}
		g.Values[id].Type, err = b.typeOf(in.Name, in.Type)
		if err != nil {
			return nil, err
		}
		g.Inputs = append(g.Inputs, id)
	}
	if err := b.initializers(w, s); err != nil {
		return nil, err
	}
	if err := b.body(w.Nodes, s, ctx); err != nil {
		return nil, err
	}
	for _, out := range w.Outputs {
		id, ok := s.find(out.Name)
		if !ok {
			return nil, fault.Format("graph %q: output %q is made by no node", w.Name, out.Name)
		}
		g.Outputs = append(g.Outputs, id)
		if err := b.declare(s, out); err != nil {
			return nil, err
		}
	}
	for _, info := range w.ValueInfo {
		if err := b.declare(s, info); err != nil {
			return nil, err
		}
	}
	return g, order(g)
}

// initializers gives values their constants.
func (b *builder) initializers(w *wire.Graph, s *scope) error {
	add := func(name string, t *tensor.Tensor) error {
		id, ok := s.names[name]
		if !ok {
			var err error
			if id, err = s.define(name); err != nil {
				return err
			}
		}
		v := &s.g.Values[id]
		if v.Const != nil {
			return fault.Format("graph %q: initializer %q is given twice", w.Name, name)
		}
		v.Const = t
		if v.Type.Kind == wire.TypeNone {
			v.Type = TensorType(t.DType, shape.FromInts(t.Shape))
		}
		return nil
	}
	for _, init := range w.Initializers {
		t, err := b.tensor(init)
		if err != nil {
			return err
		}
		if err := add(init.Name, t); err != nil {
			return err
		}
	}
	for _, init := range w.SparseInitializers {
		t, err := b.sparse(init)
		if err != nil {
			return err
		}
		if err := add(init.Values.Name, t); err != nil {
			return err
		}
	}
	return nil
}

// declare notes the type that the file states for a value which exists already.
func (b *builder) declare(s *scope, info *wire.ValueInfo) error {
	id, ok := s.names[info.Name]
	if !ok || s.g.Values[id].Type.Kind != wire.TypeNone {
		return nil
	}
	t, err := b.typeOf(info.Name, info.Type)
	s.g.Values[id].Type = t
	return err
}

// body adds the nodes of a graph or of a function that is called in it.
func (b *builder) body(nodes []*wire.Node, s *scope, ctx context) error {
	outs := make([][]ID, len(nodes))
	for i, n := range nodes {
		for _, name := range n.Outputs {
			id := None
			if name != "" {
				var err error
				if id, err = s.define(name); err != nil {
					return err
				}
			}
			outs[i] = append(outs[i], id)
		}
	}
	for i, n := range nodes {
		if err := b.node(n, outs[i], s, ctx); err != nil {
			return err
		}
	}
	return nil
}

// node adds one node, or the body of the function that it calls.
func (b *builder) node(w *wire.Node, out []ID, s *scope, ctx context) error {
	if b.nodes++; b.nodes > maxNodes {
		return &fault.LimitError{What: "nodes", Got: int64(b.nodes), Max: maxNodes}
	}
	in := make([]ID, len(w.Inputs))
	for i, name := range w.Inputs {
		in[i] = None
		if name == "" {
			continue
		}
		var ok bool
		if in[i], ok = s.find(name); !ok {
			return fault.Format("node %q (%s): input %q is made by no node", w.Name, w.OpType, name)
		}
	}
	domain := canonical(w.Domain)
	if f := b.functions[functionKey{domain, w.OpType, w.Overload}]; f != nil {
		return b.call(f, w, in, out, s, ctx)
	}
	opset, ok := ctx.opsets[domain]
	if !ok {
		return fault.Format("node %q (%s): no version of operator set %q is imported", w.Name, w.OpType, domain)
	}
	n := Node{Name: w.Name, Op: w.OpType, Domain: domain, Opset: opset, In: in, Out: out}
	for _, a := range w.Attrs {
		attr, ok, err := b.attr(a, s, ctx)
		if err != nil {
			return err
		}
		if ok {
			n.Attrs = append(n.Attrs, attr)
		}
	}
	s.g.Nodes = append(s.g.Nodes, n)
	return nil
}

// define makes a value with a name that is new in this graph.
func (s *scope) define(name string) (ID, error) {
	if name == "" {
		return None, fault.Format("a value has no name")
	}
	if _, ok := s.names[name]; ok {
		return None, fault.Format("value %q is defined twice", name)
	}
	id, ok := s.given[name]
	if !ok {
		id = ID(len(s.g.Values))
		s.g.Values = append(s.g.Values, Value{Name: name})
	}
	s.names[name] = id
	return id, nil
}

// find resolves a name, capturing it from an enclosing graph when it is not of this one.
func (s *scope) find(name string) (ID, bool) {
	if id, ok := s.names[name]; ok {
		return id, true
	}
	if s.outer == nil {
		return None, false
	}
	outer, ok := s.outer.find(name)
	if !ok || outer == None {
		return outer, ok
	}
	id := ID(len(s.g.Values))
	s.g.Values = append(s.g.Values, Value{Name: name, Type: s.outer.g.Values[outer].Type})
	s.names[name] = id
	s.g.Captures = append(s.g.Captures, Capture{outer, id})
	return id, true
}

// tensor decodes a constant, reading its data from outside of the file where it says so.
func (b *builder) tensor(w *wire.Tensor) (*tensor.Tensor, error) {
	if !w.IsExternal() {
		return tensor.FromWire(w)
	}
	data, err := w.ExternalData()
	if err != nil {
		return nil, &fault.FormatError{Reason: "tensor " + w.Name, Err: err}
	}
	want, err := tensor.RawBytes(w)
	if err != nil {
		return nil, err
	}
	if data.Length >= 0 && data.Length != want {
		return nil, fault.Format("tensor %q takes %d bytes, its external data has %d", w.Name, want, data.Length)
	}
	raw, err := b.ext(data, want)
	if err != nil {
		return nil, err
	}
	return tensor.FromRaw(w, raw)
}

// sparse decodes a sparse constant to a dense tensor.
func (b *builder) sparse(w *wire.SparseTensor) (*tensor.Tensor, error) {
	if w.Values == nil || w.Indices == nil {
		return nil, fault.Format("a sparse tensor has no values or no indices")
	}
	values, err := b.tensor(w.Values)
	if err != nil {
		return nil, err
	}
	indices, err := b.tensor(w.Indices)
	if err != nil {
		return nil, err
	}
	return tensor.Dense(w.Values.Name, w.Dims, values, indices)
}
