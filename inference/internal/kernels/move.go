package kernels

// Move copies elements along a walk whose operands are dst and src. Strides of src may be 0 or negative; its offsets
// count from the given start.
func Move[T any](w *Walk, dst, src []T, dstStart, srcStart int, watch Watcher) {
	if w.Run == 0 {
		return
	}
	ds, ss := w.Step[0], w.Step[1]
	for c := w.Start(watch); ; {
		do, so := dstStart+c.Off[0], srcStart+c.Off[1]
		switch {
		case ds == 1 && ss == 1:
			copy(dst[do:][:w.Run], src[so:][:w.Run])
		case ds == 1 && ss == 0:
			fill(dst[do:][:w.Run], src[so])
		case ds == 1:
			for i := range dst[do:][:w.Run] {
				dst[do+i] = src[so]
				so += ss
			}
		default:
			for range w.Run {
				dst[do] = src[so]
				do += ds
				so += ss
			}
		}
		if !c.Next() {
			return
		}
	}
}

func fill[T any](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}

// Fill sets all elements to v.
func Fill[T any](dst []T, v T) { fill(dst, v) }

// Repeat fills dst with copies of its first size bytes.
func Repeat(dst []byte, size int) {
	for n := size; n < len(dst); n *= 2 {
		copy(dst[n:], dst[:n])
	}
}

// TakeEach copies to each element of dst the element of src at the offset that is given for it, or what is outside
// where that is negative.
func TakeEach[T any](dst, src []T, offsets []int, outside T) {
	for i, off := range offsets[:len(dst)] {
		if off < 0 {
			dst[i] = outside
		} else {
			dst[i] = src[off]
		}
	}
}
