package streams_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/internal/durable/crashfs"
	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/streams"
)

// world is the service, a broker in memory, and a disk.
type world struct {
	t      *testing.T
	broker *shadowtest.Service
	cloud  *awsiottest.Streams
	disk   *crashfs.FS
}

// newWorld must be called within a synctest bubble.
func newWorld(t *testing.T) *world {
	w := &world{t, shadowtest.New(nil), awsiottest.NewStreams(), crashfs.New(1)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.cloud.Serve(ctx, w.broker.Conn("cloud"))
	}()
	t.Cleanup(func() { cancel(); <-done })
	synctest.Wait()
	return w
}

func (w *world) client(o *streams.Options) *streams.Client {
	w.t.Helper()
	c, err := streams.NewFS(w.broker.Conn("dev"), "hub-7", o, w.disk)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func content(n int) []byte {
	rng := rand.New(rand.NewPCG(uint64(n), 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

func sumOf(b []byte) []byte {
	s := sha256.Sum256(b)
	return s[:]
}

func (w *world) read(path string) []byte {
	w.t.Helper()
	b, err := durable.ReadFile(w.disk, path, 64<<20)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

func (w *world) files() []string {
	names, _ := w.disk.ReadDir("/data")
	return names
}

const path = "/data/model.onnx"

func TestFetch(t *testing.T) {
	for _, size := range []int{0, 1, 255, 256, 257, 4096, 100_000, 131_072, 300_001} {
		for _, block := range []int{256, 1000, 32 << 10, 128 << 10} {
			if block == 128<<10 && size > 90_000 {
				continue // the message of such a block is above the broker's 128 KiB
			}
			t.Run(fmt.Sprintf("%d by %d", size, block), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t)
					data := content(size)
					w.cloud.Put("s1", "", map[int][]byte{3: data, 4: {1}})
					var last streams.Progress
					c := w.client(&streams.Options{BlockSize: block, Window: 128 << 10, Progress: func(p streams.Progress) {
						if p.Stored < last.Stored {
							t.Errorf("progress %+v after %+v", p, last)
						}
						last = p
					}})
					f := streams.File{Stream: "s1", ID: 3, Size: int64(size), SHA256: sumOf(data)}
					if err := c.Fetch(t.Context(), f, path); err != nil {
						t.Fatal(err)
					}
					if got := w.read(path); !bytes.Equal(got, data) {
						t.Error("the file differs from the stream's")
					}
					if got := w.files(); !slices.Equal(got, []string{"model.onnx"}) {
						t.Errorf("on the disk: %q", got)
					}
					if last.Stored != int64(size) || last.Total != int64(size) || last.Version != 1 {
						t.Errorf("last progress %+v", last)
					}
					blocks, each := (size+block-1)/block, 128<<10/block
					if got := w.cloud.Stats(); got.Blocks != blocks || got.Gets != (blocks+each-1)/each || got.Rejected != 0 {
						t.Errorf("service %+v; want each of %d blocks once", got, blocks)
					}
					// Again: it is there.
					if err := c.Fetch(t.Context(), f, path); err != nil || w.cloud.Stats().Describes != 1 {
						t.Errorf("Fetch of what is there = %v, %+v", err, w.cloud.Stats())
					}
				})
			})
		}
	}
}

// What befalls messages on their way costs requests and nothing else.
func TestFaults(t *testing.T) {
	data := content(50_000)
	evil := bytes.Repeat([]byte{0xee}, 1000)
	for _, tc := range []struct {
		name  string
		fault func(r streams1) awsiottest.StreamsFault
	}{
		{"holes", func(r streams1) awsiottest.StreamsFault {
			return awsiottest.StreamsFault{Drop: func(i int) bool { return r.gets <= 3 && i%3 == r.gets%3 }}
		}},
		{"twice and backwards", func(streams1) awsiottest.StreamsFault {
			return awsiottest.StreamsFault{Twice: true, Reverse: true}
		}},
		{"no answer at first", func(r streams1) awsiottest.StreamsFault {
			return awsiottest.StreamsFault{Silent: r.describes <= 2 || r.Op == "get" && r.gets <= 3}
		}},
		{"strays", func(r streams1) awsiottest.StreamsFault {
			if r.Op != "get" || slices.Contains(r.Blocks, 49) {
				return awsiottest.StreamsFault{}
			}
			return awsiottest.StreamsFault{Strays: [][]byte{
				awsiottest.EncodeBlock("other", r.File, 0, evil),
				awsiottest.EncodeBlock("", r.File, 1, evil),
				awsiottest.EncodeBlock(r.Token, r.File+1, 2, evil),
				awsiottest.EncodeBlock(r.Token, r.File, 50, evil),
				awsiottest.EncodeBlock(r.Token, r.File, -1, evil),
				awsiottest.EncodeBlock(r.Token, r.File, 1<<30, evil),
				awsiottest.EncodeBlock(r.Token, r.File, 49, evil), // in the file, but not asked for yet
				awsiottest.EncodeBlock(r.Token, r.File, r.Blocks[0], evil[:999]),
				awsiottest.EncodeBlock(r.Token, r.File, r.Blocks[0], append(evil, 1)),
				[]byte(`{"c":"` + r.Token + `","f":0,"i":0,"p":"!"}`),
				[]byte(`{"c":"` + r.Token + `","i":0,"p":""}`),
				[]byte(`[`), nil,
			}}
		}},
		{"blocks of a wrong length", func(r streams1) awsiottest.StreamsFault {
			if r.gets > 2 {
				return awsiottest.StreamsFault{}
			}
			return awsiottest.StreamsFault{Change: func(_ int, b []byte) []byte { return b[1:] }}
		}},
		{"throttled", func(r streams1) awsiottest.StreamsFault {
			if r.gets > 4 || r.gets == 0 && r.describes > 2 {
				return awsiottest.StreamsFault{}
			}
			return awsiottest.StreamsFault{Reject: "RequestThrottled"}
		}},
		{"internal error", func(r streams1) awsiottest.StreamsFault {
			if r.gets > 4 || r.gets == 0 && r.describes > 2 {
				return awsiottest.StreamsFault{}
			}
			return awsiottest.StreamsFault{Reject: streams.InternalError, LongNames: true}
		}},
		{"bitmaps refused", func(r streams1) awsiottest.StreamsFault {
			if r.Bitmap {
				return awsiottest.StreamsFault{Reject: streams.InvalidRequest}
			}
			return awsiottest.StreamsFault{Drop: func(i int) bool { return r.gets <= 2 && i%2 == 0 }}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.cloud.Put("s1", "", map[int][]byte{0: data})
				var r streams1
				w.cloud.Script(func(q awsiottest.StreamsRequest) awsiottest.StreamsFault {
					r.StreamsRequest = q
					if q.Op == "get" {
						r.gets++
					} else {
						r.describes++
					}
					return tc.fault(r)
				})
				c := w.client(&streams.Options{BlockSize: 1000, Window: 10_000})
				if err := c.Fetch(t.Context(), streams.File{Stream: "s1", SHA256: sumOf(data)}, path); err != nil {
					t.Fatal(err)
				}
				if got := w.read(path); !bytes.Equal(got, data) {
					t.Error("the file differs from the stream's")
				}
				if st := w.cloud.Stats(); st.Gets > 30 || st.Blocks > 160 {
					t.Errorf("it took %+v", st)
				}
			})
		})
	}
}

