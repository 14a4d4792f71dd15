package shadow

import (
	"bytes"
	"cmp"
	"encoding/binary"
)

// prefix is a number that orders keys by their first bytes.
func prefix(key []byte) (x uint32) {
	if len(key) >= 4 {
		return binary.BigEndian.Uint32(key)
	}
	for i, c := range key {
		x |= uint32(c) << (24 - 8*i)
	}
	return x
}

// keyOrder compares the keys of two members.
func keyOrder(a, b value) int {
	if a.node.prefix != b.node.prefix {
		return cmp.Compare(a.node.prefix, b.node.prefix)
	}
	return bytes.Compare(a.key(), b.key())
}

// sort sorts a list of members by key and returns the first, and one whose key
// was there before. It is Shell's sort, and plain insertion for lists as short
// as most are.
func (p *parser) sort(first int32) (sorted, twice int32) {
	var few [24]uint64
	m := few[:0] // prefix and place of each member
	for at := first; at != 0; at = p.nodes[at].next {
		m = append(m, uint64(p.nodes[at].prefix)<<32|uint64(at))
	}
	gap := 1
	for gap*16 < len(m) {
		gap = 3*gap + 1
	}
	for ; gap > 0; gap /= 3 {
		for i := gap; i < len(m); i++ {
			x, j := m[i], i
			for ; j >= gap; j -= gap {
				y := m[j-gap]
				if y>>32 < x>>32 || y>>32 == x>>32 && keyOrder(p.member(int32(y)), p.member(int32(x))) < 0 {
					break
				}
				m[j] = y
			}
			m[j] = x
		}
	}
	link := &sorted
	for i, x := range m {
		at := int32(x)
		if twice == 0 && i > 0 && m[i-1]>>32 == x>>32 && keyOrder(p.member(int32(m[i-1])), p.member(at)) == 0 {
			twice = at
		}
		*link, link = at, &p.nodes[at].next
	}
	*link = 0
	return sorted, twice
}
