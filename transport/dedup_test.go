package transport_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/internal/durable/crashfs"
	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/transporttest"
)

// What an outbox sends over crashes and lost links is seen once each.
func TestDedupOfAnOutbox(t *testing.T) {
	again := 0
	for seed := range uint64(6) {
		synctest.Test(t, func(t *testing.T) {
			b, d := rig(t, nil)
			r := rand.New(rand.NewPCG(seed, 0))
			b.Script(transporttest.Script{
				NoPuback:    func(transporttest.Message) bool { return r.IntN(40) == 0 },
				HangUpAfter: func(transporttest.Message) bool { return r.IntN(40) == 0 },
			})
			o := &transport.Options{Device: "d", SegmentBytes: 4096, Window: 10, Lanes: []transport.Lane{
				{Name: transport.DefaultLane, Envelope: true},
				{Name: "batch", Envelope: true, Batch: &transport.Batch{MaxMessages: 5}},
			}}
			fsys := crashfs.New(seed)
			accepted := make(map[string]bool)
			for life := range 12 {
				fsys.CrashAt(150 + r.IntN(100))
				out, err := transport.OpenFS("/outbox", d, o, fsys)
				if err != nil {
					t.Fatal(err)
				}
				stop := run(t, out)
				for i := range 200 {
					m := transport.Message{Topic: "t", Payload: fmt.Appendf(nil, "%d", life*1000+i)}
					if i%2 == 0 {
						m.Lane = "batch"
					}
					if _, err := out.Publish(t.Context(), m); err != nil {
						break
					}
					accepted[string(m.Payload)] = true
				}
				synctest.Wait()
				stop()
				_ = out.Close() // its errors are the crash's
				fsys = fsys.Reboot()
			}
			b.Script(transporttest.Script{})
			out := mustOpenFS(t, "/outbox", d, o, durable.FS(fsys))
			run(t, out)
			drain(t, out)
			dedup := transport.NewDedup(nil)
			seen, total := make(map[string]int), 0
			for _, m := range b.Messages() {
				all := [][]byte{m.Payload}
				if m.Payload[0] == '[' {
					all = unpack(t, transport.BatchJSON, false, m.Payload)
				}
				for _, p := range all {
					e, err := transport.ParseEnvelope(p)
					if err != nil {
						t.Fatal(err)
					}
					total++
					if !dedup.Seen(e) {
						seen[string(e.Data)]++
					}
				}
			}
			for id := range accepted {
				if seen[id] == 0 {
					t.Errorf("seed %d: message %s was accepted and never new", seed, id)
				}
			}
			for id, n := range seen {
				if n != 1 {
					t.Errorf("seed %d: message %s was new %d times", seed, id, n)
				}
			}
			again += total - len(seen)
		})
	}
	if again == 0 {
		t.Error("nothing was sent twice; the test shows nothing")
	}
}

// Against a set that forgets nothing: in whatever order within a window, with
// whatever gaps, over epochs that rise and fall.
func TestDedupModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		d := transport.NewDedup(nil)
		type id struct {
			device, lane string
			epoch, seq   uint64
		}
		model := make(map[id]bool)
		next := make(map[id]uint64)
		for range rapid.IntRange(1, 400).Draw(r, "messages") {
			k := id{
				device: rapid.SampledFrom([]string{"a", "b"}).Draw(r, "device"),
				lane:   rapid.SampledFrom([]string{"x", "y"}).Draw(r, "lane"),
				epoch:  rapid.Uint64Range(5, 9).Draw(r, "epoch"),
			}
			n := next[k]
			next[k] = n + uint64(rapid.IntRange(0, 3).Draw(r, "step"))
			m := k
			m.seq = n - min(n, uint64(rapid.IntRange(0, 50).Draw(r, "back"))) + 1
			if rapid.Bool().Draw(r, "once") {
				m.seq |= 1 << 63
			}
			got := d.Seen(transport.Envelope{Device: m.device, Lane: m.lane, Epoch: m.epoch, Seq: m.seq})
			if got != model[m] {
				r.Fatalf("Seen(%+v) = %v; want %v", m, got, model[m])
			}
			model[m] = true
		}
	})
}

// The memory is bounded, whoever sends what, and what is forgotten is new.
func TestDedupIsBounded(t *testing.T) {
	const lanes = 100
	d := transport.NewDedup(&transport.DedupOptions{Lanes: lanes})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range uint64(600_000) {
		d.Seen(transport.Envelope{
			Device: fmt.Sprint(i % 300), Lane: "x", Epoch: 1 + rand.Uint64N(20), Seq: 1 + rand.Uint64N(1<<40),
		})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if held := int64(after.HeapAlloc) - int64(before.HeapAlloc); held > lanes*17<<10+1<<20 {
		t.Errorf("%d KiB are held; want at most 17 KiB for each of %d lanes", held>>10, lanes)
	}
	e := transport.Envelope{Device: "quiet", Lane: "x", Epoch: 1, Seq: 1}
	if d.Seen(e) || !d.Seen(e) {
		t.Error("a message must be new once")
	}
	for i := range lanes {
		d.Seen(transport.Envelope{Device: fmt.Sprint("other", i), Lane: "x", Epoch: 1, Seq: 1})
	}
	if d.Seen(e) {
		t.Error("what was forgotten must be new")
	}
	// Far more gaps than are remembered: what came is never new again.
	for seq := uint64(2); seq < 2000; seq += 2 {
		if e.Seq = seq; d.Seen(e) {
			t.Fatalf("message %d was seen before it came", seq)
		}
	}
	for seq := uint64(2); seq < 2000; seq += 2 {
		if e.Seq = seq; !d.Seen(e) {
			t.Fatalf("message %d is new again", seq)
		}
	}
	if e.Seq = 1999 - 2*100; d.Seen(e) {
		t.Error("a message in one of the last hundred gaps must be new")
	}
	n := testing.AllocsPerRun(1000, func() { e.Seq++; d.Seen(e) })
	if n != 0 {
		t.Errorf("Seen allocates %v times; want 0", n)
	}
	runtime.KeepAlive(d)
}
