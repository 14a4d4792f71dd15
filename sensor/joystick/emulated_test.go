package joystick_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/joystick"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ms = time.Millisecond

	up     = emulator.KeyUp
	down   = emulator.KeyDown
	left   = emulator.KeyLeft
	right  = emulator.KeyRight
	middle = emulator.KeyEnter
)

// entry is an event with its time since the start.
type entry struct {
	At   time.Duration
	What string
}

// collect runs a loop until the context ends and returns what it yielded.
func collect(ctx context.Context, d *joystick.Dev, start time.Time) (log []entry) {
	for e, err := range d.Events(ctx) {
		what := e.Direction.String() + " " + e.Action.String()
		if err != nil {
			what = err.Error()
		}
		log = append(log, entry{e.At.Sub(start), what})
	}
	return log
}

func open(t testing.TB, board *emulator.Board, o *joystick.Options) *joystick.Dev {
	t.Helper()
	d, err := joystick.New(board, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// play moves the stick while a loop runs, and returns what the loop yielded until the end.
func play(t *testing.T, board *emulator.Board, d *joystick.Dev, end time.Duration, moves map[time.Duration]func()) []entry {
	t.Helper()
	start := time.Now()
	for at, move := range moves {
		time.AfterFunc(at, move)
	}
	ctx, cancel := context.WithTimeout(t.Context(), end)
	defer cancel()
	log := collect(ctx, d, start)
	if got := time.Since(start); got != end {
		t.Errorf("the loop ended after %v; want %v, with its context", got, end)
	}
	if err := board.Misuse(); err != nil {
		t.Error(err)
	}
	return log
}

func TestPolling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		d := open(t, board, nil)
		set := func(k emulator.Keys) func() { return func() { board.SetKeys(k) } }
		got := play(t, board, d, 2*time.Second, map[time.Duration]func(){
			5 * ms:   set(up),
			99 * ms:  set(0),
			105 * ms: set(middle),
			485 * ms: set(left | right), // two at once, and one released
			501 * ms: set(0),
		})
		want := []entry{
			{20 * ms, "up pressed"},
			{100 * ms, "up released"},
			{120 * ms, "middle pressed"},
			{370 * ms, "middle held"},
			{403 * ms, "middle held"},
			{436 * ms, "middle held"},
			{469 * ms, "middle held"},
			{489 * ms, "middle released"},
			{489 * ms, "right pressed"},
			{489 * ms, "left pressed"},
			{509 * ms, "right released"},
			{509 * ms, "left released"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

// With edges the bus is quiet while nobody touches the stick, and nothing waits for a poll.
func TestEdges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		d := open(t, board, &joystick.Options{Edge: board.KeyEdges(), Rotation: 180})
		set := func(k emulator.Keys) func() { return func() { board.SetKeys(k) } }
		before := board.Transactions(emulator.LEDMatrix)
		got := play(t, board, d, time.Hour, map[time.Duration]func(){
			5 * ms:      set(up),
			7 * ms:      set(0),
			time.Minute: set(left | down),
			time.Minute + 270*ms: func() { // two edges of which only one can be seen
				board.SetKeys(left)
				board.SetKeys(0)
			},
		})
		want := []entry{
			{5 * ms, "down pressed"},
			{7 * ms, "down released"},
			{time.Minute, "up pressed"},
			{time.Minute, "right pressed"},
			{time.Minute + 250*ms, "right held"},
			{time.Minute + 270*ms, "up released"},
			{time.Minute + 270*ms, "right released"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		if n := board.Transactions(emulator.LEDMatrix) - before; n > 25 {
			t.Errorf("%d transactions in an hour with four changes; want 25 at most", n)
		}
	})
}

// An edge that is missed is made up for while a direction is down.
func TestMissedEdge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		edges := make(chan struct{}, 1)
		d := open(t, board, &joystick.Options{Edge: edges})
		got := play(t, board, d, time.Second, map[time.Duration]func(){
			5 * ms:  func() { board.SetKeys(up); edges <- struct{}{} },
			10 * ms: func() { board.SetKeys(0) },
		})
		want := []entry{{5 * ms, "up pressed"}, {25 * ms, "up released"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

// Without edges for good, the stick is polled.
func TestClosedEdges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		edges := make(chan struct{})
		d := open(t, board, &joystick.Options{Edge: edges})
		got := play(t, board, d, time.Second, map[time.Duration]func(){
			5 * ms:  func() { close(edges) },
			10 * ms: func() { board.SetKeys(up) },
			30 * ms: func() { board.SetKeys(0) },
		})
		want := []entry{{25 * ms, "up pressed"}, {45 * ms, "up released"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

// A failed read is yielded, typed, and the loop goes on; what changed meanwhile is not lost.
func TestFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, edge := range []bool{false, true} {
			for _, kind := range []emulator.FaultKind{emulator.NACK, emulator.Timeout, emulator.Absent} {
				if kind == emulator.Absent && edge {
					continue // a part without power raises no line
				}
				board := emulator.New(nil)
				o := &joystick.Options{}
				if edge {
					o.Edge = board.KeyEdges()
				}
				d := open(t, board, o)
				time.AfterFunc(30*ms, func() {
					board.Fault(emulator.Fault{Kind: kind, Addr: emulator.LEDMatrix, Count: 3, Hold: 7 * ms})
					board.SetKeys(right)
				})
				failed := 0
				for e, err := range d.Events(t.Context()) {
					if err == nil {
						if e.Direction != joystick.Right || e.Action != joystick.Pressed {
							t.Errorf("%v, edges %v: event %+v; want right pressed", kind, edge, e)
						}
						break
					}
					failed++
					b, ok := errors.AsType[*sensor.BusError](err)
					if !ok || b.Chip != "joystick" || b.Reg != 0xF2 || !sensor.Temporary(err) || e.At.IsZero() {
						t.Errorf("%v, edges %v: error %v at %v; want a temporary BusError for 0xf2", kind, edge, err, e.At)
					}
				}
				if failed != 3 {
					t.Errorf("%v, edges %v: %d errors; want 3", kind, edge, failed)
				}
			}
		}
	})
}

// The controller's bug sets the top bit of what it reads; the stick has none there.
func TestStuckTopBit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		d := open(t, board, nil)
		board.Fault(emulator.Fault{Kind: emulator.BitFlip, Addr: emulator.LEDMatrix, Register: 0xF2, Mask: 0x80})
		got := play(t, board, d, time.Second, map[time.Duration]func(){
			5 * ms:  func() { board.SetKeys(down) },
			30 * ms: func() { board.SetKeys(0) },
		})
		want := []entry{{20 * ms, "down pressed"}, {40 * ms, "down released"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

// A consumer that breaks between two events of one change gets the others from the next loop.
func TestBreakLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		d := open(t, board, nil)
		next := func() string {
			t.Helper()
			e, err := d.Wait(t.Context())
			if err != nil {
				t.Fatalf("Wait = %v; want an event", err)
			}
			return e.Direction.String() + " " + e.Action.String()
		}
		board.SetKeys(up)
		got := []string{next()}
		board.SetKeys(down | left | middle)
		for range 4 {
			got = append(got, next())
		}
		board.SetKeys(down)
		for range 2 {
			got = append(got, next())
		}
		want := []string{"up pressed", "up released", "down pressed", "middle pressed", "left pressed", "middle released", "left released"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

func TestWaitEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		for _, o := range []*joystick.Options{nil, {Edge: board.KeyEdges()}} {
			d := open(t, board, o)
			ctx, cancel := context.WithTimeout(t.Context(), 12345*time.Microsecond)
			start := time.Now()
			if _, err := d.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 12345*time.Microsecond {
				t.Errorf("Wait = %v after %v; want the deadline's error at once", err, time.Since(start))
			}
			cancel()
			if _, err := d.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Wait with a context that has ended = %v; want its error", err)
			}
		}
	})
}

func TestOneLoopAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		d := open(t, board, nil)
		board.SetKeys(up)
		for range d.Events(t.Context()) {
			if _, err := d.Wait(t.Context()); !errors.Is(err, joystick.ErrRunning) {
				t.Errorf("Wait within a loop = %v; want %v", err, joystick.ErrRunning)
			}
			break
		}
		board.SetKeys(0)
		if e, err := d.Wait(t.Context()); err != nil || e.Action != joystick.Released {
			t.Errorf("Wait after the loop = %+v, %v; want up released", e, err)
		}
	})
}

