package main

import (
	"fmt"
	"strings"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// text are counts of n-grams, and operators on strings.
func text(s *suite) {
	weights := build.Floats("weights", 0.5, 2, 0.25, 4, 1, 0.75, 3)
	grams := []build.Attr{build.Ints("ngram_counts", 0, 4), build.Ints("ngram_indexes", 0, 1, 2, 3, 4, 5, 6)}
	numbers := build.Ints("pool_int64s", 2, 3, 5, 4, 5, 6, 7, 8, 6, 7)
	names := build.Strings("pool_strings", "b", "c", "e", "d", "e", "f", "g", "h", "f", "g")
	shape := func(low, high, skip int) []build.Attr {
		return []build.Attr{build.Int("min_gram_length", low), build.Int("max_gram_length", high), build.Int("max_skip_count", skip)}
	}
	row := []int64{1, 1, 3, 3, 3, 7, 8, 6, 7, 5, 6, 8}
	letters := strings.Split("a a c c c g h f g e f h", " ")
	for _, mode := range []string{"TF", "IDF", "TFIDF"} {
		c := s.add("tfidf_"+strings.ToLower(mode), opset(9))
		kind := build.String("mode", mode)
		x := input(c, "x", row, 12)
		rows := input(c, "rows", row, 2, 6)
		named := words(c, "named", letters, 2, 6)
		small := input(c, "small", []int32{5, 6, 7, 8}, 4)
		for _, r := range [][3]int{{1, 1, 0}, {2, 2, 0}, {1, 2, 0}, {1, 2, 5}, {2, 2, 1}} {
			attrs := append(append(clip(grams), kind), shape(r[0], r[1], r[2])...)
			suffix := fmt.Sprintf("_%d%d%d", r[0], r[1], r[2])
			c.out("x"+suffix, c.Op("TfIdfVectorizer", list{x}, append(clip(attrs), numbers)...), inference.Float32)
			c.out("rows"+suffix, c.Op("TfIdfVectorizer", list{rows}, append(clip(attrs), numbers, weights)...), inference.Float32)
			c.out("named"+suffix, c.Op("TfIdfVectorizer", list{named}, append(clip(attrs), names, weights)...), inference.Float32)
		}
		c.out("four", c.Op("TfIdfVectorizer", list{small}, append(append(clip(grams), kind, numbers), shape(1, 2, 0)...)...), inference.Float32)
	}

	c := s.add("string_normalizer", opset(10))
	x := words(c, "x", []string{"Monday", "tuesday", "WEDNESDAY", "thursday", "monday"}, 5)
	for _, action := range []string{"NONE", "LOWER", "UPPER"} {
		change, locale := build.String("case_change_action", action), build.String("locale", "C")
		c.out(strings.ToLower(action), c.Op("StringNormalizer", list{x}, change, build.Strings("stopwords", "monday", "WEDNESDAY"), build.Int("is_case_sensitive", 1), locale), inference.String)
		c.out(strings.ToLower(action)+"_any", c.Op("StringNormalizer", list{x}, change, build.Strings("stopwords", "monday", "WEDNESDAY"), locale), inference.String)
	}
	c.out("all", c.Op("StringNormalizer", list{x},
		build.Strings("stopwords", "monday", "tuesday", "wednesday", "thursday"), build.String("locale", "C")), inference.String)

	c = s.add("string_ops", opset(20))
	// Not an empty string: split by a delimiter it is one piece to Python and ONNX's evaluator, and none to ONNX Runtime.
	a := words(c, "a", []string{"ab", "-", "x-y-z"}, 3, 1)
	b := words(c, "b", []string{"-1", "-"}, 2)
	c.out("joined", c.do("StringConcat", a, b), inference.String)
	parts := c.Ops("StringSplit", 2, list{a}, build.String("delimiter", "-"))
	c.out("parts", parts[0], inference.String)
	c.out("counts", parts[1], inference.Int64)
	parts = c.Ops("StringSplit", 2, list{a}, build.String("delimiter", "-"), build.Int("maxsplit", 1))
	c.out("parts1", parts[0], inference.String)
	c.out("counts1", parts[1], inference.Int64)
	c.out("matches", c.Op("RegexFullMatch", list{a}, build.String("pattern", "[a-z](-[a-z])*b?")), inference.Bool)
	c.out("equal", c.do("Equal", a, b), inference.Bool)
	c.out("numbers", c.Op("Cast", list{build.ConstStrings(c.Graph, "digits", []string{"1.5", "-3", "1e-3", "NaN", "INF"}, 5)}, build.Int("to", 1)), inference.Float32)
}
