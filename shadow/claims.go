package shadow

import "encoding/json"

// The claims of a device are the fields of the cloud's reported section that
// are the device's to delete: every field that it may have put there. Only
// their names count, kept as a document, because it serves as the base of a
// three-way merge: what is claimed and no longer reported was taken back.

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
		return appendValue(dst, a)
	case a.kind() != object:
		return appendValue(dst, b)
	}
	dst = append(dst, '{')
	for x, y := range pairs(a, b) {
		dst = appendUnion(appendKey(dst, keyOf(x, y)), x, y)
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
