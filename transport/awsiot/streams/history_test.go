package streams_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/streams"
)

// Random histories: messages are lost, doubled, late and garbled, the link is
// cut, the stream changes, the service fails, calls are given up, the power
// goes, all at once. When it is quiet again the file is there, whole, and what
// had its name in between was whole too.
//
//	BRINK_LONG=1 go test -count=1 -run '^TestRandomHistories$' ./transport/awsiot/streams
func TestRandomHistories(t *testing.T) {
	histories := uint64(150)
	if os.Getenv("BRINK_LONG") == "1" {
		histories = 5000
	}
	for seed := range histories {
		synctest.Test(t, func(t *testing.T) { history(t, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func history(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 7)) // guarded by the lock of the broker's script
	w := newWorld(t)
	versions := [][]byte{content(1 + rng.IntN(60_000)), content(1 + rng.IntN(60_000))}
	w.cloud.Put("s1", "", map[int][]byte{5: versions[0]})
	worst := rng.IntN(40)
	quiet := false
	changed := false
	w.broker.Script(func(m shadowtest.Message) shadowtest.Action {
		if quiet || m.ClientID != "dev" || rng.IntN(100) >= worst {
			return shadowtest.Action{}
		}
		switch rng.IntN(4) {
		case 0:
			return shadowtest.Action{Drop: true}
		case 1:
			return shadowtest.Action{Duplicate: 1 + rng.IntN(2)}
		case 2:
			return shadowtest.Action{Delay: time.Duration(rng.IntN(30)) * time.Second}
		default:
			return shadowtest.Action{Disconnect: true}
		}
	})
	mischief := rand.New(rand.NewPCG(seed, 8)) // of the service's goroutine
	w.cloud.Script(func(r awsiottest.StreamsRequest) awsiottest.StreamsFault {
		if quiet || mischief.IntN(100) >= worst {
			return awsiottest.StreamsFault{}
		}
		switch mischief.IntN(5) {
		case 0:
			return awsiottest.StreamsFault{Reject: streams.InternalError, Tokenless: mischief.IntN(2) == 0}
		case 1:
			return awsiottest.StreamsFault{Reverse: true, Drop: func(int) bool { return mischief.IntN(2) == 0 }}
		case 2:
			return awsiottest.StreamsFault{Strays: [][]byte{[]byte(`{"c":`), awsiottest.EncodeBlock("x", 5, 0, []byte("evil"))}}
		case 3:
			return awsiottest.StreamsFault{Change: func(_ int, b []byte) []byte { return b[:len(b)/2] }}
		}
		if !changed {
			changed = true
			w.cloud.Put("s1", "", map[int][]byte{5: versions[1]})
		}
		return awsiottest.StreamsFault{}
	})
	o := &streams.Options{
		BlockSize: 256 << rng.IntN(5), Window: 4096 << rng.IntN(3), SyncEvery: int64(1 + rng.IntN(20_000)), Timeout: time.Second, Tries: 4,
	}
	f := streams.File{Stream: "s1", ID: 5}
	if rng.IntN(2) == 0 {
		f.SHA256 = sumOf(versions[0])
	}
	life := rand.New(rand.NewPCG(seed, 9))
	for range 4 {
		if life.IntN(3) == 0 {
			w.disk.CrashAt(1 + life.IntN(80))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(life.IntN(60))*time.Second)
		w.client(o).Fetch(ctx, f, path)
		cancel()
		w.disk.CrashAt(0)
		if life.IntN(3) == 0 || w.disk.MkdirAll("/data") != nil { // or else the power went by itself
			w.disk = w.disk.Reboot()
		}
		check(t, w, versions)
	}
	w.disk = w.disk.Reboot()
	time.Sleep(time.Minute) // until nothing is on its way
	synctest.Wait()
	quiet = true
	want := versions[0]
	if changed {
		want = versions[1]
	}
	if f.SHA256 != nil && changed {
		// What was asked for is not there any more, unless it had arrived.
		err := w.client(o).Fetch(t.Context(), f, path)
		if _, wrong := errors.AsType[*streams.ChecksumError](err); err != nil && !wrong {
			t.Errorf("Fetch = %v", err)
		}
		check(t, w, versions)
		f.SHA256 = sumOf(want)
	}
	if err := w.client(o).Fetch(t.Context(), f, path); err != nil {
		t.Fatal(err)
	}
	if got := w.read(path); !bytes.Equal(got, want) {
		t.Errorf("the file has %d bytes; want %d", len(got), len(want))
	}
}

// check looks at what has the file's name.
func check(t *testing.T, w *world, versions [][]byte) {
	t.Helper()
	after := w.disk.Clone().Reboot()
	for _, name := range w.files() {
		if name != "model.onnx" {
			continue
		}
		got := w.read(path)
		if !bytes.Equal(got, versions[0]) && !bytes.Equal(got, versions[1]) {
			t.Fatalf("the path has %d bytes of neither version", len(got))
		}
	}
	names, _ := after.ReadDir("/data")
	for _, name := range names {
		if name == "model.onnx" {
			w := &world{t: t, disk: after}
			if got := w.read(path); !bytes.Equal(got, versions[0]) && !bytes.Equal(got, versions[1]) {
				t.Fatalf("after a power cut the path has %d bytes of neither version", len(got))
			}
		}
	}
}
