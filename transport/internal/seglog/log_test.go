package seglog

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/internal/durable/crashfs"
)

func TestAppendReadAck(t *testing.T) {
	dir := t.TempDir()
	l, rec := mustOpen(t, Options{Dir: dir, Segment: 4096})
	if rec != (Recovery{}) {
		t.Errorf("Recovery of a new log = %+v; want zero", rec)
	}
	const n = 500
	for i := range n {
		if seq := mustAppend(t, l, body(uint64(i+1))); seq != uint64(i+1) {
			t.Fatalf("number %d; want %d", seq, i+1)
		}
	}
	before, _ := l.Disk()
	if before < 5 {
		t.Fatalf("%d segments; want several", before)
	}
	// Out of order above, then the rest below: only the contiguous part counts.
	for seq := uint64(401); seq <= 450; seq++ {
		l.Ack(seq)
	}
	if l.Mark() != 0 {
		t.Errorf("Mark() = %d; want 0", l.Mark())
	}
	for seq := uint64(300); seq >= 1; seq-- {
		l.Ack(seq)
	}
	if l.Mark() != 300 {
		t.Errorf("Mark() = %d; want 300", l.Mark())
	}
	want := append(numbers(301, 400), numbers(451, 500)...)
	if got := read(t, l); !slices.Equal(got, want) {
		t.Errorf("records %v; want %v", got, want)
	}
	if now, _ := l.Disk(); now != before {
		t.Errorf("%d segments before the mark is stored; want %d", now, before)
	}
	if err := l.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	if now, _ := l.Disk(); now >= before {
		t.Errorf("%d segments after Checkpoint; want fewer than %d", now, before)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(1, 0, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("Append after Close = %v; want ErrClosed", err)
	}
	l, rec = mustOpen(t, Options{Dir: dir, Segment: 4096})
	if got := read(t, l); !slices.Equal(got, numbers(301, 500)) {
		t.Errorf("after restart %v; want 301 to 500", got)
	}
	if rec.Pending != 200 || rec.Lost != 0 || rec.Torn {
		t.Errorf("Recovery = %+v; want 200 pending", rec)
	}
}

func TestLargeRecordsGetTheirOwnSegment(t *testing.T) {
	dir := t.TempDir()
	l, _ := mustOpen(t, Options{Dir: dir, Segment: 4096})
	big := make([]byte, 100_000)
	for i := range big {
		big[i] = byte(i * 7)
	}
	mustAppend(t, l, "small")
	if _, err := l.Append(2, 3, big); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, l, "small again")
	l.Close()
	l, rec := mustOpen(t, Options{Dir: dir, Segment: 4096})
	if rec.Pending != 3 {
		t.Errorf("Recovery = %+v; want 3 pending", rec)
	}
	r := l.NewReader()
	defer r.Close()
	for i, want := range []string{"small", string(big), "small again"} {
		rec, ok, err := r.Next()
		if err != nil || !ok || string(rec.Payload) != want {
			t.Fatalf("record %d = %.20q, %v, %v; want %.20q", i, rec.Payload, ok, err, want)
		}
		if i == 1 && (rec.Kind != 2 || rec.Flags != 3) {
			t.Errorf("kind, flags = %d, %d; want 2, 3", rec.Kind, rec.Flags)
		}
	}
}

// syncCounter counts the data syncs of a file system.
type syncCounter struct {
	durable.FS
	n atomic.Int64
}

type countedFile struct {
	durable.File
	c *syncCounter
}

func (c *syncCounter) Create(name string) (durable.File, error) {
	f, err := c.FS.Create(name)
	return &countedFile{f, c}, err
}

// Sync takes as long as a disk does: on one that answers at once there is nothing to share.
func (f *countedFile) Sync() error {
	f.c.n.Add(1)
	time.Sleep(time.Millisecond)
	return f.File.Sync()
}

// Producers that append together share syncs; each one's records stay in order.
func TestGroupCommit(t *testing.T) {
	c := &syncCounter{FS: durable.OS{}}
	l, _ := mustOpen(t, Options{FS: c, Dir: t.TempDir()})
	const producers, each = 32, 20
	var wg sync.WaitGroup
	for p := range producers {
		wg.Go(func() {
			var last uint64
			for i := range each {
				seq, err := l.Append(1, 0, fmt.Appendf(nil, "%d.%d", p, i))
				if err != nil || seq <= last {
					t.Errorf("Append = %d, %v; want a number above %d", seq, err, last)
				}
				last = seq
			}
		})
	}
	wg.Wait()
	if n := c.n.Load(); n >= producers*each/2 {
		t.Errorf("%d syncs for %d records of %d producers; want them shared", n, producers*each, producers)
	}
	next := make(map[int]int)
	r := l.NewReader()
	defer r.Close()
	total := 0
	for {
		rec, ok, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		total++
		var p, i int
		if _, err := fmt.Sscanf(string(rec.Payload), "%d.%d", &p, &i); err != nil || next[p] != i {
			t.Fatalf("record %d is %q; want item %d", rec.Seq, rec.Payload, next[p])
		}
		next[p]++
	}
	if total != producers*each {
		t.Errorf("%d records; want %d", total, producers*each)
	}
}

