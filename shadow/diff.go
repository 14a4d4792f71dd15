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
	o, err := parse(old, dropNulls)
	if err != nil {
		return nil, err
	}
	n, err := parse(new, dropNulls)
	if err != nil {
		return nil, err
	}
	return appendDiff(nil, o, n), nil
}

func appendDiff(dst []byte, old, new value) []byte {
	switch {
	case new.kind() == absent && old.kind() == absent:
		return dst
	case new.kind() == absent:
		return append(dst, "null"...)
	case new.kind() != object || old.kind() != object:
		return appendValue(dst, new)
	}
	dst = append(dst, '{')
	for a, b := range pairs(old, new) {
		before := len(dst)
		if a.kind() != object || b.kind() != object {
			if !equal(a, b) {
				dst = appendDiff(appendKey(dst, keyOf(a, b)), a, b)
			}
			continue
		}
		dst = appendKey(dst, keyOf(a, b))
		from := len(dst)
		if dst = appendDiff(dst, a, b); string(dst[from:]) == "{}" {
			dst = dst[:before]
		}
	}
	return append(dst, '}')
}

// Delta returns the part of desired that reported does not show yet, with the
// path from the root: the state of the service's delta message. Members that
// only reported has are no difference; an empty object in desired asks for an
// object, empty or not. No difference gives {}.
//
// Null members, order and errors are as in [Merge].
func Delta(desired, reported json.RawMessage) (json.RawMessage, error) {
	d, err := parse(desired, dropNulls)
	if err != nil {
		return nil, err
	}
	r, err := parse(reported, dropNulls)
	if err != nil {
		return nil, err
	}
	if v := appendDelta(nil, d, r); len(v) > 0 {
		return v, nil
	}
	return json.RawMessage("{}"), nil
}

// appendDelta appends nothing where there is no difference.
func appendDelta(dst []byte, desired, reported value) []byte {
	if desired.kind() != object || reported.kind() != object {
		if desired.kind() == absent || equal(desired, reported) {
			return dst
		}
		return appendValue(dst, desired)
	}
	start := len(dst)
	dst = append(dst, '{')
	for a, b := range pairs(desired, reported) {
		before := len(dst)
		dst = appendKey(dst, keyOf(a, b))
		from := len(dst)
		if dst = appendDelta(dst, a, b); len(dst) == from {
			dst = dst[:before]
		}
	}
	if len(dst) == start+1 {
		return dst[:start]
	}
	return append(dst, '}')
}
