package shadow

import "encoding/json"

// firstPart is a patch itself when it is within a limit in bytes, else as much
// of it as is: deletions before all else, because they make room for what comes
// after them. What is left shows in the next difference.
func firstPart(patch json.RawMessage, limit int) (json.RawMessage, error) {
	if len(patch) <= limit {
		return patch, nil
	}
	p, err := parse(patch, keepNulls)
	if err != nil {
		return nil, err
	}
	if p.kind() != object {
		return patch, nil
	}
	for _, deletions := range []bool{true, false} {
		if part, _ := appendPart(nil, p, deletions, limit-1); len(part) > len("{}") {
			return part, nil
		}
	}
	return patch, nil // one member alone is too long: the service's to judge
}

// appendPart appends the deletions of a patch, or all else, until the next
// would go beyond the limit; the braces that are still open count already.
func appendPart(dst []byte, patch value, deletions bool, limit int) (part []byte, full bool) {
	dst = append(dst, '{')
	for m := patch.child(); m.node != nil && !full; m = m.next() {
		before := len(dst)
		switch {
		case m.kind() == object && m.child().node != nil:
			dst = appendKey(dst, m)
			from := len(dst)
			dst, full = appendPart(dst, m, deletions, limit-1)
			if len(dst) == from+len("{}") {
				dst = dst[:before]
			}
		case (m.kind() == null) == deletions:
			if dst = appendValue(appendKey(dst, m), m); len(dst) > limit {
				dst, full = dst[:before], true
			}
		}
	}
	return append(dst, '}'), full
}
