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

// Has reports whether the tool of a name is there.
func (t *Tools) Has(name string) bool {
	switch name {
	case "Image":
		return t != nil && t.Image != nil
	case "Regexp":
		return t != nil && t.Regexp != nil
	}
	return true
}
