package ops

var _ = register(&opScatter)

// opScatter computes ScatterElements by its first name, which models may still use after its end with version 11.
var opScatter = Op{
	Name: "Scatter",
	Versions: []Version{
		{
			Since: 9, In: Args{"T", "Tind", "T"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}, {"Tind", indexes}},
			Attrs: []Attr{{"axis", Int, 0}}, Infer: inferScatterElements, New: newScatterElements, InPlace: 1,
		},
	},
}
