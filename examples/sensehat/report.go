package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/brinkml/brink/sensor"
)

// report is what the test found.
type report struct {
	Works        bool    `json:"works"`
	Bus          string  `json:"bus"`
	DeviceTreeHz float64 `json:"device_tree_hz,omitempty"`
	MeasuredHz   float64 `json:"measured_hz,omitempty"`
	Parts        []part  `json:"parts"`
	// Load is the share of the time in which the bus was busy.
	Load  float64  `json:"load,omitempty"`
	Notes []string `json:"notes,omitempty"`
}

// part is one row of it. Times are in microseconds.
type part struct {
	Part    string  `json:"part"`
	Chip    string  `json:"chip"`
	Address string  `json:"address"`
	ID      string  `json:"id"`
	Kernel  string  `json:"kernel_driver,omitempty"`
	Works   bool    `json:"works"`
	Error   string  `json:"error,omitempty"`
	Value   string  `json:"value,omitempty"`
	Flags   string  `json:"flags,omitempty"`
	Timing  *timing `json:"timing,omitempty"`

	Transactions int `json:"transactions"`
	Failed       int `json:"failed_transactions"`
	Bytes        int `json:"bytes"`
}

type timing struct {
	Period  float64 `json:"period_us"`
	Reads   uint64  `json:"reads"`
	Errors  uint64  `json:"errors"`
	Stale   int     `json:"stale"`
	Missed  uint64  `json:"missed"`
	LateP50 float64 `json:"late_p50_us"`
	LateP99 float64 `json:"late_p99_us"`
	LateMax float64 `json:"late_max_us"`
	Jitter  float64 `json:"jitter_us"`
	Drift   float64 `json:"drift_us"`
}

// result is what became of a test.
type result struct {
	*sampled
	err error
}

// describe makes a row of a test's result.
func describe(t test, res result, bus *meter, sys *system) part {
	sum := bus.of(t.addrs...)
	p := part{
		Part: t.part, Chip: t.chip, Kernel: sys.drivers(t.addrs...),
		Transactions: sum.transactions, Failed: sum.failed, Bytes: sum.bytes,
	}
	var at, ids []string
	for _, a := range t.addrs {
		at = append(at, fmt.Sprintf("%#02x", a))
		id := make([]byte, 1)
		if err := bus.Bus.Tx(a, []byte{t.id}, id); err != nil {
			ids = append(ids, "-")
		} else {
			ids = append(ids, fmt.Sprintf("%#02x", id[0]))
		}
	}
	p.Address, p.ID = strings.Join(at, " "), strings.Join(ids, " ")
	if res.err != nil {
		p.Error = sentence(res.err)
		return p
	}
	s := res.sampled
	p.Value = s.last
	if s.flags != 0 {
		p.Flags = s.flags.String()
	}
	us := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
	if s.period > 0 {
		p.Timing = &timing{
			Period: us(s.period), Reads: s.stats.Count, Errors: s.stats.Errors, Stale: s.stale, Missed: s.stats.Missed,
			LateP50: us(s.stats.LatenessP50), LateP99: us(s.stats.LatenessP99), LateMax: us(s.stats.LatenessMax),
			Jitter: us(s.stats.Jitter), Drift: us(s.stats.Drift),
		}
	}
	switch {
	case s.lastErr != nil:
		p.Error = sentence(s.lastErr)
	case s.good == 0:
		p.Error = "gave no value"
	case s.repeats >= 5 || s.stale > s.good/2:
		p.Error = fmt.Sprintf("has stopped converting: %d of %d values repeat", s.stale, s.good)
	default:
		p.Works = true
	}
	return p
}

// sentence says an error in the words of its own, for a table.
func sentence(err error) string {
	if e, ok := errors.AsType[*sensor.NotPresentError](err); ok && e.Got == 0 {
		return "does not answer at " + fmt.Sprintf("%#02x", e.Addr)
	}
	return strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\n", "; "), "sensor: ")
}

func (r *report) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(r)
	}
	speed := "of unknown speed"
	switch {
	case r.MeasuredHz > 0 && r.DeviceTreeHz > 0:
		speed = fmt.Sprintf("%.0f kHz by the device tree, %.0f kHz measured", r.DeviceTreeHz/1e3, r.MeasuredHz/1e3)
	case r.MeasuredHz > 0:
		speed = fmt.Sprintf("%.0f kHz measured", r.MeasuredHz/1e3)
	case r.DeviceTreeHz > 0:
		speed = fmt.Sprintf("%.0f kHz by the device tree", r.DeviceTreeHz/1e3)
	}
	fmt.Fprintf(w, "Sense HAT on %s, %s\n\n", r.Bus, speed)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	kernel := slices.ContainsFunc(r.Parts, func(p part) bool { return p.Kernel != "" })
	row := func(cells ...string) { fmt.Fprintln(t, strings.Join(cells, "\t")) }
	head := []string{"part", "chip", "address", "id", "result", "last value"}
	if kernel {
		head = append(head, "kernel driver")
	}
	row(head...)
	for _, p := range r.Parts {
		verdict, value := "works", p.Value
		if !p.Works {
			verdict, value = "FAILS", p.Error
		}
		if p.Flags != "" {
			value += " (" + p.Flags + ")"
		}
		cells := []string{p.Part, p.Chip, p.Address, p.ID, verdict, value}
		if kernel {
			cells = append(cells, p.Kernel)
		}
		row(cells...)
	}
	row()
	row("sampling", "period", "reads", "errors", "stale", "missed", "late p50", "p99", "max", "jitter", "drift")
	for _, p := range r.Parts {
		if s := p.Timing; s != nil {
			row(p.Part, micro(s.Period), fmt.Sprint(s.Reads), fmt.Sprint(s.Errors), fmt.Sprint(s.Stale), fmt.Sprint(s.Missed),
				micro(s.LateP50), micro(s.LateP99), micro(s.LateMax), micro(s.Jitter), micro(s.Drift))
		}
	}
	row()
	row("bus", "transactions", "failed", "bytes")
	shared := ""
	for _, p := range r.Parts {
		if p.Address == shared {
			continue // the joystick's are the matrix's
		}
		shared = p.Address
		row(p.Part, fmt.Sprint(p.Transactions), fmt.Sprint(p.Failed), fmt.Sprint(p.Bytes))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	if r.Load > 0 {
		fmt.Fprintf(w, "the bus was busy for %.0f %% of the time\n", 100*r.Load)
	}
	for _, n := range r.Notes {
		fmt.Fprintln(w, n)
	}
	verdict := "all parts work"
	if !r.Works {
		verdict = "not all parts work"
	}
	_, err := fmt.Fprintln(w, verdict)
	return err
}

// micro formats a time given in microseconds.
func micro(us float64) string {
	return time.Duration(us * 1e3).Round(time.Microsecond).String()
}
