package ops

import (
	"cmp"
	"math"
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
)

// branch is what an inner node of a tree asks of its feature. The numbers are those of TreeEnsemble's nodes_modes.
type branch uint8

const (
	branchLEQ branch = iota
	branchLT
	branchGTE
	branchGT
	branchEQ
	branchNEQ
	branchMember
	branchLeaf // asks nothing
)

// treeNode is a node of a treeSpec.
type treeNode struct {
	split   float64
	feature uint32
	yes, no int32 // where it leads when the answer is yes, and no
	set     int32 // for branchMember
	mode    branch
	nanYes  bool // the answer for NaN is yes, whatever the question
}

// vote is what a leaf adds to a target. A leaf may have several, even for the same target.
type vote struct {
	leaf   int32
	target int32
	weight float64
}

// treeSpec is an ensemble as a model's attributes say it, with node ids resolved to indices.
type treeSpec struct {
	nodes  []treeNode
	roots  []int32
	sets   [][]float64
	votes  []vote
	double bool // thresholds or weights need float64
}

// maxTreeNodes bounds an ensemble, so that 32 bits hold any index.
const maxTreeNodes = 1 << 30

// maxTreeTargets bounds the targets or classes of an ensemble.
const maxTreeTargets = 1 << 24

// forest is an ensemble in the layout that it is walked in.
type forest[T kernels.Float] struct {
	kernels.Forest[T]
	features int // one more than the greatest feature id; 0 when there are only leaves

	// The votes of node i are first[i] up to, not including, first[i+1].
	first   []uint32
	targets []int32
	weights []T

	sums []T // by node, the sum of its weights; only when there is one target

	quick *quickForest // may be nil
}

// plant lays an ensemble out flat, tree after tree, each from the top down, so that the nodes that every walk passes
// lie together. It refuses graphs that are no trees: each inner node must be reached once.
func plant(spec *treeSpec, targets int, single bool) (*forest[float64], error) {
	if byLeaf := func(a, b vote) int { return cmp.Compare(a.leaf, b.leaf) }; !slices.IsSortedFunc(spec.votes, byLeaf) {
		votes := make([]vote, 0, len(spec.votes))
		for _, i := range inOrder(len(spec.votes), func(i, j int) int { return byLeaf(spec.votes[i], spec.votes[j]) }) {
			votes = append(votes, spec.votes[i])
		}
		spec.votes = votes
	}
	f := &forest[float64]{Forest: kernels.Forest[float64]{
		Plain: true, Nodes: make([]kernels.TreeNode[float64], 0, len(spec.nodes)), Kinds: make([]uint8, 0, len(spec.nodes)),
	}}
	for _, set := range spec.sets {
		f.Sets = append(f.Sets, memberSet(set))
	}
	type place struct {
		node  int32
		at    uint32
		depth int32
	}
	var queue []place
	var leaves []leafPlace // in the order of their places, as all places are handed out in that order
	reached := make([]bool, len(spec.nodes))
	for _, root := range spec.roots {
		f.Roots = append(f.Roots, grow(f))
		queue = append(queue[:0], place{root, f.Roots[len(f.Roots)-1], 0})
		depth := int32(0)
		for i := 0; i < len(queue); i++ {
			p := queue[i]
			depth = max(depth, p.depth)
			n := &spec.nodes[p.node]
			if n.mode == branchLeaf {
				f.Nodes[p.at] = kernels.TreeNode[float64]{Split: math.Inf(1), Next: p.at}
				leaves = append(leaves, leafPlace{p.at, p.node})
				continue
			}
			if reached[p.node] {
				return nil, fault.Format("tree %d is no tree: a node is reached twice", len(f.Roots)-1)
			}
			reached[p.node] = true
			next := grow(f)
			grow(f)
			split, kind, noFirst := canonical(n, single)
			f.Nodes[p.at] = kernels.TreeNode[float64]{Split: split, Feature: n.feature, Next: next}
			f.Plain = f.Plain && kind == 0
			if (n.nanYes || n.mode == branchNEQ) == noFirst {
				kind |= kernels.TreeNaNSkip
			}
			f.Kinds[p.at] = kind
			f.features = max(f.features, int(n.feature)+1)
			first, second := n.yes, n.no
			if noFirst {
				first, second = second, first
			}
			queue = append(queue, place{first, next, p.depth + 1}, place{second, next + 1, p.depth + 1})
		}
		f.Depths = append(f.Depths, depth)
	}
	countVotes(f, spec.votes, leaves, targets)
	return f, nil
}

// grow adds a node to f and returns its place.
func grow(f *forest[float64]) uint32 {
	f.Nodes = append(f.Nodes, kernels.TreeNode[float64]{})
	f.Kinds = append(f.Kinds, 0)
	return uint32(len(f.Nodes) - 1)
}

// leafPlace is where in a forest a leaf of its specification lies.
type leafPlace struct {
	at   uint32
	node int32
}

