//go:build amd64 && !noasm

package trees

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// ensemble is a forest, and what it is made of.
type ensemble struct {
	Forest
	splits []float32 // by node
}

// plant makes random trees of at most the given depth, from the top down.
func plant(r *rand.Rand, trees, depth, features int) *ensemble {
	f := &ensemble{}
	for t := range trees {
		type place struct{ at, depth int }
		grow := func() int {
			f.Nodes, f.splits = append(f.Nodes, Node{Key: Leaf}), append(f.splits, 0)
			return len(f.Nodes) - 1
		}
		queue := []place{{grow(), 0}}
		f.Roots = append(f.Roots, uint32(queue[0].at))
		if t%Lanes == 0 {
			f.Depths = append(f.Depths, 0)
		}
		for len(queue) > 0 {
			p := queue[0]
			queue = queue[1:]
			if p.depth == depth || r.IntN(8) == 0 {
				continue
			}
			next := grow()
			grow()
			f.splits[p.at] = float32(r.IntN(9))/2 - 2 // often as great as a feature
			f.Nodes[p.at] = Node{Key(f.splits[p.at]), uint16(r.IntN(features)), uint16(next - p.at)}
			f.Depths[t/Lanes] = max(f.Depths[t/Lanes], uint32(p.depth+1))
			queue = append(queue, place{next, p.depth + 1}, place{next + 1, p.depth + 1})
		}
	}
	for len(f.Roots)%Lanes != 0 {
		f.Roots = append(f.Roots, f.Roots[len(f.Roots)-1])
	}
	return f
}

// leaf walks one tree.
func (f *ensemble) leaf(x []float32, at uint32) uint32 {
	for f.Nodes[at].Step != 0 {
		n := &f.Nodes[at]
		next := at + uint32(n.Step)
		if x[n.Feature] > f.splits[at] {
			next++
		}
		at = next
	}
	return at
}

func check(t *testing.T, seed uint64, trees, depth, features int) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	f := plant(r, trees, depth, features)
	x := make([]float32, features)
	for i := range x {
		x[i] = float32(r.IntN(9))/2 - 2
	}
	x[r.IntN(features)] = []float32{float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.Copysign(0, -1)), 1e-40}[seed%4]
	keys := make([]uint32, features)
	if !Keys(keys, x) {
		t.Fatalf("Keys(%v) = false; want true", x)
	}
	const canary = 12345
	all := slices.Repeat([]uint32{canary}, len(f.Roots)+2)
	leaves := all[1 : len(all)-1]
	f.Walk(leaves, keys, 0)
	for i, root := range f.Roots {
		if want := f.leaf(x, root); leaves[i] != want {
			t.Fatalf("tree %d of %d, depth %d: leaf %d; want %d", i, trees, depth, leaves[i], want)
		}
	}
	if all[0] != canary || all[len(all)-1] != canary {
		t.Fatal("Walk wrote beside the leaves")
	}
}

func TestWalk(t *testing.T) {
	for seed := range uint64(20) {
		for _, trees := range []int{1, 7, 8, 9, 100, 8*callGroups + 3} {
			check(t, seed, trees, int(seed%7), 1+int(seed%5))
		}
	}
}

func FuzzWalk(f *testing.F) {
	f.Add(uint64(1), uint8(9), uint8(5), uint8(3))
	f.Fuzz(func(t *testing.T, seed uint64, trees, depth, features uint8) {
		check(t, seed, 1+int(trees), int(depth%10), 1+int(features))
	})
}

func TestKeys(t *testing.T) {
	inf := float32(math.Inf(1))
	rising := []float32{-inf, -math.MaxFloat32, -1, -1e-40, 0, 1e-40, 0.5, 1, math.MaxFloat32, inf}
	for i, v := range rising[1:] {
		if Key(rising[i]) >= Key(v) {
			t.Errorf("Key(%v) = %d, Key(%v) = %d; want the first to be less", rising[i], Key(rising[i]), v, Key(v))
		}
	}
	if minus := float32(math.Copysign(0, -1)); Key(minus) != Key(0) {
		t.Errorf("Key(-0) = %d; want %d as of 0", Key(minus), Key(0))
	}
	if Keys(make([]uint32, 2), []float32{1, float32(math.NaN())}) {
		t.Error("Keys of NaN = true; want false")
	}
}

func BenchmarkWalk(b *testing.B) {
	f := plant(rand.New(rand.NewPCG(1, 1)), 104, 8, 16)
	leaves, keys := make([]uint32, len(f.Roots)), make([]uint32, 16)
	Keys(keys, make([]float32, 16))
	for b.Loop() {
		f.Walk(leaves, keys, 0)
	}
}
