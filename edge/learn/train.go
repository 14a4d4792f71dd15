package learn

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// ErrConstant is what [Train] returns when nothing moves in the rows, as while the machine is off.
var ErrConstant = errors.New("learn: no channel varies in the rows to train on")

// leastThreshold, in standard deviations, is for rows without noise: what is left of them is rounding, in which the
// model's float32 differ from the float64 here.
const leastThreshold = 1e-3

// Train fits a detector to rows, which are [n, channels] row-major, oldest first, in the channels' units, and taken
// to be normal. It keeps nothing of them, and the same rows give the same detector.
//
// The threshold is the largest score that a normal window got from a detector that had not seen it: the rows are
// cut into folds of consecutive rows; a detector fitted to the windows that lie outside a fold scores those that
// lie inside it. No row is on both sides, as it would be if overlapping windows were dealt out. Only the gains are
// common to all, for scores to have one unit.
//
// It takes time in the order of n * (lag * channels)^2 for each fold, and memory in that of 5 * n * lag * channels
// float64; windows of more than 2^24 values, all together, are refused.
//
// The error is of all that is wrong with the arguments at once (see [Options.LeastRows] for how many rows it takes),
// or [ErrConstant], or of values too far apart for float32 arithmetic, or ctx's, which is looked at before each fold.
func Train(ctx context.Context, rows []float32, channels int, o *Options) (*Detector, error) {
	opt := o.withDefaults()
	if err := opt.check(rows, channels); err != nil {
		return nil, err
	}
	gain, err := gains(rows, channels)
	if err != nil {
		return nil, err
	}
	d, err := fit(windows(rows, channels, opt.Lag), opt.Lag, gain)
	if err != nil {
		return nil, err
	}
	d.threshold = leastThreshold
	n := int64(len(rows) / channels) // n * folds may be too much for an int
	for i := range int64(opt.Folds) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		from, to := int(n*i/int64(opt.Folds))*channels, int(n*(i+1)/int64(opt.Folds))*channels
		rest := append(windows(rows[:from], channels, opt.Lag), windows(rows[to:], channels, opt.Lag)...)
		held, err := fit(rest, opt.Lag, gain)
		if err != nil {
			return nil, fmt.Errorf("%w, without fold %d of %d", err, i+1, opt.Folds)
		}
		for _, w := range windows(rows[from:to], channels, opt.Lag) {
			d.threshold = max(d.threshold, float32(held.score(w)))
		}
	}
	if math.IsInf(float64(d.threshold), 0) || math.IsNaN(float64(d.threshold)) {
		return nil, errors.New("learn: the values are too far apart for float32 arithmetic")
	}
	return d, nil
}

// windows returns all runs of lag consecutive rows, oldest first, each [lag, channels]. They share memory with rows.
func windows(rows []float32, channels, lag int) [][]float32 {
	var ws [][]float32
	for end := lag * channels; end <= len(rows); end += channels {
		ws = append(ws, rows[end-lag*channels:end])
	}
	return ws
}

// gains returns 1 / standard deviation of each channel. A channel that never moves has no scale of its own; its gain
// is 1, so that it is watched in its own unit.
func gains(rows []float32, channels int) ([]float32, error) {
	n := float64(len(rows) / channels)
	g := make([]float32, channels)
	constant := true
	for c := range g {
		var sum, square float64
		for i := c; i < len(rows); i += channels {
			sum += float64(rows[i])
		}
		mean := sum / n
		for i := c; i < len(rows); i += channels {
			square += (float64(rows[i]) - mean) * (float64(rows[i]) - mean)
		}
		g[c] = 1
		// Less than a float32 can tell from the mean, or from 0, is rounding and not movement.
		if sd := math.Sqrt(square / n); sd > max(math.Abs(mean)*0x1p-24, 0x1p-126) {
			g[c] = float32(1 / sd)
			constant = false
		}
	}
	if constant {
		return nil, ErrConstant
	}
	return g, nil
}
