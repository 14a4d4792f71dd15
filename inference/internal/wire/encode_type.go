package wire

func (e *encoder) valueInfo(v *ValueInfo) {
	e.string(1, v.Name)
	single(e, 2, v.Type, (*encoder).typ)
	e.string(3, v.Doc)
	e.entries(4, v.Metadata)
}

func (e *encoder) typ(t *Type) {
	switch t.Kind {
	case TypeTensor:
		e.message(1, func() { e.tensorType(t) })
	case TypeSequence:
		e.message(4, func() { single(e, 1, t.Elem, (*encoder).typ) })
	case TypeMap:
		e.message(5, func() {
			e.int(1, int64(t.KeyType))
			single(e, 2, t.Elem, (*encoder).typ)
		})
	case TypeOpaque:
		e.message(7, func() {})
	case TypeSparseTensor:
		e.message(8, func() { e.tensorType(t) })
	case TypeOptional:
		e.message(9, func() { single(e, 1, t.Elem, (*encoder).typ) })
	}
	e.string(6, t.Denotation)
}

func (e *encoder) tensorType(t *Type) {
	e.int(1, int64(t.ElemType))
	if t.HasShape {
		e.message(2, func() { messages(e, 1, t.Dims, (*encoder).dim) })
	}
}

func (e *encoder) dim(d Dim) {
	switch {
	case d.Known:
		e.setInt(1, d.Value)
	case d.Param != "":
		e.string(2, d.Param)
	}
	e.string(3, d.Denotation)
}
