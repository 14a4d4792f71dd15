package learn

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// follow returns n rows of three channels, of which the first two follow one cause and the third is constant.
func follow(seed uint64, n int) []float32 {
	rnd := rand.New(rand.NewPCG(seed, 0))
	rows := make([]float32, 0, 3*n)
	cause := 0.0
	for range n {
		cause = 0.9*cause + rnd.NormFloat64()
		rows = append(rows, float32(20+cause), float32(-5+0.1*cause+0.01*rnd.NormFloat64()), 3.3)
	}
	return rows
}

func TestWindows(t *testing.T) {
	rows := []float32{1, 2, 3, 4, 5, 6, 7, 8}
	ws := windows(rows, 2, 3)
	if len(ws) != 2 || ws[0][0] != 1 || ws[1][0] != 3 || len(ws[1]) != 6 {
		t.Errorf("windows of 3 in 4 rows = %v; want [1..6] and [3..8]", ws)
	}
	if ws := windows(rows, 2, 5); ws != nil {
		t.Errorf("windows of 5 in 4 rows = %v; want none", ws)
	}
}

// TestThresholdIsHeldOut shows what the folds are for: rows that were not trained on, of the same process, stay under
// the threshold nearly always, which they would not with the largest score among the rows trained on.
func TestThresholdIsHeldOut(t *testing.T) {
	rows := follow(2, 400)
	d, err := Train(t.Context(), rows, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d.Lag() != 20 || d.Channels() != 3 {
		t.Errorf("windows of %d rows of %d channels; want 20 of 3", d.Lag(), d.Channels())
	}
	seen := 0.0
	for _, w := range windows(rows, 3, d.lag) {
		seen = max(seen, d.score(w))
	}
	if float64(d.Threshold()) <= seen {
		t.Errorf("threshold %v is not over the largest score trained on, %v", d.Threshold(), seen)
	}
	over, n := 0, 0
	for _, w := range windows(follow(3, 4000), 3, d.lag) {
		n++
		if d.score(w) > float64(d.Threshold()) {
			over++
		}
	}
	if over > n/50 {
		t.Errorf("%d of %d normal windows that were never seen are over the threshold; want at most 2 %%", over, n)
	}
}

// TestTrainWithoutNoise has sines of one period, which two components explain but for rounding.
func TestTrainWithoutNoise(t *testing.T) {
	var rows []float32
	for i := range 400 {
		rows = append(rows, float32(math.Sin(0.3*float64(i))), float32(100+math.Cos(0.3*float64(i))))
	}
	d, err := Train(t.Context(), rows, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d.Threshold() != leastThreshold || d.Components() != 2 {
		t.Errorf("%d components, threshold %v; want 2, %v", d.Components(), d.Threshold(), leastThreshold)
	}
}

func TestTrainRefusesConstantRows(t *testing.T) {
	rows := make([]float32, 400*2)
	for i := range rows {
		rows[i] = 0.1
	}
	if _, err := Train(t.Context(), rows, 2, nil); !errors.Is(err, ErrConstant) {
		t.Errorf("Train(constant) = %v; want %v", err, ErrConstant)
	}
	for i := range rows {
		rows[i] = float32(i%7) * math.SmallestNonzeroFloat32
	}
	if _, err := Train(t.Context(), rows, 2, nil); !errors.Is(err, ErrConstant) {
		t.Errorf("Train(all but 0) = %v; want %v", err, ErrConstant)
	}
	clear(rows)
	rows[100*2] = 1 // nothing is left to scale by without the fold that has it
	if _, err := Train(t.Context(), rows, 2, nil); !errors.Is(err, ErrConstant) || !strings.Contains(err.Error(), "without fold 3 of 10") {
		t.Errorf("Train(one spike) = %v; want %v, without fold 3 of 10", err, ErrConstant)
	}
}

// TestTrainOnExtremes wants an answer or an error, and no panic, whatever float32 values there are.
func TestTrainOnExtremes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 0))
	for _, scale := range []float64{math.MaxFloat32 / 8, 1e30, 1e-30, 1e-37} {
		rows := make([]float32, 400*2)
		for i := range rows {
			rows[i] = float32(scale * rnd.NormFloat64())
		}
		d, err := Train(t.Context(), rows, 2, nil)
		if err == nil && !(d.threshold > 0) {
			t.Errorf("scale %g: threshold %v", scale, d.threshold)
		}
	}
}

func TestTrainSaysAllThatIsWrong(t *testing.T) {
	nan := []float32{1, 2, 3, float32(math.NaN()), 5, 6, 7}
	for _, c := range []struct {
		name     string
		rows     []float32
		channels int
		options  *Options
		want     []string
	}{
		{"everything", nan, 2, &Options{Lag: 1, Folds: -1}, []string{"7 values are no rows of 2 channels", "windows of 1 rows", "-1 folds", "row 1, channel 1 is NaN"}},
		{"no channels", nan, 0, nil, []string{"no rows of 0 channels", "value 3 is NaN"}},
		{"no rows", nil, 3, nil, []string{"0 rows, want 200 or more for 10 folds and windows of 20 rows"}},
		{"one row less", follow(1, 199), 3, nil, []string{"199 rows, want 200"}},
		{"one window a side", follow(1, 40), 3, &Options{Folds: 2}, []string{"40 rows, want 42"}},
		{"too many folds", follow(1, 400), 3, &Options{Lag: math.MaxInt / 2, Folds: math.MaxInt}, []string{"400 rows, want"}},
		{"too much", make([]float32, maxValues/20+20), 1, nil, []string{"more than 16777216 values"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Train(t.Context(), c.rows, c.channels, c.options)
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("Train = %v; want %q in it", err, want)
				}
			}
		})
	}
}

func TestLeastRowsAreEnough(t *testing.T) {
	for _, o := range []*Options{nil, {Lag: 2, Folds: 2}, {Lag: 5, Folds: 2}, {Lag: 2, Folds: 3}, {Lag: 3, Folds: 30}} {
		if _, err := Train(t.Context(), follow(6, o.LeastRows()), 3, o); err != nil {
			t.Errorf("Train(%d rows, %+v) = %v; want no error", o.LeastRows(), o, err)
		}
	}
}

func TestTrainEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Train(ctx, follow(1, 400), 3, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Train = %v; want %v", err, context.Canceled)
	}
}

func TestTrainKeepsNothingOfRows(t *testing.T) {
	rows := follow(1, 400)
	d, err := Train(t.Context(), rows, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := follow(2, 20)
	before, params := d.score(w), slices.Concat(d.mean, d.gain, d.basis)
	clear(rows)
	if after := d.score(w); after != before || !slices.Equal(params, slices.Concat(d.mean, d.gain, d.basis)) {
		t.Errorf("score is %v after the rows were cleared; want %v", after, before)
	}
}

func TestGainsOfConstantChannel(t *testing.T) {
	g, err := gains(follow(4, 100), 3)
	if err != nil {
		t.Fatal(err)
	}
	if g[2] != 1 {
		t.Errorf("gain of a channel that never moves = %v; want 1", g[2])
	}
}

func BenchmarkTrain(b *testing.B) {
	rows := follow(1, 400)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Train(b.Context(), rows, 3, nil); err != nil {
			b.Fatal(err)
		}
	}
}
