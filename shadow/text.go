package shadow

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// quoted passes over a string and sets escaped when it holds escapes. The text
// is checked for valid UTF-8, and escapes for being characters: half a
// surrogate pair has no UTF-8 form, so a service would store something else
// than it was sent.
func (p *parser) quoted(start int) int {
	p.escaped = false
	high := byte(0) // has its top bit set when a byte is not ASCII
	in := p.in
	for i := start + 1; i < len(in); i++ {
		c := in[i]
		high |= c
		if c > '\\' || c > '"' && c < '\\' {
			continue
		}
		switch {
		case c == '"':
			if high >= utf8.RuneSelf && !utf8.Valid(in[start:i]) {
				return p.fail(start, ErrEncoding, "")
			}
			return i + 1
		case c == '\\':
			n := escapeLen(in[i:])
			if n == 0 {
				return p.fail(i, ErrSyntax, "bad escape in a string")
			}
			p.escaped = true
			i += n - 1
		case c < ' ':
			return p.fail(i, ErrSyntax, "control character in a string")
		}
	}
	return p.fail(len(in), ErrSyntax, "unexpected end")
}

// escapeLen is the length of the escape that b starts with, a surrogate pair
// being one escape; 0 when it is none.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
	default:
		return 0
	}
	r, ok := hex4(b)
	switch {
	case !ok:
		return 0
	case !utf16.IsSurrogate(r):
		return 6
	}
	if low, ok := hex4(b[6:]); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
		return 12
	}
	return 0
}

// hex4 decodes a \u escape with its four digits at the start of b.
func hex4(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(n), err == nil
}

// appendUnescaped decodes what quoted found to be valid, given without its
// quotes.
func appendUnescaped(dst, b []byte) []byte {
	for {
		i := bytes.IndexByte(b, '\\')
		if i < 0 {
			return append(dst, b...)
		}
		dst = append(dst, b[:i]...)
		b = b[i:]
		n, r := escapeLen(b), rune(b[1])
		if r == 'u' {
			r, _ = hex4(b)
			if n == 12 {
				low, _ := hex4(b[6:])
				r = utf16.DecodeRune(r, low)
			}
		} else if i := strings.IndexByte("bfnrt", b[1]); i >= 0 {
			r = rune("\b\f\n\r\t"[i])
		}
		dst = utf8.AppendRune(dst, r)
		b = b[n:]
	}
}

// equalText compares two strings, given with their quotes, after decoding.
func equalText(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	if bytes.IndexByte(a, '\\') < 0 && bytes.IndexByte(b, '\\') < 0 {
		return false
	}
	return bytes.Equal(appendUnescaped(nil, a), appendUnescaped(nil, b))
}

// appendText appends s as a JSON string, escaping only what must be.
func appendText(dst, s []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i, c := range s {
		switch {
		case c == '"' || c == '\\':
			dst = append(append(dst, s[from:i]...), '\\', c)
			from = i + 1
		case c < ' ':
			dst = append(append(dst, s[from:i]...), '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			from = i + 1
		}
	}
	return append(append(dst, s[from:]...), '"')
}
