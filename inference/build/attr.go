package build

import (
	"errors"
	"fmt"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/internal/wire"
)

// Attr is an attribute of a node: a name and a value of one of ONNX's kinds. The kind is part of what
// an operator asks for, so each has its own function: Elu wants Float("alpha", 1), not Int("alpha", 1).
type Attr struct {
	w      *wire.Attribute
	graphs []*Graph // for w.G or w.Graphs, which are made when the model is
	err    error
}

// subgraphs are the graphs of one attribute.
type subgraphs struct {
	w      *wire.Attribute
	graphs []*Graph
}

// attr finishes an attribute.
func attr(name string, kind wire.AttrType, w wire.Attribute) Attr {
	w.Name, w.Type = name, kind
	if name == "" {
		return Attr{err: errors.New("an attribute has no name")}
	}
	return Attr{w: &w}
}

// Int is an attribute of kind INT.
func Int[T int | int32 | int64](name string, v T) Attr {
	return attr(name, wire.AttrInt, wire.Attribute{I: int64(v)})
}

// Ints is an attribute of kind INTS.
func Ints[T int | int32 | int64](name string, v ...T) Attr {
	list := make([]int64, len(v))
	for i, n := range v {
		list[i] = int64(n)
	}
	return attr(name, wire.AttrInts, wire.Attribute{Ints: list})
}

// Float is an attribute of kind FLOAT.
func Float(name string, v float32) Attr {
	return attr(name, wire.AttrFloat, wire.Attribute{F: v})
}

// Floats is an attribute of kind FLOATS. It keeps v.
func Floats(name string, v ...float32) Attr {
	return attr(name, wire.AttrFloats, wire.Attribute{Floats: v})
}

// String is an attribute of kind STRING.
func String(name, v string) Attr {
	return attr(name, wire.AttrString, wire.Attribute{S: []byte(v)})
}

// Strings is an attribute of kind STRINGS.
func Strings(name string, v ...string) Attr {
	list := make([][]byte, len(v))
	for i, s := range v {
		list[i] = []byte(s)
	}
	return attr(name, wire.AttrStrings, wire.Attribute{Strings: list})
}

// Tensor is an attribute of kind TENSOR.
func Tensor(name string, t *inference.Tensor) Attr {
	if t == nil {
		return missing(name)
	}
	return attr(name, wire.AttrTensor, wire.Attribute{T: wireTensor("", t)})
}

// Tensors is an attribute of kind TENSORS.
func Tensors(name string, list ...*inference.Tensor) Attr {
	tensors := make([]*wire.Tensor, len(list))
	for i, t := range list {
		if t == nil {
			return missing(name)
		}
		tensors[i] = wireTensor("", t)
	}
	return attr(name, wire.AttrTensors, wire.Attribute{Tensors: tensors})
}

// Sparse is an attribute of kind SPARSE_TENSOR: a tensor of the given shape that is 0 but for values,
// of shape [n], at the int64 indices, of shape [n] for row-major positions or [n, rank] for
// coordinates, both ascending.
func Sparse(name string, values, indices *inference.Tensor, shape ...int) Attr {
	if values == nil || indices == nil {
		return missing(name)
	}
	return attr(name, wire.AttrSparseTensor, wire.Attribute{Sparse: sparse("", values, indices, shape)})
}

// Subgraph is an attribute of kind GRAPH, made by [Graph.Sub]. It may go on growing until the model is written.
func Subgraph(name string, g *Graph) Attr {
	if g == nil {
		return missing(name)
	}
	a := attr(name, wire.AttrGraph, wire.Attribute{})
	a.graphs = []*Graph{g}
	return a
}

// Subgraphs is an attribute of kind GRAPHS.
func Subgraphs(name string, list ...*Graph) Attr {
	for _, g := range list {
		if g == nil {
			return missing(name)
		}
	}
	a := attr(name, wire.AttrGraphs, wire.Attribute{})
	a.graphs = list
	return a
}

// TypeOf is an attribute of kind TYPE_PROTO.
func TypeOf(name string, t Type) Attr {
	if t.err != nil || t.t == nil {
		return Attr{err: fmt.Errorf("attribute %q: %w", name, typeError(t))}
	}
	return attr(name, wire.AttrTypeProto, wire.Attribute{TP: t.t})
}

// Types is an attribute of kind TYPE_PROTOS.
func Types(name string, list ...Type) Attr {
	types := make([]*wire.Type, len(list))
	for i, t := range list {
		if t.err != nil || t.t == nil {
			return Attr{err: fmt.Errorf("attribute %q: %w", name, typeError(t))}
		}
		types[i] = t.t
	}
	return attr(name, wire.AttrTypeProtos, wire.Attribute{TypeProtos: types})
}

func missing(name string) Attr {
	return Attr{err: fmt.Errorf("attribute %q has no value", name)}
}
