//go:build !arm

package ops

var _ = register(&opBrinkQLinearConv)

// opBrinkQLinearConv computes QLinearConv, for images whose channels may be the last dimension.
// The inputs are those of QLinearConv. X is [batch, spatial..., channels] when x_last is set, and Y when y_last is.
var opBrinkQLinearConv = Op{
	Name: "QLinearConv", Domain: internal,
	Versions: []Version{
		{
			Since: 1, In: Args{"T1", "float32", "T1", "T2", "float32", "T2", "float32", "T3", "int32?"}, Out: Args{"T3"},
			Types: []Constraint{{"T1", bytes8}, {"T2", bytes8}, {"T3", bytes8}}, Attrs: []Attr{
				{"auto_pad", String, "NOTSET"},
				{"dilations", Ints, nil},
				{"group", Int, 1},
				{"kernel_shape", Ints, nil},
				{"pads", Ints, nil},
				{"strides", Ints, nil},
				{"x_last", Int, 0},
				{"y_last", Int, 0},
			},
			Infer: func(n *Node) error { return brinkQLinearConv.infer(n) },
			New:   func(n *Node) (Kernel, error) { return brinkQLinearConv.new(n) },
			Cost:  func(n *Node) int64 { return brinkQLinearConv.cost(n) },
		},
	},
}

var brinkQLinearConv = byteConvIn{x: 0, xScale: 1, xZero: 2, w: 3, wScale: 4, wZero: 5, yScale: 6, yZero: 7, bias: 8, layouts: true}
