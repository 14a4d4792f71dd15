package main

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
)

// table prints results.
type table struct {
	w    *tabwriter.Writer
	ort  bool
	logs float64 // of the ratios
	rows int
}

func newTable(w io.Writer, ort bool) *table {
	t := &table{w: tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight), ort: ort}
	if ort {
		fmt.Fprintln(t.w, "model\tONNX Runtime\tthis engine\tratio\tGFLOP/s\tload\tits load\tdifference\t")
	} else {
		fmt.Fprintln(t.w, "model\tthis engine\tGFLOP/s\tload\t")
	}
	return t
}

func (t *table) add(r *result) {
	t.rows++
	rate := "-"
	if r.macs > 0 {
		rate = fmt.Sprintf("%.1f", 2*float64(r.macs)/r.ours)
	}
	if !t.ort {
		fmt.Fprintf(t.w, "%s\t%.2f us\t%s\t%.2f ms\t\n", r.model, r.ours/1e3, rate, r.load/1e6)
		return
	}
	t.logs += math.Log(r.ours / r.other)
	fmt.Fprintf(t.w, "%s\t%.2f us\t%.2f us\t%.2f\t%s\t%.2f ms\t%.2f ms\t%.1g\t\n",
		r.model, r.other/1e3, r.ours/1e3, r.ours/r.other, rate, r.load/1e6, r.their/1e6, r.difference)
}

func (t *table) close() {
	if t.ort && t.rows > 0 {
		fmt.Fprintf(t.w, "geometric mean\t\t\t%.3f\t\t\t\t\t\n", math.Exp(t.logs/float64(t.rows)))
	}
	t.w.Flush()
}
