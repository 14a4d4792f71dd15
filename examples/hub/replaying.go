package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/brinkml/brink/edge"
	"github.com/brinkml/brink/edge/learn"
	"github.com/brinkml/brink/sensor/replay"
)

// recording is a CSV file that is fed instead of the simulator. What is normal is learned from its first rows; the
// others are judged, each by the window that ends with it.
type recording struct {
	name    string // of the file, without its ending
	rows    *replay.Reader
	columns int
	label   int // index of the anomaly label, -1 without one
	speed   float64
	row     []float32
	monitor *learn.Monitor
	finish  func()
}

// layouts are the recordings that are known by their header.
var layouts = []struct {
	name    string
	header  string // a column that only this one has
	options func() *replay.Options
}{
	{"skab", "Volume Flow RateRMS", replay.SKAB},
	{"astropi1", "temp_h", replay.AstroPiMk1},
	{"astropi2", "Date/Time", replay.AstroPiMk2},
}

// openReplay reads the rows to learn from and makes the model. finish is called when the recording has been judged.
func openReplay(ctx context.Context, o options, finish func()) (_ *recording, err error) {
	ro, err := layoutOf(o)
	if err != nil {
		return nil, err
	}
	rows, err := replay.Open(o.replay, ro)
	if err != nil {
		return nil, err
	}
	r := &recording{
		name: strings.TrimSuffix(filepath.Base(o.replay), filepath.Ext(o.replay)), rows: rows,
		columns: len(rows.Values()), label: -1, speed: o.speed, finish: finish,
	}
	for i, l := range rows.Labels() {
		if l == "anomaly" {
			r.label = i
		}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, rows.Close())
		}
	}()
	return r, r.train(ctx, o)
}

// layoutOf decides how the file is to be read.
func layoutOf(o options) (*replay.Options, error) {
	ro := &replay.Options{}
	name := o.layout
	if name == "auto" {
		header, err := firstLine(o.replay)
		if err != nil {
			return nil, err
		}
		for _, l := range layouts {
			if strings.Contains(header, l.header) {
				name = l.name
			}
		}
	}
	for _, l := range layouts {
		if l.name == name {
			ro = l.options()
		}
	}
	// A channel that a log lacks, as the second Astro Pi's gyroscope, tells a detector nothing.
	present := ro.Values[:0:0]
	for _, c := range ro.Values {
		if !c.Optional {
			present = append(present, c)
		}
	}
	ro.Values = present
	if o.columns != "" {
		ro.Values = replay.Columns(strings.Split(o.columns, ",")...)
	}
	return ro, nil
}

func firstLine(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	line, err := bufio.NewReader(io.LimitReader(f, 64<<10)).ReadString('\n')
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return line, err
}

// train learns from the first rows and binds the model.
func (r *recording) train(ctx context.Context, o options) error {
	var seen []float32
	for row, err := range r.rows.All() {
		if err != nil {
			return err
		}
		seen = narrow(seen, row.Values)
		if len(seen) == o.train*r.columns {
			break
		}
	}
	if len(seen) < o.train*r.columns {
		return fmt.Errorf("%s has %d rows, and -train wants to learn from %d", o.replay, len(seen)/r.columns, o.train)
	}
	d, err := learn.Train(ctx, seen, r.columns, nil)
	if err != nil {
		return fmt.Errorf("%s: learning from its first %d rows: %w", o.replay, o.train, err)
	}
	model, err := d.Model(r.rows.Values())
	if err != nil {
		return err
	}
	if r.monitor, err = learn.NewMonitor(model); err != nil {
		return err
	}
	for i := len(seen) - (d.Lag()-1)*r.columns; i < len(seen); i += r.columns {
		if err := r.monitor.Push(seen[i : i+r.columns]); err != nil {
			return err
		}
	}
	return nil
}

// narrow appends values as the model takes them.
func narrow(dst []float32, values []float64) []float32 {
	for _, v := range values {
		dst = append(dst, float32(v))
	}
	return dst
}

func (r *recording) names() []string { return []string{r.name} }

func (r *recording) truth() []fault { return nil }

func (r *recording) close() error { return errors.Join(r.rows.Close(), r.monitor.Close()) }

// components declares the player, which ends the run when the recording is over.
func (r *recording) components(h *hub, after []string) error {
	h.app.Go("replay", edge.Func(func(ctx context.Context) error {
		player, err := replay.NewPlayer(r.rows, keep, &replay.PlayerOptions{Speed: max(r.speed, 1e-9), NoWait: r.speed == 0})
		if err != nil {
			return edge.Fatal(err)
		}
		var j judge
		for reading, err := range player.All(ctx) {
			if err != nil {
				return edge.Fatal(err)
			}
			if err := edge.Beat(ctx); err != nil {
				return err
			}
			h.tally.sample()
			v, err := r.judge(ctx, &j, h.twin.scale(), reading.Value, reading.At)
			if err != nil {
				return edge.Fatal(err)
			}
			if err := h.verdicts.Publish(ctx, v); err != nil {
				return err
			}
		}
		if ctx.Err() == nil {
			r.finish()
		}
		return nil
	}), &edge.ComponentOptions{Needs: after})
	return nil
}

// row is a replay.Row whose slices are its own.
type row struct{ values, labels []float64 }

func keep(from replay.Row, to *row) error {
	to.values = append(to.values[:0], from.Values...)
	to.labels = append(to.labels[:0], from.Labels...)
	return nil
}

// judge scores the window that ends with this row.
func (r *recording) judge(ctx context.Context, j *judge, scale float64, v row, at time.Time) (verdict, error) {
	began := time.Now()
	r.row = narrow(r.row[:0], v.values)
	got, err := r.monitor.Judge(ctx, r.row)
	if err != nil {
		return verdict{}, err
	}
	out := verdict{Appliance: r.name, At: at, Score: float64(got.Score), Threshold: float64(r.monitor.Threshold()) * scale, Label: -1}
	if math.IsNaN(out.Score) || math.IsInf(out.Score, 0) {
		out.Score = math.MaxFloat32 // no number is normal, and JSON has none for it
	}
	out.Flag = out.Score > out.Threshold
	out.Anomalous, out.Changed = j.next(out.Flag)
	if r.label >= 0 && !math.IsNaN(v.labels[r.label]) {
		out.Label = int(math.Min(math.Max(v.labels[r.label], 0), 1))
	}
	out.Latency = time.Since(began)
	return out, nil
}
