package build

import (
	"errors"
	"fmt"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/internal/wire"
)

// Marshal writes a value as ONNX's test data does: a tensor as TensorProto, a sequence as SequenceProto,
// an optional as OptionalProto. The name may be "". A map is refused: only inside of a sequence or an
// optional does ONNX have a message for it.
func Marshal(name string, v inference.Value) ([]byte, error) {
	switch v := v.(type) {
	case *inference.Tensor:
		return wire.EncodeTensor(wireTensor(name, v)), nil
	case *inference.Sequence:
		s, err := wireSequence(v)
		if err != nil {
			return nil, fmt.Errorf("build: %w", err)
		}
		s.Name = name
		return wire.EncodeSequence(s), nil
	case *inference.Optional:
		o, err := wireOptional(v)
		if err != nil {
			return nil, fmt.Errorf("build: %w", err)
		}
		o.Name = name
		return wire.EncodeOptional(o), nil
	}
	return nil, fmt.Errorf("build: a %T has no serialized form", v)
}

func wireSequence(s *inference.Sequence) (*wire.Sequence, error) {
	w := &wire.Sequence{Elem: wire.ElemTensor}
	for i, v := range s.Values {
		kind, err := addTo(w, v)
		if err != nil {
			return nil, fmt.Errorf("element %d of a sequence: %w", i, err)
		}
		if i > 0 && kind != w.Elem {
			return nil, errors.New("a sequence has elements of different kinds")
		}
		w.Elem = kind
	}
	return w, nil
}

// addTo appends v to the list of its kind.
func addTo(w *wire.Sequence, v inference.Value) (wire.ElemKind, error) {
	switch v := v.(type) {
	case *inference.Tensor:
		w.Tensors = append(w.Tensors, wireTensor("", v))
		return wire.ElemTensor, nil
	case *inference.Sequence:
		s, err := wireSequence(v)
		w.Sequences = append(w.Sequences, s)
		return wire.ElemSequence, err
	case *inference.Map:
		m, err := wireMap(v)
		w.Maps = append(w.Maps, m)
		return wire.ElemMap, err
	case *inference.Optional:
		o, err := wireOptional(v)
		w.Optionals = append(w.Optionals, o)
		return wire.ElemOptional, err
	}
	return 0, fmt.Errorf("a %T has no serialized form", v)
}

func wireOptional(o *inference.Optional) (*wire.Optional, error) {
	w := &wire.Optional{Elem: wire.ElemTensor}
	var err error
	switch v := o.Value.(type) {
	case nil:
	case *inference.Tensor:
		w.Tensor = wireTensor("", v)
	case *inference.Sequence:
		w.Elem = wire.ElemSequence
		w.Sequence, err = wireSequence(v)
	case *inference.Map:
		w.Elem = wire.ElemMap
		w.Map, err = wireMap(v)
	case *inference.Optional:
		w.Elem = wire.ElemOptional
		w.Optional, err = wireOptional(v)
	default:
		err = fmt.Errorf("a %T has no serialized form", v)
	}
	return w, err
}

// wireMap writes a map with keys of type int64 or string, which is all that operators make.
func wireMap(m *inference.Map) (*wire.Map, error) {
	if m.Keys == nil {
		return nil, errors.New("a map has no keys")
	}
	values, err := mapValues(m.Values, m.Keys.Len())
	if err != nil {
		return nil, err
	}
	w := &wire.Map{KeyType: int32(m.Keys.DType()), Values: values}
	switch m.Keys.DType() {
	case inference.String:
		w.StringKeys = wireTensor("", m.Keys).Strings
	case inference.Int64:
		if w.Keys, err = inference.Data[int64](m.Keys); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("a map has keys of type %v", m.Keys.DType())
	}
	return w, nil
}

// mapValues writes the n values of a map: those of a sequence, or the elements of a tensor, each as a
// tensor without dimensions.
func mapValues(v inference.Value, n int) (*wire.Sequence, error) {
	var w *wire.Sequence
	have := 0
	switch v := v.(type) {
	case *inference.Sequence:
		var err error
		if w, err = wireSequence(v); err != nil {
			return nil, err
		}
		have = len(v.Values)
	case *inference.Tensor:
		w = &wire.Sequence{Elem: wire.ElemTensor, Tensors: scalars(wireTensor("", v), v.Len())}
		have = v.Len()
	default:
		return nil, fmt.Errorf("a map with values in a %T", v)
	}
	if have != n {
		return nil, fmt.Errorf("a map has %d keys and %d values", n, have)
	}
	return w, nil
}

// scalars splits a tensor of n elements into tensors of one.
func scalars(t *wire.Tensor, n int) []*wire.Tensor {
	list := make([]*wire.Tensor, n)
	for i := range list {
		list[i] = &wire.Tensor{DataType: t.DataType}
		if t.Strings != nil {
			list[i].Strings = t.Strings[i : i+1]
		} else {
			size := len(t.Raw) / n
			list[i].Raw = t.Raw[i*size : (i+1)*size]
		}
	}
	return list
}
