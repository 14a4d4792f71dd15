//go:build !arm

package optimize

import (
	"math"
	"strconv"
	"strings"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// pattern is what a few nodes of the standard's operators look like that compute something together. It is written as a
// formula:
//
//	Mul(x,Sigmoid(x))
//
// Small letters stand for any values, of float32, the same letter for the same one; one in front of an operator, as in
// d=Sub(x,y), is that operator's output. Numbers stand for constants of one element. The operands of Add and Mul
// may be the other way round. An operator may have more inputs than are written.
type pattern struct {
	op     string  // "" for a name or a number
	name   byte    // 0 for none
	number float64 // not negative
	in     []*pattern
}

// parse reads a formula, and returns what follows it.
func parse(s string) (p *pattern, rest string) {
	p = &pattern{}
	if s[0] >= 'a' {
		p.name, s = s[0], s[1:]
		if !strings.HasPrefix(s, "=") {
			return p, s
		}
		s = s[1:]
	}
	end := strings.IndexAny(s, "(),")
	if s[end] != '(' {
		p.number, _ = strconv.ParseFloat(s[:end], 64)
		return p, s[end:]
	}
	p.op, s = s[:end], s[end:]
	for s[0] != ')' {
		var in *pattern
		in, s = parse(s[1:])
		p.in = append(p.in, in)
	}
	return p, s[1:]
}

// match is where a pattern was found.
type match struct {
	*draft
	makers []int32
	named  [26]graph.ID // by letter: the value that it stands for, None while it stands for none
	nodes  []int32      // that make what is described, the last of them first
}

// value returns what a name stands for.
func (m *match) value(name byte) graph.ID { return m.named[name-'a'] }

// find reports whether node i, and those that it depends on, look like a pattern, and that nothing but these reads what
// the others make.
func (m *match) find(p *pattern, i int, uses []int32) bool {
	for j := range m.named {
		m.named[j] = graph.None
	}
	m.nodes = m.nodes[:0]
	n := &m.graph.Nodes[i]
	if n.Op != p.op || len(n.Out) != 1 || !m.is(p, n.Out[0]) {
		return false
	}
	for _, at := range m.nodes[1:] {
		out, within := m.graph.Nodes[at].Out[0], int32(0)
		for _, reader := range m.nodes {
			for _, id := range m.graph.Nodes[reader].In {
				if id == out {
					within++
				}
			}
		}
		if within != uses[out] {
			return false
		}
	}
	return true
}

// is reports whether a value looks like a pattern.
func (m *match) is(p *pattern, id graph.ID) bool {
	if id == graph.None || m.values[id].DType != dtype.Float32 {
		return false
	}
	if p.name != 0 && m.value(p.name) != graph.None {
		return m.value(p.name) == id
	}
	if p.op != "" && !m.makes(p, id) {
		return false
	}
	if p.name != 0 {
		m.named[p.name-'a'] = id
	} else if p.op == "" {
		v, ok := m.scalar(id)
		return ok && math.Abs(v-p.number) <= 1e-5*p.number
	}
	return true
}

// makes reports whether the node that makes a value looks like a pattern.
func (m *match) makes(p *pattern, id graph.ID) bool {
	at := m.makers[id]
	if at < 0 || m.gone[at] {
		return false
	}
	n := m.node(int(at))
	op := m.op(n, p.op)
	if op == nil || len(n.In) < len(p.in) || len(n.Out) != 1 || op.Version.Attr("broadcast") != nil {
		return false
	}
	named, nodes := m.named, len(m.nodes)
	m.nodes = append(m.nodes, at)
	if m.operands(p, n, 0) {
		return true
	}
	if p.op == "Add" || p.op == "Mul" {
		m.named, m.nodes = named, m.nodes[:nodes+1]
		if m.operands(p, n, 1) {
			return true
		}
	}
	m.named, m.nodes = named, m.nodes[:nodes]
	return false
}

// operands reports whether the inputs of a node look like those of a pattern: the first two in the given order.
func (m *match) operands(p *pattern, n *graph.Node, order int) bool {
	for j, in := range p.in {
		if !m.is(in, n.In[j^order]) {
			return false
		}
	}
	return true
}

// scalar returns the only element of a constant of float32.
func (d *draft) scalar(id graph.ID) (float64, bool) {
	t := d.constant(id)
	if t == nil || t.DType != dtype.Float32 || t.Len() != 1 {
		return 0, false
	}
	return float64(tensor.View[float32](t)[0]), true
}

// fuse replaces what looks like one of the formulas by one node: become turns the last node into it, and returns false
// where the operands do not fit.
func (d *draft) fuse(formulas []string, become func(m *match, n *graph.Node) bool) (changed int) {
	patterns := make([]*pattern, len(formulas))
	for i, f := range formulas {
		patterns[i], _ = parse(f)
	}
	m := &match{draft: d, makers: d.makers()}
	uses := d.uses()
	for i := range d.graph.Nodes {
		for _, p := range patterns {
			if !m.find(p, i, uses) {
				continue
			}
			n := *d.node(i)
			if !become(m, &n) {
				continue
			}
			d.graph.Nodes[i] = n
			for _, at := range m.nodes[1:] {
				d.remove(int(at))
			}
			changed++
			break
		}
	}
	d.settle()
	return changed
}
