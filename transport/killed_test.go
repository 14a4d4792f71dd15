package transport_test

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/brinkml/brink/transport/transporttest"
)

// A device is killed again and again, while the broker goes away now and then:
// everything that Publish accepted arrives, and a kill repeats at most the
// window and the unstored acknowledgements, in each of two lanes.
func TestKilled(t *testing.T) {
	kills := 8
	if os.Getenv("BRINK_LONG") != "" {
		kills = 500
	}
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
	cuts := 0
	for range kills {
		cmd := startDevice(t, url, dir)
		time.Sleep(time.Duration(50+rand.IntN(350)) * time.Millisecond)
		if rand.IntN(3) == 0 {
			cuts++
			b.Cut()
			time.Sleep(time.Duration(rand.IntN(100)) * time.Millisecond)
			b.Restore()
			time.Sleep(time.Duration(rand.IntN(100)) * time.Millisecond)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
			t.Fatalf("the device ended by itself: %v\n%s", err, cmd.Stderr)
		}
	}
	cmd := startDevice(t, url, dir, "BRINK_DRAIN=1")
	if err := cmd.Wait(); err != nil {
		t.Fatalf("the last run: %v\n%s", err, cmd.Stderr)
	}

	enqueued, err := os.ReadFile(filepath.Join(dir, "enqueued"))
	if err != nil {
		t.Fatal(err)
	}
	messages, err := transporttest.ReadOracle(filepath.Join(dir, "oracle"))
	if err != nil {
		t.Fatal(err)
	}
	arrived := make(map[string]int)
	for _, m := range messages {
		arrived[string(m.Payload)]++
	}
	n, lost := 0, 0
	for id := range strings.FieldsSeq(string(enqueued)) {
		n++
		if arrived[id] == 0 {
			lost++
		}
	}
	if lost > 0 || n < 10*kills {
		t.Errorf("%d of %d accepted messages lost; want 0 of many", lost, n)
	}
	again := len(messages) - len(arrived)
	if limit := kills*2*(20+256) + cuts*20; again > limit {
		t.Errorf("%d messages arrived again; want at most %d", again, limit)
	}
	if v := b.Stats().Violations; len(v) > 0 {
		t.Errorf("violations: %q", v)
	}
	t.Logf("%d kills, %d cuts: %d accepted, %d lost, %d arrived again", kills, cuts, n, lost, again)
}

func startDevice(t *testing.T, url, dir string, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), childEnv+"="+url, "BRINK_DIR="+dir), env...)
	cmd.Stderr = new(strings.Builder)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}
