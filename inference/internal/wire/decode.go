package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"
)

// decoder holds what all messages of one input share. The first error sticks: from then on
// fields yields nothing and every reader returns a zero value, so that only the entry points
// look at err.
type decoder struct {
	buf   []byte
	lim   Limits
	err   error
	pos   int    // where the field after the one being read starts
	path  []step // from the root to the message being read
	nodes int
	taken int64 // bytes allocated so far, roughly
	names map[string]string
}

// step is one part of a path: a field's name, and an index when it repeats.
type step struct {
	name  string
	index int // -1: not repeated
}

// span is where a message or a byte string lies in decoder.buf.
type span struct{ lo, hi int }

// field is one field of a message, its value not yet interpreted.
type field struct {
	num   protowire.Number
	typ   protowire.Type
	at    int    // offset of its tag
	value int    // offset of its value
	limit int    // offset where its message ends
	u     uint64 // VarintType, Fixed32Type, Fixed64Type
	raw   span   // BytesType
}

func newDecoder(b []byte, lim *Limits) *decoder {
	d := &decoder{buf: b, lim: lim.withDefaults(len(b)), names: map[string]string{}}
	if len(b) > d.lim.Size {
		d.exceed("bytes", d.lim.Size)
	}
	return d
}

func (d *decoder) root() span { return span{0, len(d.buf)} }

// fail records the first error, with the path of the message being read.
func (d *decoder) fail(offset int, err error) {
	if d.err == nil {
		d.err = &FormatError{Path: d.where(), Offset: int64(offset), Err: err}
	}
}

func (d *decoder) failf(offset int, format string, args ...any) {
	d.fail(offset, fmt.Errorf(format, args...))
}

func (d *decoder) exceed(what string, limit int) {
	if d.err == nil {
		d.err = &LimitError{What: what, Path: d.where(), Max: limit}
	}
}

func (d *decoder) where() string {
	var b strings.Builder
	for i, s := range d.path {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(s.name)
		if s.index >= 0 {
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		}
	}
	return b.String()
}

// take charges n values of the given size that are about to be allocated, and says whether they may be.
func (d *decoder) take(n int, size uintptr) bool {
	total := int64(n) * int64(size)
	if total > int64(d.lim.Memory)-d.taken {
		d.exceed("bytes of memory for what it declares", d.lim.Memory)
		return false
	}
	d.taken += total
	return d.err == nil
}

// fields yields the fields of the message at m until its end or the first error. The readers of
// repeated fields may take more than the one that they are given.
func (d *decoder) fields(m span) iter.Seq[field] {
	return func(yield func(field) bool) {
		for d.pos = m.lo; d.pos < m.hi && d.err == nil; {
			f := d.field(m.hi)
			if d.err != nil || !yield(f) {
				return
			}
		}
	}
}

// field reads the next field of a message that ends at hi.
func (d *decoder) field(hi int) field {
	pos := d.pos
	num, typ, n := protowire.ConsumeTag(d.buf[pos:hi])
	if n < 0 {
		d.fail(pos, wireError(n))
		return field{}
	}
	f := field{num: num, typ: typ, at: pos, value: pos + n, limit: hi}
	pos += n
	rest := d.buf[pos:hi]
	switch typ {
	case protowire.VarintType:
		f.u, n = protowire.ConsumeVarint(rest)
	case protowire.Fixed32Type:
		var v uint32
		v, n = protowire.ConsumeFixed32(rest)
		f.u = uint64(v)
	case protowire.Fixed64Type:
		f.u, n = protowire.ConsumeFixed64(rest)
	case protowire.BytesType:
		var v []byte
		v, n = protowire.ConsumeBytes(rest)
		f.raw = span{pos + n - len(v), pos + n}
	default: // groups, which onnx.proto does not use
		n = protowire.ConsumeFieldValue(num, typ, rest)
	}
	if n < 0 {
		d.fail(pos, wireError(n))
		return field{}
	}
	d.pos = pos + n
	return f
}

// run counts the fields from f on that have its number and wire type, one after the other, so that the
// list that they make can be allocated once.
func (d *decoder) run(f field) int {
	tag, rest := d.buf[f.at:f.value], d.buf[d.pos:f.limit]
	n := 1
	for ; bytes.HasPrefix(rest, tag); n++ {
		size := 0
		if f.typ == protowire.VarintType {
			_, size = protowire.ConsumeVarint(rest[len(tag):])
		} else {
			size = protowire.ConsumeFieldValue(f.num, f.typ, rest[len(tag):])
		}
		if size < 0 {
			break // reported when its turn comes
		}
		rest = rest[len(tag)+size:]
	}
	return n
}

var errTruncated = errors.New("the data ends in the middle of a field")

