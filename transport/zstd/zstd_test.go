package zstd_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/zstd"
)

var _ transport.Compressor = (*zstd.Encoder)(nil)

func mustNew(t testing.TB, o *zstd.Options) *zstd.Encoder {
	t.Helper()
	e, err := zstd.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// telemetry is n bytes or a little more of what devices send.
func telemetry(n int) []byte {
	var b bytes.Buffer
	r := rand.New(rand.NewPCG(1, 2))
	for at := 1_753_000_000; b.Len() < n; at += 10 {
		fmt.Fprintf(&b, `{"at":%d,"t":%.2f,"h":%.1f,"p":%.1f,"state":"ok"}`+"\n", at, 20+r.Float64(), 40+r.Float64(), 1013+r.Float64())
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	noise := make([]byte, 200<<10)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	for _, level := range []zstd.Level{zstd.Fast, zstd.Medium, zstd.Better, zstd.Best} {
		for _, window := range []int{0, 1 << 10, 8 << 20} {
			e := mustNew(t, &zstd.Options{Level: level, Window: window})
			for _, src := range [][]byte{nil, {7}, telemetry(500), telemetry(300 << 10), noise} {
				z := e.Compress([]byte("before"), src)
				if string(z[:6]) != "before" {
					t.Fatalf("Compress changed what it appends to")
				}
				z = z[6:]
				if most := len(src) + len(src)/256 + 64; len(z) > most {
					t.Errorf("level %d, window %d: %d bytes became %d; want at most %d", level, window, len(src), len(z), most)
				}
				back, err := zstd.Decompress(z, len(src))
				if err != nil || !bytes.Equal(back, src) {
					t.Errorf("level %d, window %d: %d bytes came back as %d, %v", level, window, len(src), len(back), err)
				}
				if len(src) > 0 {
					if _, err := zstd.Decompress(z, len(src)-1); !errors.Is(err, zstd.ErrTooLarge) {
						t.Errorf("level %d, window %d: %d bytes with a limit one less: %v; want ErrTooLarge", level, window, len(src), err)
					}
				}
			}
		}
	}
	if src, z := telemetry(64<<10), mustNew(t, nil).Compress(nil, telemetry(64<<10)); len(z) > len(src)/3 {
		t.Errorf("%d bytes of telemetry became %d; want a third or less", len(src), len(z))
	}
}

// A bomb takes no more memory than what 8 MiB take while they grow.
func TestBomb(t *testing.T) {
	e := mustNew(t, &zstd.Options{Window: 8 << 20})
	bomb := e.Compress(nil, make([]byte, 64<<20))
	many := slices.Repeat(e.Compress(nil, make([]byte, 1<<20)), 100)
	for name, b := range map[string][]byte{"one frame": bomb, "many frames": many, "no length": unsized(bomb)} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		_, err := zstd.Decompress(b, 1<<20)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, zstd.ErrTooLarge) {
			t.Errorf("%s: %v; want ErrTooLarge", name, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
			t.Errorf("%s: %d bytes became %d KiB of memory; want at most 64 MiB in all", name, len(b), took>>10)
		}
	}
}

// unsized rewrites a frame's header so that it does not tell its length.
func unsized(b []byte) []byte {
	flags := b[4]
	head := 5 + []int{0, 2, 4, 8}[flags>>6]
	if flags>>5&1 == 0 {
		head++ // a window descriptor
	} else if flags>>6 == 0 {
		head++ // one byte of length
	}
	out := append([]byte(nil), b[:4]...)
	return append(append(out, flags&4, (23-10)<<3), b[head:]...)
}

func TestProblems(t *testing.T) {
	_, err := zstd.New(&zstd.Options{Level: 9, Window: 1000})
	if err == nil || !strings.Contains(err.Error(), "Level: 9") || !strings.Contains(err.Error(), "Window is 1000") {
		t.Errorf("New = %v; want both problems", err)
	}
	if _, err := zstd.Decompress([]byte("not zstd"), 100); err == nil {
		t.Error("Decompress took what is not zstd")
	}
	if _, err := zstd.Decompress(nil, -1); err == nil {
		t.Error("Decompress took a negative limit")
	}
}

// The memory of an encoder is what a small device can give.
func TestMemory(t *testing.T) {
	src := telemetry(64 << 10)
	dst := make([]byte, 0, len(src))
	for _, o := range []zstd.Options{{}, {Level: zstd.Medium}, {Level: zstd.Better}, {Level: zstd.Best}, {Window: 1 << 20}} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		e := mustNew(t, &o)
		n := len(e.Compress(dst, src))
		runtime.GC()
		runtime.ReadMemStats(&after)
		t.Logf("%+v: 64 KiB become %d bytes, %d KiB held", o, n, (after.HeapAlloc-before.HeapAlloc)>>10)
		if held := int64(after.HeapAlloc) - int64(before.HeapAlloc); o == (zstd.Options{}) && held > 1<<20 {
			t.Errorf("the default encoder holds %d KiB; want at most 1 MiB", held>>10)
		}
		runtime.KeepAlive(e)
	}
}

func FuzzDecompress(f *testing.F) {
	e := mustNew(f, nil)
	f.Add(e.Compress(nil, telemetry(1000)))
	f.Add(e.Compress(nil, nil))
	f.Add([]byte("(\xb5/\xfd"))
	f.Fuzz(func(t *testing.T, b []byte) {
		const limit = 1 << 16
		out, err := zstd.Decompress(b, limit)
		if err == nil && len(out) > limit {
			t.Errorf("%d bytes; the limit is %d", len(out), limit)
		}
		back, err := zstd.Decompress(e.Compress(nil, b), len(b))
		if err != nil || !bytes.Equal(back, b) {
			t.Errorf("%d bytes came back as %d, %v", len(b), len(back), err)
		}
	})
}

func BenchmarkCompress(b *testing.B) {
	src := telemetry(64 << 10)
	for _, level := range []zstd.Level{zstd.Fast, zstd.Medium, zstd.Better, zstd.Best} {
		b.Run(fmt.Sprint(level), func(b *testing.B) {
			e := mustNew(b, &zstd.Options{Level: level})
			dst := make([]byte, 0, len(src))
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				e.Compress(dst, src)
			}
		})
	}
}
