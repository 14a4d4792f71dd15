package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	f32kernels "github.com/brinkml/brink/inference/internal/kernels/f32"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// headSteps are how far apart, in elements, the heads of a tensor and their rows lie.
type headSteps struct{ batch, head, row int }

// newHeadSteps returns those of a tensor of the given dimensions, whose rows hold so many heads if it has three.
func newHeadSteps(dims []int, heads int) headSteps {
	if len(dims) == 3 {
		return headSteps{dims[1] * dims[2], dims[2] / heads, dims[2]}
	}
	return headSteps{dims[1] * dims[2] * dims[3], dims[2] * dims[3], dims[3]}
}

// at returns where a row is.
func (s *headSteps) at(batch, head, row int) int { return batch*s.batch + head*s.head + row*s.row }

// attention is the kernel of Attention. It goes by blocks: some queries of a head, and all keys that any of them sees.
// The scores of a block stay in a cache, and nobody else ever sees them unless they are asked for.
type attention[T kernels.Float] struct {
	_                     [0]func() // not comparable, which would be more code than some of its methods
	batch, heads, kvHeads int
	queries, past, total  int // rows of queries and of keys, those of the past included
	size, valueSize       int
	q, k, v, y            headSteps
	scale, softcap        T
	math                  attentionMath[T]
	precision             dtype.DType // what the softmax rounds to; Undefined when it does not
	mode                  int64       // of the output attentionScores; -1 when that is not asked for
	reach                 reach
	mask                  *attentionBias // nil when there is none
	convert               bool           // values are of another type than T
	stored                dtype.DType    // what scaled queries and keys, and their products, are rounded to; Undefined for nothing

	rows, cols int // queries of a block, and keys that are taken between two looks at the context
	apart      int // from one row of scores to the next
}

func attention32(n *Node) (Kernel, error) {
	return attentionOf(n, attentionMath[float32](singleMath{n.CPU}))
}

func attention64(n *Node) (Kernel, error) {
	return attentionOf(n, attentionMath[float64](doubleMath{}))
}

// attentionOf makes the kernel of an Attention on elements of T.
func attentionOf[T kernels.Float](n *Node, by attentionMath[T]) (Kernel, error) {
	d, err := attentionDimsOf(n)
	if err != nil {
		return nil, err
	}
	k, err := newAttentionKernel(n, d, by)
	if err != nil {
		return nil, err
	}
	if n.Wants(attentionScores) {
		k.mode = n.Int("qk_matmul_output_mode")
	}
	k.softcap = T(n.Float("softcap"))
	k.reach = newReach(n, d)
	if n.Has(attentionMask) {
		k.mask = newAttentionBias(n, d)
	}
	return k, nil
}

// newAttentionKernel makes the kernel of an attention of given lengths, without what only Attention has.
func newAttentionKernel[T kernels.Float](n *Node, d *attentionDims, by attentionMath[T]) (*attention[T], error) {
	k := &attention[T]{
		batch: int(d.batch), heads: int(d.heads), kvHeads: int(d.kvHeads),
		queries: int(d.queries), past: int(d.past), total: int(d.total()),
		size: int(d.size), valueSize: int(d.valueSize),
		math: by, mode: -1, reach: reach{left: -1, right: -1, total: int64(d.total())},
		convert: n.In[attentionV].DType != dtype.Of[T](),
	}
	k.q = newHeadSteps(n.In[attentionQ].Dims(), k.heads)
	k.k = newHeadSteps(n.In[attentionK].Dims(), k.kvHeads)
	k.v = newHeadSteps(n.In[attentionV].Dims(), k.kvHeads)
	k.y = newHeadSteps(n.Out[attentionY].Dims(), k.heads)
	k.scale = T(1 / math.Sqrt(float64(k.size)))
	if n.HasAttr("scale") {
		k.scale = T(n.Float("scale"))
	}
	var err error
	if k.precision, err = softmaxPrecision(n); err != nil {
		return nil, err
	}
	if k.precision.Size() >= elemBytes[T](1) {
		k.precision = dtype.Undefined
	}
	k.rows = max(min(max(min(attentionBlock/max(k.total, 1), 128)&^1, 4), k.queries), 1)
	k.cols = max(min(paceWork*by.speed()/max(k.size, k.valueSize, 1)/k.rows, k.total), 1)
	k.apart = k.total
	if crowded(k.total) {
		k.apart += f32kernels.Spread
	}
	_, err = scratchFor(int64(k.rows+1)*int64(k.apart+k.size) + int64(k.cols+64)*int64(k.valueSize+k.size+64))
	return k, err
}

// attentionBlock is how many scores a block has, unless that is too few for four queries.
const attentionBlock = 1 << 17

// crowded reports whether rows that are so many elements apart are whole pages apart, so that few of them fit into a
// first-level cache at the same time.
func crowded(apart int) bool { return apart > 0 && apart%1024 == 0 }

