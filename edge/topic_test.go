package edge

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// model is a queue as the four rules define it, without bounds on time.
type model struct {
	keep    Keep
	size    int
	queue   []int
	dropped uint64
}

// publish returns false where the publisher would have to wait.
func (m *model) publish(v int) bool {
	if len(m.queue) == m.size {
		switch m.keep {
		case Block:
			return false
		case DropNewest:
			m.dropped++
			return true
		default:
			m.dropped++
			m.queue = m.queue[1:]
		}
	}
	m.queue = append(m.queue, v)
	return true
}

func TestTopicAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		topic := NewTopic[int](nil, "t", &TopicOptions{Retain: rapid.Bool().Draw(t, "retain")})
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		var subs []*Sub[int]
		var models []*model
		last, hasLast, next := 0, false, 0
		t.Repeat(map[string]func(*rapid.T){
			"subscribe": func(t *rapid.T) {
				if len(subs) == 12 {
					t.Skip()
				}
				keep := Keep(rapid.IntRange(int(Block), int(Latest)).Draw(t, "keep"))
				size := rapid.IntRange(1, 5).Draw(t, "size")
				s := topic.Subscribe(&SubOptions{Keep: keep, Size: size})
				if keep == Latest {
					size = 1
				}
				m := &model{keep: keep, size: size}
				if hasLast && topic.retain {
					m.publish(last)
				}
				subs, models = append(subs, s), append(models, m)
			},
			"publish": func(t *rapid.T) {
				next++
				last, hasLast = next, true
				blocked := false
				for _, m := range models {
					blocked = !m.publish(next) || blocked
				}
				// The ended context stands for a wait without success.
				if err := topic.Publish(ended, next); (err != nil) != blocked {
					t.Fatalf("Publish = %v; want an error: %v", err, blocked)
				}
			},
			"take": func(t *rapid.T) {
				if len(subs) == 0 {
					t.Skip()
				}
				i := rapid.IntRange(0, len(subs)-1).Draw(t, "sub")
				n := rapid.IntRange(1, 3).Draw(t, "n")
				var got []int
				for v := range subs[i].Drain() {
					if got = append(got, v); len(got) == n {
						break
					}
				}
				m := models[i]
				want := m.queue[:min(n, len(m.queue))]
				m.queue = m.queue[len(want):]
				if !slices.Equal(got, want) {
					t.Fatalf("took %v; want %v", got, want)
				}
			},
			"close": func(t *rapid.T) {
				if len(subs) == 0 {
					t.Skip()
				}
				i := rapid.IntRange(0, len(subs)-1).Draw(t, "sub")
				subs[i].Close()
				subs, models = slices.Delete(subs, i, i+1), slices.Delete(models, i, i+1)
			},
			"": func(t *rapid.T) {
				for i, s := range subs {
					st, m := s.status(), models[i]
					if st.Depth != len(m.queue) || st.Dropped != m.dropped || st.Size != m.size {
						t.Fatalf("%v: %+v; want depth %d, dropped %d, size %d", m.keep, st, len(m.queue), m.dropped, m.size)
					}
				}
				if v, ok := topic.Last(); topic.retain && (v != last || ok != hasLast) {
					t.Fatalf("Last = %d, %v; want %d, %v", v, ok, last, hasLast)
				}
			},
		})
	})
}

func TestPublishBlocksUntilThereIsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		topic := NewTopic[int](nil, "t", nil)
		slow := topic.Subscribe(&SubOptions{Size: 2})
		other := topic.Subscribe(&SubOptions{Size: 100, Keep: DropOldest})
		published := 0
		go func() {
			for i := range 5 {
				if err := topic.Publish(t.Context(), i); err != nil {
					t.Error(err)
				}
				published++
			}
		}()
		synctest.Wait()
		if published != 2 {
			t.Errorf("published into a queue of 2 = %d; want 2", published)
		}
		// The full queue does not keep the value from the others.
		if got, want := slices.Collect(other.Drain()), []int{0, 1, 2}; !slices.Equal(got, want) {
			t.Errorf("the other subscriber has %v; want %v", got, want)
		}
		var got []int
		for v := range slow.All(t.Context()) {
			time.Sleep(time.Second)
			if got = append(got, v); len(got) == 5 {
				break
			}
		}
		synctest.Wait()
		if want := []int{0, 1, 2, 3, 4}; !slices.Equal(got, want) || published != 5 {
			t.Errorf("received %v, published %d; want %v, 5", got, published, want)
		}
		if slow.Dropped() != 0 {
			t.Errorf("Dropped under Block = %d; want 0", slow.Dropped())
		}
	})
}

func TestPublishEndsWithContextOrClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		topic := NewTopic[int](nil, "t", nil)
		sub := topic.Subscribe(&SubOptions{Size: 1})
		if err := topic.Publish(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := topic.Publish(ctx, 2); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Publish into a full queue = %v; want DeadlineExceeded", err)
		}
		if err := topic.Publish(ctx, 3); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Publish with an ended context into a full queue = %v; want DeadlineExceeded", err)
		}
		go func() {
			time.Sleep(time.Second)
			sub.Close()
		}()
		if err := topic.Publish(t.Context(), 4); err != nil {
			t.Errorf("Publish to a subscription that is closed meanwhile = %v; want nil", err)
		}
		for v := range sub.All(t.Context()) {
			t.Errorf("All of a closed subscription yielded %d", v)
		}
		sub.Close()
		if n := len(topic.status().Subscribers); n != 0 {
			t.Errorf("subscribers after Close = %d; want 0", n)
		}
		if err := topic.Publish(ctx, 5); err != nil {
			t.Errorf("Publish without subscribers = %v; want nil", err)
		}
	})
}

func TestQueueOutlivesRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New("test", nil)
		topic := NewTopic[int](a, "t", nil)
		sub := topic.Subscribe(nil)
		var got []int
		a.Go("c", Func(func(ctx context.Context) error {
			for v := range sub.All(ctx) {
				got = append(got, v)
				if v == 2 {
					return errors.New("choked")
				}
			}
			got = slices.AppendSeq(got, sub.Drain())
			return ctx.Err()
		}), nil)
		stop := start(t, a)
		for i := range 5 {
			if err := topic.Publish(t.Context(), i); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
		if err := a.Pause("c"); err != nil {
			t.Fatal(err)
		}
		if err := topic.Publish(t.Context(), 5); err != nil {
			t.Fatal(err)
		}
		if err := stop(); err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
		if want := []int{0, 1, 2, 3, 4, 5}; !slices.Equal(got, want) {
			t.Errorf("received %v; want %v", got, want)
		}
	})
}

