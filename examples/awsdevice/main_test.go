package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The trial starts this program again, which in a test is the test: the variable tells the two apart.
const childEnv = "AWSDEVICE_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		main()
		return
	}
	os.Setenv(childEnv, "1")
	goleak.VerifyTestMain(m)
}

// call runs the program.
func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, log bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	code = run(ctx, args, strings.NewReader(""), &out, &log)
	return code, out.String(), log.String()
}

// judged runs the program without an endpoint and returns its summary.
func judged(t *testing.T, args ...string) verdict {
	t.Helper()
	code, stdout, stderr := call(t, append(args, "-json")...)
	if code != 0 {
		t.Fatalf("exit code %d, %s\n%s", code, stderr, stdout)
	}
	t.Log(stdout)
	if strings.Contains(stdout+stderr, "secret-") {
		t.Error("the token of a tunnel was printed or logged")
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	var v verdict
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestDemonstration is what the program does without flags, by either topic: each step once. What the two policies allow is needed by one of
// the two runs, and nothing else.
func TestDemonstration(t *testing.T) {
	unneeded := map[string]int{}
	for _, rule := range []string{"store", ""} {
		v := judged(t, "-rule", rule, "-log", "error")
		for _, step := range []struct {
			name      string
			got, want int
		}{
			{"devices", v.Devices, 1},
			{"certificates", v.Certificates, 1},
			{"certificates asked for", v.Asked, 1},
			{"shadows in step", v.InStep, 1},
			{"jobs done", v.Jobs, 1},
			{"jobs begun", v.Runs, 1},
			{"whole files", v.Files, 1},
			{"cuts", v.Cuts, 3},
			{"reports", v.Reports, 1},
			{"reports refused", v.Refused, 0},
			{"tunnels heard of", v.Handed, 1},
			{"tunnels opened", v.Tunnels, 1},
			{"readings lost", v.Lost, 0},
			{"things forbidden", len(v.Forbidden), 0},
		} {
			if step.got != step.want {
				t.Errorf("-rule %q: %s: %d; want %d", rule, step.name, step.got, step.want)
			}
		}
		if most := int64(modelSize + cutsPerModel*2*128<<10); v.SentBytes > most {
			t.Errorf("%d bytes were sent; want at most %d, which is the file and what was under way at the cuts", v.SentBytes, most)
		}
		for _, may := range v.Unneeded {
			unneeded[may]++
		}
	}
	for may, runs := range unneeded {
		if runs == 2 {
			t.Errorf("the policies allow %s, which nobody needed", may)
		}
	}
}

// TestTrial kills devices at random moments of their course.
func TestTrial(t *testing.T) {
	kills := 6
	if os.Getenv("BRINK_LONG") != "" {
		kills = 200
	}
	v := judged(t, "-trial", fmt.Sprint(kills), "-log", "error")
	if v.Kills != kills || v.Certificates != v.Devices || v.Jobs != v.Devices || v.Files != v.Devices || v.InStep != v.Devices ||
		v.Reports+v.Unreported != v.Devices || v.Lost != 0 || v.Accepted == 0 {
		t.Errorf("verdict %+v; want each device to have everything once", v)
	}
}

// buffer is written and read at the same time.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// TestEndpoint is the device by its flags: empty with a claim, then again without one.
func TestEndpoint(t *testing.T) {
	dir := t.TempDir()
	c, err := startCloud(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	}()
	args := []string{
		"-endpoint", "tls://" + c.link.listener.Addr().String(), "-ca", dir + "/ca.pem", "-serial", "hub-7", "-state", dir + "/state",
		"-interval", "10ms", "-print", "-stdin",
	}
	claim := []string{"-claim-cert", dir + "/claim.pem", "-claim-key", dir + "/claim.key"}
	if code, _, stderr := call(t, args...); code != 1 || !strings.Contains(stderr, "-claim-cert and -claim-key are needed") {
		t.Errorf("exit code %d, %q; want 1, and that a claim is needed", code, stderr)
	}
	for life, args := range [][]string{append(args, claim...), args} {
		stdin, leave := io.Pipe()
		var stdout, stderr buffer
		code := make(chan int, 1)
		go func() { code <- run(t.Context(), args, stdin, &stdout, &stderr) }()
		for deadline := time.Now().Add(30 * time.Second); strings.Count(stdout.String(), "reading") < 5; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("life %d: no readings in 30 s: %s %s", life, &stdout, &stderr)
			}
		}
		leave.Close()
		if got := <-code; got != 0 {
			t.Fatalf("life %d: exit code %d: %s", life, got, &stderr)
		}
		if provisioned := strings.Contains(stdout.String(), "provisioned {"); provisioned != (life == 0) {
			t.Errorf("life %d: provisioned is %v\n%s", life, provisioned, &stdout)
		}
		for line := range strings.Lines(stdout.String()) {
			var a arrival
			if text, ok := strings.CutPrefix(line, "reading "); ok && (json.Unmarshal([]byte(text), &a) != nil || c.readings["hub-7"][a] == 0) {
				t.Errorf("life %d: %s was accepted and did not arrive", life, line)
			}
		}
	}
	if n := len(c.registry.Certificates()); n != 1 || len(c.refused) != 0 {
		t.Errorf("%d certificates, refused %v; want 1 and nothing", n, c.refused)
	}
}

