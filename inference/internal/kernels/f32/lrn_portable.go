package f32

import (
	"math"
	"unsafe"
)

func (p *LRN) portable() {
	squares := unsafe.Slice((*float32)(p.Squares), p.Scratch())
	all := p.Pixels * p.Channels
	dst, src := unsafe.Slice((*float32)(p.Dst), all), unsafe.Slice((*float32)(p.Src), all)
	for ; len(src) > 0; dst, src = dst[p.Channels:], src[p.Channels:] {
		for c, v := range src[:p.Channels] {
			squares[p.Before+c] = v * v
		}
		for c, v := range src[:p.Channels] {
			var sum float32
			for _, s := range squares[c:][:p.Size] {
				sum += s
			}
			t := float64(p.Bias + p.Alpha*sum)
			if p.Beta == 0.75 {
				root := math.Sqrt(t)
				t = root * math.Sqrt(root)
			} else {
				t = math.Pow(t, float64(p.Beta))
			}
			dst[c] = float32(float64(v) / t)
		}
	}
}
