package shadow_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/shadow"
	"github.com/brinkml/brink/shadow/shadowtest"
)

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		set(t, svc, `{"mode":"eco","rate":1}`)
		d := start(t, svc, &options{OnDelta: func(_ context.Context, c shadow.Change[wanted]) error {
			if c.Desired.Rate > 5 {
				return errors.New("too fast")
			}
			return nil
		}})
		type seen struct {
			mode     string
			rate     int
			temp     float64
			synced   bool
			pending  bool
			refused  bool
			disputed bool
		}
		var last seen
		yields := 0
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			for doc, f := range d.Watch(ctx) {
				yields++
				last = seen{doc.Desired.Mode, doc.Desired.Rate, doc.Reported.Temp, f.Synced, f.Pending, f.Refused != nil, f.Err != nil}
			}
		}()
		want := func(what string, w seen) {
			t.Helper()
			settle(3 * time.Second)
			if last != w {
				t.Errorf("%s: %+v; want %+v", what, last, w)
			}
		}
		want("connected", seen{mode: "eco", rate: 1, synced: true})
		d.report(func(r *said) { r.Temp = 20 })
		want("reported", seen{mode: "eco", rate: 1, temp: 20, synced: true})
		svc.Disconnect("dev")
		want("offline", seen{mode: "eco", rate: 1, temp: 20})
		d.report(func(r *said) { r.Temp = 21 })
		want("reported offline", seen{mode: "eco", rate: 1, temp: 21, pending: true})
		svc.Connect("dev")
		want("online again", seen{mode: "eco", rate: 1, temp: 21, synced: true})
		set(t, svc, `{"rate":9}`)
		want("refused", seen{mode: "eco", rate: 9, temp: 21, synced: true, refused: true})

		before := yields
		settle(10 * time.Hour) // refreshed every hour
		if yields != before {
			t.Errorf("%d yields while nothing changed; want none", yields-before)
		}
		cancel()
		<-done
	})
}

// A loop that is slow sees the latest state, not all of them; one that breaks
// off leaves nothing behind.
func TestWatchSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		d := start(t, svc, nil)
		go func() {
			for i := range 1000 {
				d.report(func(r *said) { r.Temp = float64(i) })
				time.Sleep(10 * time.Millisecond)
			}
		}()
		var temps []float64
		for doc := range d.Watch(t.Context()) {
			temps = append(temps, doc.Reported.Temp)
			if doc.Reported.Temp == 999 {
				break
			}
			time.Sleep(time.Second)
		}
		if n := len(temps); n < 5 || n > 15 {
			t.Errorf("%d states seen by a loop of one a second in ten seconds: %v", n, temps)
		}
	})
}

func TestWatchBeforeRun(t *testing.T) {
	s := bind(t, shadowtest.New(nil), nil)
	for doc, f := range s.Watch(t.Context()) {
		if doc.Version != 0 || f.Synced || f.Pending {
			t.Errorf("Watch before Run = %+v, %+v; want nothing known", doc, f)
		}
		break
	}
}