// TestJudge lets the judge see what it is there for.
func TestJudge(t *testing.T) {
	c, err := startCloud(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	d := &course{cloud: c, thing: "hub-1", state: t.TempDir(), agreed: []arrival{{1, 1}, {1, 2}}, said: map[string]int{}}
	if err := os.WriteFile(d.state+"/model", []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.model = []byte("half and more")
	c.readings["hub-1"] = map[arrival]int{{1, 1}: 2}
	var v verdict
	if err := v.judge(d); err != nil {
		t.Fatal(err)
	}
	v.conclude(c)
	err = v.print(io.Discard, true)
	for _, want := range []string{"0 certificates", "1 of 2 readings lost", "not in step", "of the job", "not what was sent", "0 reports", "0 tunnels"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("print = %v; want that %q is wrong", err, want)
		}
	}
	if v.Twice != 1 || v.Lost != 1 {
		t.Errorf("verdict %+v; want one reading twice and one lost", v)
	}
}

func TestBadFlags(t *testing.T) {
	code, _, stderr := call(t, "-interval", "0s", "-serial", "a/b", "-claim-cert", "x", "-trial", "-1", "-rule", "a-b", "-state", "", "-drain", "-1s", "y")
	for _, want := range []string{
		"-interval is 0s", `-serial "a/b"`, "-claim-cert and -claim-key belong", "need an -endpoint", "-trial is -1", "-rule: ", "-state is empty",
		"-duration or -drain", `"y"`,
	} {
		if code != 1 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, want) {
			t.Errorf("exit code %d, %q; want 1 and a line with %s", code, stderr, want)
		}
	}
	if code, _, stderr := call(t, "-h"); code != 0 || !strings.Contains(stderr, "-trial") {
		t.Errorf("-h: exit code %d, %q; want 0 and the flags", code, stderr)
	}
	for _, args := range [][]string{
		{"-endpoint", "ftp://x", "-claim-cert", "/nowhere", "-claim-key", "/nowhere"},
		{"-endpoint", "x", "-trial", "1"},
	} {
		if code, _, stderr := call(t, append(args, "-state", t.TempDir())...); code != 1 || stderr == "" {
			t.Errorf("%v: exit code %d, %q; want 1 and why", args, code, stderr)
		}
	}
	if got := (&options{endpoint: "x.example"}).broker(); got != "tls://x.example:8883" {
		t.Errorf("broker() = %q; want the port of MQTT over TLS", got)
	}
}
