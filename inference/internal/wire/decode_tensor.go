package wire

// DecodeTensor reads a TensorProto. The result aliases b. Errors are as for [Decode].
func DecodeTensor(b []byte, lim *Limits) (*Tensor, error) {
	d := newDecoder(b, lim)
	t := d.tensor(d.root())
	if d.err != nil {
		return nil, d.err
	}
	return t, nil
}

func (d *decoder) tensor(s span) *Tensor {
	t := new(Tensor)
	for f := range d.fields(s) {
		switch f.num {
		case 1:
			t.Dims = d.dims(f, t.Dims)
		case 2:
			t.DataType = d.int32(f)
		case 3:
			d.failf(f.at, "a tensor split into segments is not supported")
		case 4:
			t.Floats = d.floats(f, t.Floats)
		case 5:
			t.Int32s = varints(d, f, t.Int32s)
		case 6:
			t.Strings = d.moreBytes(f, t.Strings)
		case 7:
			t.Int64s = varints(d, f, t.Int64s)
		case 8:
			t.Name = d.name(f)
		case 9:
			t.Raw = d.bytes(f)
		case 10:
			t.Doubles = d.doubles(f, t.Doubles)
		case 11:
			t.Uint64s = varints(d, f, t.Uint64s)
		case 12:
			t.Doc = d.string(f)
		case 13:
			t.External = moreValues(d, f, "external_data", t.External, (*decoder).stringEntry)
		case 14:
			t.DataLocation = d.int32(f)
		case 16:
			t.Metadata = d.metadata(f, t.Metadata)
		}
	}
	return t
}

// dims appends dimensions, none of which may be negative.
func (d *decoder) dims(f field, list []int64) []int64 {
	n := len(list)
	list = varints(d, f, list)
	for _, v := range list[n:] {
		if v < 0 {
			d.failf(f.at, "a dimension is %d", v)
		}
	}
	return list
}

func (d *decoder) sparse(s span) *SparseTensor {
	t := new(SparseTensor)
	for f := range d.fields(s) {
		switch f.num {
		case 1:
			t.Values = one(d, f, "values", t.Values, (*decoder).tensor)
		case 2:
			t.Indices = one(d, f, "indices", t.Indices, (*decoder).tensor)
		case 3:
			t.Dims = d.dims(f, t.Dims)
		}
	}
	if d.err == nil && (t.Values == nil || t.Indices == nil) {
		d.failf(s.lo, "a sparse tensor needs values and indices")
	}
	return t
}