type streams1 struct {
	awsiottest.StreamsRequest
	gets, describes int
}

// Every code of the service ends a transfer, as itself, unless it passes; what
// has arrived is kept.
func TestEveryCode(t *testing.T) {
	codes := []string{
		streams.InvalidTopic, streams.InvalidJson, streams.InvalidCbor, streams.InvalidRequest, streams.Unauthorized,
		streams.BlockSizeOutOfBounds, streams.OffsetOutOfBounds, streams.BlockCountLimitExceeded,
		streams.BlockBitmapLimitExceeded, streams.ResourceNotFound, streams.ETagMismatch, "SomethingNew",
		streams.InternalError, "ThrottlingException",
	}
	for _, code := range codes {
		for _, op := range []string{"describe", "get"} {
			for _, form := range []awsiottest.StreamsFault{{}, {Tokenless: true}, {LongNames: true}} {
				t.Run(fmt.Sprint(code, op, form.Tokenless, form.LongNames), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						w := newWorld(t)
						w.cloud.Put("s1", "", map[int][]byte{0: content(30_000)})
						gets := 0
						w.cloud.Script(func(r awsiottest.StreamsRequest) awsiottest.StreamsFault {
							if r.Op == "get" {
								gets++
							}
							if r.Op == op && (op == "describe" || gets > 1) {
								form.Reject = code
								return form
							}
							return awsiottest.StreamsFault{}
						})
						c := w.client(&streams.Options{BlockSize: 1000, Window: 10_000, Tries: 3})
						start := time.Now()
						err := c.Fetch(t.Context(), streams.File{Stream: "s1"}, path)
						rejected, ok := errors.AsType[*awsiot.RejectedError](err)
						if !ok || rejected.Code != code || rejected.Op != op || rejected.Service != "streams" || rejected.Message != "Scripted." || len(rejected.Payload) == 0 {
							t.Fatalf("Fetch = %v; want %s", err, code)
						}
						waited := time.Since(start)
						if passes := code == streams.InternalError || code == "ThrottlingException"; passes != (waited > time.Second) {
							t.Errorf("gave up after %v", waited)
						}
						if op == "get" && !slices.Equal(w.files(), []string{"model.onnx.blocks", "model.onnx.part"}) {
							t.Errorf("on the disk: %q", w.files())
						}
						w.cloud.Script(nil)
						if err := c.Fetch(t.Context(), streams.File{Stream: "s1", SHA256: sumOf(content(30_000))}, path); err != nil {
							t.Error(err)
						}
					})
				})
			}
		}
	}
}

