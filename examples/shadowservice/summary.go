package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/brinkml/brink/shadow/shadowtest"
)

// summary is what a run comes to.
type summary struct {
	Seconds   float64 `json:"seconds"`
	Things    int     `json:"things"`
	Shadows   int     `json:"shadows"`
	Gets      int     `json:"gets"`
	Updates   int     `json:"updates"`
	Deletes   int     `json:"deletes"`
	Rejected  int     `json:"rejected"`  // of those
	Conflicts int     `json:"conflicts"` // of the rejected ones
	Throttled int     `json:"throttled"` // of the rejected ones
}

func summarize(s *shadowtest.Service, took time.Duration) summary {
	t := s.Total()
	sum := summary{
		Seconds: took.Round(time.Millisecond).Seconds(),
		Gets:    t.Gets, Updates: t.Updates, Deletes: t.Deletes,
		Rejected: t.Rejected, Conflicts: t.Conflicts, Throttled: t.Throttled,
	}
	for _, thing := range s.Things() {
		sum.Things++
		sum.Shadows += len(s.Shadows(thing))
	}
	return sum
}

func (s summary) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(s)
	}
	_, err := fmt.Fprintf(w, "summary %d shadows of %d things; %d gets, %d updates, %d deletes in %.1f s; %d rejected, of them %d conflicts and %d throttled\n",
		s.Shadows, s.Things, s.Gets, s.Updates, s.Deletes, s.Seconds, s.Rejected, s.Conflicts, s.Throttled)
	return err
}