// wireError puts protowire's negative lengths into words.
func wireError(n int) error {
	err := protowire.ParseError(n)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errTruncated
	}
	return fmt.Errorf("no protobuf field: %w", err)
}

// expect checks the wire type of f. Protobuf would skip a field of another type as unknown;
// here it means a foreign or damaged file, and saying so beats losing data.
func (d *decoder) expect(f field, typ protowire.Type) bool {
	if f.typ != typ {
		d.failf(f.at, "field %d has wire type %d instead of %d", f.num, f.typ, typ)
		return false
	}
	return d.err == nil
}

func (d *decoder) int64(f field) int64 {
	d.expect(f, protowire.VarintType)
	return int64(f.u)
}

func (d *decoder) int32(f field) int32 {
	v := d.int64(f)
	if v != int64(int32(v)) {
		d.failf(f.at, "field %d holds %d, which is no 32-bit integer", f.num, v)
		return 0
	}
	return int32(v)
}

func (d *decoder) float32(f field) float32 {
	d.expect(f, protowire.Fixed32Type)
	return math.Float32frombits(uint32(f.u))
}

// bytes returns the value of f, aliasing the input, without room to append into it.
// It is not nil, even when empty.
func (d *decoder) bytes(f field) []byte {
	if !d.expect(f, protowire.BytesType) {
		return nil
	}
	return d.buf[f.raw.lo:f.raw.hi:f.raw.hi]
}

// string copies a string that rarely occurs twice.
func (d *decoder) string(f field) string {
	b := d.bytes(f)
	if !d.take(len(b), 1) {
		return ""
	}
	return string(b)
}

// name returns a string that tends to occur again, as names of values and operators do,
// sharing one copy of it.
func (d *decoder) name(f field) string {
	b := d.bytes(f)
	if s, ok := d.names[string(b)]; ok {
		return s
	}
	s := d.string(f)
	if d.err == nil {
		d.names[s] = s
	}
	return s
}

// enter descends into the message held by f. Each enter that returns true is undone by leave.
func (d *decoder) enter(f field, name string, index int) bool {
	d.path = append(d.path, step{name, index})
	if len(d.path) > d.lim.Depth {
		d.exceed("messages nested in each other", d.lim.Depth)
	}
	return d.expect(f, protowire.BytesType)
}

// leave ends a message. After an error the path stays, but nobody reads it any more.
func (d *decoder) leave() { d.path = d.path[:len(d.path)-1] }

// one decodes a message field that may occur once. Protobuf would merge a second one into the
// first; no writer of ONNX does that, and two readers that disagree about it are a hazard.
func one[T any](d *decoder, f field, name string, old *T, decode func(*decoder, span) *T) *T {
	if old != nil {
		d.failf(f.at, "%s is given twice", name)
		return old
	}
	var zero T
	if !d.enter(f, name, -1) || !d.take(1, unsafe.Sizeof(zero)) {
		return nil
	}
	v := decode(d, f.raw)
	d.leave()
	return v
}

// more decodes one more message of a repeated field.
func more[T any](d *decoder, f field, name string, list []*T, decode func(*decoder, span) *T) []*T {
	var zero T
	if !d.enter(f, name, len(list)) || !d.take(1, unsafe.Sizeof(zero)+unsafe.Sizeof(&zero)) || !d.room(len(list)) {
		return list
	}
	v := decode(d, f.raw)
	d.leave()
	return append(list, v)
}

// moreValues is more for messages small enough to lie in the list itself.
func moreValues[T any](d *decoder, f field, name string, list []T, decode func(*decoder, span) T) []T {
	var zero T
	if !d.enter(f, name, len(list)) || !d.take(1, unsafe.Sizeof(zero)) || !d.room(len(list)) {
		return list
	}
	v := decode(d, f.raw)
	d.leave()
	return append(list, v)
}

// room says whether a list of n entries may have one more.
func (d *decoder) room(n int) bool {
	if n >= d.lim.List {
		d.exceed("entries in one list", d.lim.List)
	}
	return d.err == nil
}

// moreNames appends a name to a list of names.
func (d *decoder) moreNames(f field, list []string) []string {
	if !d.take(1, unsafe.Sizeof("")) || !d.room(len(list)) {
		return list
	}
	return append(list, d.name(f))
}

// moreBytes appends the byte strings of f and of the fields like it that follow, aliasing the input.
func (d *decoder) moreBytes(f field, list [][]byte) [][]byte {
	n := d.run(f)
	if !d.grow(len(list), n, unsafe.Sizeof(list)) {
		return list
	}
	list = append(slices.Grow(list, n), d.bytes(f))
	for range n - 1 {
		list = append(list, d.bytes(d.field(f.limit)))
	}
	return list
}
