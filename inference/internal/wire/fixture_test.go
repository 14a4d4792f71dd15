package wire

// full returns a model in which every field of every struct is set somewhere.
func full() *Model {
	scalar := &Type{Kind: TypeTensor, ElemType: 1, HasShape: true}
	matrix := &Type{
		Kind: TypeTensor, ElemType: 1, HasShape: true, Denotation: "IMAGE",
		Dims: []Dim{{Param: "N"}, {Known: true, Value: 3, Denotation: "DATA_CHANNEL"}, {}, {Known: true}},
	}
	weights := &Tensor{Name: "w", DataType: 1, Dims: []int64{2}, Raw: []byte{0, 0, 128, 63, 0, 0, 0, 64}, Doc: "weights"}
	sparse := &SparseTensor{
		Values:  &Tensor{Name: "s", DataType: 1, Dims: []int64{1}, Floats: []float32{2.5}},
		Indices: &Tensor{DataType: 7, Dims: []int64{1}, Int64s: []int64{4}},
		Dims:    []int64{300},
	}
	branch := &Graph{
		Name:    "then",
		Nodes:   []*Node{{OpType: "Identity", Inputs: []string{"x"}, Outputs: []string{"z"}}},
		Outputs: []*ValueInfo{{Name: "z", Type: matrix}},
	}
	entries := []StringEntry{{"k", "v"}, {"empty", ""}}
	return &Model{
		IRVersion: 10, ProducerName: "brink", ProducerVersion: "1", Domain: "example.com", ModelVersion: 7, Doc: "a model",
		Opsets:   []OpsetID{{"", 21}, {"ai.onnx.ml", 3}},
		Metadata: entries,
		Graph: &Graph{
			Name: "main", Doc: "a graph", Metadata: entries,
			Inputs:             []*ValueInfo{{Name: "x", Type: matrix, Doc: "in", Metadata: entries}},
			Outputs:            []*ValueInfo{{Name: "y", Type: scalar}},
			ValueInfo:          valueInfos(scalar),
			Initializers:       tensors(weights),
			SparseInitializers: []*SparseTensor{sparse},
			Quantization:       []*TensorAnnotation{{Tensor: "w", Params: []StringEntry{{"SCALE_TENSOR", "scale"}}}},
			Nodes: []*Node{{
				Name: "n", OpType: "Everything", Domain: "ai.onnx.ml", Overload: "a", Doc: "a node", Metadata: entries,
				Inputs: []string{"x", "", "w"}, Outputs: []string{"y", "", "z"},
				Attrs: attributes(weights, branch, sparse, scalar),
			}},
		},
		Functions: []*Function{{
			Name: "F", Domain: "local", Overload: "b", Doc: "a function", Metadata: entries,
			Inputs: []string{"a"}, Outputs: []string{"b"}, AttrNames: []string{"alpha"},
			Attrs:     []*Attribute{{Name: "beta", Type: AttrFloat, F: 1}},
			Nodes:     []*Node{{OpType: "Elu", Inputs: []string{"a"}, Outputs: []string{"b"}, Attrs: []*Attribute{{Name: "alpha", RefName: "alpha", Type: AttrFloat}}}},
			Opsets:    []OpsetID{{"", 21}},
			ValueInfo: []*ValueInfo{{Name: "b", Type: scalar}},
		}},
	}
}

