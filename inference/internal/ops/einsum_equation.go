package ops

import (
	"slices"
	"strings"

	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
)

// label names the dimensions that go together in an equation: a letter, or one of the dimensions that an ellipsis stands
// for, counted from its end: the last one is maxRank.
type label uint8

// equation is an equation of Einsum, for operands of known rank.
type equation struct {
	terms [][]label // of each operand
	out   []label
}

// maxTerms bounds the operands of an equation.
const maxTerms = 64

// parseEquation reads an equation for operands of the given ranks. Spaces mean nothing.
func parseEquation(s string, ranks []int) (*equation, error) {
	left, right, explicit := strings.Cut(unspaced(s), "->")
	if terms := 1 + strings.Count(left, ","); terms != len(ranks) {
		return nil, fault.Format("equation %q has %d terms for %d inputs", s, terms, len(ranks))
	}
	if len(ranks) > maxTerms {
		return nil, &fault.LimitError{What: "terms of an equation", Got: int64(len(ranks)), Max: maxTerms}
	}
	e := &equation{}
	hidden := 0 // dimensions that the longest ellipsis stands for
	var count [256]int
	for _, rank := range ranks {
		var text string
		text, left, _ = strings.Cut(left, ",")
		before, after, dots, err := letters(text)
		if err != nil {
			return nil, err
		}
		extra := rank - len(before) - len(after)
		if extra < 0 || !dots && extra != 0 {
			return nil, fault.Shape("term %q for an input of %d dimensions", text, rank)
		}
		hidden = max(hidden, extra)
		labels := withEllipsis(before, extra, after)
		for _, l := range labels {
			count[l]++
		}
		e.terms = append(e.terms, labels)
	}
	if !explicit {
		e.out = ellipsis(hidden)
		for l := label('A'); l <= 'z'; l++ {
			if count[l] == 1 {
				e.out = append(e.out, l)
			}
		}
		return e, nil
	}
	before, after, dots, err := letters(right)
	if err != nil {
		return nil, err
	}
	for _, list := range [][]label{before, after} {
		for _, l := range list {
			if count[l] <= 0 {
				return nil, fault.Format("equation %q: %q is in no input, or twice in the output", s, string(rune(l)))
			}
			count[l] = 0
		}
	}
	if !dots {
		hidden = 0 // what the ellipses of the inputs stand for is summed
	}
	e.out = withEllipsis(before, hidden, after)
	return e, nil
}

// unspaced returns s without its spaces.
func unspaced(s string) string {
	var out []byte
	for _, c := range []byte(s) {
		if c != ' ' {
			out = append(out, c)
		}
	}
	return string(out)
}

// letters returns the labels of a term before and after the ellipsis, and whether there is one.
func letters(term string) (before, after []label, dots bool, err error) {
	first, rest, dots := strings.Cut(term, "...")
	for _, c := range []byte(first + rest) {
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return nil, nil, false, fault.Format("%q is no term of an equation", term)
		}
	}
	return []label(first), []label(rest), dots, nil
}

// withEllipsis returns labels with those of an ellipsis that stands for n dimensions between them.
func withEllipsis(before []label, n int, after []label) []label {
	return append(append(before, ellipsis(n)...), after...)
}

// ellipsis returns the labels of n dimensions that an ellipsis stands for.
func ellipsis(n int) []label {
	out := make([]label, n)
	for i := range out {
		out[i] = label(maxRank - n + 1 + i)
	}
	return out
}

// lengths returns the length of every label in operands of the given shapes: 1 stretches to any other.
func (e *equation) lengths(shapes []shape.Shape) (lengths [256]shape.Dim, err error) {
	for i := range lengths {
		lengths[i] = 1
	}
	for i, labels := range e.terms {
		for j, l := range labels {
			d, have := shapes[i].Dim(j), &lengths[l]
			if first := shapes[i].Dim(slices.Index(labels, l)); first.Known() && d.Known() && first != d {
				return lengths, fault.Shape("%v has a diagonal of %d and %d", shapes[i].Ints(), first, d)
			}
			switch {
			case d == 1 || *have == d:
			case *have == 1:
				*have = d
			case !d.Known() || !have.Known():
				if !have.Known() {
					*have = max(d, shape.Unknown) // whatever it is, it is 1 or d
				}
			default:
				return lengths, fault.Shape("lengths of %d and %d go by the same letter", *have, d)
			}
		}
	}
	return lengths, nil
}
