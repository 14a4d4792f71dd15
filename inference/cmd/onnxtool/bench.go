package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/brinkml/brink/inference"
)

// shapeFlags collects -shape NAME=SHAPE.
type shapeFlags map[string][]int

func (f shapeFlags) String() string { return "" }

func (f shapeFlags) Set(s string) error {
	name, spec, ok := cutLast(s, '=')
	if !ok {
		return errors.New("it is not NAME=SHAPE")
	}
	shape, err := parseShape(strings.ReplaceAll(spec, ",", "x"))
	if err != nil {
		return err
	}
	f[name] = shape
	return nil
}

// cutLast splits s at the last separator: names may hold any character.
func cutLast(s string, sep byte) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, sep)
	if i <= 0 || i == len(s)-1 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// benchOptions are what the command line says.
type benchOptions struct {
	session inference.Options
	time    time.Duration
	shapes  shapeFlags
	profile bool
	trace   string
}

func bench(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o := benchOptions{shapes: shapeFlags{}}
	flags := newFlags("bench", stderr)
	flags.IntVar(&o.session.Threads, "threads", 1, "goroutines that work on a run; 0 for as many as sessions have by default")
	flags.DurationVar(&o.time, "time", time.Second, "for how long to run each model")
	flags.StringVar(&o.session.CPU, "cpu", "", "which instructions to use, such as portable or avx2; the best without")
	flags.Var(o.shapes, "shape", "the shape of an input as NAME=1x3x224x224; what the model leaves open is 1 without")
	flags.BoolVar(&o.profile, "profile", false, "say how long each node takes")
	flags.StringVar(&o.trace, "trace", "", "write the nodes of a run of the last model to this file, for chrome://tracing")
	paths, err := parse(flags, args, 1, math.MaxInt)
	if err != nil {
		return err
	}
	if o.time <= 0 {
		fmt.Fprintf(stderr, "-time is %v, which is no time to measure in\n", o.time)
		return errUsage
	}
	o.session.Tools = tools
	fmt.Fprintf(stdout, "%-28s %10s %10s %10s %10s %10s %10s %8s\n", "model", "p50", "p10", "min", "load", "arena", "MMAC", "GFLOP/s")
	for _, path := range paths {
		if err := o.run(ctx, path, stdout); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// run measures one model.
func (o *benchOptions) run(ctx context.Context, path string, stdout io.Writer) error {
	start := time.Now()
	m, err := inference.Open(path, &inference.LoadOptions{Map: true})
	if err != nil {
		return err
	}
	defer m.Close()
	s, err := m.NewSession(&o.session)
	if err != nil {
		return err
	}
	defer s.Close()
	b, err := o.bind(m, s)
	if err != nil {
		return err
	}
	load := time.Since(start)
	if err := generate(m, b); err != nil {
		return err
	}
	times, err := measure(ctx, b, o.time)
	if err != nil {
		return err
	}
	r, p50 := b.Report(), quantile(times, 0.5)
	macs, rate := "-", "-"
	if r.MACs > 0 {
		macs, rate = fmt.Sprintf("%.2f", float64(r.MACs)/1e6), fmt.Sprintf("%.1f", 2*float64(r.MACs)/p50)
	}
	fmt.Fprintf(stdout, "%-28s %10s %10s %10s %10s %10s %10s %8s\n", strings.TrimSuffix(filepath.Base(path), ".onnx"),
		duration(p50), duration(quantile(times, 0.1)), duration(times[0]), duration(float64(load)), size(r.PeakBytes), macs, rate)
	if !o.profile && o.trace == "" {
		return nil
	}
	runs, err := profile(ctx, b, o.time)
	if err != nil {
		return err
	}
	if o.profile {
		printProfile(stdout, runs)
	}
	if o.trace != "" {
		return writeTrace(o.trace, runs[len(runs)-1])
	}
	return nil
}

// bind takes the memory for a run, with 1 for what the model leaves open.
func (o *benchOptions) bind(m *inference.Model, s *inference.Session) (*inference.Binding, error) {
	shapes := maps.Clone(o.shapes) // those of inputs that there are none of are refused by Bind
	for _, in := range m.Inputs() {
		shape, given := o.shapes[in.Name]
		switch {
		case !in.DType.Valid():
			return nil, fmt.Errorf("input %q is %s: only tensors can be generated", in.Name, in.Type)
		case !given && in.Shape == nil:
			return nil, fmt.Errorf("input %q needs its shape: -shape %s=SHAPE", in.Name, in.Name)
		case !given:
			shape = openAsOne(in.Shape)
		}
		shapes[in.Name] = shape
	}
	return s.Bind(shapes)
}

// measure runs b for so long, and at least five times, after a third of that to warm up, and returns the nanoseconds
// that a run took, the least first. Short runs are measured together.
func measure(ctx context.Context, b *inference.Binding, long time.Duration) ([]float64, error) {
	const enough = 50 * time.Microsecond // to be measured with a clock that takes 50 ns
	batch := 1
	var times []float64
	for _, limit := range []time.Duration{long / 3, long} {
		times = times[:0]
		for start := time.Now(); len(times) < 5 || time.Since(start) < limit; {
			from := time.Now()
			for range batch {
				if err := b.Run(ctx); err != nil {
					return nil, err
				}
			}
			times = append(times, float64(time.Since(from))/float64(batch))
		}
		slices.Sort(times)
		batch = int(float64(enough)/max(times[0], 1)) + 1
	}
	return times, nil
}

// quantile returns what a share q of the times stays below.
func quantile(times []float64, q float64) float64 { return times[int(q*float64(len(times)-1))] }

// maxProfiled bounds the runs that a profile is the mean of.
const maxProfiled = 100

// profile runs b again, and says what each of its nodes did.
func profile(ctx context.Context, b *inference.Binding, long time.Duration) (runs [][]inference.NodeTime, err error) {
	for start := time.Now(); len(runs) < 3 || len(runs) < maxProfiled && time.Since(start) < long; {
		nodes, err := b.Profile(ctx)
		if err != nil {
			return nil, err
		}
		runs = append(runs, nodes)
	}
	return runs, nil
}

// printProfile prints the nodes, each with the median of its times, slowest first.
func printProfile(w io.Writer, runs [][]inference.NodeTime) {
	nodes := slices.Clone(runs[0])
	total := 0.0
	for i := range nodes {
		times := make([]float64, len(runs))
		for j := range runs {
			times[j] = float64(runs[j][i].Time)
		}
		slices.Sort(times)
		nodes[i].Time = time.Duration(quantile(times, 0.5))
		total += float64(nodes[i].Time)
	}
	slices.SortStableFunc(nodes, func(a, b inference.NodeTime) int { return int(b.Time - a.Time) })
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  share\ttime\trate\toperator\tshape\tnode")
	for _, n := range nodes {
		ns := max(float64(n.Time), 1)
		rate := fmt.Sprintf("%.1f GB/s", float64(n.Bytes)/ns)
		if n.MACs > 0 {
			rate = fmt.Sprintf("%.1f GFLOP/s", 2*float64(n.MACs)/ns)
		}
		fmt.Fprintf(t, "  %.1f%%\t%s\t%s\t%s\t%v\t%s\n", 100*ns/max(total, 1), duration(ns), rate, operator(&n), n.Shape, n.Name)
	}
	t.Flush()
}

// operator returns a node's operator with its domain.
func operator(n *inference.NodeTime) string {
	switch {
	case n.Op == "":
		return "(copy)"
	case n.Domain == "":
		return n.Op
	}
	return n.Domain + "." + n.Op
}

// duration writes nanoseconds in a unit that leaves a few digits.
func duration(ns float64) string {
	switch {
	case ns < 1e6:
		return fmt.Sprintf("%.2f us", ns/1e3)
	case ns < 1e9:
		return fmt.Sprintf("%.2f ms", ns/1e6)
	}
	return fmt.Sprintf("%.2f s", ns/1e9)
}

// size writes bytes likewise.
func size(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
