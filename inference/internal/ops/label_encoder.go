package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opLabelEncoder)

// opLabelEncoder computes the value that goes with each key, or the default.
var opLabelEncoder = Op{
	Name:   "LabelEncoder",
	Domain: "ai.onnx.ml",
	Versions: []Version{
		{
			Since: 1, In: Args{"T1"}, Out: Args{"T2"}, Types: []Constraint{{"T1", dtype.Strings | 1<<dtype.Int64}, {"T2", dtype.Strings | 1<<dtype.Int64}},
			Attrs: []Attr{{"classes_strings", Strings, nil}, {"default_int64", Int, -1}, {"default_string", String, "_Unused"}},
			Infer: inferLabelEncoder, New: newLabelEncoder,
		},
		{
			Since: 2, In: Args{"T1"}, Out: Args{"T2"}, Types: []Constraint{{"T1", dtype.Strings | 1<<dtype.Int64 | 1<<dtype.Float32}, {"T2", dtype.Strings | 1<<dtype.Int64 | 1<<dtype.Float32}},
			Common: &labelAttrs, Infer: inferLabelEncoder, New: newLabelEncoder,
		},
		{
			Since: 4, In: Args{"T1"}, Out: Args{"T2"}, Types: []Constraint{{"T1", labelTypes}, {"T2", labelTypes}},
			Attrs:  []Attr{{"default_tensor", Tensor, nil}, {"keys_tensor", Tensor, nil}, {"values_tensor", Tensor, nil}},
			Common: &labelAttrs, Infer: inferLabelEncoder, New: newLabelEncoder,
		},
	},
}

const labelTypes = dtype.Strings | dtype.Floats | 1<<dtype.Int16 | indexes

// labelAttrs are the attributes that LabelEncoder has had since version 2.
var labelAttrs = []Attr{
	{"default_float", Float, math.Copysign(0, -1)},
	{"default_int64", Int, -1},
	{"default_string", String, "_Unused"},
	{"keys_floats", Floats, nil},
	{"keys_int64s", Ints, nil},
	{"keys_strings", Strings, nil},
	{"values_floats", Floats, nil},
	{"values_int64s", Ints, nil},
	{"values_strings", Strings, nil},
}

// labels returns n's keys, and its values with the default after the last of them.
func labels(n *Node) (keys, values *tensor.Tensor, err error) {
	if n.Version.Attr("classes_strings") != nil {
		return classLabels(n)
	}
	if keys, err = labelList(n, "keys"); err != nil {
		return nil, nil, err
	}
	if values, err = labelList(n, "values"); err != nil {
		return nil, nil, err
	}
	if keys.DType != n.In[0].DType || keys.Len() != values.Len() {
		return nil, nil, fault.Format("%d keys of %v for values of %v, and %d values", keys.Len(), keys.DType, n.In[0].DType, values.Len())
	}
	fallback := labelDefault(n, values.DType)
	if fallback.DType != values.DType || fallback.Len() != 1 {
		return nil, nil, fault.Format("a default of %v%v for values of %v", fallback.DType, fallback.Shape, values.DType)
	}
	return keys, appended(values, fallback), nil
}

// labelDefault returns the value of what is no key. Types that only tensors can have share that of the attribute of
// their kind.
func labelDefault(n *Node, d dtype.DType) *tensor.Tensor {
	if n.Version.Attr("default_tensor") != nil && n.Tensor("default_tensor") != nil {
		return n.Tensor("default_tensor")
	}
	switch d {
	case dtype.Int64:
		return scalar(n.Int("default_int64"))
	case dtype.String:
		return stringScalar(n.String("default_string"))
	case dtype.Int16:
		return scalar(int16(n.Int("default_int64")))
	case dtype.Int32:
		return scalar(int32(n.Int("default_int64")))
	case dtype.Float64:
		return scalar(float64(n.Float("default_float")))
	}
	return scalar(n.Float("default_float"))
}

