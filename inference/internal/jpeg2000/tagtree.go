package jpeg2000

// tagTree reads the minima of a tag tree (B.10.2). Its levels lie one after another, the leaves first.
type tagTree struct {
	nodes []tagNode
	w, h  int32 // of the leaves
}

// tagNode is a node whose value is low, or at least low when it is not known.
type tagNode struct {
	low   uint16
	known bool
}

// maxTagLevels is enough for the code-blocks of the largest precinct, 1<<13 by 1<<13.
const maxTagLevels = 14

//go:noinline
func newTagTree(w, h int) tagTree {
	t := tagTree{w: int32(w), h: int32(h)}
	n := w * h
	for w*h > 1 {
		w, h = (w+1)/2, (h+1)/2
		n += w * h
	}
	t.nodes = make([]tagNode, n)
	return t
}

// below reads as much as tells whether the value of the leaf at x, y is less than limit.
func (t *tagTree) below(r *bitReader, x, y int, limit uint16) bool {
	var path [maxTagLevels]int
	levels, start := 0, 0
	for w, h := int(t.w), int(t.h); levels < maxTagLevels; w, h = (w+1)/2, (h+1)/2 {
		path[levels] = start + (y>>levels)*w + x>>levels
		start += w * h
		if levels++; w*h <= 1 {
			break
		}
	}
	var low uint16
	known := false
	for level := levels - 1; level >= 0; level-- {
		n := &t.nodes[path[level]]
		n.low = max(n.low, low)
		for !n.known && n.low < limit {
			if r.bit() != 0 {
				n.known = true
			} else {
				n.low++
			}
		}
		low, known = n.low, n.known
	}
	return known && low < limit
}

// value returns the value of a leaf after below was true of it.
func (t *tagTree) value(x, y int) int { return int(t.nodes[y*int(t.w)+x].low) }