func (k *attention[T]) Parts(threads int) int {
	work := int64(k.batch) * int64(k.heads) * int64(k.queries) * int64(k.total) * int64(k.size+k.valueSize)
	return partsFor(threads, k.batch*k.heads*blockCount(k.queries, k.rows), work)
}

// attentionRoom is the memory that a block is computed in.
type attentionRoom[T kernels.Float] struct {
	pace
	queries, keys, scores, bias, values, acc []T

	panels []T // for the products
}

// copies reports whether queries are copied, because they are rounded or crowd.
func (k *attention[T]) copies() bool { return k.stored != dtype.Undefined || crowded(k.q.row) }

func (k *attention[T]) Scratch() int {
	n := k.rows*k.apart + 1 + k.math.scratch(k.cols, k.size, k.valueSize)
	if k.copies() {
		n += k.rows * k.size
	}
	if k.mask != nil {
		n += k.total
	}
	if k.convert {
		n += k.cols * k.valueSize
	}
	if k.stored != dtype.Undefined {
		n += k.cols * k.size
	}
	return elemBytes[T](n)
}

// room lays out memory to compute blocks in.
func (k *attention[T]) room(s []T, c *Ctx) attentionRoom[T] {
	take := func(n int) []T {
		out := s[:n:n]
		s = s[n:]
		return out
	}
	r := attentionRoom[T]{pace: pace{c: c}, scores: take(k.rows * k.apart), acc: take(1)}
	if k.copies() {
		r.queries = take(k.rows * k.size)
	}
	if k.mask != nil {
		r.bias = take(k.total)
	}
	if k.convert {
		r.values = take(k.cols * k.valueSize)
	}
	if k.stored != dtype.Undefined {
		r.keys = take(k.cols * k.size)
	}
	r.panels = s
	return r
}

func (k *attention[T]) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *attention[T]) RunPart(c *Ctx, part, parts int) error {
	r := k.room(tensor.Cast[T](c.Part(part, parts)), c)
	from, to := share(k.blocks(), part, parts)
	for i := from; i < to; i++ {
		if err := k.attend(&r, k.block(i)); err != nil {
			return err
		}
	}
	from, to = share(k.batch*k.kvHeads, part, parts)
	for i := from; i < to; i++ {
		if err := k.present(&r, i/k.kvHeads, i%k.kvHeads); err != nil {
			return err
		}
	}
	return nil
}

// attentionBlockAt is some rows of queries of a head, and the keys that any of them sees.
type attentionBlockAt struct {
	batch, head, first, rows int
	from, to                 int
}

// blocks returns how many blocks there are.
func (k *attention[T]) blocks() int { return k.batch * k.heads * blockCount(k.queries, k.rows) }

// block returns the i-th block, with all keys.
func (k *attention[T]) block(i int) attentionBlockAt {
	perHead := blockCount(k.queries, k.rows)
	first := i % perHead * k.rows
	i /= perHead
	return attentionBlockAt{batch: i / k.heads, head: i % k.heads, first: first, rows: min(k.rows, k.queries-first), to: k.total}
}

// attend computes a block.
func (k *attention[T]) attend(r *attentionRoom[T], at attentionBlockAt) error {
	sight := k.reach.of(r.c, at.batch)
	if k.mode < 0 {
		at.from, _ = sight.of(at.first)
		_, at.to = sight.of(at.first + at.rows - 1)
	}
	scores := kernels.Rows[T]{Data: r.scores, Stride: k.apart}
	if err := k.multiply(r, scores, at); err != nil {
		return err
	}
	k.report(r.c, scoresRaw, at, scores)
	if err := r.spend(at.rows * (at.to - at.from) * softmaxWork); err != nil {
		return err
	}
	if k.softcap > 0 {
		for i := range at.rows {
			row := scores.Data[i*k.apart:][at.from:at.to]
			kernels.ScaleBy(row, 1/k.softcap)
			k.math.tanh(row, row)
			kernels.ScaleBy(row, k.softcap)
		}
	}
	k.report(r.c, scoresCapped, at, scores)
	for i := range at.rows {
		row := scores.Data[i*k.apart:][:k.total]
		lo, hi := sight.of(at.first + i)
		kernels.Fill(row[at.from:lo], T(math.Inf(-1)))
		kernels.Fill(row[hi:at.to], T(math.Inf(-1)))
		if k.mask != nil {
			addBias(k.mask, r.c.In[attentionMask], row, r.bias, at.batch, at.head, at.first+i, lo, hi)
		}
	}
	k.report(r.c, scoresBiased, at, scores)
	if at.from < at.to {
		k.softmax(kernels.Rows[T]{Data: scores.Data[at.from:], Stride: k.apart}, at.rows, at.to-at.from, r.acc)
	}
	k.report(r.c, scoresSoftmax, at, scores)
	return k.mix(r, scores, at)
}
