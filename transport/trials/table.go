package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// print prints one table. The last column is the rate of a store divided by the outbox's with as many producers.
func print(w io.Writer, rows []row) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "producers\tstore\tmessages/s\tp99\twritten\tdevice\tof the outbox's rate\t")
	ours := make(map[int]float64)
	for _, r := range rows {
		if r.store == stores[0].name {
			ours[r.producers] = r.rate()
		}
	}
	for _, r := range rows {
		ratio := "-"
		if o := ours[r.producers]; o > 0 {
			ratio = fmt.Sprintf("%.3f", r.rate()/o)
		}
		fmt.Fprintf(t, "%d\t%s\t%.0f\t%v\t%.0f\t%.0f\t%s\t\n", r.producers, r.store, r.rate(),
			r.p99.Round(time.Microsecond), r.bytesWritten(), r.bytesDevice(), ratio)
	}
	return t.Flush()
}
