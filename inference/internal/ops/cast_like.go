package ops

var _ = register(&opCastLike)

// opCastLike computes x in the element type of another tensor.
var opCastLike = Op{
	Name: "CastLike",
	Versions: []Version{
		{
			Since: 15, In: Args{"T1", "T2"}, Out: Args{"T2"}, Types: []Constraint{{"T1", castTypes}, {"T2", castTypes}},
			Infer: sameShape, New: newCast,
		},
		{
			Since: 19, In: Args{"T1", "T2"}, Out: Args{"T2"}, Types: []Constraint{{"T1", castTypes}, {"T2", castTypes}},
			Attrs: []Attr{{"saturate", Int, 1}}, Infer: sameShape, New: newCast, Again: 1<<21 | 1<<23,
		},
		{
			Since: 24, In: Args{"T1", "T2"}, Out: Args{"T2"}, Types: []Constraint{{"T1", castTypes}, {"T2", castTypes}},
			Attrs: []Attr{{"round_mode", String, "up"}, {"saturate", Int, 1}}, Infer: sameShape, New: newCast, Again: 1 << 25,
		},
	},
}
