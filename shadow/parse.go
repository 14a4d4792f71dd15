package shadow

import (
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
	escaped    bool   // members: the key was written with escapes
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

// parse parses one of the tree's documents. What has the same text in an
// earlier one, like, is compared instead of parsed.
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

// member is a node as a value.
func (p *parser) member(at int32) value { return value{&p.tree, &p.nodes[at]} }

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
