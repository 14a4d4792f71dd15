package replay

import "bytes"

// maxLine is the longest line that is read, with its end.
const maxLine = 64 << 10

// delimiter returns the likely one of a header row.
func delimiter(header []byte) byte {
	best, most := byte(','), 0
	for _, c := range []byte(",;\t|") {
		n, inQuotes := 0, false
		for _, b := range header {
			switch {
			case b == '"':
				inQuotes = !inQuotes
			case b == c && !inQuotes:
				n++
			}
		}
		if n > most {
			best, most = c, n
		}
	}
	return best
}

// split cuts a line into fields, which it appends to fields[:0]. Fields are
// parts of line, without the space around them; quoted ones are unquoted in
// place.
func split(line []byte, comma byte, fields [][]byte) ([][]byte, error) {
	fields = fields[:0]
	for {
		trimmed := bytes.TrimLeft(line, " ")
		if len(trimmed) > 0 && trimmed[0] == '"' {
			field, rest, ok := unquote(trimmed)
			rest = bytes.TrimLeft(rest, " ")
			if !ok || len(rest) > 0 && rest[0] != comma {
				return fields, ErrQuote
			}
			fields = append(fields, field)
			if len(rest) == 0 {
				return fields, nil
			}
			line = rest[1:]
			continue
		}
		i := bytes.IndexByte(line, comma)
		if i < 0 {
			return append(fields, bytes.Trim(line, " ")), nil
		}
		fields = append(fields, bytes.Trim(line[:i], " "))
		line = line[i+1:]
	}
}

// unquote takes a quoted field from the front of b.
func unquote(b []byte) (field, rest []byte, ok bool) {
	n := 0
	for i := 1; i < len(b); i++ {
		if b[i] == '"' {
			if i+1 == len(b) || b[i+1] != '"' {
				return b[:n], b[i+1:], true
			}
			i++ // a doubled quote is one
		}
		b[n] = b[i]
		n++
	}
	return nil, nil, false
}
