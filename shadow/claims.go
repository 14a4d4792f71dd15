package shadow

import (
	"encoding/json"
	"errors"
)

// The claims of a device are the fields of the cloud's reported section that
// are the device's to delete: every field that it may have put there. Only
// their names count, kept as a document with zeros for values, because it serves
// as the base of a three-way merge: what is claimed and no longer reported was
// taken back.

// claimsFactor times the limit of a section is the most that claims may take.
// Only a device that gives its fields ever new names, over a connection that
// swallows every answer, gets there.
const claimsFactor = 2

var errClaims = errors.New("shadow: too many fields may or may not have reached the cloud; waiting until it is known")

// addClaims returns the claims with those of a document that is about to be
// sent, and whether that is more than before. A field that was an object stays
// one, whatever it becomes: the update that makes it something else may not
// arrive.
func addClaims(claimed, doc json.RawMessage) (sum json.RawMessage, more bool, err error) {
	c, err := parse(claimed, dropNulls)
	if err != nil {
		return nil, false, err
	}
	d, err := parse(doc, dropNulls)
	if err != nil {
		return nil, false, err
	}
	return appendUnion(nil, c, d), !covers(c, d), nil
}

func appendUnion(dst []byte, a, b value) []byte {
	switch {
	case b.kind() == absent || a.kind() == object && b.kind() != object:
		return appendNames(dst, a)
	case a.kind() != object:
		return appendNames(dst, b)
	}
	dst = append(dst, '{')
	for x, y := range pairs(a, b) {
		dst = appendUnion(appendKey(dst, keyOf(x, y)), x, y)
	}
	return append(dst, '}')
}

// appendNames appends a document of the same names, for whose values nobody
// looks.
func appendNames(dst []byte, v value) []byte {
	switch v.kind() {
	case absent:
		return dst
	case object:
	default:
		return append(dst, '0')
	}
	dst = append(dst, '{')
	for i := range v.len() {
		m := v.child(i)
		dst = appendNames(appendKey(dst, m.key()), m)
	}
	return append(dst, '}')
}

// keepClaims returns those of the claims that the cloud's reported section
// shows, once it is known that nothing else is on its way there.
func keepClaims(claimed, reported json.RawMessage) (json.RawMessage, error) {
	c, err := parse(claimed, dropNulls)
	if err != nil {
		return nil, err
	}
	r, err := parse(reported, dropNulls)
	if err != nil {
		return nil, err
	}
	if c.kind() != object || r.kind() != object {
		return nil, nil
	}
	return appendShared(nil, c, r), nil
}

func appendShared(dst []byte, a, b value) []byte {
	if a.kind() != object || b.kind() != object {
		return appendNames(dst, a)
	}
	dst = append(dst, '{')
	for x, y := range pairs(a, b) {
		if x.node != nil && y.node != nil {
			dst = appendShared(appendKey(dst, x.key()), x, y)
		}
	}
	return append(dst, '}')
}

// covers says whether a has all members that b has, at every depth.
func covers(a, b value) bool {
	if b.kind() != object {
		return a.kind() != absent
	}
	if a.kind() != object {
		return false
	}
	for x, y := range pairs(a, b) {
		if y.node != nil && !covers(x, y) {
			return false
		}
	}
	return true
}