// Each loop ends while it waits, by its context.
func TestStartStopManyTimes(t *testing.T) {
	n := 100_000
	if testing.Short() {
		n /= 100
	}
	for name, o := range map[string]*joystick.Options{"polling": {Poll: time.Hour}, "edges": {Edge: make(chan struct{})}} {
		t.Run(name, func(t *testing.T) {
			d := open(t, emulator.New(nil), o)
			for range n {
				ctx, cancel := context.WithCancel(context.Background())
				var loop sync.WaitGroup
				loop.Go(func() {
					for _, err := range d.Events(ctx) {
						t.Errorf("an event, or %v", err)
					}
				})
				cancel()
				loop.Wait()
			}
		})
	}
}

// Events are made without memory, however long the loop runs.
func TestPollsAllocateNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		d := open(t, board, nil)
		board.SetKeys(up)
		// AllocsPerRun runs a whole loop each time: one with 10 polls and one with 1000 must take the same.
		loop := func(held int) float64 {
			return testing.AllocsPerRun(5, func() {
				n := 0
				for e, err := range d.Events(context.Background()) {
					if err != nil {
						t.Error(err)
					}
					if e.Action == joystick.Held {
						if n++; n == held {
							break
						}
					}
				}
			})
		}
		if short, long := loop(10), loop(1000); long > short {
			t.Errorf("a loop of 1000 events makes %v allocations, one of 10 makes %v; want no more", long, short)
		}
	})
}

