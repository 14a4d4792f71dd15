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
// no number loses digits. Errors are [*DocumentError]. [Rules] has the same for
// a service that does not keep empty objects.
func Merge(doc, patch json.RawMessage) (json.RawMessage, error) {
	return Rules{}.Merge(doc, patch)
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
	return Rules{}.Merge3(base, local, remote)
}
