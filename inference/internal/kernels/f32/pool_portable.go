package f32

import "unsafe"

func (p *Pool) maxPortable() {
	p.each(func(dst, src []float32) {
		for i, v := range src[:len(dst)] {
			if v > dst[i] || v != v {
				dst[i] = v
			}
		}
	})
}

func (p *Pool) meanPortable() {
	p.each(func(dst, src []float32) {
		for i, v := range src[:len(dst)] {
			dst[i] += v
		}
	})
	for i := range p.Pixels {
		dst := unsafe.Slice((*float32)(unsafe.Add(p.Dst, i*p.DstStep)), p.Channels)
		for c := range dst {
			dst[c] /= p.Divisor
		}
	}
}

// each makes every pixel the first that it sees, and has add put each of the others to it.
func (p *Pool) each(add func(dst, src []float32)) {
	taps := unsafe.Slice(p.Taps, p.NTaps)
	for i := range p.Pixels {
		dst := unsafe.Slice((*float32)(unsafe.Add(p.Dst, i*p.DstStep)), p.Channels)
		from := unsafe.Add(p.Src, i*p.SrcStep)
		copy(dst, unsafe.Slice((*float32)(unsafe.Add(from, taps[0])), p.Channels))
		for _, tap := range taps[1:] {
			add(dst, unsafe.Slice((*float32)(unsafe.Add(from, tap)), p.Channels))
		}
	}
}
