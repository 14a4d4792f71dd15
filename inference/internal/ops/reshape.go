package ops

import (
	"math"
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opReshape)

// opReshape computes x with other dimensions; 0 keeps the input's, -1 stands for what is left.
var opReshape = Op{
	Name: "Reshape",
	Versions: []Version{
		{Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats | 1<<dtype.F16}}, Attrs: []Attr{{"shape", Ints, nil}}, Infer: inferReshape, New: newCopy, View: true},
		{Since: 5, In: Args{"T", "int64"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}}, Infer: inferReshape, New: newCopy, View: true, Again: 1 << 13},
		{Since: 14, In: Args{"T", "int64"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}}, Attrs: []Attr{{"allowzero", Int, 0}}, Infer: inferReshape, New: newCopy, View: true, Again: 1<<19 | 1<<21 | 1<<23 | 1<<24 | 1<<25},
	},
}

func inferReshape(n *Node) error {
	var want []int64
	if n.Version.Attr("shape") != nil {
		want = n.Ints("shape")
	} else {
		var known bool
		if want, known = n.In[1].Ints(); !known {
			if s := n.In[1].Shape; s.Ranked() && s.Rank() == 1 && s.Dim(0).Known() && s.Dim(0) <= maxRank {
				n.SetOut(0, shape.Make(int(s.Dim(0))))
			}
			return nil
		}
	}
	allowZero := n.Version.Attr("allowzero") != nil && n.Flag("allowzero")
	out, err := reshaped(n.In[0].Shape, want, allowZero)
	if err != nil {
		return err
	}
	n.SetOut(0, shape.Of(out...))
	return nil
}

// reshaped returns what want makes of a shape. AllowZero says that 0 is a length.
func reshaped(in shape.Shape, want []int64, allowZero bool) ([]shape.Dim, error) {
	if len(want) > maxRank {
		return nil, fault.Shape("%d dimensions are more than %d", len(want), maxRank)
	}
	out := make([]shape.Dim, len(want))
	kept := make([]bool, max(in.Rank(), len(want))) // by dimension of the input: it is one of the output as well
	rest := -1
	for i, d := range want {
		switch {
		case d == -1 && rest < 0:
			rest = i
			out[i] = shape.Unknown
		case d < 0 || d > maxDim:
			return nil, fault.Shape("cannot reshape to %v", want)
		case d > 0:
			out[i] = shape.Dim(d)
		case allowZero && slices.Contains(want, -1):
			return nil, fault.Shape("cannot reshape to %v: 0 leaves open what -1 is", want)
		case allowZero:
			out[i] = 0
		case !in.Ranked():
			out[i] = shape.Unknown
		case i >= in.Rank():
			return nil, fault.Shape("cannot reshape %v to %v: there is no dimension %d to keep", in.Ints(), want, i)
		default:
			out[i], kept[i] = in.Dim(i), true
		}
	}
	if !in.Ranked() {
		return out, nil
	}
	// What is kept counts on neither side. So -1 has a meaning even if there are no elements, or their number is not
	// known yet.
	var had, asked []shape.Dim
	for i, d := range in.Dims() {
		if !kept[i] {
			had = append(had, d)
		}
	}
	elems := int64(1)
	for i, d := range out {
		if i == rest || kept[i] {
			continue
		}
		asked = append(asked, d)
		if d > 0 && elems > math.MaxInt/int64(d) {
			return nil, fault.Shape("cannot reshape to %v: there are not so many elements", want)
		}
		elems *= int64(max(d, 1))
	}
	have, got := shape.Of(had...).Elems(0, len(had)), shape.Of(asked...).Elems(0, len(asked))
	switch {
	case !have.Known() && rest >= 0 && got == 1:
		out[rest] = have
	case !have.Known() || !got.Known():
	case rest >= 0 && got > 0 && have%got == 0:
		out[rest] = have / got
	case rest >= 0 || have != got:
		return nil, fault.Shape("cannot reshape %v to %v", in.Ints(), want)
	}
	return out, nil
}