// classLabels is labels for the first version, where keys are places in a list of classes, or the other way round.
func classLabels(n *Node) (keys, values *tensor.Tensor, err error) {
	classes := n.Strings("classes_strings")
	names := stringList(classes)
	places := tensor.New(dtype.Int64, []int{len(classes)})
	for i := range classes {
		tensor.View[int64](places)[i] = int64(i)
	}
	if n.In[0].DType == dtype.String {
		return names, appended(places, scalar(n.Int("default_int64"))), nil
	}
	return places, appended(names, stringScalar(n.String("default_string"))), nil
}

func stringList(list []string) *tensor.Tensor {
	return &tensor.Tensor{DType: dtype.String, Shape: []int{len(list)}, Strings: list}
}

func stringScalar(s string) *tensor.Tensor {
	return &tensor.Tensor{DType: dtype.String, Shape: []int{}, Strings: []string{s}}
}

// labelList returns the list of keys or values that n gives, in whichever of its attributes.
func labelList(n *Node, what string) (*tensor.Tensor, error) {
	if floats := n.Floats(what + "_floats"); floats != nil {
		return tensor.Of(floats, len(floats)), nil
	}
	if ints := n.Ints(what + "_int64s"); ints != nil {
		return tensor.Of(ints, len(ints)), nil
	}
	if strings := n.Strings(what + "_strings"); strings != nil {
		return stringList(strings), nil
	}
	if n.Version.Attr(what+"_tensor") != nil && n.Tensor(what+"_tensor") != nil {
		return n.Tensor(what + "_tensor"), nil
	}
	return nil, fault.Format("there are no %s", what)
}

// appended returns a list with one element more.
func appended(list, last *tensor.Tensor) *tensor.Tensor {
	out := tensor.New(list.DType, []int{list.Len() + 1})
	put := putAs(list.DType)
	put(out, list, 0, 0, list.Len())
	put(out, last, list.Len(), 0, 1)
	return out
}

func inferLabelEncoder(n *Node) error {
	_, values, err := labels(n)
	if err != nil {
		return err
	}
	n.Out[0].Type = graph.TensorType(values.DType, shape.Shape{})
	return sameShape(n)
}

func newLabelEncoder(n *Node) (Kernel, error) {
	keys, values, err := labels(n)
	if err != nil {
		return nil, err
	}
	switch keys.DType {
	case dtype.Float32:
		return newLabels(keys, values, tensor.View[float32]), nil
	case dtype.Float64:
		return newLabels(keys, values, tensor.View[float64]), nil
	case dtype.Int16:
		return newLabels(keys, values, tensor.View[int16]), nil
	case dtype.Int32:
		return newLabels(keys, values, tensor.View[int32]), nil
	case dtype.Int64:
		return newLabels(keys, values, tensor.View[int64]), nil
	}
	return newLabels(keys, values, stringsOf), nil
}

func stringsOf(t *tensor.Tensor) []string { return t.Strings }

// labelEncoder finds the place of each key, and with it the value. What is no key has the place of the default.
type labelEncoder[K comparable] struct {
	places map[K]int
	nan    int // of NaN, which is not equal to itself
	values *tensor.Tensor
	view   func(*tensor.Tensor) []K
	put    putFunc
}

// newLabels makes the kernel for keys of type K. The last of values is the default.
func newLabels[K comparable](keys, values *tensor.Tensor, view func(*tensor.Tensor) []K) Kernel {
	k := &labelEncoder[K]{places: map[K]int{}, nan: keys.Len(), values: values, view: view, put: putAs(values.DType)}
	for i, key := range view(keys) {
		if key != key {
			k.nan = i
		}
		k.places[key] = i
	}
	return k
}

func (k *labelEncoder[K]) Run(c *Ctx) error {
	for i, key := range k.view(c.In[0]) {
		at, ok := k.places[key]
		if !ok {
			at = k.values.Len() - 1
			if key != key {
				at = k.nan
			}
		}
		k.put(c.Out[0], k.values, i, at, 1)
	}
	return nil
}
