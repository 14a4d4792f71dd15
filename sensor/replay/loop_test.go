package replay_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/sensor/replay"
)

// closing counts how often rows are closed.
type closing struct {
	replay.Rows
	n *int
}

func (c closing) Close() error {
	*c.n++
	return nil
}

func TestLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opened, closed := 0, 0
		loop, err := replay.NewLoop(func() (replay.Rows, error) {
			opened++
			return closing{kitchen(t), &closed}, nil
		}, 3)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		var at []time.Duration
		for r, err := range newPlayer(t, loop, nil).All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			at = append(at, time.Since(start))
			if got, want := r.At, utc("2026-01-05 06:00:00").Add(time.Since(start)); !got.Equal(want) {
				t.Errorf("reading %d has the time %v; want %v", r.Seq, got, want)
			}
		}
		var want []time.Duration // rows 10, 10 and 30 s apart; 30 s from turn to turn
		for turn := range 3 {
			for _, s := range []int{0, 10, 20, 50} {
				want = append(want, time.Duration(80*turn+s)*time.Second)
			}
		}
		if d := cmp.Diff(want, at); d != "" {
			t.Errorf("times (-want +got):\n%s", d)
		}
		if opened != 3 || closed != 3 {
			t.Errorf("opened %d times, closed %d times; want 3 and 3", opened, closed)
		}
	})
}

func TestLoopEdges(t *testing.T) {
	text := func(s string, o *replay.Options) func() (replay.Rows, error) {
		return func() (replay.Rows, error) { return replay.NewReader(strings.NewReader(s), "test.csv", o) }
	}
	timed := &replay.Options{Time: "t"}
	for _, tt := range []struct {
		name  string
		open  func() (replay.Rows, error)
		times int
		want  string // of up to five rows
	}{
		{"one row", text("t,a\n2026-01-05 06:00:00,1\n", timed), 3, "06:00:00 06:00:01 06:00:02 EOF"},
		{"for ever", text("t,a\n2026-01-05 06:00:00,1\n2026-01-05 06:00:02,1\n", timed), 0, "06:00:00 06:00:02 06:00:04 06:00:06 06:00:08"},
		{"backwards", text("t,a\n2026-01-05 06:00:02,1\n2026-01-05 06:00:00,1\n", timed), 2, "06:00:02 06:00:00 06:00:01 05:59:59 EOF"},
		{"no times", text("a\n1\n2\n", nil), 2, "none none none none EOF"},
		{"no rows", text("a\n", nil), 0, "EOF"},
		{"bad rows only", text("a\nx\ny\n", nil), 0, "error error EOF"},
		{"a bad row", text("t,a\n2026-01-05 06:00:00,1\nx,1\n2026-01-05 06:00:02,1\n", timed), 2, "06:00:00 error 06:00:02 06:00:04 error"},
		{"cannot be opened", text("", nil), 0, "error EOF"},
		{"nothing opened", func() (replay.Rows, error) { return nil, nil }, 0, "error EOF"},
	} {
		loop, err := replay.NewLoop(tt.open, tt.times)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for range 5 {
			var row replay.Row
			err := loop.Next(&row)
			if err == io.EOF {
				got = append(got, "EOF")
				break
			}
			switch {
			case err != nil:
				got = append(got, "error")
			case row.At.IsZero():
				got = append(got, "none")
			default:
				got = append(got, row.At.Format(time.TimeOnly))
			}
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: rows = %s; want %s", tt.name, s, tt.want)
		}
		if err := loop.Close(); err != nil {
			t.Error(err)
		}
		if err := loop.Next(new(replay.Row)); err != io.EOF {
			t.Errorf("%s: Next after Close = %v; want io.EOF", tt.name, err)
		}
	}
	if _, err := replay.NewLoop(nil, -1); len(unwrap(err)) != 2 {
		t.Errorf("NewLoop = %v; want two problems", err)
	}
}

func unwrap(err error) []error {
	if multi, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err); ok {
		return multi.Unwrap()
	}
	return nil
}
