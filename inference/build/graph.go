package build

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/internal/wire"
)

// Graph is a graph under construction: a model's, or one that an operator such as If takes as an attribute.
type Graph struct {
	name   string
	parent *Graph // nil for the model's
	opts   Options
	errs   []error

	inputs  []declared
	outputs []declared
	consts  []constant
	nodes   []*node
}

// declared is an input or output with its type.
type declared struct {
	v   *value
	typ *wire.Type
}

// node is an operator applied once.
type node struct {
	domain, op string
	in, out    []*value // nil in in: left out
	attrs      []*wire.Attribute
	subgraphs  []subgraphs // what the graph attributes among attrs are made of
}

// value is what a Value stands for.
type value struct {
	g    *Graph
	name string // "" until named
	node bool   // made by a node, so that an output may name it
}

// Value is something a graph computes or is given: an input, a constant, or a result of a node.
// The zero Value is an optional input left out.
type Value struct{ v *value }

// New returns an empty graph for a model. nil Options are the defaults.
func New(name string, o *Options) *Graph {
	opts, err := o.withDefaults()
	g := &Graph{name: name, opts: opts}
	if name == "" {
		err = errors.Join(err, errors.New("the graph has no name"))
	}
	if err != nil {
		g.errs = append(g.errs, err)
	}
	return g
}

// Sub returns an empty graph to be an operator's attribute ([Subgraph]): a branch of If, the body of
// Loop or Scan. It may use the values of g, and of the graphs around g, as they are.
func (g *Graph) Sub(name string) *Graph { return &Graph{name: name, parent: g} }

// Input declares a tensor that the graph is given. Without dims it is a scalar.
func (g *Graph) Input(name string, t inference.DType, dims ...Dim) Value {
	return g.InputOf(name, TensorType(t, dims...))
}

// InputOf declares an input of any type.
func (g *Graph) InputOf(name string, t Type) Value {
	if t.err != nil || t.t == nil {
		g.errorf("input %q: %w", name, typeError(t))
	}
	v := g.named(name, "an input")
	g.inputs = append(g.inputs, declared{v, t.t})
	return Value{v}
}

// Output makes v a tensor that the graph gives, under a name of its own. Without dims it is a scalar.
func (g *Graph) Output(name string, v Value, t inference.DType, dims ...Dim) {
	g.OutputOf(name, v, TensorType(t, dims...))
}

// OutputOf makes v an output of any type. In a subgraph the type may be the zero Type, which declares none.
func (g *Graph) OutputOf(name string, v Value, t Type) {
	if t.err != nil || t.t == nil && g.parent == nil {
		g.errorf("output %q: %w", name, typeError(t))
	}
	if name == "" {
		g.errorf("an output has no name")
	}
	if v.v == nil {
		g.errorf("output %q has no value", name)
		return
	}
	g.visible(v.v, fmt.Sprintf("output %q", name))
	if v.v.g != g || !v.v.node || v.v.name != "" {
		v = g.Op("Identity", []Value{v}) // the value has a name already, or is none that g computes
	}
	v.v.name = name
	g.outputs = append(g.outputs, declared{v.v, t.t})
}

// typeError says what is wrong with a type that is zero or carries an error.
func typeError(t Type) error {
	if t.err != nil {
		return t.err
	}
	return errors.New("it has no type")
}

// Op applies an operator and returns its result, the first one if it has several. A zero Value among in
// is an optional input left out.
func (g *Graph) Op(op string, in []Value, attrs ...Attr) Value {
	return g.Ops(op, 1, in, attrs...)[0]
}

// Ops applies an operator and returns its first n results, at least one.
func (g *Graph) Ops(op string, n int, in []Value, attrs ...Attr) []Value {
	where := fmt.Sprintf("node %d (%s)", len(g.nodes), op)
	nd := &node{op: op}
	if i := strings.LastIndexByte(op, '.'); i >= 0 {
		nd.domain, nd.op = op[:i], op[i+1:]
	}
	if isCore(nd.domain) {
		nd.domain = ""
	}
	if nd.op == "" {
		g.errorf("%s has no operator", where)
	}
	for _, v := range in {
		if v.v != nil {
			g.visible(v.v, where)
		}
		nd.in = append(nd.in, v.v)
	}
	for len(nd.in) > 0 && nd.in[len(nd.in)-1] == nil {
		nd.in = nd.in[:len(nd.in)-1] // ONNX leaves trailing optional inputs away
	}
	g.attributes(nd, where, attrs)
	g.nodes = append(g.nodes, nd)
	if n < 1 {
		g.errorf("%s gives %d results", where, n)
		n = 1
	}
	out := make([]Value, n)
	for i := range out {
		out[i] = Value{&value{g: g, node: true}}
		nd.out = append(nd.out, out[i].v)
	}
	return out
}

func (g *Graph) attributes(nd *node, where string, attrs []Attr) {
	for _, a := range attrs {
		if a.err != nil {
			g.errorf("%s: %w", where, a.err)
			continue
		}
		if slices.ContainsFunc(nd.attrs, func(o *wire.Attribute) bool { return o.Name == a.w.Name }) {
			g.errorf("%s: attribute %q is given twice", where, a.w.Name)
		}
		for _, sub := range a.graphs {
			if sub.parent != g {
				g.errorf("%s: graph %q of attribute %q was not made by Sub of the graph it is used in", where, sub.name, a.w.Name)
				return
			}
		}
		nd.attrs = append(nd.attrs, a.w)
		if len(a.graphs) > 0 {
			nd.subgraphs = append(nd.subgraphs, subgraphs{a.w, a.graphs})
		}
	}
}

// As names the value, which otherwise gets a name from its operator, and returns it.
func (v Value) As(name string) Value {
	if v.v == nil || !v.v.node {
		return v // an input or a constant has its name; nothing has none
	}
	if v.v.name != "" && v.v.name != name {
		v.v.g.errorf("value %q is named a second time, %q", v.v.name, name)
	}
	v.v.name = name
	return v
}

// named returns a new value that is no node's.
func (g *Graph) named(name, what string) *value {
	switch {
	case name == "":
		g.errorf("%s has no name", what)
	case !utf8.ValidString(name):
		g.errorf("the name %q is not UTF-8", name)
	}
	return &value{g: g, name: name}
}

// visible reports a use of v where it is not in scope.
func (g *Graph) visible(v *value, where string) {
	for scope := g; scope != nil; scope = scope.parent {
		if v.g == scope {
			return
		}
	}
	g.errorf("%s uses a value of graph %q, which is not around it", where, v.g.name)
}

// errorf collects an error at the model's graph, saying which graph it is about.
func (g *Graph) errorf(format string, args ...any) {
	root := g
	for root.parent != nil {
		root = root.parent
	}
	root.errs = append(root.errs, fmt.Errorf("graph %q: %w", g.name, fmt.Errorf(format, args...)))
}
