package wire

// Model is ONNX's ModelProto: the file's root.
type Model struct {
	IRVersion       int64
	Opsets          []OpsetID
	ProducerName    string
	ProducerVersion string
	Domain          string
	ModelVersion    int64
	Doc             string
	Graph           *Graph
	Metadata        []StringEntry
	Functions       []*Function
}

// OpsetID is OperatorSetIdProto: which version of a domain's operators a model speaks.
// The domain "" is ai.onnx.
type OpsetID struct {
	Domain  string
	Version int64
}

// StringEntry is StringStringEntryProto.
type StringEntry struct {
	Key, Value string
}

// Graph is GraphProto.
type Graph struct {
	Name               string
	Nodes              []*Node
	Initializers       []*Tensor
	SparseInitializers []*SparseTensor
	Doc                string
	Inputs             []*ValueInfo
	Outputs            []*ValueInfo
	ValueInfo          []*ValueInfo
	Quantization       []*TensorAnnotation
	Metadata           []StringEntry
}

// TensorAnnotation names the scale and zero point that belong to a value.
type TensorAnnotation struct {
	Tensor string
	Params []StringEntry
}

// Node is NodeProto. An empty name among Inputs or Outputs is an optional one left out.
type Node struct {
	Name     string
	OpType   string
	Domain   string
	Overload string
	Doc      string
	Inputs   []string
	Outputs  []string
	Attrs    []*Attribute
	Metadata []StringEntry
}

// Function is FunctionProto, a function local to the model.
type Function struct {
	Name      string
	Domain    string
	Overload  string
	Doc       string
	Inputs    []string
	Outputs   []string
	AttrNames []string
	Attrs     []*Attribute
	Nodes     []*Node
	Opsets    []OpsetID
	ValueInfo []*ValueInfo
	Metadata  []StringEntry
}

// AttrType is AttributeProto.AttributeType.
type AttrType int32

// The kinds of attribute, numbered as in onnx.proto.
const (
	AttrUndefined     AttrType = 0
	AttrFloat         AttrType = 1
	AttrInt           AttrType = 2
	AttrString        AttrType = 3
	AttrTensor        AttrType = 4
	AttrGraph         AttrType = 5
	AttrFloats        AttrType = 6
	AttrInts          AttrType = 7
	AttrStrings       AttrType = 8
	AttrTensors       AttrType = 9
	AttrGraphs        AttrType = 10
	AttrSparseTensor  AttrType = 11
	AttrSparseTensors AttrType = 12
	AttrTypeProto     AttrType = 13
	AttrTypeProtos    AttrType = 14
)

// Attribute is AttributeProto. Type says which of the fields holds the value; a decoded
// attribute that declares a message (T, G, Sparse, TP) has it. With RefName the attribute
// stands for the one of that name given to the enclosing function, and holds no value.
type Attribute struct {
	Name    string
	RefName string
	Doc     string
	Type    AttrType

	F             float32
	I             int64
	S             []byte
	T             *Tensor
	G             *Graph
	Sparse        *SparseTensor
	TP            *Type
	Floats        []float32
	Ints          []int64
	Strings       [][]byte
	Tensors       []*Tensor
	Graphs        []*Graph
	SparseTensors []*SparseTensor
	TypeProtos    []*Type
}

// Tensor is TensorProto. One of Raw and the typed lists holds the elements, or External says where they lie.
// Decoded Dims are not negative; whether the elements fill them is for the reader of the tensor to check.
type Tensor struct {
	Name     string
	DataType int32 // TensorProto.DataType
	Dims     []int64
	Doc      string

	Raw     []byte // little-endian, row-major; aliases the decoded bytes; nil when absent
	Floats  []float32
	Int32s  []int32
	Int64s  []int64
	Doubles []float64
	Uint64s []uint64
	Strings [][]byte

	DataLocation int32 // 0 in the model, 1 external
	External     []StringEntry
	Metadata     []StringEntry
}

// SparseTensor is SparseTensorProto.
type SparseTensor struct {
	Values  *Tensor
	Indices *Tensor
	Dims    []int64
}

// ValueInfo is ValueInfoProto: a value's name and declared type.
type ValueInfo struct {
	Name     string
	Type     *Type
	Doc      string
	Metadata []StringEntry
}

// TypeKind says which of TypeProto's alternatives is set.
type TypeKind uint8

// The kinds of type.
const (
	TypeNone TypeKind = iota
	TypeTensor
	TypeSequence
	TypeMap
	TypeOptional
	TypeSparseTensor
	TypeOpaque
)

// Type is TypeProto.
type Type struct {
	Kind       TypeKind
	ElemType   int32 // TypeTensor, TypeSparseTensor: TensorProto.DataType
	HasShape   bool  // TypeTensor, TypeSparseTensor: false when the rank is unknown
	Dims       []Dim
	Elem       *Type // TypeSequence, TypeOptional: the element; TypeMap: the value
	KeyType    int32 // TypeMap
	Denotation string
}

// Dim is one dimension of a declared shape: a number, a symbol, or neither.
type Dim struct {
	Known      bool
	Value      int64
	Param      string
	Denotation string
}
