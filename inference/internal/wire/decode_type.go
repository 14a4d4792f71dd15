package wire

func (d *decoder) valueInfo(s span) *ValueInfo {
	v := new(ValueInfo)
	for f := range d.fields(s) {
		switch f.num {
		case 1:
			v.Name = d.name(f)
		case 2:
			v.Type = one(d, f, "type", v.Type, (*decoder).typ)
		case 3:
			v.Doc = d.string(f)
		case 4:
			v.Metadata = d.metadata(f, v.Metadata)
		}
	}
	return v
}

// typ reads a TypeProto, whose alternatives are messages of their own that end up in one struct.
func (d *decoder) typ(s span) *Type {
	t := new(Type)
	for f := range d.fields(s) {
		switch f.num {
		case 1:
			d.alternative(t, f, TypeTensor, "tensor_type", (*decoder).tensorType)
		case 4:
			d.alternative(t, f, TypeSequence, "sequence_type", (*decoder).elemType)
		case 5:
			d.alternative(t, f, TypeMap, "map_type", (*decoder).mapType)
		case 6:
			t.Denotation = d.string(f)
		case 7:
			d.alternative(t, f, TypeOpaque, "opaque_type", func(*decoder, *Type, span) {})
		case 8:
			d.alternative(t, f, TypeSparseTensor, "sparse_tensor_type", (*decoder).tensorType)
		case 9:
			d.alternative(t, f, TypeOptional, "optional_type", (*decoder).elemType)
		}
	}
	return t
}

func (d *decoder) alternative(t *Type, f field, kind TypeKind, name string, decode func(*decoder, *Type, span)) {
	if t.Kind != TypeNone {
		d.failf(f.at, "a type is given twice")
		return
	}
	if !d.enter(f, name, -1) {
		return
	}
	t.Kind = kind
	decode(d, t, f.raw)
	if (kind == TypeSequence || kind == TypeOptional || kind == TypeMap) && t.Elem == nil {
		d.failf(f.at, "the type of its elements is missing")
	}
	d.leave()
}

// tensorType reads TypeProto.Tensor and TypeProto.SparseTensor.
func (d *decoder) tensorType(t *Type, s span) {
	for f := range d.fields(s) {
		switch f.num {
		case 1:
			t.ElemType = d.int32(f)
		case 2:
			if t.HasShape {
				d.failf(f.at, "shape is given twice")
				return
			}
			if !d.enter(f, "shape", -1) {
				return
			}
			t.HasShape = true
			d.shape(t, f.raw)
			d.leave()
		}
	}
}

func (d *decoder) shape(t *Type, s span) {
	for f := range d.fields(s) {
		if f.num == 1 {
			t.Dims = moreValues(d, f, "dim", t.Dims, (*decoder).dim)
		}
	}
}

func (d *decoder) dim(s span) (v Dim) {
	for f := range d.fields(s) {
		switch f.num {
		case 1:
			v.Known, v.Value, v.Param = true, d.int64(f), ""
		case 2:
			v.Known, v.Value, v.Param = false, 0, d.name(f)
		case 3:
			v.Denotation = d.string(f)
		}
	}
	return v
}

// elemType reads TypeProto.Sequence and TypeProto.Optional.
func (d *decoder) elemType(t *Type, s span) {
	for f := range d.fields(s) {
		if f.num == 1 {
			t.Elem = one(d, f, "elem_type", t.Elem, (*decoder).typ)
		}
	}
}

func (d *decoder) mapType(t *Type, s span) {
	for f := range d.fields(s) {
		switch f.num {
		case 1:
			t.KeyType = d.int32(f)
		case 2:
			t.Elem = one(d, f, "value_type", t.Elem, (*decoder).typ)
		}
	}
}
