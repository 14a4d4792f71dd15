package transport_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/brinkml/brink/transport/internal/verdict"
)

// holds reports what a verdict says against the promises.
func holds(t *testing.T, v *verdict.Verdict, window, unstored int) {
	t.Helper()
	for _, p := range v.Problems(window, unstored) {
		t.Error(p)
	}
}

// seeded returns random numbers whose seed the test prints, and takes from
// BRINK_SEED to run again.
func seeded(t testing.TB) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("BRINK_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("BRINK_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// long reports whether the figures are to be run in full.
func long() bool { return os.Getenv("BRINK_LONG") != "" }

// between is a random time of [from, to).
func between(r *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(r.Int64N(int64(to-from)))
}
