package joystick_test

import (
	"context"
	"fmt"
	"time"

	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/joystick"
)

func Example() {
	// On a Raspberry Pi: bus, err := i2creg.Open("1") after host.Init().
	bus := emulator.New(nil)
	player := func() {
		bus.SetKeys(emulator.KeyUp)
		time.Sleep(50 * time.Millisecond)
		bus.SetKeys(emulator.KeyEnter)
	}

	stick, err := joystick.New(bus, &joystick.Options{Poll: 5 * time.Millisecond})
	if err != nil {
		fmt.Println(err)
		return
	}
	go player()
	for e, err := range stick.Events(context.Background()) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(e.Direction, e.Action)
		if e.Direction == joystick.Middle {
			break
		}
	}
	// Output:
	// up pressed
	// up released
	// middle pressed
}

// With the interrupt line the bus is only used when something has happened.
func ExampleDev_Wait() {
	bus := emulator.New(nil)
	// On a Raspberry Pi: edges := make(chan struct{}, 1), and joystick.Forward(ctx, gpioreg.ByName("GPIO23"), edges) on a
	// goroutine.
	stick, err := joystick.New(bus, &joystick.Options{Edge: bus.KeyEdges(), Rotation: 90})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err = stick.Wait(ctx)
	fmt.Println(err)

	bus.SetKeys(emulator.KeyRight)
	e, err := stick.Wait(context.Background())
	fmt.Println(e.Direction, e.Action, err) // the picture's top is on the right
	// Output:
	// context deadline exceeded
	// up pressed <nil>
}
