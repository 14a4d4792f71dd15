package main

import (
	"context"
	"math"
	"math/rand/v2"
	"time"
)

// appliances is Publisher: one of three appliances at random. The air conditioner tells what the Sense HAT measures, the others what they
// are made up to.
type appliances struct {
	rng *rand.Rand
}

func (a *appliances) next(now time.Time, latest *reading) appliance {
	value := func(from, to float64) *number {
		v := number(math.Round((from+(to-from)*a.rng.Float64())*100) / 100)
		return &v
	}
	m := appliance{Timestamp: stamp(now)}
	switch a.rng.IntN(3) {
	case 0:
		m.DeviceID, m.DeviceName = "1", "hvac"
		m.Temperature, m.Humidity = value(10, 99), value(10, 99)
		if latest != nil {
			m.Temperature, m.Humidity = &latest.Temperature, &latest.Humidity
		}
	case 1:
		m.DeviceID, m.DeviceName = "2", "washingmachine"
		m.DutyCycles = value(10, 99)
	default:
		m.DeviceID, m.DeviceName = "3", "refrigerator"
		m.Vibration = value(100, 999)
	}
	return m
}

// tell is one turn of Publisher.
func (g *gateway) tell(context.Context) error {
	return g.publish(applianceTopic, g.appliances.next(time.Now(), g.latest.Load()))
}
