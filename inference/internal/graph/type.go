package graph

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

// typeOf reads a declared type.
func (b *builder) typeOf(name string, w *wire.Type) (Type, error) {
	if w == nil {
		return Type{}, nil
	}
	t := Type{Kind: w.Kind}
	var err error
	switch w.Kind {
	case wire.TypeTensor, wire.TypeSparseTensor:
		t.DType = dtype.DType(w.ElemType)
		if w.ElemType < 0 || w.ElemType > math.MaxUint8 || (w.ElemType != 0 && !t.DType.Valid()) {
			return Type{}, fault.Format("value %q: unknown element type %d", name, w.ElemType)
		}
		if w.HasShape {
			t.Shape, err = b.shapeOf(name, w.Dims)
		}
	case wire.TypeSequence, wire.TypeOptional, wire.TypeMap:
		var elem Type
		elem, err = b.typeOf(name, w.Elem)
		t.Elem = &elem
		if w.Kind == wire.TypeMap {
			t.Key = dtype.DType(w.KeyType)
		}
	}
	return t, err
}

func (b *builder) shapeOf(name string, w []wire.Dim) (shape.Shape, error) {
	if len(w) > tensor.MaxRank {
		return shape.Shape{}, &fault.LimitError{What: "tensor rank", Got: int64(len(w)), Max: tensor.MaxRank}
	}
	dims := make([]shape.Dim, len(w))
	for i, d := range w {
		switch {
		case d.Known && d.Value > math.MaxInt:
			return shape.Shape{}, &fault.LimitError{What: "tensor dimension", Got: d.Value, Max: math.MaxInt}
		case d.Known && d.Value >= 0:
			dims[i] = shape.Dim(d.Value)
		case d.Param != "":
			sym, ok := b.symbols[d.Param]
			if !ok {
				sym = len(b.model.Symbols)
				b.symbols[d.Param] = sym
				b.model.Symbols = append(b.model.Symbols, d.Param)
			}
			dims[i] = shape.Symbol(sym)
		default: // nothing given, or a negative number, which some writers mean as unknown
			dims[i] = shape.Unknown
		}
	}
	return shape.Of(dims...), nil
}

// Same reports whether two types are the same but for shapes.
func (t *Type) Same(o *Type) bool {
	if t == nil || o == nil {
		return t == o
	}
	return t.Kind == o.Kind && t.DType == o.DType && t.Key == o.Key && t.Elem.Same(o.Elem)
}

// String writes the type as messages call it, such as "float32" or "seq(map(string, float32))".
func (t *Type) String() string {
	if t == nil {
		return "undefined"
	}
	switch t.Kind {
	case wire.TypeSequence:
		return "seq(" + t.Elem.String() + ")"
	case wire.TypeOptional:
		return "optional(" + t.Elem.String() + ")"
	case wire.TypeMap:
		return "map(" + t.Key.String() + ", " + t.Elem.String() + ")"
	}
	return t.DType.String()
}
