package emulator

import "math"

// output is one value of an ST sensor in consecutive registers, low byte first.
//
// Reading the highest byte clears the data-ready and overrun marks. With block
// data update, reading a lower byte holds the value until the highest byte was
// read, so that a conversion in between does not tear it; the value that came
// in the meantime shows after that.
type output struct {
	first, size byte

	shown, waiting int32
	held, pending  bool
	ready, overrun bool
}

func (o *output) has(reg byte) bool {
	return reg >= o.first && reg < o.first+o.size
}

// convert stores the result of a conversion.
func (o *output) convert(v int32, blockUpdate bool) {
	if blockUpdate && o.held {
		o.waiting, o.pending = v, true
		return
	}
	o.held, o.pending = false, false
	o.show(v)
}

func (o *output) show(v int32) {
	o.overrun = o.overrun || o.ready
	o.ready = true
	o.shown = v
}

func (o *output) read(reg byte, blockUpdate bool) byte {
	i := reg - o.first
	v := byte(o.shown >> (8 * i))
	if i < o.size-1 {
		o.held = blockUpdate
		return v
	}
	o.ready, o.overrun, o.held = false, false, false
	if o.pending {
		o.pending = false
		o.show(o.waiting)
	}
	return v
}

// saturate rounds x to the nearest count and limits it to a signed number of
// the given bits. A NaN is 0.
func saturate(x float64, bits int) int32 {
	if math.IsNaN(x) {
		return 0
	}
	top := float64(int32(1)<<(bits-1) - 1)
	return int32(min(max(math.RoundToEven(x), -top-1), top))
}
