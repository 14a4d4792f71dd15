// Package regex matches strings against regular expressions for the operator RegexFullMatch of ONNX models. A session gets
// it as a tool, so that programs without such models do not carry it:
//
//	s, err := model.NewSession(&inference.Options{Tools: inference.Tools{Regexp: regex.Compile}})
package regex

import "regexp"

// Compile reads a pattern in the syntax of RE2, which package regexp shares but for \C, and returns what tells whether a
// whole string matches it. That is safe for concurrent use.
func Compile(pattern string) (match func(s string) bool, err error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	re.Longest() // the leftmost of the longest matches is the whole string if any match is
	return func(s string) bool {
		at := re.FindStringIndex(s)
		return at != nil && at[0] == 0 && at[1] == len(s)
	}, nil
}
