package edge

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func TestMapFilterTee(t *testing.T) {
	var seen []int
	seq := Tee(Filter(Map(count(10), func(i int) int { return i * i }), func(i int) bool { return i%2 == 0 }),
		func(i int) { seen = append(seen, i) })
	var got []int
	for v := range seq {
		if got = append(got, v); v == 36 {
			break
		}
	}
	want := []int{0, 4, 16, 36}
	if !slices.Equal(got, want) || !slices.Equal(seen, want) {
		t.Errorf("got %v, tap saw %v; want %v", got, seen, want)
	}
}

func TestWindow(t *testing.T) {
	tests := []struct {
		n, size, hop int
		want         [][]int
	}{
		{5, 2, 2, [][]int{{0, 1}, {2, 3}}},
		{5, 3, 1, [][]int{{0, 1, 2}, {1, 2, 3}, {2, 3, 4}}},
		{7, 4, 3, [][]int{{0, 1, 2, 3}, {3, 4, 5, 6}}},
		{9, 2, 4, [][]int{{0, 1}, {4, 5}}},
		{3, 1, 1, [][]int{{0}, {1}, {2}}},
		{3, 4, 1, nil},
		{0, 1, 1, nil},
	}
	for _, test := range tests {
		got := slices.Collect(Map(Window(count(test.n), test.size, test.hop), slices.Clone[[]int]))
		if d := cmp.Diff(test.want, got); d != "" {
			t.Errorf("Window(%d values, %d, %d) (-want +got):\n%s", test.n, test.size, test.hop, d)
		}
	}
	if n := testing.AllocsPerRun(10, func() {
		for range Window(count(1000), 50, 25) {
		}
	}); n > 6 {
		t.Errorf("allocations of a thousand values through Window = %v; want those of its start alone", n)
	}
}

// timed yields the values at their times.
func timed[T any](values ...any) iter.Seq[T] {
	return func(yield func(T) bool) {
		begin := time.Now()
		for i := 0; i < len(values); i += 2 {
			time.Sleep(time.Duration(values[i].(int))*time.Second - time.Since(begin))
			if !yield(values[i+1].(T)) {
				return
			}
		}
	}
}

type at[T any] struct {
	Sec int
	V   T
}

// times notes when the values come.
func times[T any](seq iter.Seq[T]) []at[T] {
	begin := time.Now()
	var got []at[T]
	for v := range seq {
		got = append(got, at[T]{int(time.Since(begin) / time.Second), v})
	}
	return got
}

func TestBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := times(Batch(timed[string](1, "a", 2, "b", 3, "c", 4, "d", 20, "e", 31, "f", 32, "g"), 3, 10*time.Second))
		want := []at[[]string]{{3, []string{"a", "b", "c"}}, {14, []string{"d"}}, {30, []string{"e"}}, {32, []string{"f", "g"}}}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("Batch (-want +got):\n%s", d)
		}
		counted := slices.Collect(Batch(count(5), 2, 0))
		if d := cmp.Diff([][]int{{0, 1}, {2, 3}, {4}}, counted); d != "" {
			t.Errorf("Batch by count (-want +got):\n%s", d)
		}
	})
}

func TestDebounce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := times(Debounce(timed[string](
			0, "ok", 1, "ok", 2, "ok", // holds from 0: shown at 3
			10, "bad", 11, "ok", // flickers: not shown
			20, "bad", 21, "worse", 22, "bad", 30, "bad", // bad holds from 22: shown at 25
			40, "ok", // has not held when it ends
		), 3*time.Second))
		want := []at[string]{{3, "ok"}, {25, "bad"}}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("Debounce (-want +got):\n%s", d)
		}
	})
}

func TestLeavingALoopLosesNothingAcrossRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New("test", nil)
		sub := NewTopic[int](a, "t", nil)
		in := sub.Subscribe(nil)
		var got []int
		a.Go("c", Func(func(ctx context.Context) error {
			for b := range Batch(in.All(ctx), 2, time.Second) {
				got = append(got, b...)
				return errors.New("one batch a run")
			}
			return ctx.Err()
		}), nil)
		stop := start(t, a)
		for i := range 10 {
			time.Sleep(10 * time.Second)
			for j := range 2 {
				if err := sub.Publish(t.Context(), 2*i+j); err != nil {
					t.Fatal(err)
				}
			}
		}
		time.Sleep(time.Minute)
		if err := stop(); err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
		if want := slices.Collect(count(20)); !slices.Equal(got, want) {
			t.Errorf("received %v; want %v", got, want)
		}
	})
}

func TestOperatorsCarryPanics(t *testing.T) {
	bomb := func(yield func(int) bool) {
		yield(1)
		panic("boom")
	}
	for name, f := range map[string]func(){
		"Batch": func() {
			for range Batch(bomb, 5, time.Hour) {
			}
		},
		"Debounce": func() {
			for range Debounce(bomb, time.Hour) {
			}
		},
	} {
		func() {
			defer func() {
				p, ok := recover().(*PanicError)
				if !ok || p.Value != "boom" || !strings.Contains(string(p.Stack), "TestOperatorsCarryPanics") {
					t.Errorf("%s panicked with %v; want boom and where it came from", name, p)
				}
			}()
			f()
		}()
	}
}
