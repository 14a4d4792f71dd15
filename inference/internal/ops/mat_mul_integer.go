package ops

var _ = register(&opMatMulInteger)

// opMatMulInteger computes the product of two matrices of bytes, less their zero points, or of each of two
// broadcasting stacks of them.
var opMatMulInteger = Op{
	Name: "MatMulInteger",
	Versions: []Version{
		{
			Since: 10, In: Args{"T1", "T2", "T1?", "T2?"}, Out: Args{"int32"}, Types: []Constraint{{"T1", bytes8}, {"T2", bytes8}},
			Infer: func(n *Node) error { return matMulInteger.infer(n) },
			New:   func(n *Node) (Kernel, error) { return matMulInteger.new(n) },
			Cost:  func(n *Node) int64 { return matMulInteger.cost(n) },
		},
	},
}

var matMulInteger = byteMatMulIn{a: 0, b: 1, aZero: 2, bZero: 3, aScale: -1, bScale: -1, yScale: -1, yZero: -1, bias: -1}
