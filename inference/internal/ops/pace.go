package ops

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

// partWork is how many multiply-accumulates make it worth to wake another goroutine.
const partWork = 1 << 20

// partsFor returns into how many parts to split tasks that are work multiply-accumulates in all.
func partsFor(threads, tasks int, work int64) int {
	return int(max(min(int64(threads), int64(tasks), work/partWork), 1))
}
