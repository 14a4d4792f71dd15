package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"
)

// row is what was measured of a store with a number of producers.
type row struct {
	store     string
	producers int
	messages  int
	took      time.Duration
	p99       time.Duration
	written   int64 // bytes, by this process
	device    int64 // bytes, by the disk
}

func (r row) rate() float64         { return float64(r.messages) / r.took.Seconds() }
func (r row) bytesWritten() float64 { return float64(r.written) / float64(r.messages) }
func (r row) bytesDevice() float64  { return float64(r.device) / float64(r.messages) }

// turns is how often the stores take turns.
const turns = 8

// compare measures the stores, each with each number of producers.
func compare(ctx context.Context, dir string, kinds []kind, counts []int, long time.Duration) (rows []row, err error) {
	for _, producers := range counts {
		r, err := compareWith(ctx, dir, kinds, producers, long)
		if err != nil {
			return rows, err
		}
		rows = append(rows, r...)
	}
	return rows, nil
}

func compareWith(ctx context.Context, dir string, kinds []kind, producers int, long time.Duration) ([]row, error) {
	top, err := os.MkdirTemp(dir, "trials")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(top)
	open := make([]store, len(kinds))
	rows := make([]row, len(kinds))
	times := make([][]time.Duration, len(kinds))
	for i, k := range kinds {
		own, err := os.MkdirTemp(top, "store")
		if err != nil {
			return nil, err
		}
		if open[i], err = k.open(own, producers); err != nil {
			return nil, fmt.Errorf("%s: %w", k.name, err)
		}
		defer open[i].close()
		rows[i] = row{store: k.name, producers: producers}
	}
	for turn := range turns + 1 {
		for i, s := range open {
			wrote, device := written(), deviceWritten(top)
			began := time.Now()
			took, err := produce(ctx, s, producers, long/turns)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", kinds[i].name, err)
			}
			if turn == 0 {
				continue // to warm up
			}
			rows[i].took += time.Since(began)
			rows[i].messages += len(took)
			rows[i].written += written() - wrote
			rows[i].device += deviceWritten(top) - device
			times[i] = append(times[i], took...)
		}
	}
	for i := range rows {
		slices.Sort(times[i])
		rows[i].p99 = times[i][len(times[i])*99/100]
	}
	return rows, nil
}

// produce puts messages with several producers for a time and returns how long each call took.
func produce(ctx context.Context, s store, producers int, long time.Duration) ([]time.Duration, error) {
	took := make([][]time.Duration, producers)
	errs := make([]error, producers)
	deadline := time.Now().Add(long)
	var wg sync.WaitGroup
	for p := range producers {
		wg.Go(func() {
			payload := make([]byte, 256)
			for now := time.Now(); now.Before(deadline) || len(took[p]) == 0; {
				if errs[p] = ctx.Err(); errs[p] != nil {
					return
				}
				if errs[p] = s.put(payload); errs[p] != nil {
					return
				}
				after := time.Now()
				took[p] = append(took[p], after.Sub(now))
				now = after
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return slices.Concat(took...), nil
}
