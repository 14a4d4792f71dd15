package main

import (
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/brinkml/brink/edge/learn"
)

// summary is what is printed of a group of recordings.
type summary struct {
	name          string
	files         int
	rows, flagged int
	low, high     float32 // thresholds

	truePos, falsePos int // rows with a label, flagged
	trueNeg, falseNeg int // and not
}

// add counts the verdicts on a recording's rows; labels are those of the same rows, or nil.
func (s *summary) add(verdicts []learn.Verdict, threshold float32, labels []bool) {
	if s.files++; s.files == 1 {
		s.low, s.high = threshold, threshold
	}
	s.low, s.high = min(s.low, threshold), max(s.high, threshold)
	s.rows += len(verdicts)
	for i, v := range verdicts {
		if v.Anomaly {
			s.flagged++
		}
		if labels == nil {
			continue
		}
		switch {
		case labels[i] && v.Anomaly:
			s.truePos++
		case labels[i]:
			s.falseNeg++
		case v.Anomaly:
			s.falsePos++
		default:
			s.trueNeg++
		}
	}
}

// f1 is the harmonic mean of precision and recall, over rows; NaN when there is neither an anomaly nor a flag, as
// without labels.
func (s *summary) f1() float64 {
	return float64(2*s.truePos) / float64(2*s.truePos+s.falsePos+s.falseNeg)
}

// far is the false alarm rate: how many of 100 normal rows were flagged. NaN without normal rows.
func (s *summary) far() float64 {
	return 100 * float64(s.falsePos) / float64(s.falsePos+s.trueNeg)
}

// mar is the missing alarm rate: how many of 100 anomalous rows were not flagged. NaN without anomalous rows.
func (s *summary) mar() float64 {
	return 100 * float64(s.falseNeg) / float64(s.falseNeg+s.truePos)
}

// table prints a line for each group, those with labels with their scores.
func table(w io.Writer, groups []*summary) {
	width := len("group")
	for _, s := range groups {
		width = max(width, len(s.name))
	}
	line := func(group string, cells ...any) {
		fmt.Fprintf(w, "%-*s %6v %7v %8v %6v %12v %7v %6v %6v\n", append([]any{width, group}, cells...)...)
	}
	line("group", "files", "rows", "flagged", "%", "threshold", "F1", "FAR", "MAR")
	for _, s := range groups {
		share := 100 * float64(s.flagged) / float64(s.rows)
		line(s.name, s.files, s.rows, s.flagged, figure(share, 1), figure(float64(s.low), 3)+"-"+figure(float64(s.high), 3),
			figure(s.f1(), 4), figure(s.far(), 2), figure(s.mar(), 2))
	}
}

// figure formats a number, or the lack of one.
func figure(v float64, digits int) string {
	if math.IsNaN(v) {
		return "-"
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}
