package ops

import (
	"slices"
	"strings"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
)

var _ = register(&opCast)

var opCast = Op{
	Name: "Cast",
	Doc:  "x in another element type",
	Versions: slices.Concat(
		castVersions(inferCast, Args{"T1"}, []Attr{{"to", String, Required}}, 1),
		castVersions(inferCast, Args{"T1"}, []Attr{{"to", Int, Required}}, 6, 9, 13),
		castVersions(inferCast, Args{"T1"}, []Attr{{"saturate", Int, 1}, {"to", Int, Required}}, 19, 21, 23),
		castVersions(inferCast, Args{"T1"}, []Attr{{"round_mode", String, "up"}, {"saturate", Int, 1}, {"to", Int, Required}}, 24, 25),
	),
}

// castVersions returns a version for each of the given operator sets, with the types that there are by then. Strings
// came with the operator set 9.
func castVersions(infer func(*Node) error, in Args, attrs []Attr, since ...int) []Version {
	out := make([]Version, len(since))
	for i, s := range since {
		types := data(s) &^ (1<<dtype.Complex64 | 1<<dtype.Complex128)
		if s < 9 {
			types &^= dtype.Strings
		}
		out[i] = Version{
			Since: s, In: in, Out: Args{"T2"}, Types: []Constraint{{"T1", types}, {"T2", types}},
			Attrs: attrs, Infer: infer, New: newCast,
		}
	}
	return out
}

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
