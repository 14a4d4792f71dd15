package streams_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/streams"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/transporttest"
)

// The test binary runs itself as a device that fetches; the variable is its
// broker.
const childEnv = "BRINK_STREAMS_CHILD"

const (
	killedSync = 256 << 10
	killedSize = 3_000_000
)

// child fetches one file and ends.
func child(url string) error {
	d, err := mqtt.New(&mqtt.Options{Broker: url, ClientID: "hub-7"})
	if err != nil {
		return err
	}
	dir := os.Getenv("BRINK_DIR")
	o, err := transport.Open(filepath.Join(dir, "outbox"), d, &transport.Options{BackoffMin: 10 * time.Millisecond})
	if err != nil {
		return err
	}
	defer o.Close()
	go o.Run(context.Background())
	sum, err := hex.DecodeString(os.Getenv("BRINK_SUM"))
	if err != nil {
		return err
	}
	c, err := streams.New(o.Conn(), "hub-7", &streams.Options{SyncEvery: killedSync})
	if err != nil {
		return err
	}
	fmt.Println("begin")
	return c.Fetch(context.Background(), streams.File{Stream: "model", SHA256: sum}, filepath.Join(dir, "model"))
}

// A device is killed at random points of a transfer: what has the file's name
// is the file, and a kill costs what came since the last sync and what was
// under way.
//
//	BRINK_LONG=1 go test -count=1 -v -run '^TestKilled$' ./transport/awsiot/streams
func TestKilled(t *testing.T) {
	kills := 10
	if os.Getenv("BRINK_LONG") == "1" {
		kills = 100
	}
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	b, err := transporttest.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	url, err := b.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d, err := mqtt.New(&mqtt.Options{Broker: "tcp://memory", Dial: b.Dial, ClientID: "cloud"})
	if err != nil {
		t.Fatal(err)
	}
	o, err := transport.Open(t.TempDir(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cloud := awsiottest.NewStreams()
	served := make(chan struct{})
	ran := make(chan struct{})
	go func() { defer close(ran); o.Run(ctx) }()
	go func() { defer close(served); cloud.Serve(ctx, o.Conn()) }()
	defer func() { cancel(); <-served; o.Close(); <-ran }()
	if err := cloud.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	data := content(killedSize)
	cloud.Put("model", "", map[int][]byte{0: data})
	dir := t.TempDir()
	path := filepath.Join(dir, "model")

	files, killed, started := 0, 0, time.Now()
	for killed < kills || files == 0 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+url, "BRINK_DIR="+dir, "BRINK_SUM="+hex.EncodeToString(sumOf(data)))
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			cmd.Wait()
			t.Fatalf("the device says nothing: %v\n%s", err, &stderr)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		var life <-chan time.Time
		if killed < kills {
			life = time.After(time.Duration(rng.IntN(120)) * time.Millisecond)
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("the device failed: %v\n%s", err, &stderr)
			}
		case <-life:
			killed++
			cmd.Process.Kill()
			<-ended
		}
		got, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil || !bytes.Equal(got, data):
			t.Fatalf("kill %d: the path has %d bytes, %v", killed, len(got), err)
		default:
			files++
			if err := os.Remove(path); err != nil { // and fetch it again
				t.Fatal(err)
			}
		}
	}
	st := cloud.Stats()
	most := int64(files)*killedSize + int64(killed)*(killedSync+2*128<<10)
	t.Logf("%d kills, %d files in %v: %d MB sent for %d MB", killed, files, time.Since(started).Round(time.Millisecond), st.Bytes/1e6, files*killedSize/1e6)
	if st.Bytes > most {
		t.Errorf("%d bytes were sent for %d files and %d kills; want %d at most", st.Bytes, files, killed, most)
	}
}
