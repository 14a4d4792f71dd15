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
	a, scale := kernels.Rows[T]{Data: q[k.q.at(at.batch, at.head, at.first):], Stride: k.q.row}, k.scale
	if k.copies() {
		for i := range at.rows {
			copy(r.queries[i*k.size:][:k.size], a.Data[i*a.Stride:])
		}
		a = kernels.Rows[T]{Data: r.queries, Stride: k.size}
	}
	if k.stored != dtype.Undefined {
		rows := a.Data[:at.rows*k.size]
		kernels.ScaleBy(rows, scale)
		roundAs(rows, k.stored)
		scale = 1 // that of the keys is rounded, too
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
		if err := r.spend(at.rows * n * k.size / k.math.speed()); err != nil {
			return err
		}
		if k.stored != dtype.Undefined {
			b = k.scaled(r.keys, b, n)
		}
		dst := kernels.Rows[T]{Data: scores.Data[j:], Stride: scores.Stride}
		k.math.multiply(dst, a, b, at.rows, n, k.size, scale, r.panels)
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
	if at.from >= at.to {
		for i := range at.rows {
			clear(y.Data[i*y.Stride:][:k.valueSize])
		}
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
		if err := r.spend(at.rows * n * k.valueSize / k.math.speed()); err != nil {
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
		shares := kernels.Rows[T]{Data: weights.Data[j:], Stride: weights.Stride}
		k.math.mix(y, shares, b, at.rows, k.valueSize, n, j > at.from, r.panels)
		j += n
	}
	return nil
}

// softmax computes the softmax of rows of n scores. A query that sees no key weights none of them.
func (k *attention[T]) softmax(scores kernels.Rows[T], rows, n int, acc []T) {
	row := func(i int) []T { return scores.Data[i*scores.Stride:][:n] }
	seen := 0 // rows up to this are done
	for i := range rows {
		if k.precision != dtype.Undefined {
			roundAs(row(i), k.precision)
		}
		switch {
		case blind(row(i)):
			k.math.softmax(kernels.Rows[T]{Data: scores.Data[seen*scores.Stride:], Stride: scores.Stride}, i-seen, n)
			clear(row(i))
			seen = i + 1
		case k.precision != dtype.Undefined:
			k.roundedSoftmax(row(i), acc)
			seen = i + 1
		}
	}
	if seen < rows {
		k.math.softmax(kernels.Rows[T]{Data: scores.Data[seen*scores.Stride:], Stride: scores.Stride}, rows-seen, n)
	}
}

// roundedSoftmax computes the softmax of a row in a precision that is lower than that of T.
func (k *attention[T]) roundedSoftmax(row, acc []T) {
	greatest := row[0]
	for _, v := range row {
		greatest = max(greatest, v)
	}
	for i := range row {
		row[i] -= greatest
	}
	roundAs(row, k.precision)
	k.math.exp(row, row)
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
	out = out[((at.batch*k.heads+at.head)*k.queries+at.first)*k.total:]
	for i := range at.rows {
		copy(out[i*k.total:][:k.total], scores.Data[i*scores.Stride:])
	}
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
