package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/brinkml/brink/transport/transporttest"
)

// childEnv makes the test binary be the hub, so that a test can kill it.
const childEnv = "BRINK_HUB_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		main()
	}
	goleak.VerifyTestMain(m)
}

// hubRun runs the program within the test and returns its exit code and what it wrote.
func hubRun(t *testing.T, args ...string) (code int, stdout, stderr string) {
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

func TestFromSensorToBroker(t *testing.T) {
	code, stdout, stderr := hubRun(t, "-duration", "4s", "-json", "-link", "1s-2s")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	s := lastLine(t, stdout)
	if s.Windows < 15 || s.Samples < 400 || s.Published < 6 || s.Delivered != s.Published || s.Pending != 0 || s.Lost != 0 {
		t.Errorf("summary %+v; want windows, and everything published delivered", s)
	}
	if s.Shadow == 0 || !s.Synced {
		t.Errorf("summary %+v; want the shadow in step", s)
	}
	if !strings.HasPrefix(s.Page, "http://127.0.0.1:") || !strings.Contains(stdout, s.Page) {
		t.Errorf("page %q is not the one printed:\n%s", s.Page, stdout)
	}
	var keys map[string]any
	if err := json.Unmarshal([]byte(stdout[strings.LastIndex(strings.TrimSpace(stdout), "\n")+1:]), &keys); err != nil {
		t.Fatal(err)
	}
	for _, k := range strings.Fields("samples windows alarms missed false_alarms published delivered pending lost verdict_p99_ms page") {
		if _, ok := keys[k]; !ok {
			t.Errorf("the summary has no %q", k)
		}
	}
}

// TestWithoutBroker keeps everything while nobody answers, and a second run with a broker delivers it.
func TestWithoutBroker(t *testing.T) {
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "tcp://" + l.Addr().String()
	l.Close()
	code, stdout, stderr := hubRun(t, "-duration", "3s", "-json", "-state", dir, "-broker", nobody)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	first := lastLine(t, stdout)
	if first.Published == 0 || first.Pending != first.Published || first.Delivered != 0 || first.Lost != 0 {
		t.Errorf("summary %+v; want everything pending and nothing lost", first)
	}
	if !strings.Contains(stdout, "no uplink") || !strings.Contains(stdout, dir) {
		t.Errorf("the hub does not say that nobody answers and where it keeps its messages:\n%s", stdout)
	}

	b, err := transporttest.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	url, err := b.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr = hubRun(t, "-duration", "4s", "-json", "-state", dir, "-broker", url)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	s := lastLine(t, stdout)
	if s.Resumed != first.Pending || s.Delivered != s.Resumed+s.Published || s.Pending != 0 || s.Lost != 0 {
		t.Errorf("summary %+v; want the %d from before and all of its own delivered", s, first.Pending)
	}
}

const goodHeader = "datetime;Accelerometer1RMS;Accelerometer2RMS;Current;Pressure;Temperature;Thermocouple;Voltage;Volume Flow RateRMS;anomaly;changepoint\n"

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	row := "2020-03-09 10:34:33;0.02;0.03;0.8;0.05;75;25;244;32;0;0\n"
	for _, tt := range []struct {
		name string
		args []string
		want []string // all of it, in one line on standard error
	}{
		{"no such file", []string{"-replay", filepath.Join(dir, "none.csv")}, []string{"none.csv"}},
		{"missing column", []string{"-layout", "skab", "-replay", write("column.csv", strings.Replace(goodHeader, "Pressure", "Pleasure", 1)+row)}, []string{"column.csv", "1", "Pressure"}},
		{"not a number", []string{"-replay", write("nan.csv", goodHeader+row+strings.Replace(row, "0.8", "NaN", 1))}, []string{"nan.csv", "3", "Current"}},
		{"short row", []string{"-replay", write("short.csv", goodHeader+row+"2020-03-09 10:34:34;0.02\n")}, []string{"short.csv", "3"}},
		{"too few rows", []string{"-replay", write("few.csv", goodHeader+row)}, []string{"few.csv", "1 rows", "400"}},
		{"empty", []string{"-replay", write("empty.csv", "")}, []string{"empty.csv"}},
		{"state is a file", []string{"-state", write("state", ""), "-duration", "1s"}, []string{filepath.Join(dir, "state")}},
		{"port in use", []string{"-listen", busy.Addr().String(), "-duration", "1s"}, []string{busy.Addr().String(), "in use"}},
		{"broker is no URL", []string{"-broker", "nonsense"}, []string{"nonsense"}},
		{"broker of another kind", []string{"-broker", "amqp://127.0.0.1:1", "-duration", "1s"}, []string{"amqp"}},
		{"span", []string{"-link", "20s-10s"}, []string{"-link", "10s-20s"}},
		{"unknown flag", []string{"-fast"}, []string{"-fast"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, _, stderr := hubRun(t, tt.args...)
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

// TestReplayOfLabelledFile judges a recording made here, in which two channels that move together part.
func TestReplayOfLabelledFile(t *testing.T) {
	code, stdout, stderr := hubRun(t, "-replay", partingChannels(t), "-columns", "a,b", "-json")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	s := lastLine(t, stdout)
	if s.Samples != 400 || s.Labelled == nil || s.F1 < 0.8 || s.Lost != 0 || s.Alarms != 1 {
		t.Errorf("summary %+v, labels %+v; want 400 samples, one alarm, F1 of 0.8 or more", s, s.Labelled)
	}
}

func partingChannels(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("datetime;a;b;anomaly;changepoint;Volume Flow RateRMS\n")
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	x, state := 0.0, uint64(7)
	noise := func() float64 {
		state = state*6364136223846793005 + 1442695040888963407
		return float64(state>>33)/(1<<31)*2 - 1
	}
	for i := range 800 {
		x = 0.95*x + noise()
		y, label := 2*x+0.1*noise(), "0"
		if i >= 600 && i < 700 {
			y, label = y+8, "1"
		}
		b.WriteString(start.Add(time.Duration(i)*time.Second).Format(time.DateTime) + ";" +
			strings.Join([]string{fmt.Sprint(x), fmt.Sprint(y), label, "0", "0"}, ";") + "\n")
	}
	path := filepath.Join(t.TempDir(), "parting.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
