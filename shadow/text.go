package shadow

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// quoted passes over a string and says whether it holds escapes. The text is
// checked for valid UTF-8, and escapes for being characters: half a surrogate
// pair has no UTF-8 form, so a service would store something else than it was
// sent.
func (p *parser) quoted() (escaped bool, err error) {
	start, ascii := p.pos, true
	for i := start + 1; i < len(p.in); i++ {
		switch c := p.in[i]; {
		case c == '"':
			if !ascii && !utf8.Valid(p.in[start:i]) {
				return false, p.fail(ErrEncoding, "")
			}
			p.pos = i + 1
			return escaped, nil
		case c == '\\':
			n := escapeLen(p.in[i:])
			if n == 0 {
				p.pos = i
				return false, p.fail(ErrSyntax, "bad escape in a string")
			}
			escaped = true
			i += n - 1
		case c < ' ':
			p.pos = i
			return false, p.fail(ErrSyntax, "control character in a string")
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	p.pos = len(p.in)
	return false, p.fail(ErrSyntax, "unexpected end")
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
		n := escapeLen(b)
		switch c := b[1]; c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, _ := hex4(b)
			if n == 12 {
				low, _ := hex4(b[6:])
				r = utf16.DecodeRune(r, low)
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, c)
		}
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
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
