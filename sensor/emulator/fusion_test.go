package emulator_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/fusion"
	"github.com/brinkml/brink/sensor/lsm9ds1"
)

// TestFusionFollowsHand turns a noisy board at random for a minute. A filter that reads it by its driver knows how it is
// held at any time: axes, signs and times of world, chip model, driver and filter agree.
func TestFusionFollowsHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(&emulator.Options{Noise: 1})
		var hand emulator.Hand
		b.SetFunc((&emulator.Scene{Pose: hand.Pose}).At)
		dev := must(lsm9ds1.New(b, nil))(t)
		tracker := must(fusion.NewTracker(nil))(t)
		sampler := must(sensor.NewSampler(dev, time.Second/119, nil))(t)
		random := rand.New(rand.NewPCG(1, 2))
		start, worst := time.Now(), 0.0
		next := start.Add(2 * time.Second)
		for r, err := range tracker.All(sampler.All(t.Context())) {
			if err != nil {
				continue // not ready at first
			}
			now := time.Now()
			if now.Sub(start) > time.Minute {
				break
			}
			if now.After(next) {
				axis := [3]float64{random.NormFloat64(), random.NormFloat64(), random.NormFloat64()}
				hand.Turn(axis, math.Pi*random.Float64(), time.Second)
				next = now.Add(1500 * time.Millisecond)
			}
			if now.Sub(start) < time.Second {
				continue
			}
			e := r.Value.Quat9D.Euler()
			// The values are those of conversions up to a period old, the field's up to three.
			off := hand.Pose(now).Attitude.Inverse().Times(emulator.Euler(e.Roll, e.Pitch, e.Yaw))
			worst = max(worst, 2*math.Acos(min(math.Abs(off[0]), 1))*180/math.Pi)
		}
		t.Logf("at most %.2f° off", worst)
		if worst > 3 { // the fastest turn, of 2π rad/s, is 3° in a period
			t.Errorf("the orientation was %.1f° off; want at most 3°", worst)
		}
		e := tracker.Stats()
		if e.Rejected != 0 || e.Restarts != 0 {
			t.Errorf("tracker: %+v; want nothing rejected", e)
		}
	})
}
