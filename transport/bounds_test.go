package transport

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/brinkml/brink/internal/durable"
)

// At no moment is more reserved than a 64th of the budget beyond what is spent.
func TestBudgetParts(t *testing.T) {
	const limit = 64_000
	o := &Outbox{dir: t.TempDir(), fs: durable.OS{}}
	lane := &Lane{Name: "a", DailyBytes: limit}
	b, err := openBudget(o, lane)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	stores := 0
	b.roll(time.Unix(0, 0), 0)
	for size := int64(100); b.fits(size); size = 1 + rand.Int64N(2000) {
		if !b.covered(size) {
			part := b.part(size)
			if over := part - b.spent; over < size || over > max(limit/64, size) || part > limit {
				t.Fatalf("%d are stored for a packet of %d bytes with %d spent", part, size, b.spent)
			}
			if err := b.store(b.day, part); err != nil {
				t.Fatal(err)
			}
			b.reserved = part
			stores++
		}
		b.spent += size
	}
	if b.spent > limit || b.spent < limit-2000 || stores > 64+32 {
		t.Errorf("%d of %d are spent, in %d parts", b.spent, limit, stores)
	}
}

func TestPacketSize(t *testing.T) {
	for n, want := range map[int]int{
		0: 2 + 2 + 1, 122: 2 + 2 + 1 + 122 + 2, 123: 3 + 2 + 1 + 123 + 2, 20_000: 4 + 2 + 1 + 20_000 + 2, 3_000_000: 5 + 2 + 1 + 3_000_000 + 2,
	} {
		p := Packet{Topic: "t", Payload: make([]byte, n)}
		if n > 0 {
			p.QoS = 1
		}
		if got := p.size(); got != want {
			t.Errorf("a payload of %d bytes makes a packet of %d; want %d", n, got, want)
		}
	}
}

// The runs of a Dedup are sorted, apart, few and true.
func TestDedupRuns(t *testing.T) {
	for _, span := range []uint64{100, 1000, 1 << 40} {
		var e dedupEpoch
		for range 5000 {
			seq := 1 + rand.Uint64N(span)
			covered := false
			for _, r := range e.runs {
				covered = covered || r.from <= seq && seq <= r.to
			}
			if got := e.seen(seq); got != covered {
				t.Fatalf("seen(%d) = %v; want %v", seq, got, covered)
			}
			if len(e.runs) > dedupRuns || cap(e.runs) > dedupRuns {
				t.Fatalf("%d runs with room for %d; want at most %d", len(e.runs), cap(e.runs), dedupRuns)
			}
			covered = false
			for i, r := range e.runs {
				if r.from > r.to || i > 0 && r.from <= e.runs[i-1].to+1 {
					t.Fatalf("runs %v", e.runs)
				}
				covered = covered || r.from <= seq && seq <= r.to
			}
			if !covered {
				t.Fatalf("%d is not remembered", seq)
			}
		}
		if span == 100 && len(e.runs) != 1 {
			t.Errorf("%d runs of 100 numbers that have all come; want 1", len(e.runs))
		}
	}
}

func TestFilled(t *testing.T) {
	q := &queue{Lane: Lane{MaxBytes: 1000, MaxCount: 100}}
	for _, step := range []struct {
		bytes   int64
		pending int
		lacks   int64
		want    Level
	}{
		{0, 0, 0, LevelLow},
		{749, 74, 0, LevelLow},
		{100, 75, 0, LevelHigh},
		{600, 10, 0, LevelHigh}, // until below half
		{499, 49, 0, LevelLow},
		{750, 1, 0, LevelHigh},
		{800, 1, 300, LevelFull},
		{701, 1, 0, LevelFull}, // no room for 300 bytes yet
		{700, 1, 0, LevelHigh},
		{500, 1, 0, LevelHigh},
		{800, 1, 900, LevelFull},
		{101, 1, 0, LevelFull},
		{100, 1, 0, LevelLow},
		{500, 100, 1, LevelFull},
		{500, 99, 0, LevelHigh},
	} {
		q.bytes, q.pending = step.bytes, step.pending
		if step.lacks > 0 {
			q.fill.lacks = step.lacks
		}
		q.filled()
		if q.fill.level != step.want {
			t.Fatalf("%+v: %v", step, q.fill.level)
		}
	}
}