// Refusals of somebody else's requests, and ones that cannot be read, end
// nothing; nor does what arrives on the topics without being an answer.
func TestStrayAnswers(t *testing.T) {
	data := content(5000)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.cloud.Put("s1", "", map[int][]byte{0: data})
		n := 0
		w.cloud.Script(func(awsiottest.StreamsRequest) awsiottest.StreamsFault {
			n++
			return awsiottest.StreamsFault{Silent: n == 1 || n == 3} // the first of each kind
		})
		go func() {
			other := w.broker.Conn("other")
			for range 30 {
				time.Sleep(time.Second)
				for _, m := range [][2]string{
					{"rejected", `{"o":"Unauthorized","m":"x","c":"other"}`},
					{"rejected", `{"code":"Unauthorized","message":"x","clientToken":"other"}`},
					{"rejected", `{"m":"x"}`},
					{"rejected", `[`},
					{"description", `{"c":"other","s":9,"r":[{"f":0,"z":1}]}`},
					{"description", `{"c":"other","s":-1}`},
					{"data", `{"c":"other"}`},
				} {
					other.Publish(t.Context(), "$aws/things/hub-7/streams/s1/"+m[0]+"/json", []byte(m[1]))
				}
			}
		}()
		c := w.client(&streams.Options{BlockSize: 1000})
		if err := c.Fetch(t.Context(), streams.File{Stream: "s1", SHA256: sumOf(data)}, path); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
	})
}

func TestVersions(t *testing.T) {
	one, two := content(40_000), content(39_999)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.cloud.Put("s1", "", map[int][]byte{0: one})
		gets := 0
		w.cloud.Script(func(r awsiottest.StreamsRequest) awsiottest.StreamsFault {
			if r.Op == "get" {
				if gets++; gets == 3 {
					w.cloud.Put("s1", "", map[int][]byte{0: two}) // after this answer
				}
			}
			return awsiottest.StreamsFault{}
		})
		c := w.client(&streams.Options{BlockSize: 1000, Window: 10_000})
		if err := c.Fetch(t.Context(), streams.File{Stream: "s1"}, path); err != nil {
			t.Fatal(err)
		}
		if got := w.read(path); !bytes.Equal(got, two) {
			t.Error("the file is not that of the second version")
		}
		if st := w.cloud.Stats(); st.Blocks != 30+40 || st.Describes != 2 {
			t.Errorf("it took %+v", st)
		}

		// Who insists on a version is refused, at the start and in the middle.
		err := c.Fetch(t.Context(), streams.File{Stream: "s1", Version: 1}, path)
		if r, ok := errors.AsType[*awsiot.RejectedError](err); !ok || r.Code != streams.VersionMismatch {
			t.Errorf("Fetch of version 1 = %v", err)
		}
		synctest.Wait()
		gets = 0
		err = c.Fetch(t.Context(), streams.File{Stream: "s1", Version: 2}, path)
		if r, ok := errors.AsType[*awsiot.RejectedError](err); !ok || r.Code != streams.VersionMismatch || r.Op != "get" {
			t.Errorf("Fetch of version 2 = %v", err)
		}

		// A stream that never rests is given up.
		w.cloud.Script(func(r awsiottest.StreamsRequest) awsiottest.StreamsFault {
			w.cloud.Put("s1", "", map[int][]byte{0: two})
			return awsiottest.StreamsFault{}
		})
		err = c.Fetch(t.Context(), streams.File{Stream: "s1"}, path)
		if r, ok := errors.AsType[*awsiot.RejectedError](err); !ok || r.Code != streams.VersionMismatch {
			t.Errorf("Fetch of a stream that changes = %v", err)
		}
	})
}

