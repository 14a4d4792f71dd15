package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/edge"
	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/sensortest"
)

// air at 25 degC, 50 %RH and 1000 hPa.
func someAir() physic.Env {
	return physic.Env{
		Temperature: physic.ZeroCelsius + 25*physic.Kelvin,
		Humidity:    50 * physic.PercentRH,
		Pressure:    100 * physic.KiloPascal,
	}
}

// scriptedKit is a kit on mock chips; the motion chip does what the steps say.
func scriptedKit(steps ...sensortest.Step[sensor.Motion]) *kit {
	always := sensortest.Step[physic.Env]{Value: someAir(), Times: sensortest.Forever}
	k := &kit{motion: sensortest.Script(steps...), env: sensortest.Script(always), room: new(room)}
	k.room.p.Store(&climate{temperature: 20, dewPoint: 10, pressure: 999})
	return k
}

// TestKitOutlivesItsChip runs a component of this application for a simulated minute in which its motion chip fails
// for a while, then hangs, and then is well again.
func TestKitOutlivesItsChip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nack := errors.New("i2c: no acknowledgement")
		k := scriptedKit(
			sensortest.Step[sensor.Motion]{Value: atRest(), Times: 100},
			sensortest.Step[sensor.Motion]{Err: nack, Times: 3},
			sensortest.Step[sensor.Motion]{Value: atRest(), Times: 100},
			sensortest.Step[sensor.Motion]{Hang: true},
			sensortest.Step[sensor.Motion]{Value: atRest(), Times: 200},
		)
		app := edge.New("test", nil)
		good := 0
		app.Go("kit", edge.Func(func(ctx context.Context) error {
			s, err := sensor.NewSampler(k, samplePeriod, nil)
			if err != nil {
				return edge.Fatal(err)
			}
			for _, err := range s.All(ctx) {
				if err := edge.Beat(ctx); err != nil {
					return err
				}
				if err != nil {
					return err // the component is restarted, by itself
				}
				good++
			}
			return ctx.Err()
		}), &edge.ComponentOptions{Heartbeat: 5 * time.Second})

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := app.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if good != 400 {
			t.Errorf("%d good readings in a minute with faults; want all 400 that the chip gave", good)
		}
		if c := app.Status().Components[0]; c.Restarts < 4 {
			t.Errorf("restarted %d times; want at least once for each of 3 errors and a hang", c.Restarts)
		}
	})
}

func TestKitMeasuresAgainstTheRoom(t *testing.T) {
	k := scriptedKit(sensortest.Step[sensor.Motion]{Value: atRest()})
	var r sensor.Reading[sample]
	if err := k.Read(t.Context(), &r); err != nil {
		t.Fatal(err)
	}
	// 25 degC at 50 % has its dew point at 13.85 degC (Magnus form over water).
	if v := r.Value; v.Warmer != 5 || v.Damper < 3.8 || v.Damper > 3.9 || v.Suck < 0.999 || v.Suck > 1.001 {
		t.Errorf("kit.Read gave %+v; want 5 K warmer, 3.85 K of dew point damper, 1 hPa over the room", v)
	}
}

// TestKitWaitsForTheRoom holds the kit back until there is something to measure against.
func TestKitWaitsForTheRoom(t *testing.T) {
	k := scriptedKit(sensortest.Step[sensor.Motion]{Value: atRest()})
	k.room.p.Store(nil)
	var r sensor.Reading[sample]
	if err := k.Read(t.Context(), &r); !errors.Is(err, sensor.ErrNotReady) {
		t.Errorf("kit.Read without a room = %v; want ErrNotReady", err)
	}
}
