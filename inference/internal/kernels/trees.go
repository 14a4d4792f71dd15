package kernels

// TreeNode is a node of a decision tree. The two nodes that follow on it lie side by side.
type TreeNode[T Float] struct {
	Split   T
	Feature uint32
	Next    uint32 // where Feature <= Split leads; what is greater leads to the node after that
}

// What a node tests when it is not Feature <= Split, and where it sends NaN.
const (
	TreeEqual   uint8 = 1 << iota // Feature == Split
	TreeMember                    // Feature is in Sets[int(Split)]
	TreeNaNSkip                   // NaN leads to the node after Next
)

// Forest is an ensemble of decision trees. A leaf is a node whose Next is itself and whose Split is infinite, so that
// a walk that goes on at a leaf stays there: all walks of a few trees take the same number of steps, no step has to
// ask whether it is the last, and none has a branch that could be mispredicted.
type Forest[T Float] struct {
	Nodes  []TreeNode[T]
	Roots  []uint32
	Depths []int32 // of each tree: steps from its root to its lowest leaf
	Kinds  []uint8 // by node: the constants above
	Sets   [][]T
	Plain  bool // every node tests Feature <= Split
}

// Lanes is how many trees are walked at once: while one walk waits for its next node, the others go on.
const Lanes = 4

// HasNaN reports whether x has an element that is no number.
func HasNaN[T Float](x []T) bool {
	for _, v := range x {
		if v != v {
			return true
		}
	}
	return false
}

// Leaves sets leaf[i] to the leaf that x falls into of tree first+i. Clean says that no element of x is NaN.
func Leaves[T Float](f *Forest[T], leaf *[Lanes]uint32, x []T, first int, clean bool) {
	n := min(Lanes, len(f.Roots)-first)
	roots := f.Roots[first:][:n]
	copy(leaf[:], roots)
	if !f.Plain || !clean {
		for i, root := range roots {
			leaf[i] = leafOf(f, x, root)
		}
		return
	}
	if n < Lanes { // walk the last tree more than once
		for i := n; i < Lanes; i++ {
			leaf[i] = roots[n-1]
		}
	}
	depth := int32(0)
	for _, d := range f.Depths[first:][:n] {
		depth = max(depth, d)
	}
	walkLanes(f.Nodes, leaf, x, depth)
}

// walkLanes goes depth steps from the given nodes on, at a time.
func walkLanes[T Float](nodes []TreeNode[T], at *[Lanes]uint32, x []T, depth int32) {
	a, b, c, d := at[0], at[1], at[2], at[3]
	for range depth {
		p, q, r, s := &nodes[a], &nodes[b], &nodes[c], &nodes[d]
		a1 := p.Next + bit(x[p.Feature] > p.Split)
		b1 := q.Next + bit(x[q.Feature] > q.Split)
		c1 := r.Next + bit(x[r.Feature] > r.Split)
		d1 := s.Next + bit(x[s.Feature] > s.Split)
		if a1 == a && b1 == b && c1 == c && d1 == d {
			break
		}
		a, b, c, d = a1, b1, c1, d1
	}
	at[0], at[1], at[2], at[3] = a, b, c, d
}

func bit(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// leafOf walks one tree whose nodes may test anything, with values that may be NaN.
func leafOf[T Float](f *Forest[T], x []T, at uint32) uint32 {
	for {
		n := &f.Nodes[at]
		if n.Next == at {
			return at
		}
		kind, v := f.Kinds[at], x[n.Feature]
		var skip bool
		switch {
		case v != v:
			skip = kind&TreeNaNSkip != 0
		case kind&TreeEqual != 0:
			skip = v != n.Split
		case kind&TreeMember != 0:
			skip = !isMember(f.Sets[int(n.Split)], v)
		default:
			skip = v > n.Split
		}
		at = n.Next + bit(skip)
	}
}

// isMember reports whether sorted holds v.
func isMember[T Float](sorted []T, v T) bool {
	low, high := 0, len(sorted)
	for low < high {
		mid := int(uint(low+high) / 2)
		switch {
		case sorted[mid] == v:
			return true
		case sorted[mid] < v:
			low = mid + 1
		default:
			high = mid
		}
	}
	return false
}
