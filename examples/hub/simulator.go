package main

import (
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
)

// The simulator is a time lapse: one second of the run is about one minute of the appliance's life, so that a
// burner's cycle, a wash and their faults fit into half a minute. Vibration is not sped up: the drum turns at
// its true speed.
const (
	step       = 5 * time.Millisecond // of the physics
	faultLasts = 6 * time.Second
	firstFault = 6 * time.Second
	faultEvery = 11 * time.Second
)

// fault is one disturbance, as the simulator knows it and nobody else does.
type fault struct {
	Appliance string
	Kind      string
	Start     time.Time
	End       time.Time
	Recovered time.Time // when the appliance behaved normally again; zero until then
}

// machine is the physics of one appliance. advance integrates by dt seconds with the fault that is active now
// ("" when healthy); normal says whether the state is one that a healthy appliance can be in.
type machine interface {
	kinds() []string
	advance(dt float64, fault string, air air)
	normal() bool
	world(air air) emulator.World
}

// air is the room that all boards share.
type air struct {
	temperature float64 // degC
	dewPoint    float64 // degC
	pressure    float64 // hPa
}

// house holds the appliances and their shared air, and schedules the faults. Boards pull their world from it,
// each conversion at its own instant, in any order and from any goroutine.
type house struct {
	mu        sync.Mutex
	rng       *rand.Rand
	now       time.Time
	start     time.Time
	until     time.Time // no fault begins that could not end before this; zero: for ever
	healthy   bool      // no faults at all, for training
	air       air
	weather   [3]float64 // phases of the slow changes
	machines  map[string]machine
	names     []string
	faults    []*fault
	nextFault time.Time
	first     int // which appliance fails first
}

// newHouse makes a boiler and a washing machine of their own, a little different for each seed.
func newHouse(seed uint64, start, until time.Time) *house {
	rng := rand.New(rand.NewPCG(seed, 0x6272696e6b))
	h := &house{
		rng: rng, now: start, start: start, until: until,
		air:   air{temperature: 19 + 4*rng.Float64(), dewPoint: 8 + 3*rng.Float64(), pressure: 995 + 30*rng.Float64()},
		names: []string{"boiler", "washer"},
		first: rng.IntN(2),
	}
	for i := range h.weather {
		h.weather[i] = 2 * math.Pi * rng.Float64()
	}
	h.machines = map[string]machine{"boiler": newBoiler(rng), "washer": newWasher(rng)}
	h.nextFault = start.Add(firstFault + time.Duration(rng.Int64N(int64(3*time.Second))))
	return h
}

// worldOf gives the world around the board at an appliance, or around the hub itself for the name "hub".
func (h *house) worldOf(name string) func(time.Time) emulator.World {
	return func(t time.Time) emulator.World {
		h.mu.Lock()
		defer h.mu.Unlock()
		for h.now.Before(t) {
			h.advance()
		}
		if m, ok := h.machines[name]; ok {
			return m.world(h.air)
		}
		return emulator.World{Env: h.air.env(0, 0, 0), Motion: atRest()}
	}
}

func (h *house) advance() {
	h.now = h.now.Add(step)
	dt := step.Seconds()
	age := h.now.Sub(h.start).Seconds()
	h.air.temperature += 0.02 * math.Sin(age/40+h.weather[0]) * dt
	h.air.dewPoint += 0.01 * math.Sin(age/55+h.weather[1]) * dt
	h.air.pressure += 0.03 * math.Sin(age/70+h.weather[2]) * dt
	h.schedule()
	for _, name := range h.names {
		m := h.machines[name]
		kind := ""
		for _, f := range h.faults {
			if f.Appliance != name || !f.Recovered.IsZero() {
				continue
			}
			if h.now.Before(f.End) {
				kind = f.Kind
			} else if m.normal() {
				f.Recovered = h.now
			}
		}
		m.advance(dt, kind, h.air)
	}
}

func (h *house) schedule() {
	if h.healthy || h.now.Before(h.nextFault) {
		return
	}
	end := h.now.Add(faultLasts)
	if h.until.IsZero() || end.Before(h.until) {
		name := h.names[(h.first+len(h.faults))%len(h.names)]
		kinds := h.machines[name].kinds()
		h.faults = append(h.faults, &fault{Appliance: name, Kind: kinds[h.rng.IntN(len(kinds))], Start: h.now, End: end})
	}
	h.nextFault = h.nextFault.Add(faultEvery)
}

// truth returns a copy of every fault that has begun.
func (h *house) truth() []fault {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]fault, len(h.faults))
	for i, f := range h.faults {
		out[i] = *f
	}
	return out
}

// env gives the air at a place that is warmer, moister and at another pressure than the room by these amounts
// (K, K of dew point, hPa).
func (a air) env(warmer, moister, pressure float64) physic.Env {
	t, dew := a.temperature+warmer, a.dewPoint+moister
	rh := math.Min(100*saturation(dew)/saturation(t), 100)
	return physic.Env{
		Temperature: physic.ZeroCelsius + physic.Temperature(t*float64(physic.Kelvin)),
		Pressure:    physic.Pressure((a.pressure + pressure) * 100 * float64(physic.Pascal)),
		Humidity:    physic.RelativeHumidity(rh * float64(physic.PercentRH)),
	}
}

// saturation is the saturation vapour pressure of water in hPa at t degC (Magnus form, WMO Guide to
// Meteorological Instruments, WMO-No. 8, annex 4.B).
func saturation(t float64) float64 { return 6.112 * math.Exp(17.62*t/(243.12+t)) }

// dewPoint inverts saturation for air of t degC and rh %.
func dewPoint(t, rh float64) float64 {
	x := math.Log(math.Max(rh, 0.1) / 100 * saturation(t) / 6.112)
	return 243.12 * x / (17.62 - x)
}

// atRest is a board lying flat in the earth's gravity and magnetic field.
func atRest() sensor.Motion {
	return sensor.Motion{Accel: [3]float64{0, 0, 9.80665}, Mag: [3]float64{19, 2, 44}}
}

// follow moves x towards target with a time constant in seconds.
func follow(x *float64, target, tau, dt float64) { *x += (target - *x) * (1 - math.Exp(-dt/tau)) }
