package transport_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/transporttest"
)

// The test binary runs itself as other processes: a device or a broker that is
// killed, a program whose memory is measured. The variable names the part.
const childEnv = "BRINK_TRANSPORT_CHILD"

var children = map[string]func() error{
	"device":  device,
	"broker":  broker,
	"backlog": backlog,
}

// child plays a part until it is done, killed, or the parent is gone.
func child() int {
	part := children[os.Getenv(childEnv)]
	if part == nil {
		fmt.Fprintln(os.Stderr, "no such part:", os.Getenv(childEnv))
		return 2
	}
	if err := part(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// process is a child at work. It ends with the test at the latest.
type process struct {
	*exec.Cmd
	t      testing.TB
	part   string
	in     io.WriteCloser
	out    *bufio.Reader
	stderr bytes.Buffer
	waited bool
}

func startChild(t testing.TB, part string, env ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0]), t: t, part: part}
	p.Env = append(append(os.Environ(), childEnv+"="+part), env...)
	p.Cmd.Stderr = &p.stderr
	in, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.in, p.out = in, bufio.NewReader(out)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !p.waited {
			p.Process.Kill()
			p.Cmd.Wait()
		}
	})
	return p
}

// line is the next line that the child prints.
func (p *process) line() string {
	p.t.Helper()
	s, err := p.out.ReadString('\n')
	if err != nil {
		p.Process.Kill()
		p.wait()
		p.t.Fatalf("the %s says nothing: %v\n%s", p.part, err, &p.stderr)
	}
	return strings.TrimSuffix(s, "\n")
}

// wait waits until the child has ended by itself.
func (p *process) wait() error {
	p.waited = true
	return p.Cmd.Wait()
}

// kill ends the child as a power cut to its process would: with SIGKILL.
func (p *process) kill() {
	p.t.Helper()
	if err := p.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	if err := p.wait(); err == nil || p.ProcessState.Exited() {
		p.t.Fatalf("the %s ended by itself: %v\n%s", p.part, err, &p.stderr)
	}
}

// broker records messages until its standard input ends. A line there asks what
// it has recorded. With an oracle, it goes on where another was killed.
func broker() error {
	b, err := transporttest.New(&transporttest.Options{Oracle: os.Getenv("BRINK_ORACLE")})
	if err != nil {
		return err
	}
	var url string
	// The port may be a moment away from being free.
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		url, err = b.Listen(os.Getenv("BRINK_ADDR"))
		if !errors.Is(err, syscall.EADDRINUSE) || time.Now().After(deadline) {
			break
		}
	}
	if err != nil {
		return errors.Join(err, b.Close())
	}
	fmt.Println(url)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		r := record{Violations: b.Stats().Violations}
		seen := make(map[string]bool)
		for _, m := range b.Messages() {
			r.Messages++
			seen[string(m.Payload)] = true
		}
		r.Distinct = len(seen)
		if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
			return err
		}
	}
	return b.Close()
}

// record is what a broker in another process has recorded.
type record struct {
	Messages, Distinct int
	Violations         []string
}

func (p *process) record() (r record) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, "\n"); err != nil {
		p.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(p.line()), &r); err != nil {
		p.t.Fatal(err)
	}
	return r
}

// device publishes with several producers until it is killed or, with
// BRINK_DRAIN set, delivers what is left and ends. It notes in files, which
// survive its kill, each accepted message and how long Open took.
func device() error {
	dir := os.Getenv("BRINK_DIR")
	d, err := mqtt.New(&mqtt.Options{Broker: os.Getenv("BRINK_URL"), ClientID: os.Getenv("BRINK_CLIENT")})
	if err != nil {
		return err
	}
	endWithParent()
	fmt.Println("opening")
	began := time.Now()
	out, err := transport.Open(filepath.Join(dir, "outbox"), d, &transport.Options{
		BackoffMin: 10 * time.Millisecond, BackoffMax: 50 * time.Millisecond, SegmentBytes: 64 << 10,
		// The oracle syncs each message and is slower than the producers.
		Lanes: []transport.Lane{
			{Name: "alarm", Priority: 10, MaxCount: 500},
			{Name: transport.DefaultLane, MaxCount: 1000},
		},
	})
	if err != nil {
		return err
	}
	took := time.Since(began)
	if err := appendLine(filepath.Join(dir, "opened"), took.String()); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- out.Run(ctx) }()
	if os.Getenv("BRINK_DRAIN") != "" {
		if err := out.Drain(ctx); err != nil {
			return err
		}
		return out.Close()
	}
	enqueued, err := os.OpenFile(filepath.Join(dir, "enqueued"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	produce(ctx, out, 4, func(id string) error {
		_, err := enqueued.WriteString(id + "\n")
		return err
	})
	return <-done
}

// endWithParent ends the process when its parent has gone.
func endWithParent() {
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(3)
	}()
}

func appendLine(name, line string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line + "\n")
	return errors.Join(err, f.Close())
}

// produce publishes numbered messages to the lanes alarm and telemetry, one in
// ten to alarm, with several producers until ctx ends. The topic names lane and
// producer; accepted is told of each message that was.
func produce(ctx context.Context, out *transport.Outbox, producers int, accepted func(id string) error) {
	var wg sync.WaitGroup
	for p := range producers {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				lane := transport.DefaultLane
				if n%10 == 9 {
					lane = "alarm"
				}
				topic := fmt.Sprintf("%s/%d", lane, p)
				id := fmt.Sprintf("%s.%09d.%09d", topic, out.Epoch(), n)
				_, err := out.Publish(ctx, transport.Message{Topic: topic, Lane: lane, Payload: []byte(id)})
				if err == nil {
					err = accepted(id)
				}
				if err != nil {
					if ctx.Err() == nil {
						fmt.Fprintln(os.Stderr, err)
					}
					return
				}
			}
		})
	}
	wg.Wait()
}
