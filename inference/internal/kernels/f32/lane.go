package f32

// lane sets each dst[i] to x[from+i*step], or to 0 where x has no such element.
func lane(dst, x []float32, from, step int) {
	lo := min(ceil(max(-from, 0), step), len(dst))
	hi := max(min(ceil(max(len(x)-from, 0), step), len(dst)), lo)
	clear(dst[:lo])
	clear(dst[hi:])
	if dst = dst[lo:hi]; len(dst) == 0 {
		return
	}
	x = x[from+lo*step:]
	if step == 1 {
		copy(dst, x)
		return
	}
	for i := range dst {
		dst[i] = x[i*step]
	}
}
