package ops

import (
	"cmp"
	"math"
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opUnique)

// opUnique computes the different elements of x, or its different slices along an axis, where they occur and how
// often.
var opUnique = Op{
	Name: "Unique",
	Versions: []Version{
		{
			Since: 11, In: Args{"T"}, Out: Args{"T", "int64?", "int64?", "int64?"}, Types: []Constraint{{Var: "T"}},
			Attrs: []Attr{{"axis", Int, nil}, {"sorted", Int, 1}}, Infer: inferUnique, New: newUnique,
		},
	},
}

// The outputs of Unique.
const (
	uniqueY       = iota
	uniqueFirst   // where each of Y occurs first
	uniqueInverse // which of Y each item of x is
	uniqueCounts
)

func inferUnique(n *Node) error {
	for i := uniqueFirst; i <= uniqueCounts && i < len(n.Out); i++ {
		n.SetOut(i, shape.Of(shape.Unknown))
	}
	x := n.In[0].Shape
	if !n.HasAttr("axis") {
		n.SetOut(uniqueY, shape.Of(shape.Unknown))
		if x.Ranked() {
			n.SetOut(uniqueInverse, shape.Of(x.Elems(0, x.Rank())))
		}
		return nil
	}
	if !x.Ranked() {
		return nil
	}
	axis, err := n.axis("axis", x.Rank())
	if err != nil {
		return err
	}
	n.SetOut(uniqueY, x.With(axis, shape.Unknown))
	n.SetOut(uniqueInverse, shape.Of(x.Dim(axis)))
	return nil
}

// unique is the kernel of Unique. It sorts the items, which are elements or slices: each consists of parts of inner
// elements, an item's worth of elements apart.
type unique struct {
	dims                []int // of Y but for the items
	axis                int
	outer, items, inner int
	words               int // that an element's key consists of; 0 for strings, which are compared as they are
	inOrder             bool
	put                 putFunc
	scratch             int
}

func newUnique(n *Node) (Kernel, error) {
	d := n.In[0].DType
	x := n.In[0].Dims()
	k := &unique{dims: []int{0}, outer: 1, items: tensor.Elems(x), inner: 1, words: 1, inOrder: !n.Flag("sorted"), put: putAs(d)}
	if n.HasAttr("axis") {
		axis, err := n.axis("axis", len(x))
		if err != nil {
			return nil, err
		}
		k.dims, k.axis = x, axis
		k.outer, k.items, k.inner = tensor.Elems(x[:axis]), x[axis], tensor.Elems(x[axis+1:])
	}
	switch {
	case d == dtype.String:
		k.words = 0
	case dtype.Complex.Has(d):
		k.words = 2
	}
	var err error
	k.scratch, err = scratchFor(int64(k.words)*int64(tensor.Elems(x)) + 4*int64(k.items))
	return k, err
}

func (k *unique) Scratch() int { return k.scratch }

func (k *unique) Run(c *Ctx) error {
	x := c.In[0]
	scratch := tensor.Cast[int64](c.Scratch)
	order, spare, groups, ids := scratch[:k.items], scratch[k.items:][:k.items], scratch[2*k.items:][:k.items], scratch[3*k.items:][:k.items]
	keys := scratch[4*k.items:]
	if k.words > 0 {
		keys = keys[:k.words*x.Len()]
		loadKeys(keys, x)
	}
	for i := range order {
		order[i] = int64(i)
	}
	p := pace{c: c}
	order, err := mergeSort(order, spare, func(a, b int64) (int, error) {
		if err := p.spend(16); err != nil {
			return 0, err
		}
		return k.compare(x, keys, int(a), int(b)), nil
	})
	if err != nil {
		return err
	}
	// An item's group is named by the first of its items.
	for i, item := range order {
		groups[item] = item
		if i > 0 && k.compare(x, keys, int(order[i-1]), int(item)) == 0 {
			groups[item] = groups[order[i-1]]
		}
	}
	if k.inOrder {
		for i := range order {
			order[i] = int64(i)
		}
	}
	first := order[:0]
	for _, item := range order {
		if groups[item] == item {
			ids[item] = int64(len(first))
			first = append(first, item)
		}
	}
	return k.write(c, first, groups, ids)
}

