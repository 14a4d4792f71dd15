//go:build amd64 && !noasm

package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/trees"
)

// quickForest is an ensemble in the layout that assembly walks. Its nodes have the places that they have in the forest.
type quickForest = trees.Forest

// quicken returns the quick form of a forest, nil when it has none.
func quicken[T kernels.Float](f *forest[T]) *quickForest {
	from, ok := any(&f.Forest).(*kernels.Forest[float32])
	if !ok || !from.Plain || f.features > math.MaxUint16 {
		return nil
	}
	q := &quickForest{Nodes: make([]trees.Node, len(from.Nodes)), Roots: append([]uint32(nil), from.Roots...)}
	for i, n := range from.Nodes {
		step := n.Next - uint32(i)
		switch {
		case step == 0:
			q.Nodes[i].Key = trees.Leaf
			continue
		case step > math.MaxUint16:
			return nil
		}
		q.Nodes[i] = trees.Node{Key: trees.Key(n.Split), Feature: uint16(n.Feature), Step: uint16(step)}
	}
	for len(q.Roots)%trees.Lanes != 0 {
		q.Roots = append(q.Roots, q.Roots[len(q.Roots)-1])
	}
	q.Depths = make([]uint32, len(q.Roots)/trees.Lanes)
	for i, d := range from.Depths {
		if d > trees.Deepest {
			return nil
		}
		g := &q.Depths[i/trees.Lanes]
		*g = max(*g, uint32(d))
	}
	return q
}

// quickScratch returns how many uint32 voteQuick needs for a block of rows.
func (k *ensemble[T]) quickScratch(rows int) int {
	if k.quick == nil {
		return 0
	}
	return rows*k.cols + len(k.quick.Roots)
}

// voteQuick aggregates the votes on a block of rows, unless there is NaN among them or no quick form of the forest. It
// reports whether it did.
func (k *ensemble[T]) voteQuick(votes []float64, x []T, rows int, mem []uint32) bool {
	in, ok := any(x).([]float32)
	if k.quick == nil || !ok {
		return false
	}
	keys, leaves := mem[:rows*k.cols], mem[rows*k.cols:]
	if !trees.Keys(keys, in) {
		return false
	}
	groups := len(k.quick.Depths)
	if rows > 1 {
		groups = 1 // its nodes stay in the first-level cache for all rows
	}
	for g := 0; g < len(k.quick.Depths); g += groups {
		real := min(groups*trees.Lanes, len(k.Roots)-g*trees.Lanes)
		for i := range rows {
			k.quick.Walk(leaves[:groups*trees.Lanes], keys[i*k.cols:][:k.cols], g)
			k.count(votes[i*k.targets:][:k.targets], leaves[:real])
		}
	}
	return true
}
