package edge

import (
	"iter"
	"time"
)

// Batch yields the values of seq in slices: as soon as there are n, or when the
// first of a batch has waited for d, or what is left at the end of seq. With d
// zero or less only n counts. A batch is never empty. Batch panics if n is not
// above zero.
//
// Each slice is new and belongs to the receiver.
//
// With d, seq runs on a goroutine of its own while the loop does. The goroutine
// ends with seq, or at the next value after the loop was left, and that value
// is lost: leave the loop for good only together with the context of seq, as a
// component does that returns.
func Batch[T any](seq iter.Seq[T], n int, d time.Duration) iter.Seq[[]T] {
	if n <= 0 {
		panic("edge: Batch with n not above zero")
	}
	if d <= 0 {
		return batchByCount(seq, n)
	}
	return func(yield func([]T) bool) {
		p := startPump(seq)
		defer p.stop()
		timer := time.NewTimer(d)
		defer timer.Stop()
		timer.Stop()
		var batch []T
		flush := func() bool {
			timer.Stop()
			full := batch
			batch = nil
			return len(full) == 0 || yield(full)
		}
		for {
			select {
			case v, ok := <-p.values:
				if !ok {
					flush()
					p.check()
					return
				}
				if len(batch) == 0 {
					timer.Reset(d)
				}
				batch = append(batch, v)
				if len(batch) == n && !flush() {
					return
				}
			case <-timer.C:
				if !flush() {
					return
				}
			}
		}
	}
}

func batchByCount[T any](seq iter.Seq[T], n int) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		var batch []T
		for v := range seq {
			batch = append(batch, v)
			if len(batch) == n {
				full := batch
				batch = nil
				if !yield(full) {
					return
				}
			}
		}
		if len(batch) > 0 {
			yield(batch)
		}
	}
}
