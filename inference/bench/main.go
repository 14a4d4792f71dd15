// Bench times this engine and ONNX Runtime side by side, in one process and turn by turn, on models that it makes itself:
//
//	go -C inference/bench run . [-lib libonnxruntime.so] [-threads N] [-time D] [MODEL...]
//
// The library may also be given by the variable ORT_LIB; without one, this engine is timed alone. Weights and inputs are
// the same in every run of the program. Outputs are compared before anything is timed. What counts is the ratio: the time
// of a run of this engine's, divided by ONNX Runtime's, of the median of each one's runs. A machine that does other things
// meanwhile does them to both.
//
// ONNX Runtime is called through purego, which takes about 0.2 us a call; that is in its times.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// engine is a model that is loaded and has inputs.
type engine interface {
	run(ctx context.Context) error
	output() []float32
	close()
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	lib := flags.String("lib", os.Getenv("ORT_LIB"), "ONNX Runtime's shared library")
	threads := flags.Int("threads", 1, "threads of both")
	long := flags.Duration("time", time.Second, "for how long to run each model on each engine")
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen := models
	if names := flags.Args(); len(names) > 0 {
		chosen = nil
		for _, name := range names {
			at := slices.IndexFunc(models, func(m model) bool { return m.name == name })
			if at < 0 {
				return fmt.Errorf("there is no model %q; there are %s", name, strings.Join(allNames(), ", "))
			}
			chosen = append(chosen, models[at])
		}
	}
	var ort *onnxRuntime
	if *lib != "" {
		var err error
		if ort, err = openRuntime(*lib, *threads); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	t := newTable(stdout, ort != nil)
	for _, m := range chosen {
		r, err := compare(ctx, dir, m, ort, *threads, *long)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		t.add(r)
	}
	t.close()
	return nil
}

// result is what was measured of a model. Times are nanoseconds.
type result struct {
	model       string
	ours, other float64 // median of a run; other is 0 without ONNX Runtime
	load, their float64
	macs        int64
	difference  float64 // the largest between the outputs, of the largest output
}

// compare measures a model on both engines.
func compare(ctx context.Context, dir string, m model, ort *onnxRuntime, threads int, long time.Duration) (*result, error) {
	path := filepath.Join(dir, m.name+".onnx")
	b, err := m.make()
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		return nil, err
	}
	r := &result{model: m.name}
	start := time.Now()
	ours, err := openBrink(path, threads)
	if err != nil {
		return nil, err
	}
	defer ours.close()
	r.load, r.macs = float64(time.Since(start)), ours.binding.Report().MACs
	if err := ours.run(ctx); err != nil {
		return nil, err
	}
	engines := []engine{ours}
	if ort != nil {
		start := time.Now()
		theirs, err := ort.open(path, ours)
		if err != nil {
			return nil, err
		}
		defer theirs.close()
		r.their = float64(time.Since(start))
		if err := theirs.run(ctx); err != nil {
			return nil, err
		}
		if r.difference, err = difference(ours.output(), theirs.output()); err != nil {
			return nil, err
		}
		if r.difference > m.tolerance {
			return nil, fmt.Errorf("the outputs differ by %.2g of the largest", r.difference)
		}
		engines = append(engines, theirs)
	}
	times, err := measure(ctx, engines, long)
	if err != nil {
		return nil, err
	}
	r.ours = times[0]
	if ort != nil {
		r.other = times[1]
	}
	return r, nil
}

// difference returns the largest difference between two outputs, as a share of the largest number in them.
func difference(a, b []float32) (float64, error) {
	if len(a) != len(b) {
		return 0, fmt.Errorf("the outputs have %d and %d elements", len(a), len(b))
	}
	most, largest := 0.0, 1e-30
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		if math.IsNaN(x) || math.IsNaN(y) {
			return 0, errors.New("an output is no number")
		}
		most, largest = max(most, math.Abs(x-y)), max(largest, math.Abs(x), math.Abs(y))
	}
	return most / largest, nil
}

// turns is how often the engines take turns: what else the machine does is then done to all of them.
const turns = 10

// measure returns the median time of a run of each engine.
func measure(ctx context.Context, engines []engine, long time.Duration) ([]float64, error) {
	times := make([][]float64, len(engines))
	batch := make([]int, len(engines))
	for turn := range turns + 1 {
		for i, e := range engines {
			batch[i] = max(batch[i], 1)
			fastest := math.Inf(1)
			for start := time.Now(); ; {
				from := time.Now()
				for range batch[i] {
					if err := e.run(ctx); err != nil {
						return nil, err
					}
				}
				one := float64(time.Since(from)) / float64(batch[i])
				fastest = min(fastest, one)
				if turn > 0 { // after one to warm up
					times[i] = append(times[i], one)
				}
				if time.Since(start) >= long/turns {
					break
				}
			}
			batch[i] = int(float64(50*time.Microsecond)/max(fastest, 1)) + 1
		}
	}
	medians := make([]float64, len(engines))
	for i := range times {
		slices.Sort(times[i])
		medians[i] = times[i][len(times[i])/2]
	}
	return medians, nil
}
