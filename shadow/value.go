package shadow

import (
	"bytes"
	"encoding/json"
	"iter"
	"sort"
)

// value is a value in a tree; the zero value is absent.
type value struct {
	tree *tree
	node *node
}

func (v value) kind() kind {
	if v.node == nil {
		return absent
	}
	return v.node.kind
}

// raw is the text of a scalar.
func (v value) raw() []byte { return v.tree.text[v.node.from:v.node.to] }

// key is the name under which v is a member, decoded.
func (v value) key() []byte { return v.tree.text[v.node.key:v.node.keyTo] }

// len is the number of elements or members.
func (v value) len() int {
	if v.kind() < array {
		return 0
	}
	return int(v.node.to - v.node.from)
}

// child returns an element or member by its position; absent beyond the last.
func (v value) child(i int) value {
	if i >= v.len() {
		return value{}
	}
	return value{v.tree, &v.tree.nodes[int(v.node.from)+i]}
}

// get returns an object's member; absent when there is none.
func (v value) get(key []byte) value {
	if v.kind() != object {
		return value{}
	}
	i, ok := sort.Find(v.len(), func(i int) int { return bytes.Compare(key, v.child(i).key()) })
	if !ok {
		return value{}
	}
	return v.child(i)
}

func equal(a, b value) bool {
	if a.kind() != b.kind() || a.len() != b.len() {
		return false
	}
	switch a.kind() {
	case absent, null:
		return true
	case number:
		return equalNumber(a.raw(), b.raw())
	case text:
		return equalText(a.raw(), b.raw())
	case boolean:
		return bytes.Equal(a.raw(), b.raw())
	}
	for i := range a.len() {
		x, y := a.child(i), b.child(i)
		if !bytes.Equal(x.key(), y.key()) || !equal(x, y) {
			return false
		}
	}
	return true
}

// pairs walks the members of two objects side by side in the order of their
// keys. A member that only one of them has comes with an absent value for the
// other.
func pairs(a, b value) iter.Seq2[value, value] {
	return func(yield func(a, b value) bool) {
		for i, j := 0, 0; i < a.len() || j < b.len(); {
			x, y := a.child(i), b.child(j)
			if x.node != nil && y.node != nil {
				switch order := bytes.Compare(x.key(), y.key()); {
				case order < 0:
					y = value{}
				case order > 0:
					x = value{}
				}
			}
			if x.node != nil {
				i++
			}
			if y.node != nil {
				j++
			}
			if !yield(x, y) {
				return
			}
		}
	}
}

// keyOf is the key of a pair.
func keyOf(a, b value) []byte {
	if a.node != nil {
		return a.key()
	}
	return b.key()
}

// encode writes v compactly, members sorted; nil when absent.
func encode(v value) json.RawMessage {
	if v.kind() == absent {
		return nil
	}
	return appendValue(nil, v)
}

func appendValue(dst []byte, v value) []byte {
	switch v.kind() {
	case absent:
		return dst
	case object:
		dst = append(dst, '{')
		for i := range v.len() {
			m := v.child(i)
			dst = appendValue(appendKey(dst, m.key()), m)
		}
		return append(dst, '}')
	case array:
		dst = append(dst, '[')
		for i := range v.len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendValue(dst, v.child(i))
		}
		return append(dst, ']')
	default:
		return append(dst, v.raw()...)
	}
}

// appendKey appends a member's key and colon, and the comma before it unless it
// is the first of its object.
func appendKey(dst, key []byte) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(appendText(dst, key), ':')
}
