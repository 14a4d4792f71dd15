package shadow

import "encoding/json"

// Limits of one section (desired or reported) of a shadow. The zero value is
// the AWS service's.
type Limits struct {
	// Depth is how many objects and arrays may lie in one another, the
	// section's own object being the first. 0: 6.
	Depth int
	// Size is how many bytes the section may take as compact JSON. The service
	// counts desired and reported together, so a section within this limit may
	// still be refused. 0: 8192.
	Size int
}

func (l Limits) orDefault() Limits {
	if l.Depth == 0 {
		l.Depth = 6
	}
	if l.Size == 0 {
		l.Size = 8192
	}
	return l
}

// Validate says whether the service would take section as the desired or
// reported state of a shadow: an object in valid JSON and UTF-8, no key twice
// in an object, no null as an element of an array, within the limits. A nil
// section is valid. The error is a [*DocumentError].
func Validate(section json.RawMessage, l Limits) error {
	l = l.orDefault()
	var t tree
	v, err := t.parse(0, section, dropNulls, min(l.Depth, maxNesting), value{})
	switch {
	case err != nil:
		return err
	case v.kind() == absent:
		return nil
	case v.kind() != object:
		return &DocumentError{Err: ErrNotObject}
	case t.nullAt > 0:
		return &DocumentError{Offset: t.nullAt, Err: ErrNullElement}
	case size(v) > l.Size:
		return &DocumentError{Offset: l.Size, Err: ErrSize}
	}
	return nil
}

// size is the length of what encode writes.
func size(v value) int {
	if v.node.canonical {
		return len(v.raw())
	}
	return len(encode(v))
}
