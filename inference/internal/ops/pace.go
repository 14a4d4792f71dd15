package ops

import (
	"time"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// paceWork is how many multiply-accumulates go by between two looks at the context: about a millisecond's worth, or a
// few on the slowest machines.
const paceWork = 1 << 20

// pace asks for the context's error after so much work, so that long kernels end soon when nobody wants the result.
type pace struct {
	c    *Ctx
	done int
}

// spend notes work that is about to be done, in multiply-accumulates, and returns the context's error if it has ended.
func (p *pace) spend(work int) error {
	if p.done += work; p.done < paceWork {
		return nil
	}
	p.done = 0
	return p.c.Cancelled()
}

// share returns the range of tasks that belongs to one part of parts.
func share(tasks, part, parts int) (from, to int) {
	return int(int64(tasks) * int64(part) / int64(parts)), int(int64(tasks) * int64(part+1) / int64(parts))
}

// partWork is how many multiply-accumulates make a part worth having: they take 0.6 us with the widest instructions, some
// 10 us in plain Go, and to have a helper join that looks for work takes 0.1 us. Parts of fineWork and more are made
// finer than there are threads, so that nobody waits for long when one of them is held up, or has the larger parts.
const (
	partWork = 1 << 16
	fineWork = 1 << 19
)

// partsFor returns into how many parts to split tasks that are work multiply-accumulates in all. It is not inlined: its
// divisions would be in each of its callers.
//
//go:noinline
func partsFor(threads, tasks int, work int64) int {
	parts := int(min(int64(threads), work/partWork))
	if fine := int(min(work/fineWork, 1<<16)); parts > 1 && fine > parts {
		parts *= min(fine/parts, 4)
	}
	return max(min(parts, tasks), 1)
}

// Estimate returns about how long it takes one thread to multiply and accumulate, and to read and write bytes, to a power
// of two: what a plan goes by when it decides whether to use several.
func Estimate(l cpu.Level, macs, bytes int64) time.Duration {
	perMAC, perByte := 1, 2 // how often to halve them for nanoseconds
	switch {
	case l >= cpu.NEON:
		perMAC = 2
	case l >= cpu.AVX512:
		perMAC, perByte = 6, 5
	case l >= cpu.AVX2:
		perMAC, perByte = 5, 5
	}
	return time.Duration(macs>>perMAC + bytes>>perByte)
}
