package plan

import (
	"math/rand/v2"
	"testing"
)

// TestAssign places random blocks: none may overlap while both are needed, and the span is what it says.
func TestAssign(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		blocks := make([]block, 1+rng.IntN(40))
		offsets := make([]int, len(blocks))
		var most int64
		for i := range blocks {
			first := rng.IntN(20)
			blocks[i] = block{size: roundUp(rng.IntN(1000)), first: first, last: first + rng.IntN(6), at: &offsets[i]}
			most += int64(blocks[i].size)
		}
		got := assign(blocks)
		var span, peak int64
		for i, a := range blocks {
			if offsets[i]%64 != 0 {
				t.Fatalf("block at %d", offsets[i])
			}
			span = max(span, int64(offsets[i]+a.size))
			for j, b := range blocks[:i] {
				if a.first <= b.last && b.first <= a.last && offsets[i] < offsets[j]+b.size && offsets[j] < offsets[i]+a.size {
					t.Fatalf("blocks %+v at %d and %+v at %d overlap", a, offsets[i], b, offsets[j])
				}
			}
		}
		for step := range 26 {
			var live int64
			for _, b := range blocks {
				if b.first <= step && step <= b.last {
					live += int64(b.size)
				}
			}
			peak = max(peak, live)
		}
		if got != span || got > most || got < peak {
			t.Errorf("assign = %d; want the span %d, at least the peak %d and at most the sum %d", got, span, peak, most)
		}
	}
}

// BenchmarkAssign places the blocks of a long chain, each needed for two steps, beside a few that are always needed.
func BenchmarkAssign(b *testing.B) {
	for b.Loop() {
		blocks := make([]block, 1<<16)
		offsets := make([]int, len(blocks))
		for i := range blocks {
			blocks[i] = block{size: 64 * (i%37 + 1), first: i, last: i + 1, at: &offsets[i]}
			if i%10000 == 0 {
				blocks[i].last = len(blocks)
			}
		}
		assign(blocks)
	}
}
