package ops

var _ = register(&opScatter)

var opScatter = Op{
	Name:     "Scatter",
	Doc:      "ScatterElements by its first name",
	Versions: widening(scatterVersion([]Attr{{"axis", Int, 0}}), 9),
}
