package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/jobs"
	"github.com/brinkml/brink/transport/awsiot/provisioning"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/transporttest"
)

// connect opens an outbox and runs it until close is called.
func connect(dir, url, client string) (conn transport.Conn, close func() error, err error) {
	d, err := mqtt.New(&mqtt.Options{Broker: url, ClientID: client})
	if err != nil {
		return conn, nil, err
	}
	out, err := transport.Open(dir, d, &transport.Options{BackoffMin: 10 * time.Millisecond, BackoffMax: 50 * time.Millisecond})
	if err != nil {
		return conn, nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- out.Run(ctx) }()
	return out.Conn(), func() error {
		cancel()
		<-done
		return out.Close()
	}, nil
}

// child is a device that is provisioned, if it is not yet, and does jobs, until
// it is killed or its parent is gone. The effect of a job is a line in a file,
// which is there once.
func child() error {
	dir, url := os.Getenv("BRINK_DIR"), os.Getenv("BRINK_URL")
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	conn, closeConn, err := connect(filepath.Join(dir, "outbox"), url, "device")
	if err != nil {
		return err
	}
	defer closeConn()
	id, err := provisioning.Device(ctx, conn, "hubs", &provisioning.Options{
		Dir: filepath.Join(dir, "identity"), Parameters: map[string]string{"SerialNumber": thing}, Timeout: 2 * time.Second,
	})
	if err != nil {
		return err
	}
	j, err := jobs.New(conn, id.ThingName, &jobs.Options{
		Dir: filepath.Join(dir, "jobs"), Timeout: 2 * time.Second, Attempts: -1,
		Handler: func(ctx context.Context, job *jobs.Job) error {
			time.Sleep(10 * time.Millisecond)
			if err := job.Progress(ctx, map[string]string{"attempt": fmt.Sprint(job.Attempt)}); err != nil {
				return err
			}
			return effect(filepath.Join(dir, "effects"), job.Key)
		},
	})
	if err != nil {
		return err
	}
	if err := j.Run(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func effect(name, line string) error {
	b, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if slices.Contains(strings.Fields(string(b)), line) {
		return nil
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.WriteString(line + "\n"); err != nil {
		return err
	}
	return f.Sync()
}

// An empty device is killed again and again while it is provisioned and does
// jobs over a real connection: it ends with one identity, and every job was
// done once.
//
//	BRINK_LONG=1 go test -count=1 -v -run '^TestKilled$' ./transport/awsiot/jobs
func TestKilled(t *testing.T) {
	kills := 12
	if os.Getenv("BRINK_LONG") != "" {
		kills = 200
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
	conn, closeConn, err := connect(t.TempDir(), url, "cloud")
	if err != nil {
		t.Fatal(err)
	}
	defer closeConn()
	registry, queue := awsiottest.NewProvisioning(nil), awsiottest.NewJobs()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 2)
	go func() { served <- registry.Serve(ctx, conn) }()
	go func() { served <- queue.Serve(ctx, conn) }()
	defer func() {
		cancel()
		<-served
		<-served
	}()
	if err := errors.Join(registry.Ready(ctx), queue.Ready(ctx)); err != nil {
		t.Fatal(err)
	}

	dir := t.TempDir()
	start := func() *exec.Cmd {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), childEnv+"=1", "BRINK_URL="+url, "BRINK_DIR="+dir)
		if _, err := c.StdinPipe(); err != nil { // closed with the parent
			t.Fatal(err)
		}
		c.Stderr = os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	for i := range kills {
		if err := queue.Create(thing, fmt.Sprint("job-", i), json.RawMessage(`{}`), nil); err != nil {
			t.Fatal(err)
		}
		c := start()
		time.Sleep(10*time.Millisecond + rand.N(300*time.Millisecond))
		_ = c.Process.Kill()
		_ = c.Wait()
	}
	c := start()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		left := 0
		for i := range kills {
			if x, _ := queue.Execution(thing, fmt.Sprint("job-", i)); x.Status != "SUCCEEDED" {
				left++
			}
		}
		if left == 0 {
			break
		}
		if time.Now().After(end) {
			t.Errorf("%d of %d jobs did not come to their end", left, kills)
			break
		}
	}
	_ = c.Process.Kill()
	_ = c.Wait()

	active := 0
	for _, cert := range registry.Certificates() {
		if cert.Active {
			active++
		}
	}
	id, err := provisioning.Load(filepath.Join(dir, "identity"))
	if err != nil || active != 1 || id.ThingName != thing {
		t.Errorf("%+v, %v, with %d active certificates", id, err, active)
	}
	done, err := os.ReadFile(filepath.Join(dir, "effects"))
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Fields(string(done)); len(lines) != kills || len(slices.Compact(slices.Sorted(slices.Values(lines)))) != kills {
		t.Errorf("%d effects of %d jobs:\n%s", len(lines), kills, done)
	}
}
