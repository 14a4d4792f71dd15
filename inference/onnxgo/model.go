//go:build !riscv64

package onnxgo

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"gorgonia.org/tensor"

	"github.com/brinkml/brink/inference/build"
	"github.com/brinkml/brink/inference/gotensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

// valueNames gives each value the name that it has in the engine's model: its own, or its node's
// number where that is missing or taken.
type valueNames map[*Node]string

func (g *Graph) valueNames() valueNames {
	names, taken := valueNames{}, map[string]bool{}
	for _, n := range g.nodes {
		if n == nil || n.omitted() {
			continue
		}
		name := n.name
		for name == "" || taken[name] {
			name += "#" + strconv.FormatInt(n.id, 10)
		}
		names[n], taken[name] = name, true
	}
	return names
}

// model writes the graph as an ONNX model of the given operator version.
func (g *Graph) model(opset int, names valueNames) ([]byte, error) {
	out := &wire.Graph{Name: "onnx-go"}
	for _, n := range g.nodes {
		if n == nil {
			continue
		}
		if err := names.declare(out, n); err != nil {
			return nil, fmt.Errorf("%s: %w", n, err)
		}
	}
	for i := range g.ops {
		n, err := names.node(&g.ops[i])
		if err != nil {
			return nil, fmt.Errorf("operator %s: %w", g.ops[i].Name, err)
		}
		out.Nodes = append(out.Nodes, n)
	}
	return wire.Encode(&wire.Model{IRVersion: 8, Opsets: []wire.OpsetID{{Version: int64(opset)}}, Graph: out})
}

// declare adds the node to the graph's inputs, constants or outputs.
func (names valueNames) declare(g *wire.Graph, n *Node) error {
	info := &wire.ValueInfo{Name: names[n]}
	switch {
	case n.omitted():
	case n.computed:
		if n.declared || len(n.users) == 0 {
			g.Outputs = append(g.Outputs, info)
		}
	case n.variable:
		t, err := wireTensor(n.t)
		if err != nil {
			return err
		}
		info.Type = &wire.Type{Kind: wire.TypeTensor, ElemType: t.DataType} // the shape may differ from run to run
		g.Inputs = append(g.Inputs, info)
	case len(n.users) > 0:
		t, err := wireTensor(n.t)
		if err != nil {
			return err
		}
		t.Name = info.Name
		g.Initializers = append(g.Initializers, t)
	}
	return nil
}

// node writes an operation.
func (names valueNames) node(o *operation) (*wire.Node, error) {
	out := &wire.Node{OpType: o.Name}
	var first *Node
	for _, r := range o.results {
		if first == nil && r.computed {
			first = r // every result has edges to all operands
		}
		out.Outputs = append(out.Outputs, names[r]) // none for a result that is left out
	}
	if first != nil {
		out.Inputs = names.inputs(first)
	}
	for _, name := range slices.Sorted(maps.Keys(o.Attributes)) {
		a, err := attribute(name, o.Attributes[name])
		if err != nil {
			return nil, fmt.Errorf("attribute %q: %w", name, err)
		}
		if a != nil {
			out.Attrs = append(out.Attrs, a)
		}
	}
	return out, nil
}

// inputs names the operands of n by position, "" for those left out.
func (names valueNames) inputs(n *Node) []string {
	edges := slices.SortedStableFunc(slices.Values(n.operands), func(a, b *edge) int { return cmp.Compare(a.weight, b.weight) })
	var list []string
	for _, e := range edges {
		list = append(list, names[e.to])
	}
	for len(list) > 0 && list[len(list)-1] == "" {
		list = list[:len(list)-1]
	}
	return list
}

// attribute writes an attribute of the Go types that onnx-go uses; nil for one without a type.
func attribute(name string, v any) (*wire.Attribute, error) {
	a := &wire.Attribute{Name: name}
	switch v := v.(type) {
	case float32:
		a.Type, a.F = wire.AttrFloat, v
	case int64:
		a.Type, a.I = wire.AttrInt, v
	case string:
		a.Type, a.S = wire.AttrString, []byte(v)
	case []float32:
		a.Type, a.Floats = wire.AttrFloats, v
	case []int64:
		a.Type, a.Ints = wire.AttrInts, v
	case []string:
		a.Type = wire.AttrStrings
		for _, s := range v {
			a.Strings = append(a.Strings, []byte(s))
		}
	case tensor.Tensor:
		t, err := wireTensor(v)
		if err != nil {
			return nil, err
		}
		a.Type, a.T = wire.AttrTensor, t
	case struct{}:
		return nil, nil
	default:
		return nil, fmt.Errorf("it has the Go type %T, which stands for no kind of attribute", v)
	}
	return a, nil
}

// wireTensor writes a tensor of gorgonia's.
func wireTensor(t tensor.Tensor) (*wire.Tensor, error) {
	v, err := gotensor.From(t)
	if err != nil {
		return nil, err
	}
	b, err := build.Marshal("", v)
	if err != nil {
		return nil, err
	}
	return wire.DecodeTensor(b, nil)
}
