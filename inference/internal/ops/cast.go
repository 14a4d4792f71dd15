package ops

import (
	"strings"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
)

var _ = register(&opCast)

// opCast computes x in another element type.
var opCast = Op{
	Name: "Cast",
	Versions: []Version{
		{
			Since: 1, In: Args{"T1"}, Out: Args{"T2"}, Types: []Constraint{{"T1", castTypes &^ dtype.Strings}, {"T2", castTypes &^ dtype.Strings}},
			Attrs: []Attr{{"to", String, Required}}, Infer: inferCast, New: newCast,
		},
		{
			Since: 6, In: Args{"T1"}, Out: Args{"T2"}, Types: []Constraint{{"T1", castTypes &^ dtype.Strings}, {"T2", castTypes &^ dtype.Strings}},
			Attrs: []Attr{{"to", Int, Required}}, Infer: inferCast, New: newCast,
		},
		{
			Since: 9, In: Args{"T1"}, Out: Args{"T2"}, Types: []Constraint{{"T1", castTypes}, {"T2", castTypes}},
			Attrs: []Attr{{"to", Int, Required}}, Infer: inferCast, New: newCast, Again: 1 << 13,
		},
		{
			Since: 19, In: Args{"T1"}, Out: Args{"T2"}, Types: []Constraint{{"T1", castTypes}, {"T2", castTypes}},
			Attrs: []Attr{{"saturate", Int, 1}, {"to", Int, Required}}, Infer: inferCast, New: newCast, Again: 1<<21 | 1<<23,
		},
		{
			Since: 24, In: Args{"T1"}, Out: Args{"T2"}, Types: []Constraint{{"T1", castTypes}, {"T2", castTypes}},
			Attrs: []Attr{{"round_mode", String, "up"}, {"saturate", Int, 1}, {"to", Int, Required}}, Infer: inferCast, New: newCast, Again: 1 << 25,
		},
	},
}

// castTypes are those that numbers are cast from and to. Strings came with the operator set 9.
const castTypes = dtype.All &^ dtype.Complex

func inferCast(n *Node) error {
	to := n.Int("to")
	if n.Version.Attr("to").Kind == String {
		to = int64(namedType(n.String("to")))
	}
	if to < 0 || to > 255 || !dtype.DType(to).Valid() {
		return fault.Format("there is no element type %v", n.attr("to"))
	}
	n.Out[0].DType = dtype.DType(to)
	return sameShape(n)
}

// namedType returns the type that the first version means, which calls it as TensorProto.DataType does.
func namedType(name string) dtype.DType {
	switch name {
	case "FLOAT":
		return dtype.Float32
	case "DOUBLE":
		return dtype.Float64
	}
	d, _ := dtype.Parse(strings.ToLower(name))
	return d
}

func newCast(n *Node) (Kernel, error) {
	from, to := n.In[0].DType, n.Out[0].DType
	if from == to {
		return newCopy(n)
	}
	k := numberCast{saturate: n.Version.Attr("saturate") == nil || n.Flag("saturate"), round: dtype.Up}
	if n.Version.Attr("round_mode") != nil {
		switch mode := n.String("round_mode"); mode {
		case "up":
		case "down":
			k.round = dtype.Down
		case "nearest":
			k.round = dtype.Nearest
		default:
			return nil, fault.Format("round_mode %q is none of up, down and nearest", mode)
		}
	}
	switch {
	case from == dtype.String:
		return &parse{k}, nil
	case to == dtype.String:
		return format{}, nil
	}
	return &k, nil
}
