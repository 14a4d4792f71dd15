package ops

import "context"

// Tools are what a few operators need that is too much for every program to carry. A nil function is not there: models
// with the operator are refused.
type Tools struct {
	// Image decodes a file of an image for ImageDecoder: to rows of red, green and blue bytes. It asks take for leave
	// before it takes memory, in bytes. A file that it cannot decode is a *FormatError, for which ImageDecoder gives an
	// empty image as the standard asks. Package inference/images has one.
	Image func(ctx context.Context, file []byte, take func(bytes int64) error) (width, height int, rgb []byte, err error)

	// Regexp returns what tells, for RegexFullMatch, whether a whole string matches a pattern in the syntax of RE2.
	// Several goroutines may call that at once. Package inference/regex has one.
	Regexp func(pattern string) (match func(s string) bool, err error)
}

// Tool is one of [Tools].
type Tool uint8

// The tools; ToolNone is none of them.
const (
	ToolNone Tool = iota
	ToolImage
	ToolRegexp
)

// String returns the name of the tool's field.
func (t Tool) String() string {
	switch t {
	case ToolImage:
		return "Image"
	case ToolRegexp:
		return "Regexp"
	}
	return "none"
}

// Has reports whether a tool is there.
func (t *Tools) Has(tool Tool) bool {
	switch tool {
	case ToolImage:
		return t != nil && t.Image != nil
	case ToolRegexp:
		return t != nil && t.Regexp != nil
	}
	return true
}
