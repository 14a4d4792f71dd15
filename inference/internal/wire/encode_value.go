package wire

// EncodeTensor writes a TensorProto, the content of an .pb file of test data.
func EncodeTensor(t *Tensor) []byte {
	e := new(encoder)
	e.tensor(t)
	return e.buf
}

// EncodeSequence writes a SequenceProto.
func EncodeSequence(s *Sequence) []byte {
	e := new(encoder)
	e.sequence(s)
	return e.buf
}

// EncodeOptional writes an OptionalProto.
func EncodeOptional(o *Optional) []byte {
	e := new(encoder)
	e.optional(o)
	return e.buf
}

func (e *encoder) tensor(t *Tensor) {
	e.ints(1, t.Dims)
	e.int(2, int64(t.DataType))
	packed(e, 4, t.Floats, putFloat32)
	packed(e, 5, t.Int32s, putVarint)
	e.byteStrings(6, t.Strings)
	packed(e, 7, t.Int64s, putVarint)
	e.string(8, t.Name)
	if t.Raw != nil {
		e.setBytes(9, t.Raw)
	}
	packed(e, 10, t.Doubles, putFloat64)
	packed(e, 11, t.Uint64s, putVarint)
	e.string(12, t.Doc)
	e.entries(13, t.External)
	e.int(14, int64(t.DataLocation))
	e.entries(16, t.Metadata)
}

func (e *encoder) sparse(t *SparseTensor) {
	single(e, 1, t.Values, (*encoder).tensor)
	single(e, 2, t.Indices, (*encoder).tensor)
	e.ints(3, t.Dims)
}

func (e *encoder) sequence(s *Sequence) {
	e.string(1, s.Name)
	e.int(2, int64(s.Elem))
	messages(e, 3, s.Tensors, (*encoder).tensor)
	messages(e, 4, s.Sparse, (*encoder).sparse)
	messages(e, 5, s.Sequences, (*encoder).sequence)
	messages(e, 6, s.Maps, (*encoder).mapping)
	messages(e, 7, s.Optionals, (*encoder).optional)
}

func (e *encoder) mapping(m *Map) {
	e.string(1, m.Name)
	e.int(2, int64(m.KeyType))
	e.ints(3, m.Keys)
	e.byteStrings(4, m.StringKeys)
	single(e, 5, m.Values, (*encoder).sequence)
}

func (e *encoder) optional(o *Optional) {
	e.string(1, o.Name)
	e.int(2, int64(o.Elem))
	single(e, 3, o.Tensor, (*encoder).tensor)
	single(e, 4, o.Sparse, (*encoder).sparse)
	single(e, 5, o.Sequence, (*encoder).sequence)
	single(e, 6, o.Map, (*encoder).mapping)
	single(e, 7, o.Optional, (*encoder).optional)
}
