package replay_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/replay"
	"github.com/brinkml/brink/sensor/sensortest"
)

func kitchen(t *testing.T) *replay.Reader {
	t.Helper()
	r, err := replay.Open("testdata/kitchen.csv", &replay.Options{Time: "time", Labels: replay.Columns("window")})
	if err != nil {
		t.Fatalf("Open = %v; want nil", err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func newPlayer(t *testing.T, rows replay.Rows, o *replay.PlayerOptions) *replay.Player[[]float64] {
	t.Helper()
	p, err := replay.NewPlayer(rows, replay.Values, o)
	if err != nil {
		t.Fatalf("NewPlayer = %v; want nil", err)
	}
	return p
}

func TestPlayerTiming(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    *replay.PlayerOptions
		want []time.Duration
	}{
		{"as recorded", nil, []time.Duration{0, 10 * time.Second, 20 * time.Second, 50 * time.Second}},
		{"ten times", &replay.PlayerOptions{Speed: 10}, []time.Duration{0, time.Second, 2 * time.Second, 5 * time.Second}},
		{"half", &replay.PlayerOptions{Speed: 0.5}, []time.Duration{0, 20 * time.Second, 40 * time.Second, 100 * time.Second}},
		{"no gaps", &replay.PlayerOptions{NoWait: true}, []time.Duration{0, 0, 0, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPlayer(t, kitchen(t), tt.o)
				time.Sleep(time.Hour) // the first row is played when it is asked for
				start := time.Now()
				var got []time.Duration
				for r, err := range p.All(t.Context()) {
					if err != nil {
						t.Fatalf("Read = %v; want nil", err)
					}
					got = append(got, time.Since(start))
					if want := utc("2026-01-05 06:00:00"); r.Seq == 1 && !r.At.Equal(want) {
						t.Errorf("At = %v; want %v", r.At, want)
					}
				}
				if d := cmp.Diff(tt.want, got); d != "" {
					t.Errorf("times (-want +got):\n%s", d)
				}
			})
		})
	}
}

// TestPlayerLateReader keeps to the schedule of a reader that is slow at times.
func TestPlayerLateReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlayer(t, kitchen(t), &replay.PlayerOptions{Restamp: true})
		start := time.Now()
		var got []time.Duration
		for r := range p.All(t.Context()) {
			got = append(got, r.At.Sub(start))
			if r.Seq == 1 {
				time.Sleep(25 * time.Second)
			}
		}
		want := []time.Duration{0, 25 * time.Second, 25 * time.Second, 50 * time.Second}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("times (-want +got):\n%s", d)
		}
	})
}

// TestPlayerTimesOfAllKinds does not wait for times that go back, however far, and waits long, but in order, for ones that
// lie far ahead.
func TestPlayerTimesOfAllKinds(t *testing.T) {
	const text = "t,a\n2026-01-05 06:00:00,1\n0001-01-02 00:00:00,2\n9999-12-31 00:00:00,3\n2026-01-05 06:00:01,4\n"
	synctest.Test(t, func(t *testing.T) {
		rows, err := replay.NewReader(strings.NewReader(text), "test.csv", &replay.Options{Time: "t"})
		if err != nil {
			t.Fatal(err)
		}
		p := newPlayer(t, rows, &replay.PlayerOptions{Speed: 1e-6})
		start := time.Now()
		var r sensor.Reading[[]float64]
		for _, want := range []float64{1, 2} {
			if err := p.Read(t.Context(), &r); err != nil || r.Value[0] != want || time.Since(start) > time.Second {
				t.Errorf("Read = %v, %v after %v; want %v at once", r.Value, err, time.Since(start), want)
			}
			time.Sleep(time.Second)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*365*24*time.Hour)
		defer cancel()
		if err := p.Read(ctx, &r); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Read of the year 9999 = %v, %v; want the deadline's error", r.Value, err)
		}
	})
}

// TestPlayerContext does not lose the row whose wait was given up.
func TestPlayerContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlayer(t, kitchen(t), nil)
		var r sensor.Reading[[]float64]
		if err := p.Read(t.Context(), &r); err != nil {
			t.Fatalf("Read = %v; want nil", err)
		}
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if err := p.Read(ctx, &r); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("Read = %v after %v; want the deadline's error after 3s", err, time.Since(start))
		}
		if err := p.Read(t.Context(), &r); err != nil || r.Value[0] != 18.6 || r.Seq != 2 || time.Since(start) != 10*time.Second {
			t.Errorf("next Read = %+v, %v after %v; want row 2 after 10s", r, err, time.Since(start))
		}
	})
}

func TestPlayerWrongRow(t *testing.T) {
	rows, err := replay.NewReader(strings.NewReader("a\n1\nx\n3\n"), "test.csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	p := newPlayer(t, rows, nil)
	var r sensor.Reading[[]float64]
	var got []string
	for {
		err := p.Read(t.Context(), &r)
		if err == io.EOF {
			break
		}
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, "ok")
		if r.At.IsZero() {
			t.Error("At is zero; want the time of the read where none is recorded")
		}
	}
	want := []string{"ok", `replay: test.csv:3: column "a": "x" is not a number`, "ok"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("reads (-want +got):\n%s", d)
	}
}

func TestPlayerOptionsBad(t *testing.T) {
	_, err := replay.NewPlayer[[]float64](nil, nil, &replay.PlayerOptions{Speed: -1})
	multi, ok := err.(interface{ Unwrap() []error })
	if !ok || len(multi.Unwrap()) != 3 {
		t.Errorf("NewPlayer = %v; want three problems", err)
	}
}

// endless gives the same row every second.
type endless struct{ n int }

func (e *endless) Next(row *replay.Row) error {
	e.n++
	*row = replay.Row{At: time.Unix(int64(e.n), 0), Values: append(row.Values[:0], 20, 40, 1000, 0, 0, 1, 0, 0, 0, 0, 20, -40)}
	return nil
}

func TestPlayerContract(t *testing.T) {
	t.Run("values", func(t *testing.T) {
		sensortest.TestSource(t, func(t *testing.T) sensor.Source[[]float64] {
			return newPlayer(t, new(endless), nil)
		}, &sensortest.Contract{Recorded: true})
	})
	t.Run("env", func(t *testing.T) {
		sensortest.TestSource(t, func(t *testing.T) sensor.Source[physic.Env] {
			p, err := replay.NewPlayer(new(endless), replay.Env, &replay.PlayerOptions{Restamp: true})
			if err != nil {
				t.Fatal(err)
			}
			return p
		}, nil)
	})
}