// TestHammer has everybody at the topic at once and checks what is promised:
// the order of each publisher, and that nothing is lost without being counted.
func TestHammer(t *testing.T) {
	const publishers, values = 4, 3000
	type message struct{ from, n int }
	topic := NewTopic[message](nil, "t", &TopicOptions{Retain: true})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()

	type reader struct {
		sub  *Sub[message]
		seen [publishers]int
		n    int
	}
	var readers []*reader
	var consumers, pubs, churn sync.WaitGroup
	for _, o := range []SubOptions{
		{Keep: Block, Size: 1}, {Keep: Block, Size: 16}, {Keep: DropOldest, Size: 3}, {Keep: DropNewest, Size: 3}, {Keep: Latest},
	} {
		r := &reader{sub: topic.Subscribe(&o)}
		readers = append(readers, r)
		consumers.Go(func() {
			for m := range r.sub.All(ctx) {
				if r.n++; m.n <= r.seen[m.from] {
					t.Errorf("%v: value %d of publisher %d after %d", r.sub.keep, m.n, m.from, r.seen[m.from])
				}
				r.seen[m.from] = m.n
			}
		})
	}
	shared := topic.Subscribe(&SubOptions{Keep: Block, Size: 2})
	var mu sync.Mutex
	together := 0
	for range 3 {
		consumers.Go(func() {
			for range shared.All(ctx) {
				mu.Lock()
				together++
				mu.Unlock()
			}
		})
	}
	churnCtx, stopChurn := context.WithCancel(ctx)
	churn.Go(func() {
		for churnCtx.Err() == nil {
			s := topic.Subscribe(&SubOptions{Keep: Block, Size: 1})
			for range s.All(churnCtx) {
				break
			}
			s.Close()
			topic.status()
		}
	})
	for p := range publishers {
		pubs.Go(func() {
			for n := range values {
				if err := topic.Publish(ctx, message{p, n + 1}); err != nil {
					t.Errorf("Publish = %v; want nil", err)
				}
			}
		})
	}
	pubs.Wait()
	stopChurn()
	churn.Wait()
	deadline := time.Now().Add(10 * time.Second)
	for _, s := range append([]*Sub[message]{shared}, readers[0].sub, readers[1].sub) {
		for s.status().Depth > 0 && time.Now().Before(deadline) {
			time.Sleep(time.Millisecond)
		}
	}
	cancel()
	consumers.Wait()
	const all = publishers * values
	if together != all {
		t.Errorf("values of three goroutines that share a subscription = %d; want %d", together, all)
	}
	for _, r := range readers {
		st := r.sub.status()
		if got := r.n + int(st.Dropped) + st.Depth; got != all {
			t.Errorf("%v: received %d + dropped %d + queued %d = %d; want %d", st.Keep, r.n, st.Dropped, st.Depth, got, all)
		}
		if st.Keep == Block && r.n != all {
			t.Errorf("block: received %d; want %d", r.n, all)
		}
	}
}

// payload is about the size of a reading with its time and quality.
type payload [14]float64

func TestPublishAllocatesNothing(t *testing.T) {
	for _, keep := range []Keep{Block, DropOldest, DropNewest, Latest} {
		topic := NewTopic[payload](nil, "t", &TopicOptions{Retain: true})
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		for range 3 {
			sub := topic.Subscribe(&SubOptions{Keep: keep, Size: 8})
			done.Go(func() {
				for range sub.All(ctx) {
				}
			})
		}
		if n := testing.AllocsPerRun(1000, func() { _ = topic.Publish(ctx, payload{}) }); n != 0 {
			t.Errorf("allocations of Publish with %v = %v; want 0", keep, n)
		}
		cancel()
		done.Wait()
	}
}

func BenchmarkPublish3(b *testing.B) {
	for _, keep := range []Keep{Block, DropOldest} {
		b.Run("topic/"+keep.String(), func(b *testing.B) {
			b.ReportAllocs()
			topic := NewTopic[payload](nil, "t", nil)
			ctx, cancel := context.WithCancel(b.Context())
			var done sync.WaitGroup
			for range 3 {
				sub := topic.Subscribe(&SubOptions{Keep: keep, Size: 256})
				done.Go(func() {
					for range sub.All(ctx) {
					}
				})
			}
			for b.Loop() {
				if err := topic.Publish(ctx, payload{}); err != nil {
					b.Fatal(err)
				}
			}
			cancel()
			done.Wait()
		})
	}
	b.Run("topic/nobody reads", func(b *testing.B) {
		b.ReportAllocs()
		topic := NewTopic[payload](nil, "t", nil)
		for range 3 {
			topic.Subscribe(&SubOptions{Keep: DropOldest, Size: 256})
		}
		for b.Loop() {
			_ = topic.Publish(b.Context(), payload{})
		}
	})
	b.Run("channels", func(b *testing.B) {
		b.ReportAllocs()
		ctx, cancel := context.WithCancel(b.Context())
		var done sync.WaitGroup
		var chans []chan payload
		for range 3 {
			c := make(chan payload, 256)
			chans = append(chans, c)
			done.Go(func() {
				for {
					select {
					case <-c:
					case <-ctx.Done():
						return
					}
				}
			})
		}
		for b.Loop() {
			for _, c := range chans {
				select {
				case c <- payload{}:
				case <-ctx.Done():
				}
			}
		}
		cancel()
		done.Wait()
	})
}
