package sensor

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestBuckets(t *testing.T) {
	for i := range buckets - 1 {
		if got := bucket(upper(i)); got != i {
			t.Fatalf("bucket(upper(%d) = %v) = %d", i, upper(i), got)
		}
		if got := bucket(upper(i) + 1); got != i+1 {
			t.Fatalf("bucket just above upper(%d) = %v is %d; want %d", i, upper(i), got, i+1)
		}
	}
	if got := bucket(math.MaxInt64); got != buckets-1 {
		t.Errorf("bucket of the longest lateness = %d; want %d, the last", got, buckets-1)
	}
}

func TestQuantilesAgainstSorting(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		var s Sampler[int]
		late := make([]time.Duration, 1+rng.IntN(2000))
		for i := range late {
			late[i] = time.Duration(math.Exp(rng.Float64() * 25)) // to 72 s
			s.record(late[i], 0, nil)
		}
		slices.Sort(late)
		st := s.Stats()
		for _, q := range []struct {
			name    string
			percent int
			got     time.Duration
		}{{"P50", 50, st.LatenessP50}, {"P99", 99, st.LatenessP99}, {"Max", 100, st.LatenessMax}} {
			exact := late[(len(late)*q.percent+99)/100-1]
			if q.got < exact || q.got > exact+exact/4+time.Microsecond {
				t.Errorf("%s of %d = %v; want %v to 25 %%", q.name, len(late), q.got, exact)
			}
		}
	}
}
