//go:build amd64 && !noasm

package trees

import (
	"math"
	"unsafe"
)

// Lanes is how many trees are walked at once.
const Lanes = 8

// Node is a node of a tree: Step leads from its place to that of the node that follows when the feature is at most Key, and
// the one after that is for what is greater. A leaf leads to itself: nothing is greater than its key, the greatest of all.
type Node struct {
	Key           uint32
	Feature, Step uint16
}

// Leaf is the key of leaves.
const Leaf = math.MaxUint32

// Forest is an ensemble of trees.
type Forest struct {
	Nodes  []Node
	Roots  []uint32 // a multiple of Lanes; the last tree fills what is left
	Depths []uint32 // of each group of Lanes trees: steps from the roots to the lowest leaf
}

// walk is one call of the kernel. The order of the fields is known to the assembly.
type walk struct {
	nodes, keys, roots, leaves, depths unsafe.Pointer
	groups                             int
}

// Key returns a number that is as great among all uint32 as v is among all float32: it does not tell -0 from 0, and has no
// place for NaN.
func Key(v float32) uint32 {
	b := math.Float32bits(v + 0)
	return b ^ (uint32(int32(b)>>31) | 1<<31)
}

// Keys writes the key of each number, and reports whether none of them is NaN.
func Keys(dst []uint32, src []float32) bool {
	dst = dst[:len(src)]
	clean := true
	for i, v := range src {
		clean = clean && v == v
		dst[i] = Key(v)
	}
	return clean
}

// Deepest is how deep the trees may be: those that are deeper are not walked to the end by most features.
const Deepest = 32

// callGroups bounds the groups of a call, so that none takes long.
const callGroups = 64

// Walk sets leaves, which are as many as there are groups times Lanes, to where the features fall into in the trees of
// those groups from first on.
func (f *Forest) Walk(leaves, keys []uint32, first int) {
	for len(leaves) > 0 {
		groups := min(len(leaves)/Lanes, callGroups)
		depths, roots := f.Depths[first:][:groups], f.Roots[first*Lanes:][:groups*Lanes]
		walkEight((*byte)(unsafe.Pointer(&walk{
			unsafe.Pointer(unsafe.SliceData(f.Nodes)), unsafe.Pointer(unsafe.SliceData(keys)), unsafe.Pointer(&roots[0]),
			unsafe.Pointer(&leaves[0]), unsafe.Pointer(&depths[0]), groups,
		})))
		leaves = leaves[groups*Lanes:]
		first += groups
	}
}
