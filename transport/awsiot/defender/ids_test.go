package defender

import (
	"log/slog"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/brinkml/brink/internal/durable/crashfs"
)

// Clocks go back, ahead, and to where no clock should be; the power is cut at
// any operation; the file of identifiers is what the disk made of it. Those
// that were given out only grow.
func TestClocksAndPowerCuts(t *testing.T) {
	clocks := []int64{0, -1, math.MinInt64, 1, 1_600_000_000, 1_500_000_000, 4_000_000_000, 1_600_000_100}
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 0))
		disk := crashfs.New(seed)
		var last int64
		for range 6 {
			disk.CrashAt(1 + rng.IntN(12))
			i, err := openIDs(disk, "/state", "a:b", slog.New(slog.DiscardHandler))
			for err == nil {
				var id int64
				if id, err = i.next(time.Unix(clocks[rng.IntN(len(clocks))], 0)); err == nil {
					if id <= last || id < 1 {
						t.Fatalf("seed %d: identifier %d after %d", seed, id, last)
					}
					last = id
				}
			}
			disk = disk.Reboot()
		}
	}
}

func TestIdentifiersEnd(t *testing.T) {
	i, err := openIDs(crashfs.New(1), "", "a", nil)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := i.next(time.Unix(math.MaxInt64, 0)); id != maxID || err != nil {
		t.Errorf("next = %d, %v; want the highest", id, err)
	}
	if id, err := i.next(time.Unix(1, 0)); err == nil {
		t.Errorf("next = %d; want an error", id)
	}
}

func TestDue(t *testing.T) {
	for _, tc := range []struct {
		last, now int64
		want      time.Duration
	}{
		{0, 1000, 0},
		{1000, 1000, 300 * time.Second},
		{1000, 1100, 200 * time.Second},
		{1000, 1300, 0},
		{1000, 999, 0}, // one of the clocks was wrong
		{1000, 1 << 40, 0},
	} {
		if got := (&ids{last: tc.last}).due(time.Unix(tc.now, 0), 300*time.Second); got != tc.want {
			t.Errorf("last %d, now %d: due in %v; want %v", tc.last, tc.now, got, tc.want)
		}
	}
}