func BenchmarkPoll(b *testing.B) {
	board := emulator.New(nil)
	d := open(b, board, &joystick.Options{Poll: 1, Delay: 1, Repeat: 1})
	board.SetKeys(up)
	b.ReportAllocs()
	n := 0
	for range d.Events(b.Context()) {
		if n++; n > b.N {
			break
		}
	}
}

// Everything that is pressed on one side is seen on the other, in real time and under the race detector.
func TestHammer(t *testing.T) {
	board := emulator.New(nil)
	d := open(t, board, &joystick.Options{Edge: board.KeyEdges(), Delay: -1})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	seen := make(chan joystick.Event)
	var wg sync.WaitGroup
	wg.Go(func() {
		for e, err := range d.Events(ctx) {
			if err != nil {
				t.Error(err)
			}
			select {
			case seen <- e:
			case <-ctx.Done():
			}
		}
	})
	order := []emulator.Keys{down, right, up, middle, left}
	names := []joystick.Direction{joystick.Down, joystick.Right, joystick.Up, joystick.Middle, joystick.Left}
	for n := range 1000 {
		i := n % len(order)
		for _, step := range []struct {
			keys   emulator.Keys
			action joystick.Action
		}{{order[i], joystick.Pressed}, {0, joystick.Released}} {
			board.SetKeys(step.keys)
			select {
			case e := <-seen:
				if e.Direction != names[i] || e.Action != step.action {
					t.Fatalf("event %+v; want %v %v", e, names[i], step.action)
				}
			case <-ctx.Done():
				t.Fatalf("%v %v was not seen", names[i], step.action)
			}
		}
	}
	cancel()
	wg.Wait()
}
