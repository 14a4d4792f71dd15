package main

import (
	"math"
	"math/rand/v2"

	"github.com/brinkml/brink/sensor/emulator"
)

// boiler is a heating boiler with a two-point thermostat, a flue fan and a circulation pump. Its kit sits in the
// air box: it feels the casing's warmth, the draught as a drop of pressure, and the shaking of fan and pump.
type boiler struct {
	rng *rand.Rand

	water, casing float64 // degC
	fan           float64 // 0..1 of full speed
	moist         float64 // K of dew point above the room's
	draught       float64 // hPa against the room
	burning       bool
	stuck         bool // the gas valve was stuck open and the water is still too hot

	fanPhase, pumpPhase float64
	fanHz, pumpHz       float64
	fanG, pumpG         float64 // m/s2
	power, loss, suck   float64
	draw                float64 // hot water being drawn, K/s
}

func newBoiler(rng *rand.Rand) *boiler {
	vary := func(x float64) float64 { return x * (0.96 + 0.08*rng.Float64()) }
	return &boiler{
		rng: rng, water: 56 + 10*rng.Float64(), casing: 36, draught: 0, burning: rng.IntN(2) == 0,
		fanHz: vary(23), pumpHz: vary(13), fanG: vary(0.5), pumpG: vary(0.2),
		power: vary(5.5), loss: vary(0.035), suck: vary(1.8),
	}
}

func (b *boiler) kinds() []string { return []string{"leak", "flue blocked", "gas valve stuck"} }

func (b *boiler) advance(dt float64, fault string, a air) {
	switch {
	case b.water > 68:
		b.burning = false
	case b.water < 56:
		b.burning = true
	}
	if b.rng.Float64() < dt/6 { // somebody opens or closes a tap every 6 s or so
		b.draw = 1.2 * b.rng.Float64()
	}
	power, suck, leak := b.power, b.suck, 0.0
	switch fault {
	case "leak":
		leak = 6
	case "flue blocked": // poor combustion: the burner runs on, the fan pushes against its own pressure
		b.burning, power, suck = true, 0.55*b.power, -0.7
	case "gas valve stuck":
		b.burning, power, b.stuck = true, 2*b.power, true
	}
	cooling := b.loss * (b.water - a.temperature)
	if b.stuck && fault == "" { // the safety thermostat flushes the boiler with cold water
		b.burning, cooling = false, cooling+9
		b.stuck = b.water > 66
	}
	heat, fan := 0.0, 0.0
	if b.burning {
		heat, fan = power, 1
	}
	b.water += (heat - cooling - b.draw) * dt
	follow(&b.casing, a.temperature+0.35*(b.water-a.temperature), 0.5, dt)
	follow(&b.fan, fan, 0.25, dt)
	follow(&b.draught, -suck*b.fan, 0.15, dt)
	follow(&b.moist, leak, 0.6, dt)
	b.fanPhase += 2 * math.Pi * b.fanHz * (0.4 + 0.6*b.fan) * dt
	b.pumpPhase += 2 * math.Pi * b.pumpHz * dt
}

func (b *boiler) normal() bool {
	return b.moist < 0.4 && b.draught < 0.1 && !b.stuck && b.water < 69
}

func (b *boiler) world(a air) emulator.World {
	m := atRest()
	f, p := b.fanG*b.fan, b.pumpG
	m.Accel[0] += f*math.Sin(b.fanPhase) + p*math.Cos(b.pumpPhase)
	m.Accel[1] += 0.7*f*math.Cos(b.fanPhase) + 0.5*p*math.Sin(b.pumpPhase)
	m.Accel[2] += 0.4*f*math.Sin(2*b.fanPhase) + 0.3*p*math.Sin(b.pumpPhase)
	return emulator.World{Env: a.env(b.casing-a.temperature, b.moist, b.draught), Motion: m}
}
