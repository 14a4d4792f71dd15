package sensortest_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/sensortest"
)

// sink keeps what an offender allocates from being optimized away.
var sink []byte

// offenders are sources that break one rule each, with what TestSource says about it.
var offenders = []struct {
	name string
	read func(ctx context.Context, n int, r *sensor.Reading[int]) error // n counts the calls
	want string
}{
	{"keeps quality", func(_ context.Context, n int, r *sensor.Reading[int]) error {
		q := r.Quality
		*r = sensor.Reading[int]{At: time.Now(), Seq: uint64(n), Quality: q}
		return nil
	}, "is left from before the read"},
	{"has no time", func(_ context.Context, n int, r *sensor.Reading[int]) error {
		*r = sensor.Reading[int]{Seq: uint64(n)}
		return nil
	}, "want the time of the read"},
	{"leaves numbers out", func(_ context.Context, n int, r *sensor.Reading[int]) error {
		*r = sensor.Reading[int]{At: time.Now(), Seq: uint64(2 * n)}
		return nil
	}, "Seq = 2; want 1"},
	{"ignores its context", func(_ context.Context, _ int, r *sensor.Reading[int]) error {
		*r = sensor.Reading[int]{At: time.Now()}
		return nil
	}, "Read with a cancelled context = <nil>"},
	{"allocates", func(ctx context.Context, _ int, r *sensor.Reading[int]) error {
		sink = make([]byte, 100)
		*r = sensor.Reading[int]{At: time.Now()}
		return ctx.Err()
	}, "Read allocates 1 times"},
	{"is not ready silently", func(ctx context.Context, n int, r *sensor.Reading[int]) error {
		*r = sensor.Reading[int]{At: time.Now()}
		if err := ctx.Err(); err != nil || n > 2 {
			return err
		}
		return sensor.ErrNotReady
	}, "want NotReady with it"},
	{"is never ready", func(ctx context.Context, _ int, r *sensor.Reading[int]) error {
		*r = sensor.Reading[int]{At: time.Now(), Quality: sensor.NotReady}
		if err := ctx.Err(); err != nil {
			return err
		}
		return sensor.ErrNotReady
	}, "Read = ErrNotReady for 20 periods"},
	{"numbers twice", func(ctx context.Context, n int, r *sensor.Reading[int]) error {
		*r = sensor.Reading[int]{At: time.Now(), Seq: uint64(min(n, 12))}
		return ctx.Err()
	}, "comes twice"},
}

// TestOffender is run by TestContractCatches, in another process: it fails.
func TestOffender(t *testing.T) {
	for _, o := range offenders {
		if os.Getenv("SENSORTEST_OFFENDER") == o.name {
			sensortest.TestSource(t, func(*testing.T) sensor.Source[int] {
				var n atomic.Int64
				return sensor.SourceFunc[int](func(ctx context.Context, r *sensor.Reading[int]) error {
					return o.read(ctx, int(n.Add(1)), r)
				})
			}, &sensortest.Contract{Concurrent: o.name == "numbers twice"})
		}
	}
}

// Each rule that a source breaks is found, and named.
func TestContractCatches(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a process for each rule")
	}
	for _, o := range offenders {
		t.Run(o.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOffender$")
			cmd.Env = append(os.Environ(), "SENSORTEST_OFFENDER="+o.name)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), o.want) {
				t.Errorf("TestSource of a source that %s: %v\n%s\nwant %q in it", o.name, err, out, o.want)
			}
		})
	}
}
