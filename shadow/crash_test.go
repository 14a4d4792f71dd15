package shadow_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/internal/durable/crashfs"
	"github.com/brinkml/brink/shadow"
	"github.com/brinkml/brink/shadow/shadowtest"
)

type anyShadow = shadow.Shadow[map[string]any, map[string]any]

// life is one run of a program on a disk, until its work is done or the power
// is cut.
func life(t *testing.T, svc *shadowtest.Service, disk *crashfs.FS, work func(s *anyShadow) error) {
	t.Helper()
	s, err := shadow.BindFS(svc.Conn("dev"), "thing", &shadow.Options[map[string]any, map[string]any]{
		Dir:       "/state",
		SaveEvery: time.Second,
		OnDelta:   func(context.Context, shadow.Change[map[string]any]) error { return nil },
	}, disk)
	if err != nil {
		return // the power went
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	if err := work(s); err != nil {
		t.Error(err)
	}
	cancel()
	<-done
}

// The power is cut at every operation on the file with the base, whole, torn or
// lost. The file opens, what the cloud has is not sent again as new, what the
// device took back is gone there, and both sides agree.
func TestPowerCutAtEveryWrite(t *testing.T) {
	points := 0
	for seed := range uint64(8) {
		for at, more := 1, true; more && !t.Failed(); at++ {
			synctest.Test(t, func(t *testing.T) { more = powerCut(t, seed, at) })
			points++
		}
	}
	if points < 8*20 {
		t.Errorf("%d power cuts; want more", points)
	}
}

func powerCut(t *testing.T, seed uint64, at int) (happened bool) {
	svc := shadowtest.New(nil)
	disk := crashfs.New(seed)
	ops := 0
	disk.Fail(func(string, string) error {
		if ops++; ops == at {
			svc.Disconnect("dev")
			happened = true
		}
		return nil
	})
	disk.CrashAt(at)

	sent := map[string]int{} // of each reported value: how often
	svc.Script(func(m shadowtest.Message) shadowtest.Action {
		var u struct {
			State struct{ Reported map[string]any }
		}
		if m.ToService && m.Topic == "$aws/things/thing/shadow/update" && json.Unmarshal(m.Payload, &u) == nil {
			for k, v := range u.State.Reported {
				if v != nil {
					sent[fmt.Sprint(k, "=", v)]++
				}
			}
		}
		return shadowtest.Action{}
	})

	n := 0
	step := func(s *anyShadow) error {
		n++
		err := s.Report(context.Background(), func(r *map[string]any) error {
			*r = map[string]any{"n": n, fmt.Sprint("only", n): true, "d": (*r)["d"]}
			return nil
		})
		settle(3 * time.Second)
		return err
	}
	for life1 := range 3 {
		set(t, svc, fmt.Sprintf(`{"d":%d}`, life1))
		life(t, svc, disk, func(s *anyShadow) error {
			for range 2 {
				if err := step(s); err != nil {
					return err
				}
			}
			svc.Disconnect("dev")
			if err := step(s); err != nil {
				return err
			}
			if happened {
				return nil
			}
			svc.Connect("dev")
			return step(s)
		})
		if happened {
			break
		}
		svc.Connect("dev")
	}

	disk = disk.Reboot()
	svc.Connect("dev")
	life(t, svc, disk, func(s *anyShadow) error {
		settle(3 * time.Minute) // until nothing of the time before can still arrive
		doc, _ := s.State()
		left, err := shadow.Diff(orEmpty(cloudReported(svc)), encoded(t, doc.Reported))
		if err != nil || string(left) != "{}" {
			t.Errorf("seed %d, cut at %d: the cloud has %s, the device %v", seed, at, cloudReported(svc), doc.Reported)
		}
		if err := step(s); err != nil {
			return err
		}
		want := fmt.Sprintf(`{"d":%v,"n":%d,"only%d":true}`, doc.Reported["d"], n, n)
		if left, err := shadow.Diff(cloudReported(svc), raw(want)); err != nil || string(left) != "{}" {
			t.Errorf("seed %d, cut at %d: the cloud has %s; want %s", seed, at, cloudReported(svc), want)
		}
		return nil
	})
	for v, times := range sent {
		if times > 1 {
			t.Errorf("seed %d, cut at %d: %s was sent %d times", seed, at, v, times)
		}
	}
	return happened
}

func cloudReported(svc *shadowtest.Service) raw {
	doc, _ := svc.Document("thing", "")
	return doc.Reported
}

func encoded(t *testing.T, v map[string]any) raw {
	t.Helper()
	if v == nil {
		return raw("{}")
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
