package wire

func (d *decoder) attribute(s span) *Attribute {
	a := new(Attribute)
	var hint AttrType // the kind that the value's field stands for
	for f := range d.fields(s) {
		kind := AttrUndefined
		switch f.num {
		case 1:
			a.Name = d.name(f)
		case 2:
			a.F, kind = d.float32(f), AttrFloat
		case 3:
			a.I, kind = d.int64(f), AttrInt
		case 4:
			a.S, kind = d.bytes(f), AttrString
		case 5:
			a.T, kind = one(d, f, "t", a.T, (*decoder).tensor), AttrTensor
		case 6:
			a.G, kind = one(d, f, "g", a.G, (*decoder).graph), AttrGraph
		case 7:
			a.Floats, kind = d.floats(f, a.Floats), AttrFloats
		case 8:
			a.Ints, kind = varints(d, f, a.Ints), AttrInts
		case 9:
			a.Strings, kind = d.moreBytes(f, a.Strings), AttrStrings
		case 10:
			a.Tensors, kind = more(d, f, "tensors", a.Tensors, (*decoder).tensor), AttrTensors
		case 11:
			a.Graphs, kind = more(d, f, "graphs", a.Graphs, (*decoder).graph), AttrGraphs
		case 13:
			a.Doc = d.string(f)
		case 14:
			a.TP, kind = one(d, f, "tp", a.TP, (*decoder).typ), AttrTypeProto
		case 15:
			a.TypeProtos, kind = more(d, f, "type_protos", a.TypeProtos, (*decoder).typ), AttrTypeProtos
		case 20:
			a.Type = AttrType(d.int32(f))
		case 21:
			a.RefName = d.name(f)
		case 22:
			a.Sparse, kind = one(d, f, "sparse_tensor", a.Sparse, (*decoder).sparse), AttrSparseTensor
		case 23:
			a.SparseTensors, kind = more(d, f, "sparse_tensors", a.SparseTensors, (*decoder).sparse), AttrSparseTensors
		}
		if kind != AttrUndefined {
			hint = kind
		}
	}
	if a.Type == AttrUndefined && a.RefName == "" {
		a.Type = hint // files of IR version 1 do not say
	}
	if d.err == nil && a.RefName == "" && a.lacksValue() {
		d.failf(s.lo, "attribute %q of type %d has no value", a.Name, a.Type)
	}
	return a
}

// lacksValue reports an attribute whose declared message is absent. A list may be empty and a
// scalar has a default, so only messages can be missing.
func (a *Attribute) lacksValue() bool {
	switch a.Type {
	case AttrTensor:
		return a.T == nil
	case AttrGraph:
		return a.G == nil
	case AttrSparseTensor:
		return a.Sparse == nil
	case AttrTypeProto:
		return a.TP == nil
	}
	return false
}
