package ops

import (
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

// Attr declares an attribute. Default is nil when there is none, Required when a node must give it, and otherwise an
// int, float64 or string, or a slice of these, whichever fits Kind.
type Attr struct {
	Name    string
	Kind    wire.AttrType
	Default any
}

// The kinds of attribute, by the names that literals use.
const (
	Float   = wire.AttrFloat
	Int     = wire.AttrInt
	String  = wire.AttrString
	Tensor  = wire.AttrTensor
	Graph   = wire.AttrGraph
	Floats  = wire.AttrFloats
	Ints    = wire.AttrInts
	Strings = wire.AttrStrings
	Sparse  = wire.AttrSparseTensor
	Type    = wire.AttrTypeProto
)

type required uint8

// Required is the Default of an attribute that every node must give. It is a constant, so that literals which have it are
// laid out by the compiler.
const Required required = 0

// IsRequired reports whether every node must give a.
func (a *Attr) IsRequired() bool { return a.Default == any(Required) }

// Attr returns the declaration of the named attribute, or nil.
//
//go:noinline
func (v *Version) Attr(name string) *Attr {
	for i := range v.Attrs {
		if v.Attrs[i].Name == name {
			return &v.Attrs[i]
		}
	}
	return nil
}

// attr returns what n says for an attribute, or else its declared default, or nil.
// Asking for one that the version does not declare is a mistake in the operator's file.
func (n *Node) attr(name string) any {
	for i := range n.Attrs {
		if n.Attrs[i].Name == name {
			return n.Attrs[i].Value
		}
	}
	a := n.Version.Attr(name)
	if a == nil {
		panic("ops: attribute " + name + " is not declared")
	}
	return a.Default
}

// HasAttr reports whether n gives an attribute or it has a default.
//
//go:noinline
func (n *Node) HasAttr(name string) bool {
	for i := range n.Attrs {
		if n.Attrs[i].Name == name {
			return true
		}
	}
	a := n.Version.Attr(name)
	return a != nil && a.Default != nil
}

// Int returns an integer attribute, 0 when it is absent.
//
// The functions that read attributes are called all over the place, once for each node of a model: copies of them at
// every call would only take room.
//
//go:noinline
func (n *Node) Int(name string) int64 {
	switch v := n.attr(name).(type) {
	case int64:
		return v
	case int:
		return int64(v)
	}
	return 0
}

// Flag returns whether an integer attribute is other than 0.
func (n *Node) Flag(name string) bool { return n.Int(name) != 0 }

// Float returns a float attribute, 0 when it is absent.
//
//go:noinline
func (n *Node) Float(name string) float32 {
	switch v := n.attr(name).(type) {
	case float32:
		return v
	case float64:
		return float32(v)
	}
	return 0
}

// String returns a string attribute, "" when it is absent.
//
//go:noinline
func (n *Node) String(name string) string {
	s, _ := n.attr(name).(string)
	return s
}

// Ints returns a list of integers, nil when it is absent.
//
//go:noinline
func (n *Node) Ints(name string) []int64 {
	v, _ := n.attr(name).([]int64)
	return v
}

// Floats returns a list of floats, nil when it is absent.
//
//go:noinline
func (n *Node) Floats(name string) []float32 {
	v, _ := n.attr(name).([]float32)
	return v
}

// Strings returns a list of strings, nil when it is absent.
//
//go:noinline
func (n *Node) Strings(name string) []string {
	v, _ := n.attr(name).([]string)
	return v
}

// Tensor returns a tensor attribute, nil when it is absent.
//
//go:noinline
func (n *Node) Tensor(name string) *tensor.Tensor {
	v, _ := n.attr(name).(*tensor.Tensor)
	return v
}

// Graph returns a graph attribute, nil when it is absent.
//
//go:noinline
func (n *Node) Graph(name string) *graph.Graph {
	v, _ := n.attr(name).(*graph.Graph)
	return v
}
