package ops

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/tensor"
)

func table(list []string, dims ...int) *tensor.Tensor {
	x := words(list...)
	x.Shape = dims
	return x
}

func wantStrings(t *testing.T, what string, got *tensor.Tensor, want []string, dims ...int) {
	t.Helper()
	if !slices.Equal(got.Strings, want) || !slices.Equal(got.Shape, dims) {
		t.Errorf("%s = %q of %v; want %q of %v", what, got.Strings, got.Shape, want, dims)
	}
}

func TestStringConcat(t *testing.T) {
	c := call{op: "StringConcat", opset: 20, outs: 1, in: []*tensor.Tensor{table([]string{"a", ""}, 2, 1), words("x", "的", "")}}
	out, err := c.late(t.Context(), t, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "StringConcat", out[0], []string{"ax", "a的", "a", "x", "的", ""}, 2, 3)

	c.in = []*tensor.Tensor{words(strings.Repeat("x", 1000)), words(strings.Repeat("y", 1000))}
	var limit *fault.LimitError
	if _, err := c.late(t.Context(), t, 1500); !errors.As(err, &limit) {
		t.Errorf("StringConcat beyond the budget: error %v; want a LimitError", err)
	}
	c.in = []*tensor.Tensor{table(nil, 0, 3), words("x", "y", "z")}
	if out, err = c.late(t.Context(), t, 1<<20); err != nil || out[0].Len() != 0 {
		t.Errorf("StringConcat of nothing = %v, %v", out, err)
	}
}

func TestStringNormalizer(t *testing.T) {
	days := []string{"Monday", "tuesday", "MONDAY", "Été", ""}
	for _, s := range []struct {
		name  string
		attrs attrs
		in    *tensor.Tensor
		want  []string
		dims  []int
	}{
		{"nothing to do", attrs{}, words(days...), days, []int{5}},
		{"sensitive", attrs{"stopwords": []string{"Monday"}, "is_case_sensitive": int64(1)}, words(days...), []string{"tuesday", "MONDAY", "Été", ""}, []int{4}},
		{"insensitive", attrs{"stopwords": []string{"mONDAY"}}, words(days...), []string{"tuesday", "Été", ""}, []int{3}},
		{"insensitive upper", attrs{"stopwords": []string{"monday"}, "case_change_action": "UPPER"}, words(days...), []string{"TUESDAY", "ÉTÉ", ""}, []int{3}},
		{"sensitive lower", attrs{"stopwords": []string{"monday"}, "is_case_sensitive": int64(1), "case_change_action": "LOWER"}, words(days...), []string{"monday", "tuesday", "monday", "été", ""}, []int{5}},
		{"a row", attrs{"stopwords": []string{"b"}}, table([]string{"a", "b"}, 1, 2), []string{"a"}, []int{1, 1}},
		{"all of a row", attrs{"stopwords": []string{"b"}}, table([]string{"b", "B"}, 1, 2), []string{""}, []int{1, 1}},
		{"all", attrs{"stopwords": []string{"b"}}, words("b"), []string{""}, []int{1}},
		{"none", attrs{}, words(), []string{""}, []int{1}},
		{"Turkish", attrs{"case_change_action": "UPPER", "locale": "tr_TR.UTF-8"}, words("ışık in"), []string{"IŞIK İN"}, []int{1}},
		{"Azeri", attrs{"case_change_action": "LOWER", "locale": "az"}, words("Iİ"), []string{"ıi"}, []int{1}},
		{"English", attrs{"case_change_action": "UPPER", "locale": "en_US"}, words("in"), []string{"IN"}, []int{1}},
	} {
		c := call{op: "StringNormalizer", opset: 10, outs: 1, attrs: s.attrs, in: []*tensor.Tensor{s.in}}
		out, err := c.late(t.Context(), t, 1<<20)
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		wantStrings(t, s.name, out[0], s.want, s.dims...)
	}
	for name, c := range map[string]call{
		"two rows":       {in: []*tensor.Tensor{table([]string{"a", "b"}, 2, 1)}},
		"a scalar":       {in: []*tensor.Tensor{stringScalar("a")}},
		"unknown action": {attrs: attrs{"case_change_action": "TITLE"}, in: []*tensor.Tensor{words("a")}},
		"no UTF-8":       {attrs: attrs{"case_change_action": "LOWER"}, in: []*tensor.Tensor{words("\xff")}},
	} {
		c.op, c.opset, c.outs = "StringNormalizer", 10, 1
		if out, err := c.late(t.Context(), t, 1<<20); err == nil {
			t.Errorf("%s: no error, but %q", name, out[0].Strings)
		}
	}
}

