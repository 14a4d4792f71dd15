package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// multiply computes the products of a block's queries with its keys, scaled.
func (k *attention[T]) multiply(r *attentionRoom[T], scores kernels.Rows[T], at attentionBlockAt) error {
	q, keys := tensor.View[T](r.c.In[attentionQ]), tensor.View[T](r.c.In[attentionK])
	for i := range at.rows {
		dst := r.queries[i*k.size:][:k.size]
		copy(dst, q[k.q.at(at.batch, at.head, at.first+i):])
		kernels.ScaleBy(dst, k.scale)
		roundAs(dst, k.stored)
	}
	head := at.head / (k.heads / k.kvHeads)
	for j := at.from; j < at.to; {
		n := min(at.to-j, k.cols)
		var b kernels.Rows[T]
		if j < k.past {
			n = min(n, k.past-j)
			past := tensor.View[T](r.c.In[attentionPastK])
			b = kernels.Rows[T]{Data: past[((at.batch*k.kvHeads+head)*k.past+j)*k.size:], Stride: k.size}
		} else {
			b = kernels.Rows[T]{Data: keys[k.k.at(at.batch, head, j-k.past):], Stride: k.k.row}
		}
		if err := r.spend(at.rows * n * k.size); err != nil {
			return err
		}
		if k.stored != dtype.Undefined {
			b = k.scaled(r.keys, b, n)
		}
		dst := kernels.Rows[T]{Data: scores.Data[j:], Stride: scores.Stride}
		kernels.MulTransposed(dst, kernels.Rows[T]{Data: r.queries, Stride: k.size}, b, at.rows, n, k.size, false)
		j += n
	}
	for i := range at.rows {
		roundAs(scores.Data[i*scores.Stride:][at.from:at.to], k.stored)
	}
	return nil
}

// scaled returns n keys, scaled and rounded in dst.
func (k *attention[T]) scaled(dst []T, keys kernels.Rows[T], n int) kernels.Rows[T] {
	for i := range n {
		copy(dst[i*k.size:][:k.size], keys.Data[i*keys.Stride:])
	}
	dst = dst[:n*k.size]
	kernels.ScaleBy(dst, k.scale)
	roundAs(dst, k.stored)
	return kernels.Rows[T]{Data: dst, Stride: k.size}
}

// mix computes a block of the output: the values, weighted.
func (k *attention[T]) mix(r *attentionRoom[T], weights kernels.Rows[T], at attentionBlockAt) error {
	y := kernels.Rows[T]{Data: tensor.View[T](r.c.Out[attentionY])[k.y.at(at.batch, at.head, at.first):], Stride: k.y.row}
	for i := range at.rows {
		clear(y.Data[i*y.Stride:][:k.valueSize])
	}
	head := at.head / (k.heads / k.kvHeads)
	for j := at.from; j < at.to; {
		n := min(at.to-j, k.cols)
		from, start, stride := r.c.In[attentionV], k.v.at(at.batch, head, j-k.past), k.v.row
		if j < k.past {
			n = min(n, k.past-j)
			from = r.c.In[attentionPastV]
			start, stride = ((at.batch*k.kvHeads+head)*k.past+j)*k.valueSize, k.valueSize
		}
		if err := r.spend(at.rows * n * k.valueSize); err != nil {
			return err
		}
		var b kernels.Rows[T]
		if k.convert {
			b = kernels.Rows[T]{Data: r.values, Stride: k.valueSize}
			for i := range n {
				load(b.Data[i*b.Stride:][:k.valueSize], from.Data[(start+i*stride)*from.DType.Size():], from.DType)
			}
		} else {
			b = kernels.Rows[T]{Data: tensor.View[T](from)[start:], Stride: stride}
		}
		kernels.AddMatMul(y, kernels.Rows[T]{Data: weights.Data[j:], Stride: weights.Stride}, b, at.rows, k.valueSize, n)
		j += n
	}
	return nil
}

// softmax computes the softmax of a row of scores. A query that sees no key weights none of them.
func (k *attention[T]) softmax(row, acc []T) {
	roundAs(row, k.precision)
	if blind(row) {
		clear(row)
		return
	}
	if k.precision == dtype.Undefined {
		kernels.Softmax(row, row, acc, len(row), 1, k.exp)
		return
	}
	greatest := row[0]
	for _, v := range row {
		greatest = max(greatest, v)
	}
	for i := range row {
		row[i] -= greatest
	}
	roundAs(row, k.precision)
	k.exp(row, row)
	roundAs(row, k.precision)
	acc[0] = kernels.Total(row)
	roundAs(acc, k.precision)
	for i := range row {
		row[i] /= acc[0]
	}
	roundAs(row, k.precision)
}

// blind reports whether no key has a score above negative infinity.
func blind[T kernels.Float](row []T) bool {
	for _, v := range row {
		if !math.IsInf(float64(v), -1) {
			return false
		}
	}
	return true
}

// report hands out the scores of a block if these are what the node is asked for.
func (k *attention[T]) report(c *Ctx, stage int64, at attentionBlockAt, scores kernels.Rows[T]) {
	if k.mode != stage {
		return
	}
	out := tensor.View[T](c.Out[attentionScores])
	copy(out[((at.batch*k.heads+at.head)*k.queries+at.first)*k.total:], scores.Data[:at.rows*k.total])
}

// present hands out the keys and values of a head, those of the past and behind them the new ones.
func (k *attention[T]) present(r *attentionRoom[T], batch, head int) error {
	for i, width := range [2]int{k.size, k.valueSize} {
		if attentionPresentK+i >= len(r.c.Out) || r.c.Out[attentionPresentK+i] == nil {
			continue
		}
		if err := r.spend(k.total * width); err != nil {
			return err
		}
		out, fresh, steps := r.c.Out[attentionPresentK+i], r.c.In[attentionK+i], &k.k
		if i == 1 {
			steps = &k.v
		}
		elem := out.DType.Size()
		bytes := width * elem
		to, at := out.Data[(batch*k.kvHeads+head)*k.total*bytes:], 0
		if k.past > 0 {
			past := r.c.In[attentionPastK+i]
			at = copy(to[:k.past*bytes], past.Data[(batch*k.kvHeads+head)*k.past*bytes:])
		}
		for row := range k.total - k.past {
			at += copy(to[at:][:bytes], fresh.Data[steps.at(batch, head, row)*elem:])
		}
	}
	return nil
}
