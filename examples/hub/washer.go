package main

import (
	"math"
	"math/rand/v2"

	"github.com/brinkml/brink/sensor/emulator"
)

// washer is a washing machine in its endless wash: tumbling, a pause, spinning, a pause. Its kit is screwed to
// the frame over the drum's bearing.
type washer struct {
	rng *rand.Rand

	phase     int     // index into washPhases
	left      float64 // seconds of it
	drum      float64 // Hz
	angle     float64 // of the drum, rad
	warmth    float64 // K above the room
	moist     float64 // K of dew point above the room's
	rough     float64 // a worn bearing's noise, m/s2
	unbalance float64 // times the normal load's
	noise     [3]float64

	load  float64 // m/s2 at full spin
	spins float64 // Hz
}

// washPhase is a part of the wash: how long, how fast the drum turns as a part of its spin speed, how warm the tub gets.
type washPhase struct {
	seconds, speed, warmth float64
}

var washPhases = []washPhase{{4, 0.30, 9}, {0.8, 0, 8}, {4.5, 1, 5}, {0.8, 0, 5}}

func newWasher(rng *rand.Rand) *washer {
	w := &washer{
		rng: rng, phase: rng.IntN(len(washPhases)), warmth: 6,
		load: 1.4 * (0.95 + 0.1*rng.Float64()), spins: 16 * (0.97 + 0.06*rng.Float64()), unbalance: 1,
	}
	w.left = washPhases[w.phase].seconds * rng.Float64()
	return w
}

func (w *washer) kinds() []string { return []string{"leak", "unbalanced load", "worn bearing"} }

func (w *washer) advance(dt float64, fault string, a air) {
	if w.left -= dt; w.left <= 0 {
		w.phase = (w.phase + 1) % len(washPhases)
		w.left = washPhases[w.phase].seconds * (0.9 + 0.2*w.rng.Float64())
	}
	p := washPhases[w.phase]
	leak, rough, unbalance := 0.0, 0.0, 1.0
	switch fault {
	case "leak":
		leak = 6
	case "unbalanced load":
		unbalance = 3.5
	case "worn bearing":
		rough = 2.2
	}
	follow(&w.drum, p.speed*w.spins, 0.35, dt)
	follow(&w.warmth, p.warmth, 2.5, dt)
	follow(&w.moist, leak, 0.6, dt)
	follow(&w.rough, rough, 0.1, dt)
	follow(&w.unbalance, unbalance, 0.1, dt)
	w.angle += 2 * math.Pi * w.drum * dt
	turning := math.Min(w.drum/3, 1)
	for i := range w.noise { // balls over a pit in the race: broadband, whenever the drum turns
		w.noise[i] = w.rough * turning * w.rng.NormFloat64()
	}
}

func (w *washer) normal() bool {
	return w.moist < 0.4 && w.rough < 0.05 && w.unbalance < 1.1
}

func (w *washer) world(a air) emulator.World {
	m := atRest()
	r := w.drum / w.spins
	// The force of an unbalanced drum grows with the square of its speed; clothes that fall shake it at low speed.
	force := w.load * w.unbalance * (r*r + 0.5*math.Min(4*r, 1)*(1-r))
	m.Accel[0] += force*math.Sin(w.angle) + w.noise[0]
	m.Accel[1] += 0.8*force*math.Cos(w.angle) + w.noise[1]
	m.Accel[2] += 0.35*force*math.Sin(2*w.angle) + 0.6*w.noise[2]
	return emulator.World{Env: a.env(w.warmth, w.moist, 0), Motion: m}
}
