package ops

var _ = register(&opConvInteger)

// opConvInteger computes the convolution of a batch of images of bytes with filters of bytes, less their zero points.
var opConvInteger = Op{
	Name: "ConvInteger",
	Versions: []Version{
		{
			Since: 10, In: Args{"T1", "T2", "T1?", "T2?"}, Out: Args{"int32"}, Types: []Constraint{{"T1", bytes8}, {"T2", bytes8}},
			Common: &convAttrs,
			Infer:  func(n *Node) error { return convInteger.infer(n) },
			New:    func(n *Node) (Kernel, error) { return convInteger.new(n) },
			Cost:   func(n *Node) int64 { return convInteger.cost(n) },
		},
	},
}

var convInteger = byteConvIn{x: 0, w: 1, xZero: 2, wZero: 3, xScale: -1, wScale: -1, yScale: -1, yZero: -1, bias: -1}
