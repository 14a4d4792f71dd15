package wire

import (
	"errors"
	"fmt"
)

// Decode reads a ModelProto. The result aliases b: b must stay as it is for as long as the model
// is used. Errors are a *[FormatError], which wraps [ErrNotModel] when b is something else than
// ONNX, or a *[LimitError].
func Decode(b []byte, lim *Limits) (*Model, error) {
	if what := foreign(b); what != "" {
		return nil, &FormatError{Offset: -1, Err: fmt.Errorf("%w but %s", ErrNotModel, what)}
	}
	d := newDecoder(b, lim)
	m := d.model(d.root())
	if d.err != nil {
		return nil, m.explain(d.err)
	}
	if err := m.complete(); err != nil {
		return nil, err
	}
	return m, nil
}

// explain tells a file of another kind from a broken model. Every writer puts ir_version first, so what
// fails before it is something else. So is what fails among the model's own fields, which are few and
// unlike those of other messages, except where a file starts well and then ends too soon.
func (m *Model) explain(err error) error {
	e, ok := errors.AsType[*FormatError](err)
	if !ok || m.IRVersion > 0 && (e.Path != "" || errors.Is(e.Err, errTruncated)) {
		return err
	}
	return &FormatError{Path: e.Path, Offset: e.Offset, Err: fmt.Errorf("%w: %w", ErrNotModel, e.Err)}
}

// complete checks what onnx.proto says must be present in a model.
func (m *Model) complete() error {
	var err error
	switch {
	case m.Graph == nil:
		err = fmt.Errorf("%w: it holds no graph", ErrNotModel)
	case m.IRVersion <= 0:
		err = fmt.Errorf("%w: it has no ir_version", ErrNotModel)
	case m.IRVersion >= 3 && len(m.Opsets) == 0:
		err = errors.New("the model imports no operator set (opset_import)")
	default:
		return nil
	}
	return &FormatError{Offset: -1, Err: err}
}

func (d *decoder) model(s span) *Model {
	m := new(Model)
	for f := range d.fields(s) {
		switch f.num {
		case 1:
			m.IRVersion = d.int64(f)
		case 2:
			m.ProducerName = d.string(f)
		case 3:
			m.ProducerVersion = d.string(f)
		case 4:
			m.Domain = d.string(f)
		case 5:
			m.ModelVersion = d.int64(f)
		case 6:
			m.Doc = d.string(f)
		case 7:
			m.Graph = one(d, f, "graph", m.Graph, (*decoder).graph)
		case 8:
			m.Opsets = moreValues(d, f, "opset_import", m.Opsets, (*decoder).opset)
		case 14:
			m.Metadata = d.metadata(f, m.Metadata)
		case 25:
			m.Functions = more(d, f, "functions", m.Functions, (*decoder).function)
		}
	}
	return m
}

func (d *decoder) opset(s span) (o OpsetID) {
	for f := range d.fields(s) {
		switch f.num {
		case 1:
			o.Domain = d.name(f)
		case 2:
			o.Version = d.int64(f)
		}
	}
	return o
}

func (d *decoder) metadata(f field, list []StringEntry) []StringEntry {
	return moreValues(d, f, "metadata_props", list, (*decoder).stringEntry)
}

func (d *decoder) stringEntry(s span) (e StringEntry) {
	for f := range d.fields(s) {
		switch f.num {
		case 1:
			e.Key = d.name(f)
		case 2:
			e.Value = d.string(f)
		}
	}
	return e
}

func (d *decoder) graph(s span) *Graph {
	g := new(Graph)
	for f := range d.fields(s) {
		switch f.num {
		case 1:
			g.Nodes = more(d, f, "node", g.Nodes, (*decoder).node)
		case 2:
			g.Name = d.string(f)
		case 5:
			g.Initializers = more(d, f, "initializer", g.Initializers, (*decoder).tensor)
		case 10:
			g.Doc = d.string(f)
		case 11:
			g.Inputs = more(d, f, "input", g.Inputs, (*decoder).valueInfo)
		case 12:
			g.Outputs = more(d, f, "output", g.Outputs, (*decoder).valueInfo)
		case 13:
			g.ValueInfo = more(d, f, "value_info", g.ValueInfo, (*decoder).valueInfo)
		case 14:
			g.Quantization = more(d, f, "quantization_annotation", g.Quantization, (*decoder).annotation)
		case 15:
			g.SparseInitializers = more(d, f, "sparse_initializer", g.SparseInitializers, (*decoder).sparse)
		case 16:
			g.Metadata = d.metadata(f, g.Metadata)
		}
	}
	return g
}

func (d *decoder) annotation(s span) *TensorAnnotation {
	a := new(TensorAnnotation)
	for f := range d.fields(s) {
		switch f.num {
		case 1:
			a.Tensor = d.name(f)
		case 2:
			a.Params = moreValues(d, f, "quant_parameter_tensor_names", a.Params, (*decoder).stringEntry)
		}
	}
	return a
}

func (d *decoder) node(s span) *Node {
	n := new(Node)
	if d.nodes++; d.nodes > d.lim.Nodes {
		d.exceed("nodes", d.lim.Nodes)
	}
	for f := range d.fields(s) {
		switch f.num {
		case 1:
			n.Inputs = d.moreNames(f, n.Inputs)
		case 2:
			n.Outputs = d.moreNames(f, n.Outputs)
		case 3:
			n.Name = d.string(f)
		case 4:
			n.OpType = d.name(f)
		case 5:
			n.Attrs = more(d, f, "attribute", n.Attrs, (*decoder).attribute)
		case 6:
			n.Doc = d.string(f)
		case 7:
			n.Domain = d.name(f)
		case 8:
			n.Overload = d.name(f)
		case 9:
			n.Metadata = d.metadata(f, n.Metadata)
		}
	}
	return n
}

func (d *decoder) function(s span) *Function {
	fn := new(Function)
	for f := range d.fields(s) {
		switch f.num {
		case 1:
			fn.Name = d.name(f)
		case 4:
			fn.Inputs = d.moreNames(f, fn.Inputs)
		case 5:
			fn.Outputs = d.moreNames(f, fn.Outputs)
		case 6:
			fn.AttrNames = d.moreNames(f, fn.AttrNames)
		case 7:
			fn.Nodes = more(d, f, "node", fn.Nodes, (*decoder).node)
		case 8:
			fn.Doc = d.string(f)
		case 9:
			fn.Opsets = moreValues(d, f, "opset_import", fn.Opsets, (*decoder).opset)
		case 10:
			fn.Domain = d.name(f)
		case 11:
			fn.Attrs = more(d, f, "attribute_proto", fn.Attrs, (*decoder).attribute)
		case 12:
			fn.ValueInfo = more(d, f, "value_info", fn.ValueInfo, (*decoder).valueInfo)
		case 13:
			fn.Overload = d.name(f)
		case 14:
			fn.Metadata = d.metadata(f, fn.Metadata)
		}
	}
	return fn
}
