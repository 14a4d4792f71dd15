package optimize

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math"
	"slices"

	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var cse = Pass{
	Name: "cse",
	Doc:  "compute once what several nodes compute from the same values",
	run:  shareSame,
}

// smallConstant is the size, in bytes, up to which constants are compared with each other: large ones are seldom the
// same, and looking at them all would read a mapped file from end to end.
const smallConstant = 256

// maxCompared bounds the bytes of attributes that are looked at: functions can have many nodes share large ones.
const maxCompared = 64 << 20

func shareSame(d *draft) (changed int) {
	s := sameness{d: d, seed: maphash.MakeSeed(), left: maxCompared}
	s.constants()
	seen := map[uint64][]int{}
	for i := range d.graph.Nodes {
		n := d.node(i)
		key, ok := s.hash(n)
		if !ok {
			continue
		}
		first := slices.IndexFunc(seen[key], func(j int) bool { return sameNode(&d.graph.Nodes[j], n) })
		if first >= 0 && d.merge(seen[key][first], i) {
			changed++
		} else if first < 0 {
			seen[key] = append(seen[key], i)
		}
	}
	d.settle()
	return changed
}

// merge has node i's outputs read from node j, which computes the same before it, and removes node i. It reports whether
// that was possible: two outputs of the graph cannot be one value.
func (d *draft) merge(j, i int) bool {
	first, n := &d.graph.Nodes[j], &d.graph.Nodes[i]
	for k, id := range n.Out {
		if id != graph.None && (first.Out[k] == graph.None || d.output[id] && d.output[first.Out[k]]) {
			return false
		}
	}
	for k, id := range n.Out {
		switch {
		case id == graph.None:
		case d.output[id]:
			d.rename(first, first.Out[k], id)
		default:
			d.replace(id, first.Out[k])
		}
	}
	d.remove(i)
	return true
}

// sameness finds what is the same.
type sameness struct {
	d    *draft
	seed maphash.Seed
	left int // bytes of attributes that may still be looked at
}

// constants has one constant read in the place of all small ones that are the same.
func (s *sameness) constants() {
	seen := map[uint64][]graph.ID{}
	inputs := make(map[graph.ID]bool, len(s.d.graph.Inputs))
	for _, id := range s.d.graph.Inputs {
		inputs[id] = true
	}
	for i := range s.d.graph.Values {
		id, t := graph.ID(i), s.d.graph.Values[i].Const
		if t == nil || t.Lazy != nil || inputs[id] || len(t.Data)+stringBytes(t.Strings) > smallConstant {
			continue
		}
		var h maphash.Hash
		h.SetSeed(s.seed)
		hashTensor(&h, t)
		key := h.Sum64()
		if at := slices.IndexFunc(seen[key], func(o graph.ID) bool { return sameTensor(s.d.graph.Values[o].Const, t) }); at >= 0 {
			if !s.d.output[id] {
				s.d.replace(id, seen[key][at])
			}
		} else {
			seen[key] = append(seen[key], id)
		}
	}
}

// hash returns a number that is the same for nodes that compute the same, and false for those that cannot be compared.
func (s *sameness) hash(n *graph.Node) (uint64, bool) {
	_, v := ops.Lookup(n.Domain, n.Op, n.Opset)
	if v == nil || v.Impure {
		return 0, false
	}
	var h maphash.Hash
	h.SetSeed(s.seed)
	h.WriteString(n.Op)
	h.WriteByte(0)
	h.WriteString(n.Domain)
	for _, id := range n.In {
		hashInt(&h, int64(id))
	}
	sum := h.Sum64()
	for i := range n.Attrs { // in whatever order
		h.Reset()
		if s.left -= attrBytes(&n.Attrs[i]); s.left < 0 || !hashAttr(&h, &n.Attrs[i]) {
			return 0, false
		}
		sum += h.Sum64()
	}
	return sum, true
}

func hashInt(h *maphash.Hash, v int64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(v))
	h.Write(b[:])
}

func hashTensor(h *maphash.Hash, t *tensor.Tensor) {
	h.WriteByte(byte(t.DType))
	for _, dim := range t.Shape {
		hashInt(h, int64(dim))
	}
	h.Write(t.Data)
	for _, s := range t.Strings {
		h.WriteString(s)
		h.WriteByte(0)
	}
}

// attrBytes returns about how many bytes an attribute has.
func attrBytes(a *graph.Attr) int {
	switch v := a.Value.(type) {
	case string:
		return len(v)
	case []float32:
		return 4 * len(v)
	case []int64:
		return 8 * len(v)
	case []string:
		return stringBytes(v)
	case *tensor.Tensor:
		return len(v.Data) + stringBytes(v.Strings)
	}
	return 0
}

func stringBytes(list []string) int {
	n := 0
	for _, s := range list {
		n += 1 + len(s)
	}
	return n
}

// hashAttr hashes an attribute, unless it is of a kind that is not compared.
func hashAttr(h *maphash.Hash, a *graph.Attr) bool {
	h.WriteString(a.Name)
	h.WriteByte(0)
	switch v := a.Value.(type) {
	case float32:
		hashInt(h, int64(math.Float32bits(v)))
	case int64:
		hashInt(h, v)
	case string:
		h.WriteString(v)
	case []float32:
		h.Write(tensor.BytesOf(v))
	case []int64:
		h.Write(tensor.BytesOf(v))
	case []string:
		for _, s := range v {
			h.WriteString(s)
			h.WriteByte(0)
		}
	case *tensor.Tensor:
		hashTensor(h, v)
	default: // a body, or a type
		return false
	}
	return true
}

// sameNode reports whether two nodes that can be compared compute the same.
func sameNode(a, b *graph.Node) bool {
	op, v := ops.Lookup(a.Domain, a.Op, a.Opset)
	other, w := ops.Lookup(b.Domain, b.Op, b.Opset)
	if op != other || v.Since != w.Since || !slices.Equal(a.In, b.In) || len(a.Out) != len(b.Out) || len(a.Attrs) != len(b.Attrs) {
		return false
	}
	for i := range a.Attrs {
		at := slices.IndexFunc(b.Attrs, func(o graph.Attr) bool { return o.Name == a.Attrs[i].Name })
		if at < 0 || !sameAttr(a.Attrs[i].Value, b.Attrs[at].Value) {
			return false
		}
	}
	return true
}

// sameAttr compares two attributes bit by bit.
func sameAttr(a, b any) bool {
	switch a := a.(type) {
	case float32:
		b, ok := b.(float32)
		return ok && math.Float32bits(a) == math.Float32bits(b)
	case int64, string:
		return a == b
	case []float32:
		b, ok := b.([]float32)
		return ok && bytes.Equal(tensor.BytesOf(a), tensor.BytesOf(b))
	case []int64:
		b, ok := b.([]int64)
		return ok && slices.Equal(a, b)
	case []string:
		b, ok := b.([]string)
		return ok && slices.Equal(a, b)
	case *tensor.Tensor:
		b, ok := b.(*tensor.Tensor)
		return ok && sameTensor(a, b)
	}
	return false
}

func sameTensor(a, b *tensor.Tensor) bool {
	return a.DType == b.DType && slices.Equal(a.Shape, b.Shape) && bytes.Equal(a.Data, b.Data) && slices.Equal(a.Strings, b.Strings)
}
