package ops

var _ = register(&opQLinearConv)

// opQLinearConv computes the convolution of a batch of quantized images with quantized filters, quantized again.
var opQLinearConv = Op{
	Name: "QLinearConv",
	Versions: []Version{
		{
			Since: 10, In: Args{"T1", "float32", "T1", "T2", "float32", "T2", "float32", "T3", "int32?"}, Out: Args{"T3"},
			Types: []Constraint{{"T1", bytes8}, {"T2", bytes8}, {"T3", bytes8}}, Common: &convAttrs,
			Infer: func(n *Node) error { return qLinearConv.infer(n) },
			New:   func(n *Node) (Kernel, error) { return qLinearConv.new(n) },
			Cost:  func(n *Node) int64 { return qLinearConv.cost(n) },
		},
	},
}

var qLinearConv = byteConvIn{x: 0, xScale: 1, xZero: 2, w: 3, wScale: 4, wZero: 5, yScale: 6, yZero: 7, bias: 8}
