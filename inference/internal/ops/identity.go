package ops

var _ = register(Op{
	Name: "Identity",
	Doc:  "x",
	Versions: widening(
		Version{In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}}, Infer: sameShape, New: newCopy, View: true},
		1, 13, 14, 16, 19, 21, 23, 24, 25),
})
