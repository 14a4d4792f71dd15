package joystick

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drain returns what a state comes to.
func drain(k *keys, now time.Time, state uint8) (events []Event) {
	for {
		d, a, ok := k.next(now, state)
		if !ok {
			return events
		}
		events = append(events, Event{At: now, Direction: d, Action: a})
	}
}

// Whatever the register says, presses and releases of a direction alternate, nothing that has changed is left out, and what
// is held is down.
func TestKeysLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := keys{delay: 250 * time.Millisecond, repeat: 33 * time.Millisecond}
		var down uint8
		now := time.Unix(0, 0)
		for _, state := range rapid.SliceOf(rapid.Byte()).Draw(t, "states") {
			now = now.Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "ms")) * time.Millisecond)
			held := 0
			for _, e := range drain(&k, now, state) {
				var bit uint8
				for i, d := range switches {
					if d == e.Direction {
						bit = 1 << i
					}
				}
				switch e.Action {
				case Pressed:
					if down&bit != 0 {
						t.Fatalf("%v pressed twice", e.Direction)
					}
					down |= bit
				case Released:
					if down&bit == 0 {
						t.Fatalf("%v released twice", e.Direction)
					}
					down &^= bit
				case Held:
					if held++; down&bit == 0 || held > 1 {
						t.Fatalf("%v held %d times at once, with %05b down", e.Direction, held, down)
					}
				}
			}
			if down != state&allSwitches {
				t.Fatalf("state %05b became %05b", state&allSwitches, down)
			}
		}
	})
}

// The timing is that of the kernel's autorepeat.
func TestKeysHeld(t *testing.T) {
	const ms = time.Millisecond
	const up, left = 1 << 2, 1 << 4
	k := keys{delay: 250 * ms, repeat: 33 * ms}
	start := time.Unix(0, 0)
	for _, tt := range []struct {
		at    time.Duration
		state uint8
		want  string
	}{
		{0, up, "up pressed "},
		{249 * ms, up, ""},
		{250 * ms, up, "up held "},
		{282 * ms, up, ""},
		{283 * ms, up, "up held "},
		{320 * ms, up, "up held "},                   // late
		{349 * ms, up, "up held "},                   // and on time again
		{1000 * ms, up, "up held "},                  // what was missed is left out
		{1001 * ms, up | left, "left pressed "},      // repeats instead
		{1100 * ms, up | left, ""},                   //
		{1251 * ms, up | left, "left held "},         //
		{1300 * ms, left, "up released "},            // any release ends it
		{2000 * ms, left, ""},                        //
		{2001 * ms, up, "left released up pressed "}, // both at once
		{2251 * ms, up, "up held "},                  //
		{2300 * ms, 0, "up released "},               //
		{2301 * ms, 0xFF, "down pressed right pressed up pressed middle pressed left pressed "},
		{2302 * ms, 0, "down released right released up released middle released left released "},
	} {
		got := ""
		for _, e := range drain(&k, start.Add(tt.at), tt.state) {
			got += e.Direction.String() + " " + e.Action.String() + " "
		}
		if got != tt.want {
			t.Errorf("state %05b at %v gives %q; want %q", tt.state, tt.at, got, tt.want)
		}
	}
	k = keys{delay: -1, repeat: 33 * ms}
	drain(&k, start, up)
	if got := drain(&k, start.Add(time.Hour), up); got != nil {
		t.Errorf("with a negative delay: %v; want nothing held", got)
	}
}

func TestTurned(t *testing.T) {
	for _, tt := range []struct {
		degrees int
		want    [5]Direction // of up, right, down, left, middle
	}{
		{0, [5]Direction{Up, Right, Down, Left, Middle}},
		{90, [5]Direction{Left, Up, Right, Down, Middle}},
		{180, [5]Direction{Down, Left, Up, Right, Middle}},
		{270, [5]Direction{Right, Down, Left, Up, Middle}},
	} {
		for d := Up; d <= Middle; d++ {
			if got := d.turned(tt.degrees); got != tt.want[d] {
				t.Errorf("%v turned by %d is %v; want %v", d, tt.degrees, got, tt.want[d])
			}
		}
	}
}

func TestNames(t *testing.T) {
	for got, want := range map[string]string{
		Up.String(): "up", Middle.String(): "middle", Direction(9).String(): "Direction(9)",
		Pressed.String(): "pressed", Released.String(): "released", Held.String(): "held", Action(9).String(): "Action(9)",
	} {
		if got != want {
			t.Errorf("String() = %q; want %q", got, want)
		}
	}
}
