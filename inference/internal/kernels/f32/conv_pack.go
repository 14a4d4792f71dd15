package f32

// Layout returns what decides, beside the dimensions of the weights, how Pack packs them.
func (c *Conv) Layout() ConvLayout { return ConvLayout{c.width, c.Groups, c.winograd} }

// ConvLayout is a layout of packed weights.
type ConvLayout struct {
	width, groups int
	winograd      bool
}

// Packed returns how many elements the packed weights take.
func (c *Conv) Packed() int { return c.groups * c.packed }

// Pack packs weights [Filters, Channels/Groups, Kernel] for Run. Dst is as long as Packed says; when it is nil, it is
// made.
func (c *Conv) Pack(dst, w []float32) []float32 {
	if dst == nil {
		dst = make([]float32, c.Packed())
	}
	if hasWinograd(c.level) && c.winograd {
		c.packWinograd(dst, w)
		return dst
	}
	taps := c.Kernel[0] * c.Kernel[1]
	if c.depthwise {
		for i := range c.Channels {
			for t, v := range w[i*taps:][:taps] {
				dst[t*c.Channels+i] = v
			}
		}
		return dst
	}
	to, lines := dst, make([]float32, packBlock*taps*c.width)
	for g := range c.groups {
		for first := 0; first < c.per; first += c.width {
			cols := min(c.width, c.per-first)
			width := lastWidth(c.width, cols)
			if c.joined == 1 {
				c.packPanel(to, w[(g*c.per+first)*c.own*taps:], lines, taps, cols, width)
				to = to[taps*c.own*width:]
				continue
			}
			for t := range taps {
				for ch := range c.own {
					c.packRow(to[:width], w, g, first, cols, ch, t)
					to = to[width:]
				}
			}
		}
	}
	return dst
}

// packBlock is how many channels packPanel takes at once, so that lines of the cache are used whole.
const packBlock = 8

// packPanel packs cols filters, for each tap and channel. Lines has room for packBlock channels.
func (c *Conv) packPanel(to, w, lines []float32, taps, cols, width int) {
	stride := c.own * taps
	if taps == 1 {
		packTransposed(c.level, to, w, stride, stride, cols, width)
		return
	}
	for ch := 0; ch < c.own; ch += packBlock {
		n := min(packBlock, c.own-ch)
		packTransposed(c.level, lines, w[ch*taps:], stride, n*taps, cols, width)
		for i := range n * taps {
			copy(to[(i%taps*c.own+ch+i/taps)*width:][:width], lines[i*width:])
		}
	}
}

// packRow packs what cols filters of a group from first on have for a channel and a tap.
func (c *Conv) packRow(row, w []float32, group, first, cols, ch, tap int) {
	own, per, taps := c.own/c.joined, c.per/c.joined, c.Kernel[0]*c.Kernel[1]
	within := ch / own // which of the joined groups has the channel
	lo, hi := max(within*per-first, 0), min((within+1)*per-first, cols)
	if lo > 0 || hi < len(row) {
		clear(row)
	}
	if lo >= hi {
		return
	}
	at := ((group*c.per+first+lo)*own+ch%own)*taps + tap
	for i := lo; i < hi; i++ {
		row[i] = w[at]
		at += own * taps
	}
}
