package regs

import "time"

// Life knows whether a chip still converts as it was told to. A chip that has lost its power keeps answering, with the
// same value for ever, so one that gives nothing new for some periods, or whose bus has failed, is checked, and started
// again if its main control register is not as it was written.
type Life struct {
	on      bool // started, and not halted since
	doubted bool
	news    time.Time // of the last new value, start or check
	limit   time.Duration
}

// patience is the number of periods without a new value after which a chip is checked.
const patience = 5

// Started notes that the chip has been set up to convert once a period.
func (l *Life) Started(now time.Time, period time.Duration) {
	*l = Life{on: true, news: now, limit: patience * period}
}

// Halted notes that the chip has been powered down, or that this was tried.
func (l *Life) Halted() { l.on = false }

// Doubt has the chip checked before the next read: a transaction has failed.
func (l *Life) Doubt() { l.doubted = true }

// Saw notes a read at the time given, and whether it brought a new value.
func (l *Life) Saw(now time.Time, fresh bool) {
	switch {
	case fresh:
		l.news = now
	case now.Sub(l.news) > l.limit:
		l.news, l.doubted = now, true
	}
}

// Ensure is called before each read. It calls start for a chip that is off, and for a doubted one that does not hold the
// register which switches it on.
func (l *Life) Ensure(b *Bank, on Set, start func() error) error {
	if l.on && !l.doubted {
		return nil
	}
	if l.on {
		holds, err := b.Holds(on)
		if err != nil {
			return err
		}
		if holds {
			l.doubted = false
			return nil
		}
	}
	return start()
}

// On reports whether the chip was started, and not halted since.
func (l *Life) On() bool { return l.on }
