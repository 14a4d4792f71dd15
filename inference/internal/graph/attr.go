package graph

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

// attr decodes an attribute. The second result is false for one that refers to an attribute of the function around
// it which the call does not give.
func (b *builder) attr(w *wire.Attribute, s *scope, ctx context) (Attr, bool, error) {
	name := w.Name
	if w.RefName != "" {
		given := ctx.attrs[w.RefName]
		if given == nil {
			return Attr{}, false, nil
		}
		w = given
	}
	v, kind, err := b.attrValue(w, s, ctx)
	if err != nil {
		return Attr{}, false, err
	}
	return Attr{Name: name, Kind: kind, Value: v}, true, nil
}

func (b *builder) attrValue(w *wire.Attribute, s *scope, ctx context) (any, wire.AttrType, error) {
	missing := func(what string) error { return fault.Format("attribute %q: its %s is missing", w.Name, what) }
	kind := w.Type
	if kind == wire.AttrUndefined {
		kind = guessKind(w)
	}
	switch kind {
	case wire.AttrFloat:
		return w.F, kind, nil
	case wire.AttrInt:
		return w.I, kind, nil
	case wire.AttrString:
		return string(w.S), kind, nil
	case wire.AttrFloats:
		return w.Floats, kind, nil
	case wire.AttrInts:
		return w.Ints, kind, nil
	case wire.AttrStrings:
		return shared(w.Strings), kind, nil
	case wire.AttrTensor:
		if w.T == nil {
			return nil, kind, missing("tensor")
		}
		t, err := b.tensor(w.T)
		return t, kind, err
	case wire.AttrTensors:
		list := make([]*tensor.Tensor, len(w.Tensors))
		for i, v := range w.Tensors {
			var err error
			if list[i], err = b.tensor(v); err != nil {
				return nil, kind, err
			}
		}
		return list, kind, nil
	case wire.AttrSparseTensor:
		if w.Sparse == nil {
			return nil, kind, missing("sparse tensor")
		}
		t, err := b.sparse(w.Sparse)
		return t, kind, err
	case wire.AttrGraph:
		if w.G == nil {
			return nil, kind, missing("graph")
		}
		g, err := b.graph(w.G, s, ctx)
		return g, kind, err
	case wire.AttrGraphs:
		list := make([]*Graph, len(w.Graphs))
		for i, v := range w.Graphs {
			var err error
			if list[i], err = b.graph(v, s, ctx); err != nil {
				return nil, kind, err
			}
		}
		return list, kind, nil
	case wire.AttrTypeProto:
		if w.TP == nil {
			return nil, kind, missing("type")
		}
		t, err := b.typeOf(w.Name, w.TP)
		return t, kind, err
	}
	return nil, kind, fault.Format("attribute %q has kind %d, which is not known", w.Name, kind)
}

// guessKind finds the kind of an attribute in files older than IR version 2, which do not state it.
func guessKind(w *wire.Attribute) wire.AttrType {
	switch {
	case w.T != nil:
		return wire.AttrTensor
	case w.G != nil:
		return wire.AttrGraph
	case w.S != nil:
		return wire.AttrString
	case w.Ints != nil:
		return wire.AttrInts
	case w.Floats != nil:
		return wire.AttrFloats
	case w.Strings != nil:
		return wire.AttrStrings
	case w.F != 0:
		return wire.AttrFloat
	}
	return wire.AttrInt
}

// shared returns strings of which many may be the same, as are what the nodes of a tree ask: these share one copy.
func shared(list [][]byte) []string {
	out := make([]string, len(list))
	var seen []string
	for i, v := range list {
		at := slices.IndexFunc(seen, func(s string) bool { return s == string(v) })
		if at < 0 {
			at = len(seen)
			if seen = append(seen, string(v)); at == 8 { // there are more than a few
				seen, at = seen[8:], 0
			}
		}
		out[i] = seen[at]
	}
	return out
}
