package edge

import "iter"

// Map yields f of each value of seq.
func Map[T, U any](seq iter.Seq[T], f func(T) U) iter.Seq[U] {
	return func(yield func(U) bool) {
		for v := range seq {
			if !yield(f(v)) {
				return
			}
		}
	}
}

// Filter yields the values of seq for which keep returns true.
func Filter[T any](seq iter.Seq[T], keep func(T) bool) iter.Seq[T] {
	return func(yield func(T) bool) {
		for v := range seq {
			if keep(v) && !yield(v) {
				return
			}
		}
	}
}

// Tee yields the values of seq and shows each to tap first, as io.TeeReader
// does. The tap runs on the goroutine that ranges and delays it: give it to a
// [Topic] whose subscribers drop, if it must not.
func Tee[T any](seq iter.Seq[T], tap func(T)) iter.Seq[T] {
	return func(yield func(T) bool) {
		for v := range seq {
			tap(v)
			if !yield(v) {
				return
			}
		}
	}
}

// Window yields the latest size values of seq, oldest first, and again after
// each further hop values. Windows overlap if hop is less than size; values
// between them are left out if it is more. What is left at the end of seq is no
// window and is not yielded. Window panics if size or hop is not above zero.
//
// The slice is Window's own and is valid until the loop body returns: reading
// it costs no allocation. To keep windows, or to publish them, clone each:
//
//	edge.Map(edge.Window(seq, 50, 25), slices.Clone[[]float64])
func Window[T any](seq iter.Seq[T], size, hop int) iter.Seq[[]T] {
	if size <= 0 || hop <= 0 {
		panic("edge: Window with a size or hop that is not above zero")
	}
	return func(yield func([]T) bool) {
		buf := make([]T, 0, size)
		skip := 0
		for v := range seq {
			if skip > 0 {
				skip--
				continue
			}
			buf = append(buf, v)
			if len(buf) < size {
				continue
			}
			if !yield(buf) {
				return
			}
			left := max(size-hop, 0)
			copy(buf, buf[size-left:])
			clear(buf[left:])
			buf = buf[:left]
			skip = max(hop-size, 0)
		}
	}
}
