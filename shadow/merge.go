package shadow

import "encoding/json"

// Merge applies a patch to a document as the shadow service applies the state
// of an update: members that the patch names are set, members it sets to null
// are deleted, all others stay; objects merge member by member, arrays and
// scalars are replaced whole (RFC 7396). An object that is empty, or becomes
// so, stays as an empty object below the root.
//
// A nil document is no document; a null patch deletes the document (the result
// is nil) and a nil patch changes nothing. Null members of doc count as absent,
// except inside arrays, whose elements are never touched.
//
// The result is compact, its members sorted by key; values keep their text, so
// no number loses digits. Errors are [*DocumentError].
func Merge(doc, patch json.RawMessage) (json.RawMessage, error) {
	d, err := parse(doc, dropNulls)
	if err != nil {
		return nil, err
	}
	p, err := parse(patch, keepNulls)
	if err != nil {
		return nil, err
	}
	if p.kind() == absent {
		return encode(d), nil
	}
	return appendMerge(nil, d, p), nil
}

// appendMerge appends nothing when the patch deletes.
func appendMerge(dst []byte, doc, patch value) []byte {
	switch patch.kind() {
	case null:
		return dst
	case object:
	default:
		return appendValue(dst, patch)
	}
	if doc.kind() != object {
		doc = value{}
	}
	dst = append(dst, '{')
	for a, b := range pairs(doc, patch) {
		switch b.kind() {
		case absent:
			dst = appendValue(appendKey(dst, keyOf(a, b)), a)
		case null:
		default:
			dst = appendMerge(appendKey(dst, keyOf(a, b)), a, b)
		}
	}
	return append(dst, '}')
}

// Merge3 joins two documents that were changed apart since base: what only one
// of them changed is taken from that one, and where both changed the same
// member differently, local wins, also when it deleted the member. Objects join
// member by member; arrays are values. For the opposite preference swap the
// two: Merge3(base, remote, local).
//
// A nil base means that nothing is known to be common: members of both are kept
// and local wins every difference. Nulls, order and errors are as in [Merge].
func Merge3(base, local, remote json.RawMessage) (json.RawMessage, error) {
	b, err := parse(base, dropNulls)
	if err != nil {
		return nil, err
	}
	l, err := parse(local, dropNulls)
	if err != nil {
		return nil, err
	}
	r, err := parse(remote, dropNulls)
	if err != nil {
		return nil, err
	}
	return appendMerge3(nil, b, l, r), nil
}

// appendMerge3 appends nothing when the result is absent.
func appendMerge3(dst []byte, base, local, remote value) []byte {
	if local.kind() != object || remote.kind() != object {
		if equal(local, base) {
			local = remote
		}
		if local.kind() == absent {
			return dst
		}
		return appendValue(dst, local)
	}
	dst = append(dst, '{')
	for a, b := range pairs(local, remote) {
		before := len(dst)
		dst = appendKey(dst, keyOf(a, b))
		from := len(dst)
		if dst = appendMerge3(dst, base.get(keyOf(a, b)), a, b); len(dst) == from {
			dst = dst[:before]
		}
	}
	return append(dst, '}')
}
