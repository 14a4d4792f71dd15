package ops

var _ = register(&opIdentity)

var opIdentity = Op{
	Name: "Identity",
	Doc:  "x",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}}, Infer: sameShape, New: newCopy, View: true, Again: []int{13, 14, 16, 19, 21, 23, 24, 25}},
	},
}
