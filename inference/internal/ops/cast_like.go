package ops

import "slices"

var _ = register(&opCastLike)

var opCastLike = Op{
	Name: "CastLike",
	Doc:  "x in the element type of another tensor",
	Versions: slices.Concat(
		castVersions(sameShape, Args{"T1", "T2"}, nil, 15),
		castVersions(sameShape, Args{"T1", "T2"}, []Attr{{"saturate", Int, 1}}, 19, 21, 23),
		castVersions(sameShape, Args{"T1", "T2"}, []Attr{{"round_mode", String, "up"}, {"saturate", Int, 1}}, 24, 25),
	),
}
