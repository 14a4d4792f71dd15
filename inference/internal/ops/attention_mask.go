package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// reach tells which keys the queries of an Attention may see, whatever its mask says: always some that follow each
// other, and later queries see no earlier ones.
type reach struct {
	causal         bool
	left, right    int64 // keys before and behind that of the query itself; -1 is all
	nonpad         bool  // an input says how many keys there are
	queries, total int64
	past           int64
}

func newReach(n *Node, d *attentionDims) reach {
	r := reach{
		causal: n.Flag("is_causal"), left: -1, right: -1, nonpad: n.Has(attentionNonpad),
		queries: int64(d.queries), total: int64(d.total()), past: int64(d.past),
	}
	if n.Version.Attr("left_window_size") != nil {
		r.left, r.right = min(n.Int("left_window_size"), maxDim), min(n.Int("right_window_size"), maxDim)
	}
	return r
}

// sight is the reach of the queries of one of a batch.
type sight struct {
	*reach
	offset int64 // the key of the first query
	limit  int64 // how many keys there are
}

func (r *reach) of(c *Ctx, batch int) sight {
	s := sight{reach: r, offset: r.past, limit: r.total}
	if r.nonpad {
		s.limit = max(min(tensor.View[int64](c.In[attentionNonpad])[batch], maxDim), -maxDim)
		s.offset = s.limit - r.queries
	}
	return s
}

// of returns the keys that a query sees, from the first up to, not including, the second.
func (s *sight) of(query int) (from, to int) {
	self := s.offset + int64(query)
	lo, hi := int64(0), s.limit
	if s.causal {
		hi = min(hi, self+1)
	}
	if s.right >= 0 {
		hi = min(hi, self+s.right+1)
	}
	if s.left >= 0 {
		lo = max(lo, self-s.left)
	}
	hi = min(max(hi, 0), s.total)
	return int(min(lo, hi)), int(hi)
}

// attentionBias is how the mask of an Attention lies.
type attentionBias struct {
	step   [3]int // by which its rows advance along batch, heads and queries
	length int    // of a row: there are no keys behind it
	one    bool   // a row is a single element, for all keys
}

func newAttentionBias(n *Node, d *attentionDims) *attentionBias {
	dims := n.In[attentionMask].Dims()
	total := int(d.total())
	if len(dims) == 0 {
		return &attentionBias{length: total, one: true}
	}
	last := len(dims) - 1
	b := &attentionBias{length: dims[last], one: dims[last] == 1 && n.Version.Since < 24}
	if b.one {
		b.length = total
	}
	step := dims[last]
	for i := last - 1; i >= 0; i-- {
		if dims[i] != 1 {
			b.step[len(b.step)-last+i] = step
		}
		step *= dims[i]
	}
	return b
}

// addBias adds a row of the mask to the scores of a query, of which it sees some, from lo to hi. What the mask shuts
// out is shut out even if its score is no number. Temp is as long as row.
func addBias[T kernels.Float](b *attentionBias, mask *tensor.Tensor, row, temp []T, batch, head, query, lo, hi int) {
	start := batch*b.step[0] + head*b.step[1] + query*b.step[2]
	end := max(min(hi, b.length), lo)
	kernels.Fill(row[end:hi], T(math.Inf(-1)))
	n := end - lo
	if b.one {
		n = min(n, 1)
	} else {
		start += lo
	}
	if n == 0 {
		return
	}
	bias := temp[:end-lo]
	load(bias[:n], mask.Data[start*mask.DType.Size():], mask.DType)
	if b.one {
		kernels.Fill(bias, bias[0])
	}
	row = row[lo:end]
	for i, v := range bias {
		switch {
		case mask.DType == dtype.Bool && v != 0:
		case mask.DType == dtype.Bool, math.IsInf(float64(v), -1):
			row[i] = T(math.Inf(-1))
		default:
			row[i] += v
		}
	}
}
