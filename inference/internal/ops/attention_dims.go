package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
)

// attentionDims are the lengths of an attention, as far as they are known.
type attentionDims struct {
	batch, heads, kvHeads shape.Dim // as many heads share each head of keys and values
	queries, past, fresh  shape.Dim // rows of queries, and of keys and values
	size, valueSize       shape.Dim // of a head
	packed                bool      // the heads lie side by side in the rows of all inputs
}

// total returns how many keys there are.
func (d *attentionDims) total() shape.Dim {
	if !d.past.Known() || !d.fresh.Known() {
		if d.past == 0 {
			return d.fresh
		}
		return shape.Unknown
	}
	return d.past + d.fresh
}

// work returns the multiply-accumulates of an attention whose lengths are known.
func (d *attentionDims) work() int64 {
	return int64(d.batch) * int64(d.heads) * int64(d.queries) * int64(d.total()) * int64(d.size+d.valueSize)
}

// agree notes that a dimension is b, unless it is something else.
func agree(what string, a *shape.Dim, b shape.Dim) error {
	if a.Known() && b.Known() && *a != b {
		return fault.Shape("%s: %d and %d", what, *a, b)
	}
	if !a.Known() && b != shape.Unknown {
		*a = b
	}
	return nil
}

// newAttentionDims returns the lengths that queries, keys and values say. The numbers of heads are those of attributes,
// 0 where there are none.
func newAttentionDims(q, k, v *Operand, heads, kvHeads int64) (*attentionDims, error) {
	const none = shape.Unknown
	d := &attentionDims{batch: none, heads: none, kvHeads: none, queries: none, fresh: none, size: none, valueSize: none}
	rank := 0
	for i, in := range [3]*Operand{q, k, v} {
		s := in.Shape
		if !s.Ranked() {
			continue
		}
		if s.Rank() != 3 && s.Rank() != 4 || rank != 0 && s.Rank() != rank {
			return nil, fault.Shape("input %d is %v, where all are to have three dimensions, or four", i, s.Ints())
		}
		rank = s.Rank()
		count, rows, size := &d.kvHeads, &d.fresh, &d.size
		given := kvHeads
		switch i {
		case attentionQ:
			count, rows, given = &d.heads, &d.queries, heads
		case attentionV:
			size = &d.valueSize
		}
		of, width := shape.Dim(given), s.Dim(-1)
		if rank == 4 {
			of = s.Dim(1)
		} else {
			d.packed = true
			switch {
			case given < 1 || given > maxDim:
				return nil, fault.Format("input %d has three dimensions, but there are %d heads", i, given)
			case !width.Known():
				width = shape.Unknown
			case width%of != 0:
				return nil, fault.Shape("rows of %d do not make %d heads", width, of)
			default:
				width /= of
			}
		}
		for _, f := range [...]struct {
			what string
			dim  *shape.Dim
			is   shape.Dim
		}{{"batch", &d.batch, s.Dim(0)}, {"heads", count, of}, {"keys", rows, s.Dim(-2)}, {"size of heads", size, width}} {
			if err := agree(f.what, f.dim, f.is); err != nil {
				return nil, err
			}
		}
	}
	if d.heads.Known() && d.kvHeads.Known() && (d.kvHeads == 0 && d.heads != 0 || d.kvHeads > 0 && d.heads%d.kvHeads != 0) {
		return nil, fault.Shape("%d heads do not share %d heads of keys and values", d.heads, d.kvHeads)
	}
	return d, nil
}

// attentionDimsOf returns the lengths of an Attention.
func attentionDimsOf(n *Node) (*attentionDims, error) {
	d, err := newAttentionDims(&n.In[attentionQ], &n.In[attentionK], &n.In[attentionV], n.Int("q_num_heads"), n.Int("kv_num_heads"))
	if err != nil {
		return nil, err
	}
	if n.Has(attentionPastK) != n.Has(attentionPastV) {
		return nil, fault.Format("past keys and past values are given together, or not at all")
	}
	if !n.Has(attentionPastK) {
		return d, nil
	}
	d.past = shape.Unknown
	for i, size := range [2]*shape.Dim{&d.size, &d.valueSize} {
		s := n.In[attentionPastK+i].Shape
		if !s.Ranked() {
			continue
		}
		if s.Rank() != 4 {
			return nil, fault.Shape("input %d has %d dimensions, not 4", attentionPastK+i, s.Rank())
		}
		for j, dim := range [4]*shape.Dim{&d.batch, &d.kvHeads, &d.past, size} {
			if err := agree("the past", dim, s.Dim(j)); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

// output returns the shape of what an attention makes.
func (d *attentionDims) output() shape.Shape {
	if !d.packed {
		return shape.Of(d.batch, d.heads, d.queries, d.valueSize)
	}
	width := shape.Unknown
	if d.heads.Known() && d.valueSize.Known() && int64(d.heads)*int64(d.valueSize) <= maxDim {
		width = d.heads * d.valueSize
	}
	return shape.Of(d.batch, d.queries, width)
}

// checkMask checks that a mask broadcasts to what an attention has, but for its last dimension, which may be shorter.
func checkMask(s shape.Shape, d *attentionDims) error {
	to := [4]shape.Dim{d.batch, d.heads, d.queries, d.total()}
	if s.Rank() > len(to) {
		return fault.Shape("a mask of %d dimensions", s.Rank())
	}
	for i, dim := range s.Dims() {
		want := to[len(to)-s.Rank()+i]
		last := i == s.Rank()-1
		if dim.Known() && want.Known() && dim != want && dim != 1 && (!last || dim > want) {
			return fault.Shape("a mask of %v does not fit %v", s.Ints(), shape.Of(to[:]...).Ints())
		}
	}
	return nil
}
