package shadow

import (
	"bytes"
	"encoding/binary"
	"math"
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

// tree is what was parsed of up to three documents that belong together: their
// text, and flat nodes that point into it, so that they cost few allocations
// and none for the collector to walk. Scalars keep their own text: 1.10 or a
// 20-digit integer come out as they came in.
type tree struct {
	text   [3][]byte // each document, then the decoded forms of its keys with escapes
	nodes  []node
	nullAt int // where the first null lies that is an element of an array; 0 when there is none
}

// node is a value. Members of an object are linked in the order of their keys,
// so that walking two objects side by side is one pass.
type node struct {
	kind       kind
	canonical  bool   // containers: the text is as appendValue would write it
	doc        uint8  // whose text
	from, to   int32  // the text, strings with their quotes
	first      int32  // containers: the first child in tree.nodes; 0 for none
	next       int32  // the next child of the same container; 0 after the last
	key, keyTo int32  // members: the decoded key in the text
	prefix     uint32 // members: the first bytes of the key, because most comparisons need no more
}

// nulls says what the parser does with members of objects that are not inside
// an array.
type nulls uint8

const (
	keepNulls nulls = 0 // in a patch null means delete
	dropNulls nulls = 1 // in a document a null member is an absent one
	emptyNull nulls = 2 // with either: an empty object is null
)

// parse reads one JSON document. Empty input, and null under dropNulls, are an
// absent document.
func parse(doc []byte, n nulls) (value, error) {
	return new(tree).parse(0, doc, n, maxNesting, value{})
}

// parse parses one of the tree's documents. What it has in common with an
// earlier one, like, is compared instead of parsed; a patch has only what holds
// no nulls in common with a document.
func (t *tree) parse(which uint8, doc []byte, n nulls, depth int, like value) (value, error) {
	if len(doc) > math.MaxInt32/2 {
		return value{}, &DocumentError{Err: ErrSize}
	}
	p := parser{tree: *t, in: doc, doc: which, nulls: n, left: depth, loose: -1}
	i := p.skip(0)
	if i == len(doc) {
		return value{}, nil
	}
	p.text[which] = doc[:len(doc):len(doc)]
	if cap(p.nodes) == 0 {
		p.nodes = make([]node, 0, room(len(doc)))
	}
	if len(p.nodes) == 0 {
		p.nodes = append(p.nodes, node{}) // so that 0 is no node's place
	}
	root := p.node()
	if i = p.value(i, root, like); i < 0 {
		return value{}, p.err
	}
	if i = p.skip(i); i < len(doc) {
		p.fail(i, ErrSyntax, "text after the document")
		return value{}, p.err
	}
	*t = p.tree
	if t.nodes[root].kind == null && n&dropNulls != 0 {
		return value{}, nil
	}
	return value{t, &t.nodes[root]}, nil
}

// room is how many nodes a document of so many bytes may need, if it does not
// consist of brackets and digits.
func room(size int) int { return min(size/14+4, 512) }

// parser fills a tree. Its methods take the position where they start and
// return the one where they end, or a negative one after they set err.
type parser struct {
	tree
	in      []byte
	doc     uint8
	nulls   nulls
	escaped bool // the string read last holds escapes
	arrays  int  // how many arrays enclose the value being read
	left    int  // how many more levels may follow
	loose   int  // the last place where the text is not canonical: containers from before it are not
	err     error
}

func (p *parser) fail(i int, err error, detail string) int {
	p.err = &DocumentError{Offset: i, Detail: detail, Err: err}
	return -1
}

// at is the byte at i, or 0 at the end.
func (p *parser) at(i int) byte {
	if i < len(p.in) {
		return p.in[i]
	}
	return 0
}

// skip passes over space. It is written so that it is inlined.
func (p *parser) skip(i int) int {
	for p.at(i) <= ' ' && p.isSpace(i) {
		p.loose = i
		i++
	}
	return i
}

func (p *parser) isSpace(i int) bool {
	c := p.at(i)
	return c == ' ' || c == '\t' || c == '\n' || c == '\r'
}

// node appends a node and returns its place.
func (p *parser) node() int32 {
	p.nodes = append(p.nodes, node{doc: p.doc})
	return int32(len(p.nodes) - 1)
}

// value reads a value into a node. like has its place in the other document.
func (p *parser) value(i int, at int32, like value) int {
	k, end := number, 0
	switch p.at(i) {
	case '"':
		k, end = text, p.quoted(i)
	case '{':
		return p.container(i, at, like, object, '}')
	case '[':
		return p.container(i, at, like, array, ']')
	case 't':
		k, end = boolean, p.literal(i, "true")
	case 'f':
		k, end = boolean, p.literal(i, "false")
	case 'n':
		k, end = null, p.literal(i, "null")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		end = p.number(i)
	default:
		if i == len(p.in) {
			return p.fail(i, ErrSyntax, "unexpected end")
		}
		return p.fail(i, ErrSyntax, "no value here")
	}
	v := &p.nodes[at]
	v.kind, v.from, v.to = k, int32(i), int32(end)
	return end
}

func (p *parser) literal(i int, want string) int {
	end := i + len(want)
	if end > len(p.in) || string(p.in[i:end]) != want {
		return p.fail(i, ErrSyntax, "no value here")
	}
	return end
}

// container reads an object or an array and links its children.
func (p *parser) container(start int, at int32, like value, k kind, end byte) int {
	if like.kind() == k && p.same(start, at, like) {
		return start + len(like.raw())
	}
	if p.left == 0 {
		return p.fail(start, ErrDepth, "")
	}
	p.left--
	if k == array {
		p.arrays++
	}
	if like.kind() != k {
		like = value{}
	}
	like = like.child()
	var first, last int32
	sorted, thin := true, false
	i := p.skip(start + 1)
	for more := p.at(i) != end; more; {
		child := p.node()
		var alike value
		if k == object {
			if i = p.name(i, child); i < 0 {
				return i
			}
			order := -1
			for ; like.node != nil && order < 0; like = like.next() {
				if order = keyOrder(like, p.member(child)); order == 0 {
					alike = like
				} else if order > 0 {
					break
				}
			}
		} else if like.node != nil {
			alike, like = like, like.next()
		}
		if i = p.value(p.skip(i), child, alike); i < 0 {
			return i
		}
		c := &p.nodes[child]
		if last == 0 {
			first = child
		} else {
			before := &p.nodes[last]
			before.next = child
			sorted = sorted && (k == array || before.prefix < c.prefix || before.prefix == c.prefix && keyOrder(p.member(last), p.member(child)) < 0)
		}
		last = child
		switch {
		case k == array:
			if c.kind == null && p.nullAt == 0 {
				p.nullAt = int(c.from)
			}
		case p.arrays == 0 && (c.kind == null || c.kind == object && c.first == 0 && p.nulls&emptyNull != 0):
			c.kind, thin = null, true
		}
		i = p.skip(i)
		switch c := p.at(i); {
		case c == ',':
			i = p.skip(i + 1)
		case c == end:
			more = false
		case k == array:
			return p.fail(i, ErrSyntax, "an array goes on with a comma or ends with a bracket")
		default:
			return p.fail(i, ErrSyntax, "an object goes on with a comma or ends with a brace")
		}
	}
	i++
	p.left++
	if k == array {
		p.arrays--
	}
	if !sorted {
		p.loose = start
		twice := int32(0)
		if first, twice = p.sort(first); twice != 0 {
			return p.fail(i, ErrDuplicateKey, string(p.member(twice).key()))
		}
	}
	if thin {
		p.loose = start
		if p.nulls&dropNulls != 0 {
			p.drop(&first)
		}
	}
	c := &p.nodes[at]
	c.kind, c.canonical, c.from, c.to, c.first = k, p.loose < start, int32(start), int32(i), first
	return i
}

// same says whether the container at i has the text of another, and then makes
// it that one.
func (p *parser) same(i int, at int32, like value) bool {
	if !like.node.canonical && p.nulls&dropNulls == 0 || !bytes.HasPrefix(p.in[i:], like.raw()) {
		return false
	}
	p.nodes[at] = *like.node
	p.nodes[at].next = 0
	if !like.node.canonical {
		p.loose = i
	}
	return true
}

// drop takes the nulls out of the list that starts at link.
func (p *parser) drop(link *int32) {
	for *link != 0 {
		if m := &p.nodes[*link]; m.kind == null {
			*link = m.next
		} else {
			link = &m.next
		}
	}
}

// name reads a member's name and the colon.
func (p *parser) name(i int, at int32) int {
	if p.at(i) != '"' {
		return p.fail(i, ErrSyntax, "a member starts with its name")
	}
	from := i + 1
	if i = p.quoted(i); i < 0 {
		return i
	}
	to := i - 1
	if p.escaped {
		p.loose = from
		at := len(p.text[p.doc])
		p.text[p.doc] = appendUnescaped(p.text[p.doc], p.in[from:to])
		from, to = at, len(p.text[p.doc])
	}
	m := &p.nodes[at]
	m.key, m.keyTo, m.prefix = int32(from), int32(to), prefix(p.text[p.doc][from:to])
	if i = p.skip(i); p.at(i) != ':' {
		return p.fail(i, ErrSyntax, "a colon follows a member's name")
	}
	return i + 1
}

// prefix is a number that orders keys by their first bytes.
func prefix(key []byte) (x uint32) {
	if len(key) >= 4 {
		return binary.BigEndian.Uint32(key)
	}
	for i, c := range key {
		x |= uint32(c) << (24 - 8*i)
	}
	return x
}

// member is a node as a value.
func (p *parser) member(at int32) value { return value{&p.tree, &p.nodes[at]} }

// sort sorts a list of members by key and returns the first, and one whose key
// was there before. It is Shell's sort, and plain insertion for lists as short
// as most are.
func (p *parser) sort(first int32) (sorted, twice int32) {
	var few [24]uint64
	m := few[:0] // prefix and place of each member
	for at := first; at != 0; at = p.nodes[at].next {
		m = append(m, uint64(p.nodes[at].prefix)<<32|uint64(at))
	}
	gap := 1
	for gap*16 < len(m) {
		gap = 3*gap + 1
	}
	for ; gap > 0; gap /= 3 {
		for i := gap; i < len(m); i++ {
			x, j := m[i], i
			for ; j >= gap; j -= gap {
				y := m[j-gap]
				if y>>32 < x>>32 || y>>32 == x>>32 && keyOrder(p.member(int32(y)), p.member(int32(x))) < 0 {
					break
				}
				m[j] = y
			}
			m[j] = x
		}
	}
	link := &sorted
	for i, x := range m {
		at := int32(x)
		if twice == 0 && i > 0 && m[i-1]>>32 == x>>32 && keyOrder(p.member(int32(m[i-1])), p.member(at)) == 0 {
			twice = at
		}
		*link, link = at, &p.nodes[at].next
	}
	*link = 0
	return sorted, twice
}
