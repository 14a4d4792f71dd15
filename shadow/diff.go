package shadow

import "encoding/json"

// Diff returns the smallest patch that makes new out of old: Merge(old,
// Diff(old, new)) equals new. Equal objects give {}. Numbers compare by value,
// strings after decoding. A member that new lacks, or holds as null, becomes
// null in the patch.
//
// A nil new document gives null, or nil when old is nil as well. A new document
// that is no object is its own patch. Order and errors are as in [Merge].
func Diff(old, new json.RawMessage) (json.RawMessage, error) {
	return Rules{}.Diff(old, new)
}

// Delta returns the part of desired that reported does not show yet, with the
// path from the root: the state of the service's delta message. Members that
// only reported has are no difference; an empty object in desired asks for an
// object, empty or not. No difference gives {}.
//
// Null members, order and errors are as in [Merge].
func Delta(desired, reported json.RawMessage) (json.RawMessage, error) {
	return Rules{}.Delta(desired, reported)
}
