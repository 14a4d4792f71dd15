package cloudevents

import (
	"strings"
	"unicode/utf8"
)

func validUTF8(b []byte) bool { return utf8.Valid(b) }

// isString holds text against the type String: no control characters, no
// noncharacters of Unicode.
func isString(s string) bool {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c < ' ' || c == 0x7f {
				return false
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1,
			r <= 0x9f,
			r >= 0xfdd0 && r <= 0xfdef,
			r&0xfffe == 0xfffe:
			return false
		}
		i += size
	}
	return true
}

// isName holds a name against the conventions that are musts: lower-case letters
// and digits, and none of the names that are taken.
func isName(s string) bool {
	switch s {
	case "", "data", "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema":
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// scheme is the length of a URI's scheme; 0 if it has none.
func scheme(s string) int {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		case c == ':':
			return i
		default:
			return 0
		}
	}
	return 0
}

// isURIReference holds text against the characters of RFC 3986, and the colon
// that only a scheme may have in the first segment (section 4.2).
func isURIReference(s string) bool {
	if s == "" {
		return false
	}
	end := strings.IndexAny(s, "/?#")
	if end < 0 {
		end = len(s)
	}
	if strings.IndexByte(s[:end], ':') >= 0 && scheme(s) == 0 {
		return false
	}
	fragment := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~:/?[]@!$&'()*+,;=", c) >= 0:
		case c == '#' && !fragment:
			fragment = true
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			i += 2
		default:
			return false
		}
	}
	return true
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

// isMediaType holds text against type/subtype of RFC 2045; parameters pass.
func isMediaType(s string) bool {
	s, _, _ = strings.Cut(s, ";")
	typ, sub, ok := strings.Cut(strings.TrimRight(s, " "), "/")
	return ok && isToken(typ) && isToken(sub)
}

func isToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?=`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

// declaresJSON reports whether a content type is */json or */*+json, or missing
// (JSON format, section 3.1.1).
func declaresJSON(contentType string) bool {
	if contentType == "" {
		return true
	}
	s, _, _ := strings.Cut(contentType, ";")
	_, sub, _ := strings.Cut(strings.TrimRight(s, " "), "/")
	if n := len(sub) - len("+json"); n >= 0 {
		return strings.EqualFold(sub[n:], "+json")
	}
	return strings.EqualFold(sub, "json")
}
