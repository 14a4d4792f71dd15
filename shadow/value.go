package shadow

import (
	"bytes"
	"encoding/json"
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

// raw is the text of a value as it was read.
func (v value) raw() []byte { return v.tree.text[v.node.doc][v.node.from:v.node.to] }

// key is the name under which v is a member, decoded.
func (v value) key() []byte { return v.tree.text[v.node.doc][v.node.key:v.node.keyTo] }

// child is the first element or member; absent when there is none.
func (v value) child() value {
	if v.kind() < array {
		return value{}
	}
	return v.at(v.node.first)
}

// next is the value that follows v in its array or object; absent after the
// last.
func (v value) next() value { return v.at(v.node.next) }

func (v value) at(i int32) value {
	if i == 0 {
		return value{}
	}
	return value{v.tree, &v.tree.nodes[i]}
}

// member is the first member of an object; absent when v is none.
func (v value) member() value {
	if v.kind() != object {
		return value{}
	}
	return v.child()
}

// get returns an object's member; absent when there is none.
func (v value) get(key []byte) value {
	m := v.member()
	for m.node != nil && !bytes.Equal(m.key(), key) {
		m = m.next()
	}
	return m
}

// find looks for the key of m among sorted members and returns what is there,
// and the members after that key.
func find(members, m value) (found, rest value) {
	for members.node != nil {
		order := keyOrder(members, m)
		if order > 0 {
			break
		}
		found, members = members, members.next()
		if order == 0 {
			return found, members
		}
	}
	return value{}, members
}

// equal compares two values that were read with the same nulls.
func equal(a, b value) bool {
	if a.kind() != b.kind() {
		return false
	}
	if a.kind() == absent || bytes.Equal(a.raw(), b.raw()) {
		return true
	}
	switch a.kind() {
	case number:
		return equalNumber(a.raw(), b.raw())
	case text:
		return equalText(a.raw(), b.raw())
	case array, object:
		x, y := a.child(), b.child()
		for x.node != nil && y.node != nil && bytes.Equal(x.key(), y.key()) && equal(x, y) {
			x, y = x.next(), y.next()
		}
		return x.node == y.node // both are nil
	}
	return a.kind() == null
}

// encode writes v compactly, members sorted; nil when absent.
func encode(v value) json.RawMessage {
	if v.kind() == absent {
		return nil
	}
	return appendValue(make([]byte, 0, v.node.to-v.node.from), v)
}

func appendValue(dst []byte, v value) []byte {
	k := v.kind()
	switch {
	case k == absent:
		return dst
	case k == null:
		return append(dst, "null"...)
	case k < array || v.node.canonical:
		return append(dst, v.raw()...)
	}
	c := v.child()
	if k == array {
		dst = append(dst, '[')
		for ; c.node != nil; c = c.next() {
			if dst[len(dst)-1] != '[' {
				dst = append(dst, ',')
			}
			dst = appendValue(dst, c)
		}
		return append(dst, ']')
	}
	dst = append(dst, '{')
	for ; c.node != nil; c = c.next() {
		dst = appendValue(appendKey(dst, c), c)
	}
	return append(dst, '}')
}

// appendKey appends a member's key and colon, and the comma before it unless it
// is the first of its object.
func appendKey(dst []byte, m value) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	if m.node.escaped {
		dst = appendText(dst, m.key())
	} else {
		dst = append(dst, m.tree.text[m.node.doc][m.node.key-1:m.node.keyTo+1]...) // with its quotes
	}
	return append(dst, ':')
}
