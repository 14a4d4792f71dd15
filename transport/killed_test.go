package transport_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/brinkml/brink/transport/internal/verdict"
	"github.com/brinkml/brink/transport/transporttest"
)

// A device is killed again and again, some of the times while it opens or makes
// its first connection, and the broker goes away now and then: everything that
// Publish accepted arrives, a kill repeats at most the window and the unstored
// acknowledgements, and the device is back within a second.
//
//	BRINK_LONG=1 go test -count=1 -v -run '^TestKilled$' ./transport
func TestKilled(t *testing.T) {
	kills := 10
	if long() {
		kills = 500
	}
	rng := seeded(t)
	dir := t.TempDir()
	b, err := transporttest.New(&transporttest.Options{Oracle: filepath.Join(dir, "oracle")})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	url, err := b.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	life := 0
	startDevice := func(env ...string) *process {
		life++
		// The name tells the oracle which of the devices it was.
		env = append(env, "BRINK_URL="+url, "BRINK_DIR="+dir, fmt.Sprintf("BRINK_CLIENT=device-%d", life))
		p := startChild(t, "device", env...)
		p.line() // it begins to open
		return p
	}
	cuts := 0
	for i := range kills {
		p := startDevice()
		switch {
		case i%5 == 4:
			time.Sleep(between(rng, 0, 5*time.Millisecond))
		default:
			time.Sleep(between(rng, 5*time.Millisecond, 500*time.Millisecond))
			if rng.IntN(3) == 0 {
				cuts++
				b.Cut()
				time.Sleep(between(rng, 0, 100*time.Millisecond))
				b.Restore()
				time.Sleep(between(rng, 0, 100*time.Millisecond))
			}
		}
		p.kill()
	}
	p := startDevice("BRINK_DRAIN=1")
	if err := p.wait(); err != nil {
		t.Fatalf("the last run: %v\n%s", err, &p.stderr)
	}

	arrived, err := transporttest.ReadOracle(filepath.Join(dir, "oracle"))
	if err != nil {
		t.Fatal(err)
	}
	v := verdict.Judge(mustFields(t, filepath.Join(dir, "enqueued")), arrived)
	holds(t, v, 20, 256)
	if v.Accepted < 10*kills {
		t.Errorf("only %d messages were accepted in %d lives", v.Accepted, kills)
	}
	if v := b.Stats().Violations; len(v) > 0 {
		t.Errorf("violations: %q", v)
	}
	opened := mustFields(t, filepath.Join(dir, "opened"))
	var slowest time.Duration
	for _, s := range opened {
		took, err := time.ParseDuration(s)
		if err != nil {
			t.Fatal(err)
		}
		slowest = max(slowest, took)
	}
	if slowest >= time.Second {
		t.Errorf("Open took %v; want less than 1 s", slowest)
	}
	t.Logf("%d kills, %d of them before Open returned, %d cuts: %v; slowest Open %v", kills, life-len(opened), cuts, v, slowest)
}

// mustFields reads the words of a file.
func mustFields(t *testing.T, name string) []string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(b))
}
