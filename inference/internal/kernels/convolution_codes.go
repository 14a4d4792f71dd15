package kernels

// LaidOut returns v planned again so that the image is never used as it lies: for images whose elements must be decoded.
func (v *Convolution) LaidOut() *Convolution {
	v.direct, v.gathered = false, 0
	v.cut()
	v.layOut()
	v.gather()
	return v
}

// LoadCodes is LoadTile for an image of bytes: each stands for what table holds, less zero. What is outside of the image
// stands for 0.
func LoadCodes(v *Convolution, scratch []float64, src []byte, table *[256]float64, zero float64, tile int) {
	od, oh, ow, rows, _ := v.at(tile)
	rows = (rows-1)*v.stride[1] + v.reach(1) + 1
	id, ih, iw := od*v.stride[0]-v.pad[0], oh*v.stride[1]-v.pad[1], ow*v.stride[2]-v.pad[2]
	for c := range v.Channels {
		for d := range v.kernel[0] {
			z := id + d*v.dilation[0]
			for r := range rows {
				dst := scratch[c*v.channel+d*v.plane+r*v.row:][:v.row]
				y := ih + r
				if z < 0 || z >= v.In[0] || y < 0 || y >= v.In[1] {
					clear(dst)
					continue
				}
				loadCodes(dst, src[((c*v.In[0]+z)*v.In[1]+y)*v.In[2]:][:v.In[2]], table, zero, iw, v.phases)
			}
		}
	}
}

// loadCodes is loadRow for bytes.
func loadCodes(dst []float64, src []byte, table *[256]float64, zero float64, start, step int) {
	n := len(dst) / step
	for p := range step {
		phase := dst[p*n:][:n]
		from := start + p
		lo := min(ceilDiv(max(-from, 0), step), n)
		hi := max(min(ceilDiv(len(src)-from, step), n), lo)
		clear(phase[:lo])
		clear(phase[hi:])
		if lo == hi {
			continue
		}
		inside := src[from+lo*step:]
		if step == 1 {
			Decoded(phase[lo:hi], inside, table, zero)
			continue
		}
		for i := range phase[lo:hi] {
			phase[lo+i] = table[inside[i*step]] - zero
		}
	}
}

// Lines returns where the positions of a tile are in a plane of the output: the first one, and how many rows of how many
// columns, a row of the plane from one to the next.
func (v *Convolution) Lines(tile int) (at, rows, cols int) {
	od, oh, ow, rows, cols := v.at(tile)
	return (od*v.Out[1]+oh)*v.Out[2] + ow, rows, cols
}
