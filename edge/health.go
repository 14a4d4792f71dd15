package edge

import (
	"fmt"
	"strings"
	"time"
)

// Health says how well something does. Greater is worse, so that the health of
// a whole is the max of its parts.
type Health int

// The values of health.
const (
	OK       Health = iota // does what it should
	Degraded               // does part of it, or did not a moment ago
	Failing                // does not
)

var healthNames = [...]string{"ok", "degraded", "failing"}

// String returns "ok", "degraded" or "failing".
func (h Health) String() string {
	if h < 0 || int(h) >= len(healthNames) {
		return fmt.Sprintf("Health(%d)", int(h))
	}
	return healthNames[h]
}

// MarshalText returns what String does.
func (h Health) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (h *Health) UnmarshalText(text []byte) error {
	for i, name := range healthNames {
		if string(text) == name {
			*h = Health(i)
			return nil
		}
	}
	return fmt.Errorf("edge: %.20q is no health", text)
}

// rollUp sets the health of the components, and from those that of the app.
func (s *Status) rollUp() {
	index := make(map[string]int, len(s.Components))
	for i, c := range s.Components {
		index[c.Name] = i
	}
	// A component that waits is as well as those it waits for, so they are
	// judged first; a circle, which Run refuses, ends at the second visit.
	visited := make([]bool, len(s.Components))
	var judge func(i int) Health
	judge = func(i int) Health {
		c := &s.Components[i]
		if visited[i] {
			return c.Health
		}
		visited[i] = true
		c.Health, c.Reason = c.judge()
		for _, need := range c.Awaits {
			if j, ok := index[need]; ok && judge(j) > OK {
				c.Health, c.Reason = max(c.Health, Degraded), "waits for "+strings.Join(c.Awaits, ", ")
			}
		}
		return c.Health
	}
	for i := range s.Components {
		c := &s.Components[i]
		if judge(i) == OK {
			continue
		}
		s.Health = max(s.Health, c.Health)
		s.Reasons = append(s.Reasons, c.Name+": "+c.Reason)
	}
}

// judge returns the health of the component in itself. Reason is what it says
// of itself; with none of its own and no trouble it is well.
func (c *ComponentStatus) judge() (Health, string) {
	down := Degraded
	if c.Critical {
		down = Failing
	}
	switch {
	case c.State == Stuck:
		return down, "does not return"
	case c.State == Failed:
		return down, "given up: " + c.LastError
	case c.State == Backoff:
		return down, c.LastError
	case c.State == Paused || c.Pausing:
		return Degraded, "paused"
	case c.Reason != "":
		return Degraded, c.Reason
	case c.Failures > 0 && c.State != Done && c.State != Stopped:
		return Degraded, fmt.Sprintf("failed %v ago: %s", c.failedAgo.Round(time.Second), c.LastError)
	default:
		return OK, ""
	}
}
