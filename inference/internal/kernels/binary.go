package kernels

// Binary computes one innermost loop of an operator with two operands: dst[i] = a[i] op b[i]. One of the operands may be
// of length 1: it is the same for all elements.
type Binary[T, R any] func(dst []R, a, b []T)

// Apply runs f over a walk whose operands are dst, a and b.
func (f Binary[T, R]) Apply(w *Walk, dst []R, a, b []T, watch Watcher) {
	if w.Run == 0 {
		return
	}
	na, nb := 1+(w.Run-1)*w.Step[1], 1+(w.Run-1)*w.Step[2]
	for c := w.Start(watch); ; {
		run := dst[c.Off[0]:][:w.Run]
		if na == 1 && nb == 1 {
			f(run[:1], a[c.Off[1]:][:1], b[c.Off[2]:][:1])
			fill(run, run[0])
		} else {
			f(run, a[c.Off[1]:][:na], b[c.Off[2]:][:nb])
		}
		if !c.Next() {
			return
		}
	}
}

// mask turns the index into an operand of length n into 0 when it is the same for all elements.
func mask(n int) int {
	if n == 1 {
		return 0
	}
	return -1
}
