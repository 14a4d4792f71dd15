package transport

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/brinkml/brink/transport/internal/seglog"
)

// nowhere never connects.
type nowhere struct{}

func (nowhere) Dial(context.Context) (Session, error) { return nil, errors.New("no network") }

// An outage of any length is covered: what is kept reaches from its beginning
// until now, with a resolution that falls as the lane fills, the same for each
// topic, and the bounds hold.
func TestThinCoversAnOutage(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		topics := rapid.IntRange(1, 40).Draw(r, "topics")
		count := rapid.IntRange(16*topics, 64*topics).Draw(r, "MaxCount")
		messages := rapid.IntRange(1, 12*count).Draw(r, "messages")
		byBytes := rapid.Bool().Draw(r, "by bytes")
		lane := Lane{Name: DefaultLane, Sync: InMemory, OnFull: Thin, MaxCount: count}
		if byBytes {
			lane.MaxCount, lane.MaxBytes = 0, int64(count)*60 // about that many
		}
		out, err := Open(t.TempDir(), nowhere{}, &Options{Lanes: []Lane{lane}})
		if err != nil {
			r.Fatal(err)
		}
		defer out.Close()
		q := out.lanes[DefaultLane]
		kept, hole, steepest := make([]int, topics), make([]int, topics), make([]int, topics)
		for i := range messages {
			k := i % topics
			m := Message{Topic: fmt.Sprintf("t%02d", k), Payload: fmt.Appendf(nil, "%08d", i)}
			before := q.halvings(seglog.Size(len(appendMessage(nil, &m, out.epoch, out.clock()))))
			steepest[k] = max(steepest[k], before)
			receipt, err := out.Publish(context.Background(), m)
			if err != nil {
				r.Fatal(err)
			}
			if !receipt.dropped {
				kept[k]++
			}
			// No hole is longer than the resolution in it.
			if receipt.dropped {
				if hole[k]++; hole[k] >= 1<<steepest[k] {
					r.Fatalf("message %d is the %dth of its topic left out; want one of %d taken", i, hole[k], 1<<steepest[k])
				}
			} else {
				hole[k], steepest[k] = 0, before
			}
			if before == 0 && receipt.dropped {
				r.Fatalf("message %d was thinned with the lane less than half full", i)
			}
			if q.bytes > q.MaxBytes || (q.MaxCount > 0 && q.pending > q.MaxCount) {
				r.Fatalf("%d messages, %d bytes; the bounds are %d, %d", q.pending, q.bytes, q.MaxCount, q.MaxBytes)
			}
		}
		// Each topic has its share, up to what its phase in the counting makes.
		least, most := kept[0], kept[0]
		for _, n := range kept {
			least, most = min(least, n), max(most, n)
		}
		// At each of the log2(count) rates a topic may be ahead by one.
		if steps := int(math.Log2(float64(q.MaxBytes))); most-least > steps {
			r.Errorf("of %d topics one has %d messages and another %d", topics, most, least)
		}
		if q.MaxCount == 0 {
			return
		}
		// N/2 messages at each resolution 1, N/4 at 2, N/8 at 4, ...: the first N/2
		// log2 N messages, halved at each topic's pace, push nothing out.
		if covers := count / 2 * int(math.Log2(float64(count/topics))); messages < covers && q.dropped[DroppedOldest] > 0 {
			r.Errorf("%d messages of %d pushed out %d; want none before %d", messages, count, q.dropped[DroppedOldest], covers)
		}
	})
}

// More topics than there are counters: none is left out.
func TestThinManyTopics(t *testing.T) {
	th := newThinner()
	const topics, rounds = 5000, 400
	taken := make([]int, topics)
	for range rounds {
		for k := range topics {
			if th.takes(fmt.Sprint("t", k), 2) {
				taken[k]++
			}
		}
	}
	total := 0
	for k, n := range taken {
		total += n
		// Binomial(400, 1/4) has a deviation of 8.7.
		if n < 100-70 || n > 100+70 {
			t.Errorf("topic %d: %d of %d; want about %d", k, n, rounds, rounds/4)
		}
	}
	if got := float64(total) / topics / rounds; math.Abs(got-0.25) > 0.01 {
		t.Errorf("%.3f of all are taken; want 0.25", got)
	}
}

// Sources of different speed and size keep their proportion.
func TestThinKeepsProportion(t *testing.T) {
	th := newThinner()
	sent, taken := make([]int, 8), make([]int, 8)
	for range 200_000 {
		k := bitsOf(rand.Uint32())
		sent[k]++
		if th.takes(fmt.Sprint("t", k), 5) {
			taken[k]++
		}
	}
	for k := range sent {
		if want := sent[k] / 32; taken[k] < want || taken[k] > want+1 {
			t.Errorf("topic %d: %d of %d; want every 32nd", k, taken[k], sent[k])
		}
	}
}

// bitsOf makes each number half as frequent as the one before.
func bitsOf(x uint32) (n int) {
	for n < 7 && x&1 == 1 {
		n++
		x >>= 1
	}
	return n
}

func TestHalvings(t *testing.T) {
	q := &queue{Lane: Lane{MaxBytes: 1 << 40, MaxCount: 16}}
	want := []int{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 4, 4}
	for n, k := range want {
		q.pending = n
		if got := q.halvings(1); got != k {
			t.Errorf("with %d of 16: halved %d times; want %d", n, got, k)
		}
	}
	q = &queue{Lane: Lane{MaxBytes: 1000}}
	for bytes, k := range map[int64]int{0: 0, 499: 0, 500: 1, 749: 1, 750: 2, 990: 3, 1000: 3, 2000: 3} {
		q.bytes = bytes
		if got := q.halvings(100); got != k {
			t.Errorf("with %d bytes of 1000: halved %d times; want %d", bytes, got, k)
		}
	}
}
