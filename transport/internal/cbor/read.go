package cbor

import (
	"encoding/binary"
	"errors"
	"math"
	"strconv"
	"unicode/utf8"
)

// Errors of a Reader.
var (
	ErrShort  = errors.New("cbor: ends in the middle of a value")
	ErrForm   = errors.New("cbor: not well-formed, or of a form that is not read here")
	ErrDepth  = errors.New("cbor: nested too deeply")
	ErrNumber = errors.New("cbor: not a number, or not a finite one")
)

// maxDepth bounds how deeply Skip goes.
const maxDepth = 16

// Head is the beginning of a value: its major type and argument. Open is set for
// an array, map or string of indefinite length, and for the break that ends it.
type Head struct {
	Major byte
	Info  byte // the lower five bits
	Open  bool
	Arg   uint64
}

// Break reports whether this ends an array or map of indefinite length.
func (h Head) Break() bool { return h.Major == Simple && h.Open }

// Reader reads values from bytes, which it does not change.
type Reader struct{ b []byte }

// NewReader returns a reader of b.
func NewReader(b []byte) *Reader { return &Reader{b} }

// Len is how many bytes are left.
func (r *Reader) Len() int { return len(r.b) }

// Head reads the next head.
func (r *Reader) Head() (Head, error) {
	if len(r.b) == 0 {
		return Head{}, ErrShort
	}
	h := Head{Major: r.b[0] >> 5, Info: r.b[0] & 31}
	size := 0
	switch {
	case h.Info < 24:
		h.Arg = uint64(h.Info)
	case h.Info < 28:
		size = 1 << (h.Info - 24)
	case h.Info == 31 && h.Major != Uint && h.Major != Negint && h.Major != Tag:
		h.Open = true
	default:
		return Head{}, ErrForm
	}
	if len(r.b) < 1+size {
		return Head{}, ErrShort
	}
	switch arg := r.b[1 : 1+size]; size {
	case 1:
		h.Arg = uint64(arg[0])
	case 2:
		h.Arg = uint64(binary.BigEndian.Uint16(arg))
	case 4:
		h.Arg = uint64(binary.BigEndian.Uint32(arg))
	case 8:
		h.Arg = binary.BigEndian.Uint64(arg)
	}
	r.b = r.b[1+size:]
	return h, nil
}

// String reads the content of a text or byte string of definite length, which
// aliases the reader's bytes.
func (r *Reader) String(h Head) ([]byte, error) {
	switch {
	case h.Open || h.Major != Text && h.Major != Bytes:
		return nil, ErrForm
	case h.Arg > uint64(len(r.b)):
		return nil, ErrShort
	}
	s := r.b[:h.Arg:h.Arg]
	r.b = r.b[h.Arg:]
	if h.Major == Text && !utf8.Valid(s) {
		return nil, ErrForm
	}
	return s, nil
}

// Int reads an integer that int64 holds.
func (r *Reader) Int(h Head) (int64, error) {
	switch {
	case h.Major == Uint && h.Arg <= math.MaxInt64:
		return int64(h.Arg), nil
	case h.Major == Negint && h.Arg <= math.MaxInt64:
		return ^int64(h.Arg), nil
	}
	return 0, ErrNumber
}

// Float reads a finite number: an integer, a float or a decimal fraction whose
// mantissa int64 holds.
func (r *Reader) Float(h Head) (float64, error) {
	var f float64
	switch {
	case h.Major == Uint:
		f = float64(h.Arg)
	case h.Major == Negint:
		f = -1 - float64(h.Arg)
	case h.Major == Tag && h.Arg == TagDecimal:
		return r.decimal()
	case h.Major != Simple:
		return 0, ErrNumber
	case h.Info == 25:
		f = fromHalf(uint16(h.Arg))
	case h.Info == 26:
		f = float64(math.Float32frombits(uint32(h.Arg)))
	case h.Info == 27:
		f = math.Float64frombits(h.Arg)
	default:
		return 0, ErrNumber
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, ErrNumber
	}
	return f, nil
}

// decimal reads [exponent, mantissa] as the nearest float.
func (r *Reader) decimal() (float64, error) {
	h, err := r.Head()
	if err != nil {
		return 0, err
	}
	if h.Major != Array || h.Open || h.Arg != 2 {
		return 0, ErrForm
	}
	var part [2]int64
	for i := range part {
		if h, err = r.Head(); err != nil {
			return 0, err
		}
		if part[i], err = r.Int(h); err != nil {
			return 0, err
		}
	}
	if part[0] < -1000 || part[0] > 1000 {
		return 0, ErrNumber
	}
	var room [32]byte
	b := strconv.AppendInt(room[:0], part[1], 10)
	b = strconv.AppendInt(append(b, 'e'), part[0], 10)
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return 0, ErrNumber
	}
	return f, nil
}

func fromHalf(h uint16) float64 {
	exp, frac := int(h>>10&31), float64(h&(1<<10-1))
	var f float64
	switch exp {
	case 0:
		f = math.Ldexp(frac, -24)
	case 31:
		return math.NaN() // or infinite
	default:
		f = math.Ldexp(frac+1<<10, exp-25)
	}
	if h>>15 != 0 {
		return -f
	}
	return f
}

// Skip reads past a value whose head was read.
func (r *Reader) Skip(h Head) error { return r.skip(h, 0) }

func (r *Reader) skip(h Head, depth int) error {
	if depth == maxDepth {
		return ErrDepth
	}
	if h.Break() {
		return ErrForm
	}
	n := uint64(0) // how many values are in it
	switch h.Major {
	case Text, Bytes:
		_, err := r.String(h)
		return err
	case Array:
		n = h.Arg
	case Map:
		if n = 2 * h.Arg; n < h.Arg {
			return ErrShort
		}
	case Tag:
		n = 1
	}
	if n > uint64(len(r.b)) {
		return ErrShort
	}
	for i := uint64(0); h.Open || i < n; i++ {
		next, err := r.Head()
		if err != nil {
			return err
		}
		if h.Open && next.Break() {
			if h.Major == Map && i%2 != 0 {
				return ErrForm
			}
			return nil
		}
		if err := r.skip(next, depth+1); err != nil {
			return err
		}
	}
	return nil
}
