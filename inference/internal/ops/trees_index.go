package ops

import "github.com/brinkml/brink/inference/internal/fault"

// treeKey names a node as the attributes do.
type treeKey struct{ tree, node int64 }

// treeIndex finds nodes by the names that the attributes have for them. Every converter writes the nodes of a tree one
// after the other and numbers them from 0, so that where the first one lies says where the others do.
type treeIndex struct {
	trees, ids []int64
	first      map[int64]int32   // by tree
	others     map[treeKey]int32 // every node, when some lie elsewhere
}

// newTreeIndex returns the index of nodes with the given trees and numbers.
func newTreeIndex(trees, ids []int64) (*treeIndex, error) {
	x := &treeIndex{trees: trees, ids: ids, first: map[int64]int32{}}
	start := 0
	for i, tree := range trees {
		if i == 0 || tree != trees[i-1] {
			start = i
			if _, again := x.first[tree]; again {
				return x, x.list()
			}
			x.first[tree] = int32(i)
		}
		if ids[i] != int64(i-start) {
			return x, x.list()
		}
	}
	return x, nil
}

// list notes each node by itself.
func (x *treeIndex) list() error {
	x.others = make(map[treeKey]int32, len(x.trees))
	for i := range x.trees {
		k := treeKey{x.trees[i], x.ids[i]}
		if _, ok := x.others[k]; ok {
			return fault.Format("tree %d has two nodes %d", k.tree, k.node)
		}
		x.others[k] = int32(i)
	}
	return nil
}

// find returns a node of the tree that node near belongs to, or may belong to.
func (x *treeIndex) find(tree, node int64, near int) (int32, bool) {
	if x.others != nil {
		i, ok := x.others[treeKey{tree, node}]
		return i, ok
	}
	if near >= len(x.trees) || x.trees[near] != tree {
		first, ok := x.first[tree]
		if !ok {
			return 0, false
		}
		near = int(first)
	}
	i := int64(near) - x.ids[near] + node
	if node < 0 || node >= int64(len(x.trees)) || i >= int64(len(x.trees)) || x.trees[i] != tree {
		return 0, false
	}
	return int32(i), true
}
