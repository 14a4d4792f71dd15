package kernels

// AddSeen adds to each position of win what it sees of the plane x, times the weights of the taps.
func AddSeen[T Float](win *Window, out, x, w []T) {
	s := win.spot(0)
	w = w[:len(win.offsets)]
	for i := range out {
		var sum T
		for t, off := range win.offsets {
			if s.inside || s.sees(t) {
				sum += x[s.base+off] * w[t]
			}
		}
		out[i] += sum
		s.next()
	}
}