// A reader, an acknowledger with checkpoints and producers at once.
func TestHammer(t *testing.T) {
	l, _ := mustOpen(t, Options{FS: crashfs.New(1), Dir: "/lane", Segment: 4096})
	const producers, each = 8, 300
	var wg sync.WaitGroup
	for range producers {
		wg.Go(func() {
			for range each {
				if _, err := l.Append(1, 0, []byte("payload of some length")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	r := l.NewReader()
	defer r.Close()
	for n := 0; n < producers*each; {
		rec, ok, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			continue
		}
		n++
		l.Ack(rec.Seq)
		if n%50 == 0 {
			if err := l.Checkpoint(); err != nil {
				t.Fatal(err)
			}
			if err := r.Rewind(); err != nil {
				t.Fatal(err)
			}
		}
	}
	wg.Wait()
	if err := l.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	if n, _ := l.Disk(); n != 1 {
		t.Errorf("%d segments when all is acknowledged; want 1", n)
	}
}

// Memory and Log give the same answers to the same calls.
func TestMemoryIsALog(t *testing.T) {
	l, _ := mustOpen(t, Options{FS: crashfs.New(1), Dir: "/lane", Segment: 4096})
	m := NewMemory()
	lr, mr := l.NewReader(), m.NewReader()
	defer lr.Close()
	x := uint64(12345)
	roll := func(n int) int {
		x = x*6364136223846793005 + 1442695040888963407
		return int(x>>33) % n
	}
	for step := range 5000 {
		switch k := roll(10); {
		case k < 4:
			p := []byte(body(uint64(roll(100))))
			if roll(50) == 0 {
				p = make([]byte, memoryChunk+roll(100))
			}
			a, err := l.Append(1, byte(roll(100)), p)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := m.Append(1, 0, p); err != nil || a != b {
				t.Fatalf("step %d: numbers %d and %d, %v; want the same", step, a, b, err)
			}
		case k < 8:
			a, okA, err := lr.Next()
			if err != nil {
				t.Fatal(err)
			}
			b, okB, err := mr.Next()
			if err != nil || okA != okB || a.Seq != b.Seq || string(a.Payload) != string(b.Payload) {
				t.Fatalf("step %d: Next = %d, %v and %d, %v", step, a.Seq, okA, b.Seq, okB)
			}
			if okA && roll(3) > 0 {
				l.Ack(a.Seq)
				m.Ack(a.Seq)
			}
		case k < 9:
			if roll(4) == 0 {
				lr.Rewind()
				mr.Rewind()
			}
		default:
			if err := l.Checkpoint(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestMemoryAllocs(t *testing.T) {
	m := NewMemory()
	r := m.NewReader()
	p := make([]byte, 256)
	run := func() {
		for range 100 {
			m.Append(1, 0, p)
			rec, _, _ := r.Next()
			m.Ack(rec.Seq)
		}
	}
	for range 20 {
		run()
	}
	if n := testing.AllocsPerRun(50, run); n > 0 {
		t.Errorf("100 records through a balanced queue allocate %v times; want 0", n)
	}
}

func TestRanges(t *testing.T) {
	var r ranges
	set := make(map[uint64]bool)
	x := uint64(1)
	for range 3000 {
		x = x*6364136223846793005 + 1442695040888963407
		from := (x >> 33) % 200
		to := from + (x>>50)%6
		r.add(from, to)
		for v := from; v < to; v++ {
			set[v] = true
		}
		if (x>>60)&7 == 0 {
			set, r = make(map[uint64]bool), nil
		}
		for v := range uint64(210) {
			_, ok := r.find(v)
			if ok != set[v] {
				t.Fatalf("find(%d) = %v; want %v in %v", v, ok, set[v], r)
			}
		}
		for i := 1; i < len(r); i++ {
			if r[i-1].to >= r[i].from {
				t.Fatalf("%v: spans touch", r)
			}
		}
	}
}

func BenchmarkAppend(b *testing.B) { benchmarkAppend(b, nil) }

// BenchmarkAppendSealed is the same with encryption.
func BenchmarkAppendSealed(b *testing.B) { benchmarkAppend(b, testKeys(1)) }

func benchmarkAppend(b *testing.B, keys *Keys) {
	for _, producers := range []int{1, 16, 64} {
		b.Run(fmt.Sprint(producers), func(b *testing.B) {
			l, _ := mustOpen(b, Options{Dir: b.TempDir(), Keys: keys})
			b.ReportAllocs()
			p := make([]byte, 256)
			var left atomic.Int64
			left.Store(int64(b.N))
			b.ResetTimer()
			var wg sync.WaitGroup
			for range producers {
				wg.Go(func() {
					for left.Add(-1) >= 0 {
						seq, err := l.Append(1, 0, p)
						if err != nil {
							b.Error(err)
							return
						}
						l.Ack(seq)
					}
				})
			}
			wg.Wait()
		})
	}
}

// Synced is told of every data sync of a segment that succeeded.
func TestSynced(t *testing.T) {
	c := &syncCounter{FS: durable.OS{}}
	var n int64
	var least time.Duration
	l, _ := mustOpen(t, Options{FS: c, Dir: t.TempDir(), Synced: func(took time.Duration) {
		n++
		if least == 0 || took < least {
			least = took
		}
	}})
	for range 10 {
		mustAppend(t, l, "payload")
	}
	if n != 10 || n != c.n.Load() || least < time.Millisecond {
		t.Errorf("Synced told of %d syncs, the shortest %v; want %d of at least 1 ms", n, least, c.n.Load())
	}
}