// attributes returns one attribute of each kind.
func attributes(t *Tensor, g *Graph, s *SparseTensor, typ *Type) []*Attribute {
	return []*Attribute{
		{Name: "f", Type: AttrFloat, F: -0.5, Doc: "a float"},
		{Name: "f0", Type: AttrFloat},
		{Name: "i", Type: AttrInt, I: -3},
		{Name: "s", Type: AttrString, S: []byte("text\x00")},
		{Name: "t", Type: AttrTensor, T: t},
		{Name: "g", Type: AttrGraph, G: g},
		{Name: "sp", Type: AttrSparseTensor, Sparse: s},
		{Name: "tp", Type: AttrTypeProto, TP: typ},
		{Name: "floats", Type: AttrFloats, Floats: []float32{1, 2}},
		{Name: "ints", Type: AttrInts, Ints: []int64{0, -1, 1 << 40}},
		{Name: "strings", Type: AttrStrings, Strings: [][]byte{[]byte("a"), {}}},
		{Name: "tensors", Type: AttrTensors, Tensors: []*Tensor{t, t}},
		{Name: "graphs", Type: AttrGraphs, Graphs: []*Graph{g}},
		{Name: "sparses", Type: AttrSparseTensors, SparseTensors: []*SparseTensor{s}},
		{Name: "types", Type: AttrTypeProtos, TypeProtos: []*Type{typ, {Kind: TypeOpaque}}},
		{Name: "none", Type: AttrInts},
	}
}

// tensors returns w and a tensor for each other way to hold elements.
func tensors(w *Tensor) []*Tensor {
	return []*Tensor{
		w,
		{Name: "none", DataType: 1, Dims: []int64{0}, Raw: []byte{}},
		{Name: "f", DataType: 1, Dims: []int64{2}, Floats: []float32{1, -2}},
		{Name: "i32", DataType: 6, Dims: []int64{3}, Int32s: []int32{1, -1, 1 << 30}},
		{Name: "i64", DataType: 7, Dims: []int64{2}, Int64s: []int64{-1 << 63, 1}},
		{Name: "f64", DataType: 11, Dims: []int64{1}, Doubles: []float64{0.1}},
		{Name: "u64", DataType: 13, Dims: []int64{1}, Uint64s: []uint64{1<<64 - 1}},
		{Name: "text", DataType: 8, Dims: []int64{2}, Strings: [][]byte{[]byte("a"), {}}},
		{
			Name: "ext", DataType: 1, Dims: []int64{4}, DataLocation: 1,
			External: []StringEntry{{"location", "w.bin"}, {"offset", "4096"}, {"length", "16"}},
			Metadata: []StringEntry{{"k", "v"}},
		},
	}
}

// valueInfos returns a value of each kind of type.
func valueInfos(elem *Type) []*ValueInfo {
	return []*ValueInfo{
		{Name: "scalar", Type: elem},
		{Name: "rankless", Type: &Type{Kind: TypeTensor, ElemType: 7}},
		{Name: "sequence", Type: &Type{Kind: TypeSequence, Elem: elem}},
		{Name: "optional", Type: &Type{Kind: TypeOptional, Elem: &Type{Kind: TypeSequence, Elem: elem}}},
		{Name: "map", Type: &Type{Kind: TypeMap, KeyType: 8, Elem: elem}},
		{Name: "sparse", Type: &Type{Kind: TypeSparseTensor, ElemType: 1, HasShape: true, Dims: []Dim{{Known: true, Value: 9}}}},
		{Name: "opaque", Type: &Type{Kind: TypeOpaque}},
		{Name: "untyped"},
	}
}

// small returns a model that has one of what most models have.
func small() *Model {
	typ := &Type{Kind: TypeTensor, ElemType: 1, HasShape: true, Dims: []Dim{{Known: true, Value: 2}}}
	return &Model{
		IRVersion: 8,
		Opsets:    []OpsetID{{"", 17}},
		Graph: &Graph{
			Name:         "g",
			Inputs:       []*ValueInfo{{Name: "x", Type: typ}},
			Outputs:      []*ValueInfo{{Name: "y", Type: typ}},
			Initializers: []*Tensor{{Name: "w", DataType: 1, Dims: []int64{2}, Raw: make([]byte, 8)}},
			Nodes: []*Node{
				{OpType: "Add", Inputs: []string{"x", "w"}, Outputs: []string{"a"}},
				{OpType: "Elu", Inputs: []string{"a"}, Outputs: []string{"y"}, Attrs: []*Attribute{{Name: "alpha", Type: AttrFloat, F: 2}}},
			},
		},
	}
}
