package raster

// upsampler makes rows of the image's width of a component's samples, as libjpeg-turbo does: where there is one sample
// for two pixels along an axis, they are interpolated linearly ("fancy upsampling"); otherwise samples are repeated.
type upsampler struct {
	samples    []byte
	stride     int
	width      int     // of the image
	cw, ch     int     // samples across and down
	h, hmax    int     // h samples for hmax pixels across
	v, vmax    int     // v samples for vmax pixels down
	smooth     bool    // interpolated
	wide, high bool    // two pixels for a sample
	sums       []int32 // of two rows
}

func newUpsampler(c *jpegComponent, width, hmax, vmax int) upsampler {
	u := upsampler{
		samples: c.samples, stride: 8 * c.blocksX, width: width, cw: c.width, ch: c.height,
		h: c.h, hmax: hmax, v: c.v, vmax: vmax, wide: hmax == 2*c.h, high: vmax == 2*c.v,
	}
	evenX, evenY := hmax == c.h, vmax == c.v
	u.smooth = u.wide && (u.high || evenY) && u.cw > 2 || evenX && u.high
	if u.smooth && u.wide && u.high {
		u.sums = make([]int32, u.cw)
	}
	return u
}

func (u *upsampler) line(i int) []byte { return u.samples[min(max(i, 0), u.ch-1)*u.stride:][:u.cw] }

// row makes row y. There is room for one sample's pixels beyond its end.
func (u *upsampler) row(dst []byte, y int) {
	near := y * u.v / u.vmax
	row := u.line(near)
	if !u.smooth {
		for x := range u.width {
			dst[x] = row[min(x*u.h/u.hmax, u.cw-1)]
		}
		return
	}
	if !u.high {
		smoothLine(dst, row)
		return
	}
	other := u.line(near - 1 + 2*(y%2))
	if !u.wide {
		for x, v := range row {
			dst[x] = byte((3*int32(v) + int32(other[x]) + 1 + int32(y%2)) >> 2)
		}
		return
	}
	for x, v := range row {
		u.sums[x] = 3*int32(v) + int32(other[x])
	}
	smoothSums(dst, u.sums)
}

// smoothLine makes two pixels of each sample, whose centers are at a quarter and at three quarters of it. They are
// rounded down and up in turn.
func smoothLine(dst, src []byte) {
	last := len(src) - 1
	for i, s := range src {
		v := 3 * int32(s)
		dst[2*i] = byte((v + int32(src[max(i-1, 0)]) + 1) >> 2)
		dst[2*i+1] = byte((v + int32(src[min(i+1, last)]) + 2) >> 2)
	}
}

// smoothSums is smoothLine for sums of two rows, the nearer one by 3.
func smoothSums(dst []byte, src []int32) {
	last := len(src) - 1
	for i, v := range src {
		dst[2*i] = byte((3*v + src[max(i-1, 0)] + 8) >> 4)
		dst[2*i+1] = byte((3*v + src[min(i+1, last)] + 7) >> 4)
	}
}
