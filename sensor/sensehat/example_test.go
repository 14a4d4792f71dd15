package sensehat_test

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/sensehat"
)

func Example() {
	// On a Raspberry Pi: bus, err := i2creg.Open("1") after host.Init().
	bus := emulator.New(&emulator.Options{Without: []uint16{emulator.LPS25H}})

	hat, err := sensehat.Open(bus, nil)
	if err != nil {
		fmt.Println(err) // nothing answers
		return
	}
	defer hat.Halt()
	for _, err := range hat.Missing() {
		fmt.Println(err)
	}

	matrix, err := hat.Matrix()
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := matrix.Draw(matrix.Bounds(), image.NewUniform(color.RGBA{B: 128, A: 255}), image.Point{}); err != nil {
		fmt.Println(err)
	}

	humidity, err := hat.Humidity()
	if err != nil {
		fmt.Println(err)
		return
	}
	sampler, err := sensor.NewSampler(humidity, 100*time.Millisecond, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for r, err := range sampler.All(context.Background()) {
		if err != nil {
			continue // not ready at first
		}
		fmt.Printf("%.0f %%RH, %.0f °C\n",
			float64(r.Value.Humidity)/float64(physic.PercentRH), r.Value.Temperature.Celsius())
		break
	}
	// Output:
	// sensor: lps25h: not present at 0x5c: read 0x0f: sysfs-i2c: remote I/O error
	// 45 %RH, 21 °C
}

// A part has locked the bus, and is clocked on until it lets go.
func ExampleRecover() {
	bus := emulator.New(nil)
	bus.Fault(emulator.Fault{Kind: emulator.BusLock, Addr: emulator.LPS25H, Hold: time.Millisecond})

	hat, err := sensehat.Open(bus, nil)
	fmt.Println("nothing answers:", err != nil)
	if err := sensehat.Recover(bus); err != nil {
		fmt.Println(err)
		return
	}
	if hat, err = sensehat.Open(bus, nil); err != nil {
		fmt.Println(err)
		return
	}
	defer hat.Close()
	fmt.Println("missing:", hat.Missing())
	// Output:
	// nothing answers: true
	// missing: []
}
