package build

import (
	"fmt"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/internal/wire"
)

// Dim is one dimension of a declared shape: a number, a symbol, or unknown. The zero Dim is unknown.
type Dim struct {
	d        wire.Dim
	unranked bool
}

// Fixed is a dimension of n, which must not be negative.
func Fixed(n int) Dim { return Dim{d: wire.Dim{Known: true, Value: int64(n)}} }

// Sym is a dimension that is known when the model runs, such as a batch. Where the same symbol occurs
// again, the number is the same.
func Sym(name string) Dim { return Dim{d: wire.Dim{Param: name}} }

// Unknown is a dimension that depends on data or on more than a symbol can say.
func Unknown() Dim { return Dim{} }

// Unranked stands alone and leaves even the number of dimensions open.
func Unranked() Dim { return Dim{unranked: true} }

// Shape is short for a list of Fixed dimensions: g.Input("x", inference.Float32, build.Shape(1, 3, 8, 8)...).
func Shape(dims ...int) []Dim {
	list := make([]Dim, len(dims))
	for i, n := range dims {
		list[i] = Fixed(n)
	}
	return list
}

// Type is the declared type of a value: a tensor or a container of them.
type Type struct {
	t   *wire.Type
	err error
}

// TensorType is a tensor of t. Without dims it is a scalar.
func TensorType(t inference.DType, dims ...Dim) Type {
	w := &wire.Type{Kind: wire.TypeTensor, ElemType: int32(t), HasShape: true}
	if !t.Valid() {
		return Type{w, fmt.Errorf("element type %d does not exist", t)}
	}
	if len(dims) == 1 && dims[0].unranked {
		w.HasShape = false
		return Type{w, nil}
	}
	for i, d := range dims {
		if d.unranked {
			return Type{w, fmt.Errorf("Unranked is dimension %d of %d; it goes alone", i, len(dims))}
		}
		if d.d.Value < 0 {
			return Type{w, fmt.Errorf("dimension %d is %d", i, d.d.Value)}
		}
		w.Dims = append(w.Dims, d.d)
	}
	return Type{w, nil}
}

// SequenceType is a sequence of elem.
func SequenceType(elem Type) Type { return container(wire.Type{Kind: wire.TypeSequence}, elem) }

// OptionalType is an optional elem, which must be a tensor or a sequence.
func OptionalType(elem Type) Type { return container(wire.Type{Kind: wire.TypeOptional}, elem) }

// MapType is a map from key, an integer or string type, to value.
func MapType(key inference.DType, value Type) Type {
	t := container(wire.Type{Kind: wire.TypeMap, KeyType: int32(key)}, value)
	if t.err == nil && !mapKey(key) {
		t.err = fmt.Errorf("map with keys of type %v", key)
	}
	return t
}

func container(w wire.Type, elem Type) Type {
	if elem.t == nil && elem.err == nil {
		elem.err = fmt.Errorf("a container without a type for its elements")
	}
	w.Elem = elem.t
	return Type{&w, elem.err}
}

func mapKey(t inference.DType) bool {
	switch t {
	case inference.Int8, inference.Int16, inference.Int32, inference.Int64, inference.Uint8,
		inference.Uint16, inference.Uint32, inference.Uint64, inference.String:
		return true
	}
	return false
}
