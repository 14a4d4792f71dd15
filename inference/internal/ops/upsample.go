package ops

import "github.com/brinkml/brink/inference/internal/dtype"

var _ = register(&opUpsample)

// opUpsample computes x with longer dimensions, each element repeated or interpolated: what Resize does since.
var opUpsample = Op{
	Name: "Upsample",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"T"},
			Types: []Constraint{{"T", dtype.IEEE | dtype.Bools | indexes}},
			Attrs: []Attr{{"height_scale", Float, Required}, {"mode", String, "nearest"}, {"width_scale", Float, Required}}, Infer: inferResize, New: newResize,
		},
		{
			Since: 7, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", classic}},
			Attrs: []Attr{{"mode", String, "nearest"}, {"scales", Floats, Required}}, Infer: inferResize, New: newResize,
		},
		{
			Since: 9, In: Args{"T", "float32"}, Out: Args{"T"}, Types: []Constraint{{"T", classic}},
			Attrs: []Attr{{"mode", String, "nearest"}}, Infer: inferResize, New: newResize,
		},
	},
}
