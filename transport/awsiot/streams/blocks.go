package streams

import "encoding/hex"

// blocks is a set of block numbers: bit i%8 of byte i/8, which is also the
// order of the bitmap in a request.
type blocks []byte

func newBlocks(n int) blocks { return make(blocks, (n+7)/8) }

func (b blocks) has(i int) bool { return b[i/8]&(1<<(i%8)) != 0 }
func (b blocks) add(i int)      { b[i/8] |= 1 << (i % 8) }

// request names blocks by offset and count when they are a run, else by a
// bitmap as well: list is ascending and not empty.
func (r *getRequest) request(list []int) {
	first, last := list[0], list[len(list)-1]
	r.Offset, r.Count, r.Bitmap = first, len(list), ""
	if last-first+1 == len(list) {
		return
	}
	bits := newBlocks(last - first + 1)
	for _, i := range list {
		bits.add(i - first)
	}
	r.Bitmap = "0x" + hex.EncodeToString(bits)
}

// next lists the lowest blocks below n that are not in have: at most limit of
// them, and as far apart as a bitmap reaches. With run it ends at the first gap.
func next(have blocks, n, limit int, run bool) []int {
	var list []int
	for i := 0; i < n && len(list) < limit; i++ {
		switch {
		case have.has(i):
			if run && len(list) > 0 {
				return list
			}
		case len(list) > 0 && i-list[0] >= 8*maxBitmap:
			return list
		default:
			list = append(list, i)
		}
	}
	return list
}
