package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opRegexFullMatch)

// opRegexFullMatch computes whether a regular expression matches each string as a whole.
var opRegexFullMatch = Op{
	Name: "RegexFullMatch",
	Versions: []Version{
		{
			Since: 20, In: Args{"string"}, Out: Args{"bool"}, Attrs: []Attr{{"pattern", String, nil}},
			Infer: sameShape, New: newRegexFullMatch, Needs: ToolRegexp,
		},
	},
}

// maxPattern bounds a pattern, and so the memory of its program: a few characters may stand for a thousand instructions.
const maxPattern = 1 << 12

// regexFullMatch is the kernel of RegexFullMatch.
type regexFullMatch struct{ match func(s string) bool }

func newRegexFullMatch(n *Node) (Kernel, error) {
	pattern := n.String("pattern")
	switch {
	case !n.HasAttr("pattern"):
		return nil, fault.Format("there is no pattern")
	case len(pattern) > maxPattern:
		return nil, &fault.LimitError{What: "bytes of a pattern", Got: int64(len(pattern)), Max: maxPattern}
	}
	match, err := n.Tools.Regexp(pattern)
	if err != nil {
		return nil, fault.Format("the pattern %q: %v", pattern, err)
	}
	return &regexFullMatch{match}, nil
}

func (k *regexFullMatch) Run(c *Ctx) error {
	y := tensor.View[bool](c.Out[0])
	p := pace{c: c}
	for i, s := range c.In[0].Strings {
		if err := p.spend(256 * (1 + len(s))); err != nil {
			return err
		}
		y[i] = k.match(s)
	}
	return nil
}
