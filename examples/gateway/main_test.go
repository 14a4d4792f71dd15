package main

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// childEnv makes the test binary be the gateway, so that a test can kill it.
const childEnv = "BRINK_GATEWAY_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		main()
	}
	goleak.VerifyTestMain(m)
}

// gatewayRun runs the program within the test and returns its exit code and what it wrote.
func gatewayRun(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs)
	return code, out.String(), errs.String()
}

// lastLine reads the summary of a run with -json.
func lastLine(t *testing.T, stdout string) (s summary) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &s); err != nil {
		t.Fatalf("last line %q: %v", lines[len(lines)-1], err)
	}
	return s
}

func TestDemonstration(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := gatewayRun(t, "-duration", "5s", "-pace", "20", "-json")
	if code != 0 || stderr != "" {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	s := lastLine(t, stdout)
	if s.Lost != 0 || s.Pending != 0 || !s.Witnessed || s.Refused != 0 || s.Links < 2 {
		t.Errorf("summary %+v; want two connections, nothing lost, pending or refused, and a witness", s)
	}
	least := map[string]int{"hbs/cloudtopic": 5, "hbs/stream": 5, "ml/dlr/image-classification": 3, "dt/+/heartbeat": 5}
	for _, r := range s.Topics {
		if r.Sent < least[r.Topic] || r.Arrived-r.Again > r.Sent {
			t.Errorf("%+v; want at least %d sent, and nothing arrived besides", r, least[r.Topic])
		}
		if late := r.Sent - (r.Arrived - r.Again); late != 0 && (r.Topic != "dt/+/heartbeat" || late > int(r.Outdated)) {
			t.Errorf("%+v; want each arrived, but for heartbeats that are outdated", r)
		}
		delete(least, r.Topic)
	}
	if len(least) > 0 {
		t.Errorf("the summary says nothing of %v", least)
	}
	l := s.Leaf
	if l.Temperature == nil || l.Cloud == nil || *l.Temperature != *l.Cloud || !l.Synced {
		t.Errorf("leaf %+v; want the cloud to have its last temperature", l)
	}
	if l.Accepted < 2 || l.Updates < 5 || l.Version > l.Updates {
		t.Errorf("leaf %+v; want answers, and no more updates of the cloud's than of the leaf's", l)
	}
	if s.Scrolled < 2 {
		t.Errorf("%d texts passed on the matrix; want a reading's two at least", s.Scrolled)
	}
	if strings.Count(stdout, "no uplink") != 1 || strings.Count(stdout, "uplink is back") != 1 {
		t.Errorf("the cut is not told:\n%s", stdout)
	}
}

// TestWithoutCloud keeps everything while nobody answers, and a second run with a broker delivers it.
func TestWithoutCloud(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "tcp://" + l.Addr().String()
	l.Close()
	code, stdout, stderr := gatewayRun(t, "-duration", "2s", "-pace", "20", "-json", "-state", dir, "-broker", nobody)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	first := lastLine(t, stdout)
	if first.Pending < 4 || first.Lost != 0 || !strings.Contains(stdout, dir) {
		t.Errorf("summary %+v; want much pending, nothing lost, and the folder named in\n%s", first, stdout)
	}
	c := startCloud(t)
	code, stdout, stderr = gatewayRun(t, "-duration", "3s", "-pace", "20", "-json", "-state", dir, "-broker", c.url)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	s := lastLine(t, stdout)
	if s.Resumed == 0 || s.Pending != 0 || s.Lost != 0 || !s.Leaf.Synced {
		t.Errorf("summary %+v; want what was left to go out", s)
	}
	if got := len(c.on(cloudTopic)); got != first.Topics[0].Sent+s.Topics[0].Sent {
		t.Errorf("%d appliance messages in the cloud; want %d of the first run and %d of the second", got, first.Topics[0].Sent, s.Topics[0].Sent)
	}
	if got := len(c.on("hbs/stream")); got != first.Topics[1].Sent+s.Topics[1].Sent {
		t.Errorf("%d messages of the stream in the cloud; want %d and %d", got, first.Topics[1].Sent, s.Topics[1].Sent)
	}
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for _, tt := range []struct {
		name string
		args []string
		want []string // all of it, in one line on standard error
	}{
		{"unknown flag", []string{"-fast"}, []string{"-fast"}},
		{"argument", []string{"fast"}, []string{"fast"}},
		{"span", []string{"-link", "20s-10s"}, []string{"-link", "10s-20s"}},
		{"all at once", []string{"-pace", "0", "-thing", "a/b", "-id", "", "-duration", "-1s"}, []string{"-pace", "-thing", "-id", "-duration"}},
		{"broker", []string{"-broker", "nonsense"}, []string{"nonsense"}},
		{"broker of another kind", []string{"-broker", "amqp://127.0.0.1:1", "-state", dir}, []string{"amqp"}},
		{"address", []string{"-listen", "nonsense"}, []string{"nonsense"}},
		{"address in use", []string{"-listen", busy.Addr().String()}, []string{busy.Addr().String(), "in use"}},
		{"topic", []string{"-stream", "a/#"}, []string{"-stream"}},
		{"certificate without key", []string{"-cert", file, "-broker", "tls://localhost"}, []string{"-key"}},
		{"certificate without TLS", []string{"-ca", file}, []string{"tls://"}},
		{"local certificate alone", []string{"-listen", "127.0.0.1:0", "-local-cert", file}, []string{"-local-key", "-local-ca"}},
		{"local certificate is none", []string{"-listen", "127.0.0.1:0", "-local-cert", file, "-local-key", file, "-local-ca", file}, []string{"-local-cert"}},
		{"local certificate, nobody outside", []string{"-local-cert", file, "-local-key", file, "-local-ca", file}, []string{"-listen"}},
		{"state is a file", []string{"-state", file}, []string{file}},
		{"no such bus", []string{"-i2c", "no-such-bus"}, []string{"no-such-bus"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, _, stderr := gatewayRun(t, tt.args...)
			if code != 1 {
				t.Errorf("exit code %d; want 1", code)
			}
			if strings.Count(stderr, "\n") != 1 {
				t.Errorf("standard error is not one line: %q", stderr)
			}
			for _, w := range tt.want {
				if !strings.Contains(stderr, w) {
					t.Errorf("standard error %q does not name %q", stderr, w)
				}
			}
		})
	}
}

func TestHelp(t *testing.T) {
	code, _, stderr := gatewayRun(t, "-h")
	if code != 0 || !strings.Contains(stderr, "-listen") {
		t.Errorf("exit code %d, %q; want 0 and the flags", code, stderr)
	}
}
