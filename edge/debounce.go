package edge

import (
	"iter"
	"time"
)

// Debounce yields a value of seq when it has held for d: when no other value
// has come since, however often it was repeated. It yields changes only, the
// first value among them. A value that has not held for d when seq ends is not
// yielded.
//
// It runs seq on a goroutine of its own, on the same terms as [Batch].
func Debounce[T comparable](seq iter.Seq[T], d time.Duration) iter.Seq[T] {
	return func(yield func(T) bool) {
		p := startPump(seq)
		defer p.stop()
		timer := time.NewTimer(d)
		defer timer.Stop()
		timer.Stop()
		var (
			shown, candidate T
			showing, pending bool
		)
		for {
			select {
			case v, ok := <-p.values:
				switch {
				case !ok:
					p.check()
					return
				case showing && v == shown:
					pending = false
					timer.Stop()
				case !pending || v != candidate:
					candidate, pending = v, true
					timer.Reset(d)
				}
			case <-timer.C:
				shown, showing, pending = candidate, true, false
				if !yield(shown) {
					return
				}
			}
		}
	}
}