// TestStringSplit has what Python's str.split makes of the strings, which ONNX's own evaluator goes by.
func TestStringSplit(t *testing.T) {
	for _, s := range []struct {
		delimiter string
		most      any
		in, want  []string // want as rows of as many pieces as the longest has
		counts    []float64
	}{
		{".", nil, []string{"a.b.c", "", ".", "q..r"}, []string{"a", "b", "c", "", "", "", "", "", "", "q", "", "r"}, []float64{3, 1, 2, 3}},
		{"", nil, []string{"  a b\tc\n", "", "  "}, []string{"a", "b", "c", "", "", "", "", "", ""}, []float64{3, 0, 0}},
		{"", int64(1), []string{" a  b c ", "ab", "a "}, []string{"a", "b c ", "ab", "", "a", ""}, []float64{2, 1, 1}},
		{"", int64(0), []string{" a b ", " "}, []string{"a b ", ""}, []float64{1, 0}},
		{"--", int64(1), []string{"a--b--c", "--"}, []string{"a", "b--c", "", ""}, []float64{2, 2}},
		{".", int64(0), []string{"a.b"}, []string{"a.b"}, []float64{1}},
		{".", int64(-1), []string{"a.b.c"}, []string{"a", "b", "c"}, []float64{3}},
		{"", nil, []string{"a\u00a0b\u2003c"}, []string{"a", "b", "c"}, []float64{3}},
		{"", nil, nil, nil, nil},
	} {
		c := call{op: "StringSplit", opset: 20, outs: 2, attrs: attrs{"delimiter": s.delimiter}, in: []*tensor.Tensor{words(s.in...)}}
		if s.most != nil {
			c.attrs["maxsplit"] = s.most
		}
		out, err := c.late(t.Context(), t, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		width := 0
		if len(s.in) > 0 {
			width = len(s.want) / len(s.in)
		}
		what := "StringSplit of " + strings.Join(s.in, "|") + " at " + s.delimiter
		wantStrings(t, what, out[0], s.want, len(s.in), width)
		wantNumbers(t, what, out[1], s.counts, 0)
	}
	c := call{op: "StringSplit", opset: 20, outs: 2, in: []*tensor.Tensor{table([]string{"a b", "c", "", "d e f"}, 2, 2)}}
	out, err := c.late(t.Context(), t, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "a table", out[0], []string{"a", "b", "", "c", "", "", "", "", "", "d", "e", "f"}, 2, 2, 3)

	// One long string pads all others.
	long := make([]string, 1000)
	long[0] = strings.Repeat("x ", 1000)
	c.in = []*tensor.Tensor{words(long...)}
	var limit *fault.LimitError
	if _, err := c.late(t.Context(), t, 1<<20); !errors.As(err, &limit) {
		t.Errorf("a million pieces within a megabyte: error %v; want a LimitError", err)
	}
}

func TestRegexFullMatch(t *testing.T) {
	for _, s := range []struct {
		pattern string
		in      []string
		want    []bool
	}{
		{`a|ab`, []string{"a", "ab", "abc", "", "xa"}, []bool{true, true, false, false, false}},
		{`a+?`, []string{"aaa", "b"}, []bool{true, false}},
		{`(?i)ab*`, []string{"ABB", "b"}, []bool{true, false}},
		{`\Qa.`, []string{"a.", "ab"}, []bool{true, false}},
		{``, []string{"", "a"}, []bool{true, false}},
		{`.*`, []string{"a\nb", "ab"}, []bool{false, true}},
		{`(?s).*`, []string{"a\nb", ""}, []bool{true, true}},
		{`^a$|b`, []string{"a", "b", "ab"}, []bool{true, true, false}},
		{`(?m)^a$`, []string{"a", "a\n"}, []bool{true, false}},
		{`x*|y`, []string{"y", "xy"}, []bool{true, false}},
		{`\pL+`, []string{"été", "e1"}, []bool{true, false}},
	} {
		c := call{op: "RegexFullMatch", opset: 20, outs: 1, attrs: attrs{"pattern": s.pattern}, in: []*tensor.Tensor{words(s.in...)}}
		if got := tensor.View[bool](c.run(t)[0]); !slices.Equal(got, s.want) {
			t.Errorf("%q matches %q: %v; want %v", s.pattern, s.in, got, s.want)
		}
	}
	for _, attrs := range []attrs{{"pattern": "a)(b"}, {"pattern": "["}, {"pattern": `(a)\1`}, {"pattern": "(?:x{1000}){1000}"}, {"pattern": strings.Repeat("x", 1<<13)}, {}} {
		c := call{op: "RegexFullMatch", opset: 20, outs: 1, attrs: attrs, in: []*tensor.Tensor{words("a")}}
		if _, err := c.try(t); err == nil {
			t.Errorf("pattern %.40q is no error", attrs["pattern"])
		}
	}
}

// TestStringsCancelled has operators on strings stop soon after nobody wants the result.
func TestStringsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	x := words(slices.Repeat([]string{strings.Repeat("ab ", 100)}, 1000)...)
	for _, c := range []call{
		{op: "StringConcat", opset: 20, outs: 1, in: []*tensor.Tensor{x, x}},
		{op: "StringNormalizer", opset: 10, outs: 1, attrs: attrs{"case_change_action": "UPPER"}, in: []*tensor.Tensor{x}},
		{op: "StringSplit", opset: 20, outs: 2, in: []*tensor.Tensor{x}},
		{op: "RegexFullMatch", opset: 20, outs: 1, attrs: attrs{"pattern": "(ab )*"}, in: []*tensor.Tensor{x}},
	} {
		if _, err := c.late(ctx, t, 1<<30); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v; want %v", c.op, err, context.Canceled)
		}
	}
}
