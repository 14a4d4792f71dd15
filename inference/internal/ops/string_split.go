package ops

import (
	"slices"
	"strings"
	"unicode"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opStringSplit)

// opStringSplit computes the pieces of each string between delimiters, and how many there are.
var opStringSplit = Op{
	Name: "StringSplit",
	Versions: []Version{
		{
			Since: 20, In: Args{"string"}, Out: Args{"string", "int64"},
			Attrs: []Attr{{"delimiter", String, nil}, {"maxsplit", Int, nil}}, Infer: inferStringSplit, New: newStringSplit,
		},
	},
}

func inferStringSplit(n *Node) error {
	s := n.In[0].Shape
	if s.Ranked() {
		n.SetOut(0, shape.Of(append(s.Clone(), shape.Unknown)...))
	}
	n.SetOut(1, s)
	return nil
}

// stringSplit cuts at a delimiter, or without one at runs of white space, those around a string being none of its
// pieces.
type stringSplit struct {
	delimiter string
	most      int64 // cuts; negative when there may be any number
	dims      []int // of the input
}

func newStringSplit(n *Node) (Kernel, error) {
	k := &stringSplit{delimiter: n.String("delimiter"), most: -1, dims: n.In[0].Dims()}
	if n.HasAttr("maxsplit") {
		k.most = n.Int("maxsplit")
	}
	return k, nil
}

// split calls put with each piece of s and its place, and returns how many there are.
func (k *stringSplit) split(s string, put func(i int, piece string)) int {
	n := 0
	for ; k.most < 0 || int64(n) < k.most; n++ {
		var piece string
		if k.delimiter == "" {
			s = strings.TrimLeftFunc(s, unicode.IsSpace)
			end := strings.IndexFunc(s, unicode.IsSpace)
			if end < 0 {
				break
			}
			piece, s = s[:end], s[end:]
		} else {
			before, after, found := strings.Cut(s, k.delimiter)
			if !found {
				break
			}
			piece, s = before, after
		}
		put(n, piece)
	}
	if k.delimiter == "" {
		if s = strings.TrimLeftFunc(s, unicode.IsSpace); s == "" {
			return n
		}
	}
	put(n, s)
	return n + 1
}

func (k *stringSplit) Run(c *Ctx) error {
	x, counts := c.In[0].Strings, tensor.View[int64](c.Out[1])
	p := pace{c: c}
	most := 0
	for i, s := range x {
		if err := p.spend(16 * (1 + len(s))); err != nil {
			return err
		}
		n := k.split(s, func(int, string) {})
		counts[i] = int64(n)
		most = max(most, n)
	}
	y, err := c.Alloc(0, dtype.String, append(slices.Clone(k.dims), most))
	if err != nil {
		return err
	}
	for i, s := range x {
		if err := p.spend(16 * (1 + len(s))); err != nil {
			return err
		}
		row := y.Strings[i*most:][:most]
		k.split(s, func(j int, piece string) { row[j] = piece })
	}
	return nil
}