func TestSizesAndChecksums(t *testing.T) {
	data := content(30_000)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.cloud.Put("s1", "two files", map[int][]byte{0: data, 255: data[:10]})
		c := w.client(&streams.Options{BlockSize: 1000, MaxSize: 29_999})
		fetch := func(f streams.File) error { return c.Fetch(t.Context(), f, path) }
		size, ok := errors.AsType[*streams.SizeError](fetch(streams.File{Stream: "s1"}))
		if want := (streams.SizeError{Stream: "s1", Size: 30_000, Limit: 29_999}); !ok || *size != want {
			t.Errorf("above MaxSize: %+v", size)
		}
		size, ok = errors.AsType[*streams.SizeError](fetch(streams.File{Stream: "s1", ID: 255, Size: 11}))
		if want := (streams.SizeError{Stream: "s1", ID: 255, Size: 10, Want: 11, Limit: 29_999}); !ok || *size != want {
			t.Errorf("another size: %+v", size)
		}
		if _, ok := errors.AsType[*streams.SizeError](fetch(streams.File{Stream: "s1", Size: 30_000})); !ok {
			t.Error("asked for more than MaxSize")
		}
		if err := fetch(streams.File{Stream: "s1", ID: 7}); !errors.Is(err, streams.ErrNoFile) {
			t.Errorf("no such file: %v", err)
		}
		if r, ok := errors.AsType[*awsiot.RejectedError](fetch(streams.File{Stream: "s2"})); !ok || r.Code != streams.ResourceNotFound {
			t.Errorf("no such stream: %v", r)
		}
		sum, ok := errors.AsType[*streams.ChecksumError](fetch(streams.File{Stream: "s1", ID: 255, SHA256: sumOf(nil)}))
		if !ok || !bytes.Equal(sum.Got, sumOf(data[:10])) || !bytes.Equal(sum.Want, sumOf(nil)) || sum.ID != 255 {
			t.Errorf("another checksum: %v", sum)
		}
		if len(w.files()) > 0 {
			t.Errorf("on the disk: %q", w.files())
		}
		for _, f := range []streams.File{
			{},
			{Stream: "a/b"},
			{Stream: "s1", ID: 256},
			{Stream: "s1", ID: -1},
			{Stream: "s1", Size: -1},
			{Stream: "s1", SHA256: []byte{1}},
			{Stream: "s1", Version: -1},
			{Stream: strings.Repeat("x", 129)},
		} {
			if err := fetch(f); err == nil {
				t.Errorf("Fetch of %+v: no error", f)
			}
		}
		if err := c.Fetch(t.Context(), streams.File{Stream: "s1"}, ""); err == nil {
			t.Error("Fetch to no path: no error")
		}
		d, err := c.Describe(t.Context(), "s1")
		if err != nil || d.Version != 1 || d.Text != "two files" || !slices.Equal(d.Files, []streams.Entry{{ID: 0, Size: 30_000}, {ID: 255, Size: 10}}) {
			t.Errorf("Describe = %+v, %v", d, err)
		}
		if _, err := c.Describe(t.Context(), "s2"); err == nil {
			t.Error("Describe of no stream: no error")
		}
		if _, err := c.Describe(t.Context(), ""); err == nil {
			t.Error("Describe of no name: no error")
		}
	})
}

// A resumed file with a wrong checksum is fetched once more from the start.
func TestResumedChecksum(t *testing.T) {
	data := content(30_000)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.cloud.Put("s1", "", map[int][]byte{0: data})
		w.cloud.Script(func(r awsiottest.StreamsRequest) awsiottest.StreamsFault {
			return awsiottest.StreamsFault{Silent: r.Op == "get" && r.Blocks[0] >= 10, Change: func(_ int, b []byte) []byte {
				b[0]++
				return b
			}}
		})
		c := w.client(&streams.Options{BlockSize: 1000, Window: 10_000, Tries: 1})
		f := streams.File{Stream: "s1", SHA256: sumOf(data)}
		if err := c.Fetch(t.Context(), f, path); !errors.Is(err, awsiot.ErrTimeout) {
			t.Fatal(err)
		}
		w.cloud.Script(nil)
		if err := c.Fetch(t.Context(), f, path); err != nil {
			t.Fatal(err)
		}
		if got := w.read(path); !bytes.Equal(got, data) {
			t.Error("the file differs")
		}
		if st := w.cloud.Stats(); st.Blocks != 10+20+30 {
			t.Errorf("it took %+v", st)
		}
	})
}

