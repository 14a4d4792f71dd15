package lsm9ds1

import (
	"time"

	"github.com/brinkml/brink/sensor/internal/regs"
)

// half is one of the two chips in the case: how it is started, and what was last read from it.
type half struct {
	bank     regs.Bank
	identity uint8
	idle, on []regs.Set
	mark     regs.Set // of on: held by a chip that has not lost its power
	bursts   []burst  // that a read takes
	mask     uint8    // status bits: one for each value that the chip converts
	period   time.Duration
	settle   time.Duration // from the start on, in which conversions are dropped

	life   regs.Life
	starts int       // so far
	began  time.Time // of the latest start
	seen   uint8     // status bits seen since the start
	fresh  bool      // the last read brought something new
	news   time.Time // of the last read that did, or of the start
}

type burst struct {
	reg uint8
	n   int
}

func (h *half) probe() error { return h.bank.Probe(regWhoAmI, h.identity, nil) }

// start brings the chip from any state to converting, without anything left from before.
func (h *half) start() error {
	h.life.Halted() // a start that fails is begun anew by the next read
	if err := h.probe(); err != nil {
		return err
	}
	if err := h.bank.WriteAll(h.idle...); err != nil {
		return err
	}
	for _, b := range h.bursts { // drops conversions of a former run
		if _, err := h.bank.Read(b.reg, b.n); err != nil {
			return err
		}
	}
	if err := h.bank.WriteAll(h.on...); err != nil {
		return err
	}
	h.starts++
	h.seen = 0
	h.began = time.Now()
	h.news = h.began
	h.life.Started(h.news, h.period)
	return nil
}

func (h *half) ensure() error { return h.life.Ensure(&h.bank, h.mark, h.start) }

// saw notes what the status of a read at the time given said, and whether the outputs differ from those before.
func (h *half) saw(now time.Time, status uint8, changed bool) error {
	fresh := status & h.mask
	if fresh == 0 && changed {
		// Converted after its status was sent, or reset by a loss of power.
		h.life.Doubt()
		if err := h.ensure(); err != nil {
			return err
		}
		fresh = h.seen // nothing, if it was started again
	}
	h.life.Saw(now, fresh != 0)
	if now.Sub(h.began) < h.settle {
		fresh = 0
	}
	h.seen |= fresh
	h.fresh = fresh != 0
	if h.fresh {
		h.news = now
	}
	return nil
}

func (h *half) isReady() bool { return h.seen == h.mask }

func (h *half) halt(off ...regs.Set) error {
	h.life.Halted()
	return h.bank.WriteAll(off...)
}
