package f32

func affinePortable(dst, src, scale, shift []float32, relu bool) {
	for len(src) > 0 {
		d := dst[:len(scale)]
		x := src[:len(d)]
		shift := shift[:len(d)]
		for c, s := range scale[:len(d)] {
			v := s*x[c] + shift[c]
			if relu && v < 0 {
				v = 0
			}
			d[c] = v
		}
		dst, src = dst[len(d):], src[len(d):]
	}
}
