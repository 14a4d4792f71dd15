package wire

// ElemKind is the DataType of SequenceProto and OptionalProto: what kind of value they hold.
type ElemKind int32

// The kinds of element, numbered as in onnx-data.proto.
const (
	ElemUndefined    ElemKind = 0
	ElemTensor       ElemKind = 1
	ElemSparseTensor ElemKind = 2
	ElemSequence     ElemKind = 3
	ElemMap          ElemKind = 4
	ElemOptional     ElemKind = 5
)

// Sequence is SequenceProto. Elem says which of the lists holds the values.
type Sequence struct {
	Name      string
	Elem      ElemKind
	Tensors   []*Tensor
	Sparse    []*SparseTensor
	Sequences []*Sequence
	Maps      []*Map
	Optionals []*Optional
}

// Map is MapProto: either Keys or StringKeys, and a value for each. Decoded Values are not nil.
type Map struct {
	Name       string
	KeyType    int32 // TensorProto.DataType
	Keys       []int64
	StringKeys [][]byte
	Values     *Sequence
}

// Optional is OptionalProto. At most one field is set, the one that Elem says; none is an empty optional.
type Optional struct {
	Name     string
	Elem     ElemKind
	Tensor   *Tensor
	Sparse   *SparseTensor
	Sequence *Sequence
	Map      *Map
	Optional *Optional
}

// Value is one of the messages that test data comes as. Exactly one field is set.
type Value struct {
	Tensor   *Tensor
	Sequence *Sequence
	Optional *Optional
}
