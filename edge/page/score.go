package page

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// Level says how much a verdict matters.
type Level int

// The levels of a verdict.
const (
	Auto    Level = iota // Alarm if Value reaches a Threshold above zero, Normal if not
	Normal               // all is well
	Caution              // something to watch
	Alarm                // something to act on
)

// Score is the judgement on one window of one appliance.
type Score struct {
	// Series names the appliance. Its first 64 bytes count.
	Series string

	// Value is the anomaly score and Threshold what it is measured against,
	// in the model's unit. A Value that is not finite is shown as a gap, a
	// Threshold that is not finite, or not above zero, not at all.
	Value, Threshold float64

	// At is the time of the window. Zero, or outside the years 1 to 9999: now.
	At time.Time

	// Verdict is the judgement in a word or two, of which 64 bytes count.
	// Empty: "normal", "caution" or "anomaly", by Level. A change of Verdict
	// or Level is shown in the log of changes.
	Verdict string

	// Level colours the verdict.
	Level Level
}

// maxWord is the length in bytes to which names and verdicts are cut.
const maxWord = 64

// normalize returns s with its defaults filled in and its words cut.
func (s Score) normalize() Score {
	if !finite(s.Threshold) || s.Threshold <= 0 {
		s.Threshold = math.NaN()
	}
	if s.Level < Normal || s.Level > Alarm {
		s.Level = Normal
		if s.Value >= s.Threshold {
			s.Level = Alarm
		}
	}
	if s.Verdict == "" {
		s.Verdict = [...]string{Normal: "normal", Caution: "caution", Alarm: "anomaly"}[s.Level]
	}
	if s.Series == "" {
		s.Series = "unnamed"
	}
	if y := s.At.UTC().Year(); s.At.IsZero() || y < 1 || y > 9999 {
		s.At = time.Now()
	}
	s.Series, s.Verdict = cut(s.Series), cut(s.Verdict)
	return s
}

// code is the level as the page reads it.
func (l Level) code() string {
	return [...]string{Normal: "ok", Caution: "warn", Alarm: "bad"}[l]
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// cut shortens a text to maxWord bytes of whole, valid characters.
func cut(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= maxWord {
		return s
	}
	n := maxWord
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