// The link is cut at every message: nothing is fetched twice but what was under
// way.
func TestLinkCut(t *testing.T) {
	data := content(100_000)
	for at := 1; ; at++ {
		reached := false
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.cloud.Put("s1", "", map[int][]byte{0: data})
			n := 0
			w.broker.Script(func(m shadowtest.Message) shadowtest.Action {
				if m.ClientID != "dev" {
					return shadowtest.Action{}
				}
				n++
				if n == at {
					reached = true
				}
				return shadowtest.Action{Disconnect: n%at == 0 && n < 4*at, Drop: n%at == 0 && n%2 == 0 && n < 4*at}
			})
			c := w.client(&streams.Options{BlockSize: 5000, Window: 20_000})
			if err := c.Fetch(t.Context(), streams.File{Stream: "s1", SHA256: sumOf(data)}, path); err != nil {
				t.Fatal(err)
			}
			if got := w.read(path); !bytes.Equal(got, data) {
				t.Error("the file differs")
			}
			if st := w.cloud.Stats(); st.Blocks > 20+3*4 {
				t.Errorf("cut at %d: it took %+v", at, st)
			}
		})
		if !reached {
			if at < 20 {
				t.Errorf("only %d messages", at)
			}
			return
		}
	}
}

// A link on which a block takes longer than the timeout is not asked again and
// again, which would fill it with what is there already.
func TestSlowLink(t *testing.T) {
	data := content(40_000)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.cloud.Put("s1", "", map[int][]byte{0: data})
		free := time.Now() // when the link can carry the next block
		w.broker.Script(func(m shadowtest.Message) shadowtest.Action {
			if m.ClientID != "dev" || m.ToService || !strings.HasSuffix(m.Topic, "/data/json") {
				return shadowtest.Action{}
			}
			if now := time.Now(); free.Before(now) {
				free = now
			}
			free = free.Add(15 * time.Second)
			return shadowtest.Action{Delay: time.Until(free)}
		})
		c := w.client(&streams.Options{BlockSize: 1000, Window: 4000, Timeout: 10 * time.Second})
		start := time.Now()
		if err := c.Fetch(t.Context(), streams.File{Stream: "s1", SHA256: sumOf(data)}, path); err != nil {
			t.Fatal(err)
		}
		if st := w.cloud.Stats(); st.Blocks > 40+8 {
			t.Errorf("%d blocks of 40 were sent, in %v", st.Blocks, time.Since(start))
		}
	})
}

// Silence is waited out, and then reported; so is a broker that takes nothing.
func TestGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.cloud.Put("s1", "", map[int][]byte{0: content(1000)})
		c := w.client(&streams.Options{Tries: 4, Timeout: time.Second})
		w.cloud.Script(func(r awsiottest.StreamsRequest) awsiottest.StreamsFault {
			return awsiottest.StreamsFault{Silent: r.Op == "get"}
		})
		start := time.Now()
		err := c.Fetch(t.Context(), streams.File{Stream: "s1"}, path)
		if !errors.Is(err, awsiot.ErrTimeout) || time.Since(start) != 15*time.Second {
			t.Errorf("Fetch = %v after %v; want 1+2+4+8 s of silence", err, time.Since(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		if err := c.Fetch(ctx, streams.File{Stream: "s1"}, path); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Fetch = %v", err)
		}

		refused, err := streams.NewFS(deaf{w.broker.Conn("dev")}, "hub-7", &streams.Options{Tries: 3}, w.disk)
		if err != nil {
			t.Fatal(err)
		}
		if err := refused.Fetch(t.Context(), streams.File{Stream: "s1"}, path); !errors.Is(err, errDenied) {
			t.Errorf("Fetch = %v; want %v", err, errDenied)
		}
		if _, err := refused.Describe(t.Context(), "s1"); !errors.Is(err, errDenied) {
			t.Errorf("Describe = %v; want %v", err, errDenied)
		}
	})
}

var errDenied = errors.New("denied")

type deaf struct{ awsiot.Conn }

func (deaf) Publish(context.Context, string, []byte) error { return errDenied }

