package shadow

import (
	"bytes"
	"math"
	"slices"
)

// maxNesting bounds the recursion of the parser and of every walk over what it
// made. The service allows six levels in a section, so that a message with its
// metadata stays below ten; this leaves room for services with other limits and
// none for a stack overflow.
const maxNesting = 128

type kind uint8

const (
	absent kind = iota // no document, or a member that is not there
	null
	boolean
	number
	text
	array
	object
)

// tree is a parsed document: its text, and flat nodes that point into it, so
// that a document costs few allocations and none for the collector to walk.
// Scalars keep their own text: 1.10 or a 20-digit integer come out as they came
// in.
type tree struct {
	text  []byte // the document, then the decoded forms of keys with escapes
	nodes []node // the children of one container lie together; objects' are sorted by key, so that walking two side by side is one pass
}

type node struct {
	kind       kind
	from, to   int32 // scalars: the text in tree.text, strings with their quotes; containers: the children in tree.nodes
	key, keyTo int32 // members: the decoded key in tree.text
}

// nulls says what the parser does with the null members of objects that are not
// inside an array.
type nulls bool

const (
	keepNulls nulls = false // in a patch null means delete
	dropNulls nulls = true  // in a document a null member is an absent one
)

// parse reads one JSON document. Empty input, and null under dropNulls, are an
// absent document.
func parse(doc []byte, n nulls) (value, error) {
	return parseDepth(doc, n, maxNesting)
}

func parseDepth(doc []byte, n nulls, depth int) (value, error) {
	if len(doc) > math.MaxInt32/2 {
		return value{}, &DocumentError{Err: ErrSize}
	}
	var stack [32]node
	p := parser{in: doc, keys: doc[:len(doc):len(doc)], drop: bool(n), depth: depth, stack: stack[:0], nodes: make([]node, 0, min(len(doc)/12, 512))}
	if p.space(); p.pos == len(p.in) {
		return value{}, nil
	}
	if err := p.value(0); err != nil {
		return value{}, err
	}
	if p.space(); p.pos != len(p.in) {
		return value{}, p.fail(ErrSyntax, "text after the document")
	}
	root := &p.stack[0]
	if root.kind == null && p.drop {
		return value{}, nil
	}
	return value{&tree{p.keys, p.nodes}, root}, nil
}

type parser struct {
	in     []byte
	keys   []byte // in, and behind it the decoded keys
	pos    int
	drop   bool
	arrays int // how many arrays enclose the value being read
	depth  int
	stack  []node // children of the containers that are still open
	nodes  []node // children of those that are closed
}

func (p *parser) fail(err error, detail string) error {
	return &DocumentError{Offset: p.pos, Detail: detail, Err: err}
}

