package build

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/brinkml/brink/inference/internal/wire"
)

// Model writes the model, or returns everything that was wrong with it. The same graph always gives the
// same bytes. It may be called again after the graph has grown.
func (g *Graph) Model() ([]byte, error) {
	if g.parent != nil {
		return nil, errors.New("build: a subgraph is no model")
	}
	w := &writer{domains: map[string]bool{}, given: map[string]bool{}}
	w.collect(g)
	graph := w.graph(g, nil)
	m := &wire.Model{
		IRVersion:       int64(g.opts.IRVersion),
		Opsets:          w.opsets(&g.opts),
		ProducerName:    g.opts.Producer,
		ProducerVersion: g.opts.ProducerVersion,
		Domain:          g.opts.Domain,
		ModelVersion:    g.opts.Version,
		Doc:             g.opts.Doc,
		Graph:           graph,
	}
	for _, k := range slices.Sorted(maps.Keys(g.opts.Metadata)) {
		m.Metadata = append(m.Metadata, wire.StringEntry{Key: k, Value: g.opts.Metadata[k]})
	}
	if err := errors.Join(append(slices.Clone(g.errs), w.errs...)...); err != nil {
		return nil, fmt.Errorf("build: model %q: %w", g.name, err)
	}
	b, err := wire.Encode(m)
	if err != nil {
		return nil, fmt.Errorf("build: model %q: %w", g.name, err)
	}
	return b, nil
}

// WriteTo writes the model to out, as [Graph.Model] makes it.
func (g *Graph) WriteTo(out io.Writer) (int64, error) {
	b, err := g.Model()
	if err != nil {
		return 0, err
	}
	n, err := out.Write(b)
	return int64(n), err
}

// writer turns graphs into messages.
type writer struct {
	domains map[string]bool // in use
	given   map[string]bool // names that values of any graph were given, which no invented one may be
	errs    []error
}

// collect notes the names given in g and in the graphs inside of it.
func (w *writer) collect(g *Graph) {
	for _, in := range g.inputs {
		w.given[in.v.name] = true
	}
	for _, c := range g.consts {
		w.given[c.v.name] = true
	}
	for _, n := range g.nodes {
		for _, v := range n.out {
			w.given[v.name] = true
		}
		for _, sub := range n.subgraphs {
			for _, inner := range sub.graphs {
				w.collect(inner)
			}
		}
	}
}

// scope is the names of a graph and those of the graphs around it.
type scope struct {
	outer *scope
	taken map[string]bool
	names map[*value]string
	next  map[string]int // by operator, the number that its next unnamed result gets
}

func (s *scope) isTaken(name string) bool {
	for ; s != nil; s = s.outer {
		if s.taken[name] {
			return true
		}
	}
	return false
}

func (s *scope) name(v *value) string {
	for ; s != nil; s = s.outer {
		if name, ok := s.names[v]; ok {
			return name
		}
	}
	return "" // out of scope, which was reported when it was used
}

func (w *writer) graph(g *Graph, outer *scope) *wire.Graph {
	s := w.scope(g, outer)
	out := &wire.Graph{Name: g.name}
	for _, in := range g.inputs {
		out.Inputs = append(out.Inputs, &wire.ValueInfo{Name: s.name(in.v), Type: in.typ})
	}
	for _, c := range g.consts {
		if c.sparse != nil {
			out.SparseInitializers = append(out.SparseInitializers, c.sparse)
		} else {
			out.Initializers = append(out.Initializers, c.dense)
		}
	}
	for _, n := range g.nodes {
		out.Nodes = append(out.Nodes, w.node(n, s))
	}
	for _, o := range g.outputs {
		out.Outputs = append(out.Outputs, &wire.ValueInfo{Name: s.name(o.v), Type: o.typ})
	}
	if len(out.Outputs) == 0 {
		w.errs = append(w.errs, fmt.Errorf("graph %q has no output", g.name))
	}
	return out
}

// scope names every value of g: first those that were given a name, then the others, around them.
func (w *writer) scope(g *Graph, outer *scope) *scope {
	s := &scope{outer: outer, taken: map[string]bool{}, names: map[*value]string{}, next: map[string]int{}}
	for _, in := range g.inputs {
		w.take(g, s, in.v)
	}
	for _, c := range g.consts {
		w.take(g, s, c.v)
	}
	for _, n := range g.nodes {
		for _, v := range n.out {
			if v.name != "" {
				w.take(g, s, v)
			}
		}
	}
	for _, n := range g.nodes {
		for _, v := range n.out {
			if v.name == "" {
				w.invent(s, v, n.op)
			}
		}
	}
	return s
}

func (w *writer) take(g *Graph, s *scope, v *value) {
	if s.isTaken(v.name) {
		w.errs = append(w.errs, fmt.Errorf("graph %q: the name %q is given to two values", g.name, v.name))
	}
	s.taken[v.name] = true
	s.names[v] = v.name
}

// invent names a value after its operator.
func (w *writer) invent(s *scope, v *value, op string) {
	for {
		name := strings.ToLower(op) + "_" + strconv.Itoa(s.next[op])
		s.next[op]++
		if !w.given[name] && !s.isTaken(name) {
			s.taken[name] = true
			s.names[v] = name
			return
		}
	}
}

func (w *writer) node(n *node, s *scope) *wire.Node {
	w.domains[n.domain] = true
	out := &wire.Node{OpType: n.op, Domain: n.domain, Attrs: n.attrs}
	for _, v := range n.in {
		name := ""
		if v != nil {
			name = s.name(v)
		}
		out.Inputs = append(out.Inputs, name)
	}
	for _, v := range n.out {
		out.Outputs = append(out.Outputs, s.name(v))
	}
	for _, sub := range n.subgraphs {
		graphs := make([]*wire.Graph, len(sub.graphs))
		for i, g := range sub.graphs {
			graphs[i] = w.graph(g, s)
		}
		if sub.w.Type == wire.AttrGraph {
			sub.w.G = graphs[0]
		} else {
			sub.w.Graphs = graphs
		}
	}
	return out
}

// opsets lists the versions of the domains in use, ai.onnx first.
func (w *writer) opsets(o *Options) []wire.OpsetID {
	list := []wire.OpsetID{{Version: int64(o.Opset)}}
	delete(w.domains, "")
	for _, domain := range slices.Sorted(maps.Keys(w.domains)) {
		version := o.Domains[domain]
		if version == 0 && domain == "ai.onnx.ml" {
			version = 3
		}
		if version == 0 {
			w.errs = append(w.errs, fmt.Errorf("Options.Domains has no version for domain %q", domain))
		}
		list = append(list, wire.OpsetID{Domain: domain, Version: int64(version)})
	}
	return list
}
