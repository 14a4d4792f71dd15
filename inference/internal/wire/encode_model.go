package wire

import (
	"fmt"
	"math"
)

// Encode writes a ModelProto: the bytes that [Decode] reads back as the same structs, the same
// bytes for the same structs. It fails on what Decode would not accept: a model without a graph,
// IR version or operator set, and one of 2 GiB or more.
func Encode(m *Model) ([]byte, error) {
	if err := m.complete(); err != nil {
		return nil, fmt.Errorf("encode model: %w", err)
	}
	e := new(encoder)
	e.model(m)
	if len(e.buf) > math.MaxInt32 {
		return nil, fmt.Errorf("encode model: %d bytes are more than protobuf allows; keep weights in external data", len(e.buf))
	}
	return e.buf, nil
}

func (e *encoder) model(m *Model) {
	e.int(1, m.IRVersion)
	e.string(2, m.ProducerName)
	e.string(3, m.ProducerVersion)
	e.string(4, m.Domain)
	e.int(5, m.ModelVersion)
	e.string(6, m.Doc)
	single(e, 7, m.Graph, (*encoder).graph)
	messages(e, 8, m.Opsets, (*encoder).opset)
	e.entries(14, m.Metadata)
	messages(e, 25, m.Functions, (*encoder).function)
}

func (e *encoder) opset(o OpsetID) {
	e.setString(1, o.Domain)
	e.setInt(2, o.Version)
}

func (e *encoder) graph(g *Graph) {
	messages(e, 1, g.Nodes, (*encoder).node)
	e.string(2, g.Name)
	messages(e, 5, g.Initializers, (*encoder).tensor)
	e.string(10, g.Doc)
	messages(e, 11, g.Inputs, (*encoder).valueInfo)
	messages(e, 12, g.Outputs, (*encoder).valueInfo)
	messages(e, 13, g.ValueInfo, (*encoder).valueInfo)
	messages(e, 14, g.Quantization, (*encoder).annotation)
	messages(e, 15, g.SparseInitializers, (*encoder).sparse)
	e.entries(16, g.Metadata)
}

func (e *encoder) annotation(a *TensorAnnotation) {
	e.string(1, a.Tensor)
	e.entries(2, a.Params)
}

func (e *encoder) node(n *Node) {
	e.strings(1, n.Inputs)
	e.strings(2, n.Outputs)
	e.string(3, n.Name)
	e.string(4, n.OpType)
	messages(e, 5, n.Attrs, (*encoder).attribute)
	e.string(6, n.Doc)
	e.string(7, n.Domain)
	e.string(8, n.Overload)
	e.entries(9, n.Metadata)
}

func (e *encoder) function(f *Function) {
	e.string(1, f.Name)
	e.strings(4, f.Inputs)
	e.strings(5, f.Outputs)
	e.strings(6, f.AttrNames)
	messages(e, 7, f.Nodes, (*encoder).node)
	e.string(8, f.Doc)
	messages(e, 9, f.Opsets, (*encoder).opset)
	e.string(10, f.Domain)
	messages(e, 11, f.Attrs, (*encoder).attribute)
	messages(e, 12, f.ValueInfo, (*encoder).valueInfo)
	e.string(13, f.Overload)
	e.entries(14, f.Metadata)
}

// attribute writes the field that Type names, and no other.
func (e *encoder) attribute(a *Attribute) {
	e.string(1, a.Name)
	if a.RefName == "" {
		e.attributeValue(a)
	}
	e.string(13, a.Doc)
	e.int(20, int64(a.Type))
	e.string(21, a.RefName)
}

func (e *encoder) attributeValue(a *Attribute) {
	switch a.Type {
	case AttrFloat:
		e.float32(2, a.F)
	case AttrInt:
		e.setInt(3, a.I)
	case AttrString:
		e.setBytes(4, a.S)
	case AttrTensor:
		single(e, 5, a.T, (*encoder).tensor)
	case AttrGraph:
		single(e, 6, a.G, (*encoder).graph)
	case AttrFloats:
		e.floats(7, a.Floats)
	case AttrInts:
		e.ints(8, a.Ints)
	case AttrStrings:
		e.byteStrings(9, a.Strings)
	case AttrTensors:
		messages(e, 10, a.Tensors, (*encoder).tensor)
	case AttrGraphs:
		messages(e, 11, a.Graphs, (*encoder).graph)
	case AttrTypeProto:
		single(e, 14, a.TP, (*encoder).typ)
	case AttrTypeProtos:
		messages(e, 15, a.TypeProtos, (*encoder).typ)
	case AttrSparseTensor:
		single(e, 22, a.Sparse, (*encoder).sparse)
	case AttrSparseTensors:
		messages(e, 23, a.SparseTensors, (*encoder).sparse)
	}
}
