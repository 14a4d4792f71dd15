package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opResize)

// opResize computes x with other lengths of its dimensions, each element interpolated between those of x near it.
var opResize = Op{
	Name: "Resize",
	Versions: []Version{
		{
			Since: 10, In: Args{"T", "float32"}, Out: Args{"T"}, Types: []Constraint{{"T", classic}},
			Attrs: []Attr{{"mode", String, "nearest"}}, Infer: inferResize, New: newResize,
		},
		{
			Since: 11, In: Args{"T", "T1", "float32", "int64?"}, Out: Args{"T"},
			Types:  []Constraint{{"T", classic}, {"T1", dtype.IEEE}},
			Common: &resizeAttrs, Infer: inferResize, New: newResize,
		},
		{
			Since: 13, In: Args{"T", "T1?", "float32?", "int64?"}, Out: Args{"T"},
			Types:  []Constraint{{"T", classic | 1<<dtype.BF16}, {"T1", dtype.IEEE}},
			Common: &resizeAttrs, Infer: inferResize, New: newResize,
		},
		{
			Since: 18, Again: 1 << 19, In: Args{"T", "T1?", "float32?", "int64?"}, Out: Args{"T"},
			Types:  []Constraint{{"T", classic | 1<<dtype.BF16}, {"T1", dtype.IEEE}},
			Attrs:  []Attr{{"antialias", Int, 0}, {"axes", Ints, nil}, {"keep_aspect_ratio_policy", String, "stretch"}},
			Common: &resizeAttrs, Infer: inferResize, New: newResize,
		},
	},
}

// classic are the types that the standard has had from the start: numbers, complex ones among them, bools and strings.
const classic = dtype.Numbers | 1<<dtype.F16 | dtype.Bools | dtype.Strings | dtype.Complex

// resizeAttrs are the attributes that Resize has had since opset 11.
var resizeAttrs = []Attr{
	{"mode", String, "nearest"},
	{"coordinate_transformation_mode", String, "half_pixel"},
	{"cubic_coeff_a", Float, -0.75},
	{"exclude_outside", Int, 0},
	{"extrapolation_value", Float, 0.0},
	{"nearest_mode", String, "round_prefer_floor"},
}

// resized is what becomes of one dimension.
type resized struct {
	in, out    shape.Dim
	scale      float64 // 0 when it is not known
	start, end float64 // of the part of the input that is looked at, where its length is 1
}

// resizes returns what becomes of each dimension of n's input, whose rank is known, or known false when that is not
// told yet.
func resizes(n *Node) (dims []resized, known bool, err error) {
	x := n.In[0].Shape
	dims = make([]resized, x.Rank())
	for i, d := range x.Dims() {
		dims[i] = resized{in: d, out: d, scale: 1, end: 1}
	}
	axes, err := resizeAxes(n, x.Rank())
	if err != nil {
		return nil, false, err
	}
	scales, sizes, known, err := resizeTargets(n, len(axes))
	if err != nil || !known {
		return nil, false, err
	}
	if sizes != nil {
		if err := resizeTo(n, dims, axes, sizes); err != nil {
			return nil, false, err
		}
		return dims, true, resizeRoi(n, dims, axes)
	}
	for i, a := range axes {
		d := &dims[a]
		if d.scale = scales[i]; !(d.scale > 0) || math.IsInf(d.scale, 1) {
			return nil, false, fault.Shape("a scale of %g", d.scale)
		}
		d.out = shape.Unknown
		if d.in.Known() {
			length := math.Floor(float64(d.in) * d.scale)
			if length > maxDim {
				return nil, false, fault.Shape("a dimension of %d by a scale of %g", d.in, d.scale)
			}
			d.out = shape.Dim(length)
		}
	}
	return dims, true, resizeRoi(n, dims, axes)
}

// resizeAxes returns the dimensions that scales, sizes and regions are given for.
func resizeAxes(n *Node, rank int) ([]int, error) {
	if n.Version.Attr("axes") == nil || !n.HasAttr("axes") {
		axes := make([]int, rank)
		for i := range axes {
			axes[i] = i
		}
		return axes, nil
	}
	list := n.Ints("axes")
	if _, err := shape.Axes(list, rank); err != nil {
		return nil, err
	}
	axes := make([]int, len(list)) // in the order in which they are given
	for i, a := range list {
		axes[i], _ = shape.Axis(a, rank)
	}
	return axes, nil
}

// resizeTargets returns either the scales or the sizes that n is given for count axes.
func resizeTargets(n *Node, count int) (scales []float64, sizes []int64, known bool, err error) {
	at := 2 // of the scales; before the operator set 11 they are the second input, or attributes
	switch {
	case n.Version.Attr("height_scale") != nil:
		scales = []float64{1, 1, float64(n.Float("height_scale")), float64(n.Float("width_scale"))}
	case n.Version.Attr("scales") != nil:
		scales = doubles(n.Floats("scales"))
	case len(n.Version.In) == 2:
		at = 1
		fallthrough
	default:
		if n.Has(at) && !noElements(&n.In[at]) {
			v := n.In[at].Value
			if v == nil {
				return nil, nil, false, nil
			}
			scales = doubles(tensor.View[float32](v))
		}
	}
	if n.Has(3) && !noElements(&n.In[3]) {
		if sizes, known = n.In[3].Ints(); !known {
			return nil, nil, false, nil
		}
	}
	switch given := max(len(scales), len(sizes)); {
	case len(scales) > 0 && len(sizes) > 0:
		return nil, nil, false, fault.Shape("both scales and sizes are given")
	case given != count:
		return nil, nil, false, fault.Shape("%d scales or sizes for %d dimensions", given, count)
	}
	return scales, sizes, true, nil
}