// countVotes hands out the votes, which are in the order of their leaves, to leaves in the order of their places.
func countVotes(f *forest[float64], votes []vote, leaves []leafPlace, targets int) {
	if targets == 1 {
		f.sums = make([]float64, len(f.Nodes))
	}
	f.first = make([]uint32, 1, len(f.Nodes)+1)
	for at := range f.Nodes {
		if len(leaves) > 0 && int(leaves[0].at) == at {
			leaf := leaves[0].node
			leaves = leaves[1:]
			i, _ := slices.BinarySearchFunc(votes, leaf, func(v vote, leaf int32) int { return cmp.Compare(v.leaf, leaf) })
			for ; i < len(votes) && votes[i].leaf == leaf; i++ {
				f.targets = append(f.targets, votes[i].target)
				f.weights = append(f.weights, votes[i].weight)
				if f.sums != nil {
					f.sums[at] += votes[i].weight
				}
			}
		}
		f.first = append(f.first, uint32(len(f.weights)))
	}
}

// canonical turns what n asks into x <= split, x == split or membership, as kind tells. NoFirst says that yes to that
// is no to n. What it does with NaN is not part of it.
func canonical(n *treeNode, single bool) (split float64, kind uint8, noFirst bool) {
	split = n.split
	switch n.mode {
	case branchEQ:
		return split, kernels.TreeEqual, false
	case branchNEQ:
		return split, kernels.TreeEqual, true
	case branchMember:
		return float64(n.set), kernels.TreeMember, false
	}
	always := math.Inf(1)
	if split != split {
		return always, 0, true // nothing compares with NaN: the answer is no
	}
	noFirst = n.mode == branchGT || n.mode == branchGTE
	if n.mode == branchLT || n.mode == branchGTE { // x < split is x <= the number before it
		if math.IsInf(split, -1) {
			return always, 0, !noFirst
		}
		split = before(split, single)
	}
	return split, 0, noFirst
}

// before returns the greatest number that is less than v: a float32, if single.
func before(v float64, single bool) float64 {
	if single {
		return float64(math.Nextafter32(float32(v), float32(math.Inf(-1))))
	}
	return math.Nextafter(v, math.Inf(-1))
}

// memberSet returns the numbers of a set, sorted.
func memberSet(set []float64) []float64 {
	sorted := make([]float64, 0, len(set))
	for _, i := range inOrder(len(set), func(i, j int) int { return cmp.Compare(set[i], set[j]) }) {
		sorted = append(sorted, set[i])
	}
	return slices.Compact(sorted)
}

// inOrder returns the numbers from 0 to n-1 in an order; those that are equal in it stay as they are. What is seldom sorted
// is sorted by it: each type that package slices sorts is several kilobytes of code.
func inOrder(n int, order func(i, j int) int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	slices.SortFunc(list, func(i, j int) int { return cmp.Or(order(i, j), cmp.Compare(i, j)) })
	return list
}

// narrow returns f with numbers of T, which hold all of its thresholds.
func narrow[T kernels.Float](f *forest[float64]) *forest[T] {
	from := &f.Forest
	to := &forest[T]{
		Forest:   kernels.Forest[T]{Nodes: make([]kernels.TreeNode[T], len(from.Nodes)), Roots: from.Roots, Depths: from.Depths, Kinds: from.Kinds, Plain: from.Plain},
		features: f.features, first: f.first, targets: f.targets, weights: narrowed[T](f.weights),
	}
	for i, n := range from.Nodes {
		to.Nodes[i] = kernels.TreeNode[T]{Split: T(n.Split), Feature: n.Feature, Next: n.Next}
	}
	for _, set := range from.Sets {
		to.Sets = append(to.Sets, narrowed[T](set))
	}
	if f.sums != nil {
		to.sums = narrowed[T](f.sums)
	}
	return to
}

func narrowed[T kernels.Float](list []float64) []T {
	out := make([]T, len(list))
	kernels.Convert(out, list)
	return out
}

// forestOf returns the ensemble of a node in the layout that it is walked in, shared by all kernels of the node.
func forestOf[T kernels.Float](n *Node, spec func() (*treeSpec, error), targets int) (*forest[T], error) {
	build := func() (*forest[T], error) {
		s, err := spec()
		if err != nil {
			return nil, err
		}
		f, err := plant(s, targets, dtype.Of[T]() == dtype.Float32)
		if err != nil {
			return nil, err
		}
		g, ok := any(f).(*forest[T])
		if !ok {
			g = narrow[T](f)
		}
		g.quick = quicken(g)
		return g, nil
	}
	p := n.Packs
	if p == nil || len(n.Attrs) == 0 {
		return build()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	k := packKey{layout: &n.Attrs[0]}
	if f, ok := p.made[k].(*forest[T]); ok {
		return f, nil
	}
	f, err := build()
	if err != nil {
		return nil, err
	}
	if p.made == nil {
		p.made = map[packKey]any{}
	}
	p.made[k] = f
	return f, nil
}
