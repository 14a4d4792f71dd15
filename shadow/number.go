package shadow

import "bytes"

// number passes over a number as RFC 8259 section 6 writes it. Its text is
// kept: no value is rounded on its way through.
func (p *parser) number(i int) int {
	if p.at(i) == '-' {
		i++
	}
	from, ok := i, true
	if p.at(i) == '0' {
		i++
	} else {
		i = p.digits(i)
		ok = i > from
	}
	if p.at(i) == '.' {
		from = i + 1
		i = p.digits(from)
		ok = ok && i > from
	}
	if p.at(i)|0x20 == 'e' {
		i++
		if c := p.at(i); c == '+' || c == '-' {
			i++
		}
		from = i
		i = p.digits(from)
		ok = ok && i > from
	}
	if !ok {
		return p.fail(i, ErrSyntax, "bad number")
	}
	return i
}

func (p *parser) digits(i int) int {
	for p.at(i)-'0' <= 9 {
		i++
	}
	return i
}

// decimal is the value of a number's text: 0.digits times ten to the power of
// exp. No conversion to binary and no expansion: 1e999999999 costs as little as
// 1.
type decimal struct {
	negative bool
	digits   []byte // from the first digit that is not 0 to the last such; may hold the point; empty for zero
	exp      int64
}

// decimalOf reads text that number accepted. Not ok: an exponent beyond any
// use.
func decimalOf(raw []byte) (d decimal, ok bool) {
	first, last, point, end := -1, 0, -1, len(raw)
	for i, c := range raw {
		switch {
		case c >= '1' && c <= '9':
			if first < 0 {
				first = i
			}
			last = i
		case c == '.':
			point = i
		case c|0x20 == 'e':
			end = i
		}
		if end == i {
			break
		}
	}
	if first < 0 {
		return decimal{}, true // zero is zero, whatever its sign and exponent
	}
	if end < len(raw) {
		if d.exp, ok = exponent(raw[end+1:]); !ok {
			return decimal{}, false
		}
	}
	if point < 0 {
		point = end
	}
	if d.exp += int64(point - first); first > point {
		d.exp++ // the point is between
	}
	d.negative = raw[0] == '-'
	d.digits = raw[first : last+1]
	return d, true
}

func exponent(raw []byte) (n int64, ok bool) {
	negative := raw[0] == '-'
	if raw[0] == '-' || raw[0] == '+' {
		raw = raw[1:]
	}
	for _, c := range raw {
		if n = n*10 + int64(c-'0'); n > 1<<50 {
			return 0, false
		}
	}
	if negative {
		n = -n
	}
	return n, true
}

// equalNumber compares by value: 1, 1.0 and 10e-1 are one number. Two numbers
// with absurd exponents (beyond 2^50) are equal only when they are written
// alike.
func equalNumber(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, ok := decimalOf(a)
	y, ok2 := decimalOf(b)
	return ok && ok2 && x.negative == y.negative && x.exp == y.exp && equalDigits(x.digits, y.digits)
}

func equalDigits(a, b []byte) bool {
	for {
		if len(a) > 0 && a[0] == '.' {
			a = a[1:]
		}
		if len(b) > 0 && b[0] == '.' {
			b = b[1:]
		}
		if len(a) == 0 || len(b) == 0 {
			return len(a) == len(b)
		}
		if a[0] != b[0] {
			return false
		}
		a, b = a[1:], b[1:]
	}
}
