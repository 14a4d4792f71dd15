package wire

import "fmt"

// DecodeSequence reads a SequenceProto. The result aliases b. Errors are as for [Decode].
func DecodeSequence(b []byte, lim *Limits) (*Sequence, error) {
	d := newDecoder(b, lim)
	s := d.sequence(d.root())
	if d.err != nil {
		return nil, d.err
	}
	return s, nil
}

// DecodeOptional reads an OptionalProto. The result aliases b. Errors are as for [Decode].
func DecodeOptional(b []byte, lim *Limits) (*Optional, error) {
	d := newDecoder(b, lim)
	o := d.optional(d.root())
	if d.err != nil {
		return nil, d.err
	}
	return o, nil
}

// DecodeValue reads a TensorProto or a SequenceProto without being told which. The two share
// field numbers, so this is a judgement: what has an element type and just the elements that its
// dimensions ask for is a tensor, else what reads as a sequence is one. OptionalProto has the
// field numbers of SequenceProto: an optional with a value comes out as a sequence of one, an empty
// one as an empty sequence. Who knows the type calls the reader made for it.
func DecodeValue(b []byte, lim *Limits) (Value, error) {
	t, tensorErr := DecodeTensor(b, lim)
	if tensorErr == nil && t.whole() {
		return Value{Tensor: t}, nil
	}
	if s, err := DecodeSequence(b, lim); err == nil && s.Elem != ElemUndefined {
		return Value{Sequence: s}, nil
	}
	if tensorErr == nil && t.DataType == 0 { // no tensor is without a type: this is an optional that says neither what nor of what
		if o, err := DecodeOptional(b, lim); err == nil && o.Elem == ElemUndefined {
			return Value{Optional: o}, nil
		}
	}
	if tensorErr == nil { // an unfinished tensor: its reader knows best what is missing
		return Value{Tensor: t}, nil
	}
	return Value{}, &FormatError{Offset: -1, Err: fmt.Errorf("neither a tensor nor a sequence: %w", tensorErr)}
}

func (d *decoder) sequence(s span) *Sequence {
	q := new(Sequence)
	for f := range d.fields(s) {
		switch f.num {
		case 1:
			q.Name = d.string(f)
		case 2:
			q.Elem = d.elemKind(f)
		case 3:
			q.Tensors = more(d, f, "tensor_values", q.Tensors, (*decoder).tensor)
		case 4:
			q.Sparse = more(d, f, "sparse_tensor_values", q.Sparse, (*decoder).sparse)
		case 5:
			q.Sequences = more(d, f, "sequence_values", q.Sequences, (*decoder).sequence)
		case 6:
			q.Maps = more(d, f, "map_values", q.Maps, (*decoder).mapping)
		case 7:
			q.Optionals = more(d, f, "optional_values", q.Optionals, (*decoder).optional)
		}
	}
	return q
}

func (d *decoder) elemKind(f field) ElemKind {
	k := ElemKind(d.int32(f))
	if k < ElemUndefined || k > ElemOptional {
		d.failf(f.at, "unknown kind of element %d", k)
	}
	return k
}

func (d *decoder) mapping(s span) *Map {
	m := new(Map)
	for f := range d.fields(s) {
		switch f.num {
		case 1:
			m.Name = d.string(f)
		case 2:
			m.KeyType = d.int32(f)
		case 3:
			m.Keys = varints(d, f, m.Keys)
		case 4:
			m.StringKeys = d.moreBytes(f, m.StringKeys)
		case 5:
			m.Values = one(d, f, "values", m.Values, (*decoder).sequence)
		}
	}
	if d.err == nil && m.Values == nil {
		d.failf(s.lo, "a map has no values")
	}
	return m
}

func (d *decoder) optional(s span) *Optional {
	o := new(Optional)
	for f := range d.fields(s) {
		switch f.num {
		case 1:
			o.Name = d.string(f)
		case 2:
			o.Elem = d.elemKind(f)
		case 3:
			o.Tensor = one(d, f, "tensor_value", o.Tensor, (*decoder).tensor)
		case 4:
			o.Sparse = one(d, f, "sparse_tensor_value", o.Sparse, (*decoder).sparse)
		case 5:
			o.Sequence = one(d, f, "sequence_value", o.Sequence, (*decoder).sequence)
		case 6:
			o.Map = one(d, f, "map_value", o.Map, (*decoder).mapping)
		case 7:
			o.Optional = one(d, f, "optional_value", o.Optional, (*decoder).optional)
		}
	}
	return o
}
