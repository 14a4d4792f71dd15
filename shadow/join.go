package shadow

import (
	"bytes"
	"encoding/json"
)

// verb is what is made of two documents.
type verb uint8

const (
	merging verb = iota // a document and a patch
	diffing             // an old document and a new one
	wanting             // what is desired and what is reported
	joining             // local and remote, with what they have in common
	uniting             // names that are claimed and a document's
	sharing             // names that are claimed and those among them that a document has
)

// join is one walk over two documents that writes a third.
type join struct {
	verb  verb
	prune bool // leave out what comes out as an empty object
	more  bool // uniting: the second has names that the first has not
	gone  node // diffing: the null for what new lacks
	out   []byte
}

// documents parses what is to be joined, joins it and returns the result; nil
// when that is absent.
func (j *join) documents(r Rules, a, b, base json.RawMessage) (json.RawMessage, error) {
	n := r.nulls()
	j.prune = r.EmptyIsAbsent
	var t tree
	t.nodes = make([]node, 0, room(max(len(a), len(b)))+16) // enough when the documents have most in common
	z, err := t.parse(0, base, n, maxNesting, value{})
	if err != nil {
		return nil, err
	}
	x, err := t.parse(1, a, n, maxNesting, z)
	if err != nil {
		return nil, err
	}
	if j.verb == merging {
		n &^= dropNulls
	}
	y, err := t.parse(2, b, n, maxNesting, x)
	if err != nil {
		return nil, err
	}
	if j.verb == diffing || j.verb == wanting {
		j.out = make([]byte, 0, 64+len(b)/4)
	} else {
		j.out = make([]byte, 0, max(len(a), len(b)))
	}
	if j.values(x, y, z); len(j.out) == 0 {
		return nil, nil
	}
	return j.out, nil
}

// values joins what is parsed already; it writes nothing when the result is
// absent.
func (j *join) values(a, b, base value) json.RawMessage {
	switch {
	case j.both(a, b):
		j.object(a, b, base)
	case j.verb == diffing && b.kind() != absent:
		j.out = appendValue(j.out, b) // a document that is no object is its own patch
	default:
		j.write(j.choose(a, b, base))
		if j.verb == wanting && len(j.out) == 0 {
			j.out = append(j.out, "{}"...)
		}
	}
	return j.out
}

// both says whether a pair is joined member by member.
func (j *join) both(a, b value) bool {
	return b.kind() == object && (a.kind() == object || j.verb == merging)
}

// same says whether the text of two objects shows that nothing needs to be
// joined.
func same(a, b value) bool {
	return a.kind() == object && bytes.Equal(a.raw(), b.raw())
}

// object walks the members of two objects side by side, in the order of their
// keys.
func (j *join) object(a, b, base value) {
	j.out = append(j.out, '{')
	as, bs, bases := a.member(), b.member(), base.member()
	for as.node != nil || bs.node != nil {
		// The pair with the lowest key; absent where only the other has it.
		a, b := as, bs
		if a.node != nil && b.node != nil {
			switch order := keyOrder(a, b); {
			case order < 0:
				b = value{}
			case order > 0:
				a = value{}
			}
		}
		m := a
		if a.node != nil {
			as = as.next()
		} else {
			m = b
		}
		if b.node != nil {
			bs = bs.next()
		}
		var base value
		base, bases = find(bases, m)
		j.member(m, a, b, base)
	}
	j.out = append(j.out, '}')
}

// member writes what a member becomes, if anything; key is the one of a and b
// that is there.
func (j *join) member(key, a, b, base value) {
	if !j.both(a, b) || same(a, b) {
		if v := j.choose(a, b, base); v.kind() != absent {
			j.out = appendKey(j.out, key)
			j.write(v)
		}
		return
	}
	before := len(j.out)
	j.out = appendKey(j.out, key)
	from := len(j.out)
	j.object(a, b, base)
	if (j.prune || j.verb == diffing || j.verb == wanting) && len(j.out) == from+len("{}") {
		j.out = j.out[:before]
	}
}

func (j *join) write(v value) {
	if j.verb == uniting || j.verb == sharing {
		j.out = appendNames(j.out, v)
	} else {
		j.out = appendValue(j.out, v)
	}
}

// choose returns what becomes of a pair that is not joined member by member.
func (j *join) choose(a, b, base value) value {
	switch j.verb {
	case merging:
		switch b.kind() {
		case absent, object: // an object only when it is the same
			return a
		case null:
			return value{}
		}
		return b
	case diffing:
		if equal(a, b) {
			return value{}
		}
		if b.kind() == absent {
			j.gone.kind = null
			return value{node: &j.gone}
		}
		return b
	case wanting:
		if equal(a, b) {
			return value{}
		}
		return a
	case joining:
		if equal(a, base) {
			return b
		}
		return a
	case sharing:
		if b.kind() == absent {
			return value{}
		}
		return a
	default:
		// A name that was an object's stays one.
		if b.kind() == absent || a.kind() == object {
			return a
		}
		j.more = j.more || a.kind() == absent || b.kind() == object
		return b
	}
}