func doubles(list []float32) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = float64(v)
	}
	return out
}

// noElements reports whether an operand is known to have no elements, which is another way to leave it out.
func noElements(o *Operand) bool { return o.Shape.Static() && o.Len() == 0 }

// resizeTo finds the lengths of the axes from the sizes that are given for them.
func resizeTo(n *Node, dims []resized, axes []int, sizes []int64) error {
	policy := "stretch"
	if n.Version.Attr("keep_aspect_ratio_policy") != nil {
		policy = n.String("keep_aspect_ratio_policy")
	}
	common, all := math.NaN(), true
	for i, a := range axes {
		d := &dims[a]
		if sizes[i] < 0 || sizes[i] > maxDim {
			return fault.Shape("a size of %d", sizes[i])
		}
		d.out, d.scale = shape.Dim(sizes[i]), 0
		if !d.in.Known() {
			all = false
			continue
		}
		if d.scale = float64(sizes[i]) / float64(d.in); d.in == 0 {
			if sizes[i] > 0 {
				return fault.Shape("no elements are to become %d", sizes[i])
			}
			d.scale = 1
		}
		if !(d.scale >= common) == (policy == "not_larger") || math.IsNaN(common) {
			common = d.scale
		}
	}
	switch policy {
	case "stretch":
		return nil
	case "not_larger", "not_smaller":
	default:
		return fault.Format("keep_aspect_ratio_policy %q is not known", policy)
	}
	for _, a := range axes {
		d := &dims[a]
		d.scale, d.out = common, shape.Unknown
		if all {
			length := math.Floor(float64(d.in)*common + 0.5)
			if length > maxDim {
				return fault.Shape("a dimension of %d by a scale of %g", d.in, common)
			}
			d.out = shape.Dim(length)
		}
	}
	return nil
}

// resizeRoi finds which part of each axis is looked at, where n asks for a part and its value is known.
func resizeRoi(n *Node, dims []resized, axes []int) error {
	if transformation(n) != "tf_crop_and_resize" {
		return nil
	}
	if !n.Has(1) || noElements(&n.In[1]) {
		return fault.Format("roi is missing")
	}
	v := n.In[1].Value
	if v == nil {
		return nil
	}
	if v.Len() != 2*len(axes) {
		return fault.Shape("a roi of %d numbers for %d dimensions", v.Len(), len(axes))
	}
	roi := make([]float64, v.Len())
	load(roi, v.Data, v.DType)
	for i, a := range axes {
		d := &dims[a]
		d.start, d.end = roi[i], roi[len(axes)+i]
		if limit := float64(maxDim); !(math.Abs(d.start) <= limit && math.Abs(d.end) <= limit) {
			return fault.Shape("a roi from %g to %g", d.start, d.end)
		}
	}
	return nil
}

// transformation returns how positions in the output become positions in the input: before the operator set 11 in the
// simplest way.
func transformation(n *Node) string {
	if n.Version.Attr("coordinate_transformation_mode") == nil {
		return "asymmetric"
	}
	return n.String("coordinate_transformation_mode")
}

func inferResize(n *Node) error {
	x := n.In[0].Shape
	if !x.Ranked() {
		return nil
	}
	dims, known, err := resizes(n)
	if err != nil {
		return err
	}
	out := shape.Make(x.Rank())
	for i, d := range dims {
		if known {
			out.Dims()[i] = d.out
		}
	}
	n.SetOut(0, out)
	return nil
}

func newResize(n *Node) (Kernel, error) {
	dims, known, err := resizes(n)
	if err != nil {
		return nil, err
	}
	if !known || !n.Out[0].Shape.Static() || transformation(n) == "tf_crop_and_resize" && n.In[1].Value == nil {
		return nil, errNeedsValue
	}
	for i := range dims { // what was inferred may have been of inputs of unknown lengths
		if int(dims[i].out) != n.Out[0].Dims()[i] {
			return nil, fault.Shape("%v resized to %v", n.In[0].Dims(), n.Out[0].Dims())
		}
	}
	if n.Out[0].Len() == 0 {
		return nothing{}, nil
	}
	mode := n.String("mode")
	switch {
	case mode == "nearest":
		return newNearest(n, dims)
	case mode == "cubic" && n.Version.Attr("cubic_coeff_a") != nil, mode == "linear", mode == "bilinear":
		if frugal {
			return asFloats(n, true, resampleOf[float64], resampleOf[float64])
		}
		return asFloats(n, true, resampleOf[float32], resampleOf[float64])
	}
	return nil, fault.Format("mode %q is not known", mode)
}
