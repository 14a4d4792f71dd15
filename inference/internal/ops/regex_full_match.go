package ops

import (
	"regexp"

	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opRegexFullMatch)

var opRegexFullMatch = Op{
	Name: "RegexFullMatch",
	Doc:  "whether a regular expression matches each string as a whole",
	Versions: []Version{
		{
			Since: 20, In: Args{"string"}, Out: Args{"bool"}, Attrs: []Attr{{"pattern", String, nil}},
			Infer: sameShape, New: newRegexFullMatch,
		},
	},
}

// maxPattern bounds a pattern, and so the memory of its program: a few characters may stand for a thousand instructions
// of 40 bytes each.
const maxPattern = 1 << 12

// regexFullMatch looks for the leftmost of the longest matches. It is the whole string if any match is.
type regexFullMatch struct{ pattern *regexp.Regexp }

// newRegexFullMatch reads the pattern in the syntax of RE2, which package regexp shares but for \C.
func newRegexFullMatch(n *Node) (Kernel, error) {
	pattern := n.String("pattern")
	switch {
	case !n.HasAttr("pattern"):
		return nil, fault.Format("there is no pattern")
	case len(pattern) > maxPattern:
		return nil, &fault.LimitError{What: "bytes of a pattern", Got: int64(len(pattern)), Max: maxPattern}
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fault.Format("the pattern %q: %v", pattern, err)
	}
	re.Longest()
	return &regexFullMatch{re}, nil
}

func (k *regexFullMatch) Run(c *Ctx) error {
	y := tensor.View[bool](c.Out[0])
	p := pace{c: c}
	for i, s := range c.In[0].Strings {
		if err := p.spend(256 * (1 + len(s))); err != nil {
			return err
		}
		at := k.pattern.FindStringIndex(s)
		y[i] = at != nil && at[0] == 0 && at[1] == len(s)
	}
	return nil
}
