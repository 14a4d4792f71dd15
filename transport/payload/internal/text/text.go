// Package text appends JSON without allocating.
package text

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// AppendString appends a JSON string of what must be UTF-8. It escapes what
// RFC 8259, section 7, demands, and U+2028 and U+2029 for readers that take JSON
// for a program.
func AppendString(dst []byte, s string) []byte {
	return append(AppendEscaped(append(dst, '"'), s), '"')
}

// AppendEscaped is AppendString without the quotes.
func AppendEscaped(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			dst = append(dst, s[from:i]...)
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			case '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			i++
			from = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == '\u2028' || r == '\u2029' {
			dst = append(dst, s[from:i]...)
			dst = append(dst, `\u202`...)
			dst = append(dst, hex[r&15])
			from = i + size
		}
		i += size
	}
	return append(dst, s[from:]...)
}

// AppendFloat appends a finite number with the fewest digits that give the same
// float of that width back, 32 or 64 bits. RFC 8428, section 5, wants mantissas
// below 19 characters and the exponent's e in lower case.
func AppendFloat(dst []byte, f float64, bits int) []byte {
	start := len(dst)
	if a := math.Abs(f); a == 0 || a >= 1e-6 && a < 1e17 {
		if dst = strconv.AppendFloat(dst, f, 'f', -1, bits); len(dst)-start < 19 {
			return dst
		}
		dst = dst[:start]
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, bits)
	// e+21 to e21, e-09 to e-9.
	i := len(dst) - 1
	for dst[i] != 'e' {
		i--
	}
	n := i + 1
	if dst[n] == '-' {
		n++
	}
	from := i + 2
	for from < len(dst)-1 && dst[from] == '0' {
		from++
	}
	return append(dst[:n], dst[from:]...)
}
