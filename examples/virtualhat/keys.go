package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/emulator/view"
	"github.com/brinkml/brink/sensor/emulator/view/web"
)

// keySteps is by how much a key turns the board, and how long that takes.
const (
	turnStep = math.Pi / 12
	turnTime = 250 * time.Millisecond
	// tap is how long the stick is held for a key of the terminal, which does not tell when it is let go.
	tap = 150 * time.Millisecond
	// pulled is how long a part stays off the bus.
	pulled = 5 * time.Second
)

// key is what a key does to the world, and says of itself.
type key struct {
	label string
	do    func(w *world)
}

// keys by their names, which are those of a script too.
var keys = map[string]key{
	"w": {"top edge down", turn([3]float64{1, 0, 0}, -turnStep)},
	"s": {"lower edge down", turn([3]float64{1, 0, 0}, turnStep)},
	"a": {"left edge down", turn([3]float64{0, 1, 0}, turnStep)},
	"d": {"right edge down", turn([3]float64{0, 1, 0}, -turnStep)},
	"q": {"turn left", turn([3]float64{0, 0, 1}, -turnStep)},
	"e": {"turn right", turn([3]float64{0, 0, 1}, turnStep)},
	"r": {"lay flat", func(w *world) { w.hand.Hold(emulator.Pose{}) }},
	"x": {"shake", func(w *world) {
		for i, by := range []float64{-0.1, 0.2, -0.1} {
			time.AfterFunc(time.Duration(i)*100*time.Millisecond, func() { w.hand.Move([3]float64{by, 0, by}, 100*time.Millisecond) })
		}
	}},

	"t": {"cooler", func(w *world) { w.climate(-1, 0, 0) }},
	"T": {"warmer", func(w *world) { w.climate(1, 0, 0) }},
	"h": {"drier", func(w *world) { w.climate(0, -5, 0) }},
	"H": {"damper", func(w *world) { w.climate(0, 5, 0) }},
	"p": {"lower pressure", func(w *world) { w.climate(0, 0, -1) }},
	"P": {"higher pressure", func(w *world) { w.climate(0, 0, 1) }},

	"1": {"pull the humidity sensor", pull(emulator.HTS221)},
	"2": {"pull the pressure sensor", pull(emulator.LPS25H)},
	"3": {"pull the motion sensor", pull(emulator.LSM9DS1)},
	"4": {"pull the matrix", pull(emulator.LEDMatrix)},
	"0": {"lock the bus", func(w *world) {
		w.board.Fault(emulator.Fault{Kind: emulator.BusLock, Addr: emulator.LPS25H, Hold: 50 * time.Millisecond, For: pulled})
	}},

	"up":    {"", push(emulator.KeyUp)},
	"down":  {"", push(emulator.KeyDown)},
	"left":  {"", push(emulator.KeyLeft)},
	"right": {"", push(emulator.KeyRight)},
	"enter": {"", push(emulator.KeyEnter)},
}

// rows are the keys with a label as the page and the help show them.
var rows = []string{"wasdqerx", "TtHhPp", "12340"}

func turn(axis [3]float64, angle float64) func(*world) {
	return func(w *world) { w.hand.Turn(axis, angle, turnTime) }
}

func pull(addr uint16) func(*world) {
	return func(w *world) { w.board.Fault(emulator.Fault{Kind: emulator.Absent, Addr: addr, For: pulled}) }
}

func push(k emulator.Keys) func(*world) {
	return func(w *world) {
		w.stick(k)
		time.AfterFunc(tap, func() { w.stick(0) })
	}
}

// press does what a key does. Unknown keys do nothing.
func (w *world) press(name string) {
	if k, ok := keys[name]; ok {
		if k.label != "" {
			w.note(name + ": " + k.label)
		}
		k.do(w)
	}
}

// buttons are the keys for the page.
func buttons() [][]web.Button {
	var all [][]web.Button
	for _, row := range rows {
		var list []web.Button
		for _, name := range strings.Split(row, "") {
			list = append(list, web.Button{Key: name, Label: keys[name].label})
		}
		all = append(all, list)
	}
	return all
}

// help lists the keys, a row a line.
func help() string {
	var b strings.Builder
	for _, row := range rows {
		for _, name := range strings.Split(row, "") {
			fmt.Fprintf(&b, "  %s %s", name, keys[name].label)
		}
		b.WriteByte('\n')
	}
	b.WriteString("  arrow keys and Enter push the stick  Ctrl-C ends\n")
	return b.String()
}

// climate changes the room, by °C, %RH and hPa.
func (w *world) climate(celsius, percent, hPa float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := &w.room.Env
	e.Temperature += physic.Temperature(celsius * float64(physic.Kelvin))
	e.Humidity = min(max(e.Humidity+physic.RelativeHumidity(percent*float64(physic.PercentRH)), 0), 100*physic.PercentRH)
	e.Pressure += physic.Pressure(hPa * 100 * float64(physic.Pascal))
}

// stick holds the stick.
func (w *world) stick(k emulator.Keys) {
	w.mu.Lock()
	w.shown.Keys = k
	w.mu.Unlock()
	w.board.SetKeys(k)
	if k != 0 {
		w.note("stick " + view.KeyNames(k))
	}
}
