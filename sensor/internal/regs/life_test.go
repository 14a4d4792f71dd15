package regs

import (
	"errors"
	"testing"
	"time"

	"periph.io/x/conn/v3/i2c/i2ctest"
)

func TestLife(t *testing.T) {
	on := Set{Reg: 0x20, Value: 0x87}
	answers := func(v ...byte) *Bank {
		bus := &i2ctest.Playback{DontPanic: true}
		for _, v := range v {
			bus.Ops = append(bus.Ops, i2ctest.IO{Addr: 1, W: []byte{0x20}, R: []byte{v}})
		}
		return &Bank{Chip: "x", Bus: bus, Addr: 1}
	}
	var l Life
	starts := 0
	now := time.Now()
	start := func() error {
		starts++
		l.Started(now, time.Second)
		return nil
	}
	ensure := func(b *Bank, want int, when string) {
		t.Helper()
		if err := l.Ensure(b, on, start); err != nil || starts != want {
			t.Errorf("%s: %v, started %d times; want %d", when, err, starts, want)
		}
	}
	dead := answers()
	ensure(dead, 1, "at first")
	ensure(dead, 1, "running") // does not ask

	for range 5 {
		now = now.Add(time.Second)
		l.Saw(now, false)
	}
	ensure(dead, 1, "five periods without news")
	now = now.Add(time.Second)
	l.Saw(now, false)
	ensure(answers(0x87), 1, "six, and as it was written")
	ensure(dead, 1, "checked")
	now = now.Add(4 * time.Second)
	l.Saw(now, true)
	now = now.Add(4 * time.Second)
	l.Saw(now, false)
	ensure(dead, 1, "news in between")

	l.Doubt()
	if err := l.Ensure(dead, on, start); err == nil || starts != 1 {
		t.Errorf("a doubted chip that does not answer: %v, started %d times; want an error and no start", err, starts)
	}
	ensure(answers(0), 2, "after a loss of power")
	l.Halted()
	ensure(dead, 3, "after Halt")

	l.Halted()
	boom := errors.New("boom")
	if err := l.Ensure(dead, on, func() error { return boom }); !errors.Is(err, boom) {
		t.Errorf("Ensure = %v; want %v", err, boom)
	}
	ensure(dead, 4, "after a start that failed")
}