func (p *parser) space() {
	for p.pos < len(p.in) {
		switch p.in[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

// peek skips space and returns the next byte, or 0 at the end.
func (p *parser) peek() byte {
	if p.pos < len(p.in) && p.in[p.pos] <= ' ' {
		p.space()
	}
	return p.at()
}

// at is the next byte, or 0 at the end.
func (p *parser) at() byte {
	if p.pos == len(p.in) {
		return 0
	}
	return p.in[p.pos]
}

// value reads a value and pushes its node.
func (p *parser) value(depth int) error {
	switch c := p.peek(); {
	case c == '"':
		start := p.pos
		if _, err := p.quoted(); err != nil {
			return err
		}
		p.push(text, start)
		return nil
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	case c == '{':
		return p.object(depth + 1)
	case c == '[':
		return p.array(depth + 1)
	case c == 't':
		return p.literal("true", boolean)
	case c == 'f':
		return p.literal("false", boolean)
	case c == 'n':
		return p.literal("null", null)
	case c == 0 && p.pos == len(p.in):
		return p.fail(ErrSyntax, "unexpected end")
	default:
		return p.fail(ErrSyntax, "no value here")
	}
}

// push pushes a scalar whose text goes from start to here.
func (p *parser) push(k kind, start int) {
	p.stack = append(p.stack, node{kind: k, from: int32(start), to: int32(p.pos)})
}

// close turns what was read since base into one container on the stack.
func (p *parser) close(k kind, base int) {
	from := len(p.nodes)
	p.nodes = append(p.nodes, p.stack[base:]...)
	p.stack = append(p.stack[:base], node{kind: k, from: int32(from), to: int32(len(p.nodes))})
}

func (p *parser) literal(want string, k kind) error {
	start, end := p.pos, p.pos+len(want)
	if end > len(p.in) || string(p.in[start:end]) != want {
		return p.fail(ErrSyntax, "no value here")
	}
	p.pos = end
	p.push(k, start)
	return nil
}

func (p *parser) array(depth int) error {
	if depth > p.depth {
		return p.fail(ErrDepth, "")
	}
	base := len(p.stack)
	p.pos++
	p.arrays++
	for more := p.peek() != ']'; more; {
		if err := p.value(depth); err != nil {
			return err
		}
		switch p.peek() {
		case ',':
			p.pos++
		case ']':
			more = false
		default:
			return p.fail(ErrSyntax, "an array goes on with a comma or ends with a bracket")
		}
	}
	p.pos++
	p.arrays--
	p.close(array, base)
	return nil
}

func (p *parser) object(depth int) error {
	if depth > p.depth {
		return p.fail(ErrDepth, "")
	}
	base, sorted := len(p.stack), true
	p.pos++
	for more := p.peek() != '}'; more; {
		if err := p.member(depth); err != nil {
			return err
		}
		if n := len(p.stack); n > base+1 && p.order(&p.stack[n-2], &p.stack[n-1]) >= 0 {
			sorted = false
		}
		switch p.peek() {
		case ',':
			p.pos++
		case '}':
			more = false
		default:
			return p.fail(ErrSyntax, "an object goes on with a comma or ends with a brace")
		}
	}
	p.pos++
	if !sorted {
		if err := p.sort(p.stack[base:]); err != nil {
			return err
		}
	}
	if p.drop && p.arrays == 0 {
		kept := slices.DeleteFunc(p.stack[base:], func(m node) bool { return m.kind == null })
		p.stack = p.stack[:base+len(kept)]
	}
	p.close(object, base)
	return nil
}

// member reads a name and its value and pushes the value's node with the key in
// it.
func (p *parser) member(depth int) error {
	if p.peek() != '"' {
		return p.fail(ErrSyntax, "a member starts with its name")
	}
	from := p.pos + 1
	escaped, err := p.quoted()
	if err != nil {
		return err
	}
	to := p.pos - 1
	if escaped {
		at := len(p.keys)
		p.keys = appendUnescaped(p.keys, p.in[from:to])
		from, to = at, len(p.keys)
	}
	if p.peek() != ':' {
		return p.fail(ErrSyntax, "a colon follows a member's name")
	}
	p.pos++
	if err := p.value(depth); err != nil {
		return err
	}
	m := &p.stack[len(p.stack)-1]
	m.key, m.keyTo = int32(from), int32(to)
	return nil
}

func (p *parser) order(a, b *node) int {
	return bytes.Compare(p.keys[a.key:a.keyTo], p.keys[b.key:b.keyTo])
}

// sort sorts members by key and finds keys that appear twice. Most objects are
// short and nearly everything is spent on moving nodes, so those are sorted by
// insertion.
func (p *parser) sort(m []node) error {
	if len(m) > 16 {
		slices.SortFunc(m, func(a, b node) int { return p.order(&a, &b) })
	} else {
		for i := 1; i < len(m); i++ {
			x, j := m[i], i
			for ; j > 0 && p.order(&m[j-1], &x) > 0; j-- {
				m[j] = m[j-1]
			}
			m[j] = x
		}
	}
	for i := 1; i < len(m); i++ {
		if p.order(&m[i-1], &m[i]) == 0 {
			return p.fail(ErrDuplicateKey, string(p.keys[m[i].key:m[i].keyTo]))
		}
	}
	return nil
}
