package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/brinkml/brink/edge/learn"
)

// judgeAll trains, writes and runs a detector for each recording, one after the other in the order of their names,
// and stops at the first that is wrong.
func judgeAll(ctx context.Context, o options, stdout, stderr io.Writer) error {
	dir, names, err := find(o.data)
	if err != nil {
		return err
	}
	for _, name := range names {
		if same(filepath.Join(dir, name), filepath.Join(o.out, name)) {
			return fmt.Errorf("-out %s would overwrite the recordings", o.out)
		}
	}
	var groups []*summary
	all := &summary{name: "all"}
	for i, name := range names {
		r, err := readRecording(filepath.Join(dir, name), o.columns)
		if err != nil {
			return err
		}
		d, verdicts, err := judgeOne(ctx, o, name, r)
		if err != nil {
			return err
		}
		fmt.Fprintf(stderr, "file %d of %d: %s: %d components, threshold %.3f\n", i+1, len(names), filepath.ToSlash(name), d.Components(), d.Threshold())

		group := path.Dir(filepath.ToSlash(name))
		at := slices.IndexFunc(groups, func(s *summary) bool { return s.name == group })
		if at < 0 {
			at = len(groups)
			groups = append(groups, &summary{name: group})
		}
		var labels []bool
		if r.anomaly != nil {
			labels = r.anomaly[o.rows:]
		}
		groups[at].add(verdicts, d.Threshold(), labels)
		all.add(verdicts, d.Threshold(), labels)
	}
	table(stdout, append(groups, all))
	return nil
}

// judgeOne trains on the first rows of r, judges the others, and writes what there is to write.
func judgeOne(ctx context.Context, o options, name string, r *recording) (*learn.Detector, []learn.Verdict, error) {
	if r.len() <= o.rows {
		return nil, nil, fmt.Errorf("%s: too few rows: %d, want %d to train on and more to judge", r.path, r.len(), o.rows)
	}
	d, err := learn.Train(ctx, r.rows(0, o.rows), r.channels, &learn.Options{Lag: o.lag, Folds: o.folds})
	if err != nil {
		return nil, nil, fmt.Errorf("%s: lines %d to %d: %w", r.path, r.lines[0], r.lines[o.rows-1], err)
	}
	onnx, err := d.Model(r.names)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: its model: %w", r.path, err)
	}
	verdicts, err := predict(ctx, onnx, r, o.rows)
	if err != nil {
		return nil, nil, err
	}
	if o.models != "" {
		if err := write(o.models, strings.TrimSuffix(name, ".csv")+".onnx", onnx); err != nil {
			return nil, nil, err
		}
	}
	predictions := []byte("outlier\n")
	for _, v := range verdicts {
		digit := byte('0')
		if v.Anomaly {
			digit = '1'
		}
		predictions = append(predictions, digit, '\n')
	}
	return d, verdicts, write(o.out, name, predictions)
}

// predict judges the rows of r from row on, in their order, each by itself and the rows of its window before it.
func predict(ctx context.Context, onnx []byte, r *recording, row int) ([]learn.Verdict, error) {
	m, err := learn.NewMonitor(onnx)
	if err != nil {
		return nil, fmt.Errorf("%s: its model: %w", r.path, err)
	}
	defer m.Close()
	for i := row - m.Lag() + 1; i < row; i++ {
		if err := m.Push(r.row(i)); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", r.path, r.lines[i], err)
		}
	}
	verdicts := make([]learn.Verdict, 0, r.len()-row)
	for i := row; i < r.len(); i++ {
		v, err := m.Judge(ctx, r.row(i))
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", r.path, r.lines[i], err)
		}
		verdicts = append(verdicts, v)
	}
	return verdicts, nil
}

// find returns the recordings in a folder and the folders in it, sorted, by their names relative to dir; or the one
// recording that data is.
func find(data string) (dir string, names []string, err error) {
	info, err := os.Stat(data)
	if err != nil {
		return "", nil, err
	}
	if !info.IsDir() {
		return filepath.Dir(data), []string{filepath.Base(data)}, nil
	}
	err = fs.WalkDir(os.DirFS(data), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && path.Ext(name) == ".csv" {
			names = append(names, filepath.FromSlash(name))
		}
		return err
	})
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s: there is no .csv file in it", data)
	}
	return data, names, err
}

// same reports whether two paths lead to one file that exists.
func same(a, b string) bool {
	ia, errA := os.Stat(a)
	ib, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(ia, ib)
}

// write writes a file and the folders that it needs.
func write(dir, name string, b []byte) error {
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, b, 0o644)
}