// write makes the outputs, from the first item of each group in the order of Y, the name of each item's group, and
// which of Y goes by a name.
func (k *unique) write(c *Ctx, first, groups, ids []int64) error {
	count := len(first)
	dims := slices.Clone(k.dims)
	dims[k.axis] = count
	y, err := c.Alloc(uniqueY, c.In[0].DType, dims)
	if err != nil {
		return err
	}
	for i, item := range first {
		for o := range k.outer {
			k.put(y, c.In[0], (o*count+i)*k.inner, (o*k.items+int(item))*k.inner, k.inner)
		}
	}
	if wants(c, uniqueFirst) {
		t, err := c.Alloc(uniqueFirst, dtype.Int64, []int{count})
		if err != nil {
			return err
		}
		copy(tensor.View[int64](t), first)
	}
	if wants(c, uniqueInverse) {
		inverse := tensor.View[int64](c.Out[uniqueInverse])
		for i, g := range groups {
			inverse[i] = ids[g]
		}
	}
	if wants(c, uniqueCounts) {
		t, err := c.Alloc(uniqueCounts, dtype.Int64, []int{count})
		if err != nil {
			return err
		}
		for _, g := range groups {
			tensor.View[int64](t)[ids[g]]++
		}
	}
	return nil
}

// wants reports whether output i is asked for.
func wants(c *Ctx, i int) bool { return i < len(c.Out) && c.Out[i] != nil }

// compare compares two items.
func (k *unique) compare(x *tensor.Tensor, keys []int64, a, b int) int {
	for o := range k.outer {
		i, j := (o*k.items+a)*k.inner, (o*k.items+b)*k.inner
		if k.words == 0 {
			for e := range k.inner {
				if d := cmp.Compare(x.Strings[i+e], x.Strings[j+e]); d != 0 {
					return d
				}
			}
			continue
		}
		i, j = i*k.words, j*k.words
		for e := range k.inner * k.words {
			if d := cmp.Compare(keys[i+e], keys[j+e]); d != 0 {
				return d
			}
		}
	}
	return 0
}

// loadKeys sets keys to integers that compare as the elements of t do: NaN is equal to itself and greater than all
// others. A complex number has two, of which the first is that of its real part.
func loadKeys(keys []int64, t *tensor.Tensor) {
	floats := func(load func(i int) float64) {
		for i := range keys {
			keys[i] = floatKey(load(i))
		}
	}
	switch d := t.DType; {
	case d == dtype.Uint64:
		for i, v := range tensor.View[uint64](t) {
			keys[i] = int64(v ^ 1<<63)
		}
	case d == dtype.Float64, d == dtype.Complex128:
		floats(func(i int) float64 { return tensor.View[float64](t)[i] })
	case d == dtype.Float32, d == dtype.Complex64:
		floats(func(i int) float64 { return float64(tensor.View[float32](t)[i]) })
	case dtype.SmallFloats.Has(d):
		floats(func(i int) float64 { v, _ := readSmall(t, i); return v })
	default:
		load(keys, t.Data, d)
	}
}

// floatKey returns an integer that compares as v does.
func floatKey(v float64) int64 {
	if v != v {
		return math.MaxInt64
	}
	if v == 0 {
		return 0 // whatever its sign
	}
	bits := int64(math.Float64bits(v))
	return bits ^ int64(uint64(bits>>63)>>1)
}

// mergeSort sorts order, keeping what is equal in order, and returns it: order itself, or spare, which is as long. It
// ends with the first error of compare.
func mergeSort(order, spare []int64, compare func(a, b int64) (int, error)) ([]int64, error) {
	for width := 1; width < len(order); width *= 2 {
		for start := 0; start < len(order); start += 2 * width {
			mid, end := min(start+width, len(order)), min(start+2*width, len(order))
			i, j := start, mid
			for to := start; to < end; to++ {
				left := j == end
				if !left && i < mid {
					d, err := compare(order[i], order[j])
					if err != nil {
						return nil, err
					}
					left = d <= 0
				}
				if left {
					spare[to] = order[i]
					i++
				} else {
					spare[to] = order[j]
					j++
				}
			}
		}
		order, spare = spare, order
	}
	return order, nil
}
