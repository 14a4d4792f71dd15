package main

import (
	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/internal/wire"
)

// parseValue reads a serialized value. Where t says that it is a sequence or an optional it is read as
// one, because the bytes alone do not always tell; t may be nil.
func parseValue(b []byte, t *wire.Type) (inference.Value, error) {
	if t != nil {
		switch t.Kind {
		case wire.TypeSequence:
			s, err := wire.DecodeSequence(b, nil)
			if err != nil {
				return nil, err
			}
			return fromSequence(s)
		case wire.TypeOptional:
			o, err := wire.DecodeOptional(b, nil)
			if err != nil {
				return nil, err
			}
			return fromOptional(o)
		}
	}
	return inference.ParseTensor(b)
}

// The engine reads messages from bytes alone, so the parts of a container go to it as bytes again.

func fromOptional(o *wire.Optional) (inference.Value, error) {
	var v inference.Value
	var err error
	switch {
	case o.Tensor != nil:
		v, err = inference.ParseTensor(wire.EncodeTensor(o.Tensor))
	case o.Sequence != nil:
		v, err = fromSequence(o.Sequence)
	case o.Optional != nil:
		v, err = fromOptional(o.Optional)
	case o.Map != nil:
		v, err = fromMap(o.Map)
	}
	if err != nil {
		return nil, err
	}
	return &inference.Optional{Value: v}, nil
}

func fromSequence(s *wire.Sequence) (inference.Value, error) {
	if s.Elem != wire.ElemOptional && s.Elem != wire.ElemSequence {
		return inference.ParseTensor(wire.EncodeSequence(s))
	}
	list := &inference.Sequence{}
	for _, o := range s.Optionals {
		v, err := fromOptional(o)
		if err != nil {
			return nil, err
		}
		list.Values = append(list.Values, v)
	}
	for _, q := range s.Sequences {
		v, err := fromSequence(q)
		if err != nil {
			return nil, err
		}
		list.Values = append(list.Values, v)
	}
	return list, nil
}

// fromMap reads a map out of a sequence of one, the least that ONNX has a file for.
func fromMap(m *wire.Map) (inference.Value, error) {
	v, err := inference.ParseTensor(wire.EncodeSequence(&wire.Sequence{Elem: wire.ElemMap, Maps: []*wire.Map{m}}))
	if err != nil {
		return nil, err
	}
	return v.(*inference.Sequence).Values[0], nil
}