// A full lane that makes room for each message does not wake its readers each
// time.
func TestFullLaneIsQuiet(t *testing.T) {
	out, err := Open(t.TempDir(), nowhere{}, &Options{Lanes: []Lane{{Name: "a", Sync: InMemory, MaxCount: 4, OnFull: DropOldest}}})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	var changed <-chan struct{}
	for i := range 10 {
		if i == 5 {
			changed = out.lanes["a"].fill.changed.wait()
		}
		if _, err := out.Publish(context.Background(), Message{Topic: "t", Lane: "a"}); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-changed:
		t.Error("the level changed while the lane was full all the time")
	default:
	}
}

// What waits for a reader of drops is bounded, however slow it is.
func TestDropReaderIsBounded(t *testing.T) {
	q := &queue{Lane: Lane{Name: "a"}, o: &Outbox{wall: time.Now}}
	r := &dropReader{wake: make(wakeup, 1)}
	d := &drops{}
	d.attach(r)
	told, noted := uint64(0), uint64(0)
	for i := range uint64(100_000) {
		noted++
		d.note(q, DroppedOldest, 2*i+1, 2*i+1, 1)
		if i%3 == 0 {
			if x, ok := d.next(r); ok {
				told += x.Count + x.Missed
			}
		}
		if len(r.wait)-r.first > maxDrops || cap(r.wait) > 2*maxDrops {
			t.Fatalf("%d wait, with room for %d", len(r.wait)-r.first, cap(r.wait))
		}
	}
	for {
		x, ok := d.next(r)
		if !ok {
			break
		}
		told += x.Count + x.Missed
	}
	if told+r.missed != noted {
		t.Errorf("%d told, %d missed; want %d in all", told, r.missed, noted)
	}
	d.detach(r)
	if d.any.Load() {
		t.Error("nobody listens any more")
	}
}

// A batch is exactly as long as was counted when it was put together.
func TestBatchIsAsLongAsCounted(t *testing.T) {
	for _, format := range []BatchFormat{BatchJSON, BatchFrames} {
		for _, envelope := range []bool{false, true} {
			o := &Outbox{}
			o.opts.MaxPayload = 1 << 20
			q := &queue{o: o, device: `"d"`, Lane: Lane{
				Name: "a", Envelope: envelope, Batch: &Batch{Format: format, MaxBytes: 5000, MaxMessages: 50},
			}}
			full := 0
			for range 500 {
				var items []item
				for i := range 1 + rand.IntN(60) {
					it := item{seq: uint64(i + 1), epoch: 1 + rand.Uint64N(1000), topic: "t", payload: make([]byte, rand.IntN(300))}
					it.wire = q.wireSize(&it)
					items = append(items, it)
				}
				var r batchRun
				for n := range items { // in pieces, as they are read
					r.extend(q, items[:n])
				}
				r.extend(q, items)
				if got := len(q.join(items[:r.n])); got != r.size {
					t.Fatalf("format %d, envelope %v: %d bytes; counted %d", format, envelope, got, r.size)
				}
				if r.full {
					full++
				} else if r.n != len(items) {
					t.Fatalf("format %d: %d of %d messages, and not full", format, r.n, len(items))
				}
				if whole := len(q.join(items[:min(r.n+1, len(items))])); r.full && r.n < 50 && whole <= 5000 {
					t.Fatalf("format %d: full with %d bytes, and one more makes %d", format, r.size, whole)
				}
			}
			if full == 0 {
				t.Error("no batch was full")
			}
		}
	}
}
