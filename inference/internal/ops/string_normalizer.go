package ops

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opStringNormalizer)

// opStringNormalizer computes a list of strings without stop words, in lower or upper case.
var opStringNormalizer = Op{
	Name: "StringNormalizer",
	Versions: []Version{
		{
			Since: 10, In: Args{"string"}, Out: Args{"string"},
			Attrs: []Attr{
				{"case_change_action", String, "NONE"},
				{"is_case_sensitive", Int, 0},
				{"locale", String, nil},
				{"stopwords", Strings, nil},
			},
			Infer: inferStringNormalizer, New: newStringNormalizer,
		},
	},
}

// inferStringNormalizer takes a list, or a matrix of one row. Where no string is left there is one, the empty one.
func inferStringNormalizer(n *Node) error {
	if _, err := caseChange(n); err != nil {
		return err
	}
	s := n.In[0].Shape
	if !s.Ranked() {
		return nil
	}
	if s.Rank() < 1 || s.Rank() > 2 || s.Rank() == 2 && s.Dim(0).Known() && s.Dim(0) != 1 {
		return fault.Shape("a list of strings, or one row of them, is needed, not %v", s.Ints())
	}
	left := shape.Unknown
	if d := s.Dim(-1); d == 0 {
		left = 1
	} else if d.Known() && len(n.Strings("stopwords")) == 0 {
		left = d
	}
	out := []shape.Dim{1, left}
	n.SetOut(0, shape.Of(out[2-s.Rank():]...))
	return nil
}

// caseChange returns what makes lower or upper case of a string, or nil. Of locales only the Turkish and Azeri ones,
// which tell an i with a dot from one without, differ in it.
func caseChange(n *Node) (func(string) string, error) {
	language, _, _ := strings.Cut(n.String("locale"), "_")
	language, _, _ = strings.Cut(language, "-")
	turkish := language == "tr" || language == "az"
	switch action := n.String("case_change_action"); {
	case action == "NONE":
		return nil, nil
	case action == "LOWER" && turkish:
		return func(s string) string { return strings.ToLowerSpecial(unicode.TurkishCase, s) }, nil
	case action == "LOWER":
		return strings.ToLower, nil
	case action == "UPPER" && turkish:
		return func(s string) string { return strings.ToUpperSpecial(unicode.TurkishCase, s) }, nil
	case action == "UPPER":
		return strings.ToUpper, nil
	default:
		return nil, fault.Format("case_change_action %q is not known", action)
	}
}

// stringNormalizer drops the strings that are stop words once they have been folded, and changes those that are left.
type stringNormalizer struct {
	stop         map[string]bool
	fold, change func(string) string // nil for strings as they are
	rank         int
	known        bool // the output's shape
}

func newStringNormalizer(n *Node) (Kernel, error) {
	change, err := caseChange(n)
	if err != nil {
		return nil, err
	}
	k := &stringNormalizer{stop: map[string]bool{}, change: change, rank: n.In[0].Shape.Rank(), known: n.Out[0].Shape.Static()}
	stop := n.Strings("stopwords")
	if !n.Flag("is_case_sensitive") && len(stop) > 0 {
		if k.fold = change; change == nil {
			k.fold = strings.ToLower
		}
	}
	for _, s := range stop {
		if k.fold != nil {
			s = k.fold(s)
		}
		k.stop[s] = true
	}
	return k, nil
}

func (k *stringNormalizer) Run(c *Ctx) error {
	left := make([]string, 0, max(1, len(c.In[0].Strings)))
	p := pace{c: c}
	for i, s := range c.In[0].Strings {
		if err := p.spend(16 * (1 + len(s))); err != nil {
			return err
		}
		if (k.fold != nil || k.change != nil) && !utf8.ValidString(s) {
			return fault.Format("string %d is not UTF-8", i)
		}
		folded := s
		if k.fold != nil {
			folded = k.fold(s)
		}
		if k.stop[folded] {
			continue
		}
		if k.change != nil {
			s = k.change(s)
		}
		left = append(left, s)
	}
	if len(left) == 0 {
		left = append(left, "")
	}
	if k.known {
		copy(c.Out[0].Strings, left)
		return nil
	}
	dims := []int{1, len(left)}
	out, err := c.Alloc(0, dtype.String, dims[2-k.rank:])
	if err != nil {
		return err
	}
	copy(out.Strings, left)
	return nil
}
