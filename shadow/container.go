package shadow

import "bytes"

// container reads an object or an array and links its children. Those of like
// are in the same places of another document.
func (p *parser) container(start int, at int32, like value, k kind, end byte) int {
	if like.kind() != k {
		like = value{}
	} else if p.same(start, at, like) {
		return start + len(like.raw())
	}
	if p.left == 0 {
		return p.fail(start, ErrDepth, "")
	}
	p.left--
	if k == array {
		p.arrays++
	}
	var first, last int32
	sorted, thin := true, false
	rest := like.child()
	i := p.skip(start + 1)
	for more := p.at(i) != end; more; {
		child := p.node()
		if k == object {
			if i = p.name(i, child); i < 0 {
				return i
			}
			like, rest = find(rest, p.member(child))
		} else if like = rest; rest.node != nil {
			rest = rest.next()
		}
		if i = p.value(p.skip(i), child, like); i < 0 {
			return i
		}
		c := &p.nodes[child]
		if last == 0 {
			first = child
		} else {
			p.nodes[last].next = child
			sorted = sorted && (k == array || keyOrder(p.member(last), p.member(child)) < 0)
		}
		last = child
		switch {
		case k == array:
			if c.kind == null && p.nullAt == 0 {
				p.nullAt = int(c.from)
			}
		case p.arrays == 0 && (c.kind == null || p.nulls&emptyNull != 0 && c.kind == object && c.first == 0):
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
		twice := int32(0)
		if first, twice = p.sort(first); twice != 0 {
			return p.fail(i, ErrDuplicateKey, string(p.member(twice).key()))
		}
	}
	if thin && p.nulls&dropNulls != 0 {
		p.drop(&first)
	}
	if !sorted || thin {
		p.loose = start
	}
	c := &p.nodes[at]
	c.kind, c.canonical, c.from, c.to, c.first = k, p.loose < start, int32(start), int32(i), first
	return i
}

// same says whether the container at i has the text of another, and then makes
// it that one. A patch may take it from its document, although nulls mean
// something else there: what they delete is absent in that very place.
func (p *parser) same(i int, at int32, like value) bool {
	if !bytes.HasPrefix(p.in[i:], like.raw()) {
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
	m.escaped, m.key, m.keyTo, m.prefix = p.escaped, int32(from), int32(to), prefix(p.text[p.doc][from:to])
	if i = p.skip(i); p.at(i) != ':' {
		return p.fail(i, ErrSyntax, "a colon follows a member's name")
	}
	return i + 1
}
