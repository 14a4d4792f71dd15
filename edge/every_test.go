package edge

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestEveryKeepsItsDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New("test", nil)
		begin := time.Now()
		var ticks []time.Duration
		work := []time.Duration{300, 0, 2500, 900, 1000, 0}
		a.Go("c", Every(time.Second, func(context.Context) error {
			ticks = append(ticks, time.Since(begin)/time.Millisecond)
			if n := len(ticks); n <= len(work) {
				time.Sleep(work[n-1] * time.Millisecond)
			}
			return nil
		}), nil)
		stop := start(t, a)
		time.Sleep(8500 * time.Millisecond)
		missed := of(t, a, "c").Missed
		if err := stop(); err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
		if want := []time.Duration{0, 1000, 2000, 5000, 6000, 7000, 8000}; !slices.Equal(ticks, want) {
			t.Errorf("ticks at %d ms; want %d", ticks, want)
		}
		if missed != 2 {
			t.Errorf("missed = %d; want 2", missed)
		}
	})
}

func TestCronCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// The bubble begins at midnight UTC, 2000-01-01, a Saturday.
		a := New("test", nil)
		var calls []string
		a.Go("c", Cron("CRON_TZ=UTC 30 2 * * 1-5", func(context.Context) error {
			calls = append(calls, time.Now().UTC().Format("Mon 15:04:05"))
			return nil
		}), &ComponentOptions{Heartbeat: time.Minute})
		a.Go("fails", Cron("@hourly", func(context.Context) error { return errors.New("no") }), nil)
		stop := start(t, a)
		time.Sleep(5*24*time.Hour + time.Minute)
		if c := of(t, a, "fails"); c.Restarts != 120 {
			t.Errorf("restarts of one that fails hourly, in five days = %d; want 120", c.Restarts)
		}
		if err := stop(); err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
		if want := []string{"Mon 02:30:00", "Tue 02:30:00", "Wed 02:30:00"}; !slices.Equal(calls, want) {
			t.Errorf("calls at %q; want %q", calls, want)
		}
	})
}

func TestCronAndTheClock(t *testing.T) {
	day := func(h, m, s int) time.Time { return time.Date(2024, 5, 1, h, m, s, 0, time.UTC) }
	c := Cron("CRON_TZ=UTC 0 2 * * *", untilStop).(cron)
	type look struct {
		now    time.Time
		due    bool
		missed uint64
		next   time.Time
	}
	tomorrow := day(26, 0, 0)
	tests := map[string][]look{
		"quiet":              {{day(1, 59, 59), false, 0, day(2, 0, 0)}, {day(2, 0, 0), true, 0, tomorrow}},
		"small step forward": {{day(2, 0, 7), true, 0, tomorrow}},
		"large step forward": {{day(4, 0, 0), false, 1, tomorrow}},
		"56 years forward":   {{day(1, 0, 0).AddDate(56, 0, 0), false, 1, day(2, 0, 0).AddDate(56, 0, 0)}},
		"small step back":    {{day(2, 0, 0), true, 0, tomorrow}, {day(1, 59, 30), false, 0, tomorrow}, {day(2, 0, 1), false, 0, tomorrow}},
		"large step back": {
			{day(2, 0, 0), true, 0, tomorrow},
			{day(2, 0, 0).AddDate(0, 0, -10), false, 0, day(2, 0, 0).AddDate(0, 0, -9)},
		},
	}
	for name, looks := range tests {
		p := cronPlan{schedule: c.schedule, seen: day(1, 0, 0), next: c.schedule.Next(day(1, 0, 0))}
		for i, want := range looks {
			due, missed := p.look(want.now)
			if due != want.due || missed != want.missed || !p.next.Equal(want.next) {
				t.Errorf("%s, look %d = %v, %d, next %v; want %v, %d, %v", name, i, due, missed, p.next, want.due, want.missed, want.next)
			}
			if w := p.wait(want.now); w <= 0 || w > cronGlance {
				t.Errorf("%s, look %d: wait = %v; want within a minute", name, i, w)
			}
		}
	}
}