// One transfer at a time, and one process for a path.
func TestTurns(t *testing.T) {
	data := content(30_000)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.cloud.Put("s1", "", map[int][]byte{0: data, 1: data[1:]})
		c := w.client(&streams.Options{BlockSize: 1000})
		var wg sync.WaitGroup
		for i := range 2 {
			wg.Go(func() {
				if err := c.Fetch(t.Context(), streams.File{Stream: "s1", ID: i, SHA256: sumOf(data[i:])}, fmt.Sprint("/data/", i)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		lock, err := w.disk.Lock(path + ".lock")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Fetch(t.Context(), streams.File{Stream: "s1"}, path); !errors.Is(err, streams.ErrBusy) {
			t.Errorf("Fetch = %v; want %v", err, streams.ErrBusy)
		}
		lock.Close()
	})
}

func TestNewRefuses(t *testing.T) {
	conn := shadowtest.New(nil).Conn("x")
	for _, tc := range []struct {
		conn  awsiot.Conn
		thing string
		opts  streams.Options
	}{
		{nil, "hub-7", streams.Options{}},
		{conn, "", streams.Options{}},
		{conn, "a/b", streams.Options{}},
		{conn, "hub-7", streams.Options{BlockSize: 255}},
		{conn, "hub-7", streams.Options{BlockSize: 128<<10 + 1}},
		{conn, "hub-7", streams.Options{Window: 1000}},
		{conn, "hub-7", streams.Options{Window: 128<<10 + 1}},
		{conn, "hub-7", streams.Options{MaxSize: -1}},
		{conn, "hub-7", streams.Options{Timeout: -1}},
		{conn, "hub-7", streams.Options{Tries: -1}},
		{conn, "hub-7", streams.Options{SyncEvery: -1}},
	} {
		if _, err := streams.New(tc.conn, tc.thing, &tc.opts); err == nil {
			t.Errorf("New(%v, %q, %+v): no error", tc.conn, tc.thing, tc.opts)
		}
	}
	_, err := streams.New(nil, "", &streams.Options{BlockSize: 1, Tries: -1})
	for _, part := range []string{"connection", "thing", "BlockSize", "Tries"} {
		if !strings.Contains(fmt.Sprint(err), part) {
			t.Errorf("New = %v; want all mistakes, %s too", err, part)
		}
	}
}

// On a real disk, files are their owner's alone.
func TestRealDisk(t *testing.T) {
	data := content(70_000)
	dir := filepath.Join(t.TempDir(), "a", "b")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.cloud.Put("s1", "", map[int][]byte{0: data})
		c, err := streams.New(w.broker.Conn("dev"), "hub-7", nil)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, "model")
		if err := c.Fetch(t.Context(), streams.File{Stream: "s1", SHA256: sumOf(data)}, to); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(to)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("the file differs: %v", err)
		}
		if _, err := os.Stat(to + ".part"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the part: %v", err)
		}
	})
}

func TestMessagesAsDocumented(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.cloud.Put("s1", "", map[int][]byte{1: content(256 * 44)})
		var sent []map[string]any
		w.broker.Script(func(m shadowtest.Message) shadowtest.Action {
			if m.ToService && m.ClientID == "dev" {
				var v map[string]any
				if err := json.Unmarshal(m.Payload, &v); err != nil {
					t.Error(err)
				}
				sent = append(sent, v)
			}
			return shadowtest.Action{}
		})
		first := true
		w.cloud.Script(func(r awsiottest.StreamsRequest) awsiottest.StreamsFault {
			lossy := first
			first = r.Op != "get"
			return awsiottest.StreamsFault{Drop: func(i int) bool { return lossy && slices.Contains([]int{20, 21, 24, 43}, i) }}
		})
		c := w.client(&streams.Options{BlockSize: 256})
		if err := c.Fetch(t.Context(), streams.File{Stream: "s1", ID: 1}, path); err != nil {
			t.Fatal(err)
		}
		if len(sent) != 3 {
			t.Fatalf("%d requests", len(sent))
		}
		for _, r := range sent {
			if token, _ := r["c"].(string); token == "" || len(token) > 64 {
				t.Errorf("token %q", token)
			}
			delete(r, "c")
		}
		// The bitmap is that of the service's page for these blocks.
		got, _ := json.Marshal(sent)
		want := `[{},{"f":1,"l":256,"n":44,"o":0,"s":1},{"b":"0x130080","f":1,"l":256,"n":4,"o":20,"s":1}]`
		if string(got) != want {
			t.Errorf("requests %s; want %s", got, want)
		}
	})
}
