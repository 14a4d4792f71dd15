package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2creg"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/host/v3"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/sensehat"
	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/payload"
	"github.com/brinkml/brink/transport/payload/senml"
)

// lanes of the device: one, whose messages are on the disk when they count as accepted. The envelope says which message it is, so that a
// consumer knows one that arrives again.
func lanes(interval time.Duration) []transport.Lane {
	return []transport.Lane{{
		Name: "telemetry", MaxBytes: 64 << 20, OnFull: transport.DropOldest, Envelope: true,
		Batch: &transport.Batch{MaxMessages: 20, MaxDelay: min(10*interval, time.Minute)},
	}}
}

// board is what is measured with.
type board struct {
	env   sensor.Source[physic.Env]
	close func() error
}

// openBoard opens the Sense HAT at a bus, or an emulated one.
func openBoard(name string) (*board, error) {
	var bus i2c.Bus
	closeBus := func() error { return nil }
	if name == "" {
		b := emulator.New(&emulator.Options{Noise: 1})
		b.SetFunc(func(time.Time) emulator.World { return emulator.Room() })
		bus = b
	} else {
		if _, err := host.Init(); err != nil {
			return nil, fmt.Errorf("this computer's buses cannot be used: %w", err)
		}
		b, err := i2creg.Open(name)
		if err != nil {
			return nil, fmt.Errorf("I2C bus %q cannot be opened: %w", name, err)
		}
		bus, closeBus = b, b.Close
	}
	hat, err := sensehat.Open(bus, nil)
	if err != nil {
		return nil, errors.Join(err, closeBus())
	}
	env, err := hat.Env()
	b := &board{env: env, close: func() error { return errors.Join(hat.Close(), closeBus()) }}
	if err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

// topic is where readings go.
func (d *device) topic() (string, error) {
	topic := "devices/" + d.thing + "/air"
	if d.o.rule == "" {
		return topic, nil
	}
	return awsiot.RuleTopic(d.o.rule, topic)
}

// measure publishes a reading every so often until ctx ends. Nothing that the sensor or the disk does ends it.
func (d *device) measure(ctx context.Context, b *board) {
	topic, err := d.topic()
	if err != nil {
		d.log.Error("no readings", "err", err)
		<-ctx.Done()
		return
	}
	enc, err := senml.New(senml.JSON, nil)
	if err != nil {
		d.log.Error("no readings", "err", err)
		<-ctx.Done()
		return
	}
	var r sensor.Reading[physic.Env]
	for ctx.Err() == nil {
		if err := b.env.Read(ctx, &r); err == nil {
			d.publish(ctx, enc, topic, &r)
		} else if ctx.Err() == nil && !errors.Is(err, sensor.ErrNotReady) {
			d.log.Warn("a read failed", "err", err)
		}
		select {
		case <-time.After(time.Duration(d.interval.Load())):
		case <-ctx.Done():
		}
	}
}

// publish hands a reading to the outbox, as a SenML pack.
func (d *device) publish(ctx context.Context, enc *senml.Encoder, topic string, r *sensor.Reading[physic.Env]) {
	base := "urn:dev:ops:" + d.thing + ":"
	pack, err := enc.AppendEncode(nil,
		payload.Record{Base: base, Name: "temp", Unit: "Cel", Value: payload.Float(round(r.Value.Temperature.Celsius(), 2)), Time: r.At},
		payload.Record{Base: base, Name: "humidity", Unit: "%RH", Value: payload.Float(round(float64(r.Value.Humidity)/float64(physic.PercentRH), 1)), Time: r.At},
		payload.Record{Base: base, Name: "pressure", Unit: "Pa", Value: payload.Float(round(float64(r.Value.Pressure)/float64(physic.Pascal), 0)), Time: r.At},
	)
	if err != nil {
		d.log.Warn("a reading cannot be written", "err", err)
		return
	}
	receipt, err := d.out.Publish(ctx, transport.Message{Topic: topic, Payload: pack})
	if err != nil {
		d.log.Warn("a reading was not accepted", "err", err)
		return
	}
	d.readings.Add(1)
	d.tell("reading", arrival{receipt.Epoch(), receipt.Seq()})
}

// arrival names a reading of a device for ever.
type arrival struct {
	Epoch uint64 `json:"epoch"`
	Seq   uint64 `json:"seq"`
}

// round shortens a number to so many decimals: digits that mean nothing cost bytes all the same.
func round(v float64, decimals int) float64 {
	p := math.Pow10(decimals)
	return math.Round(v*p) / p
}
