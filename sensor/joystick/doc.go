// Package joystick reads the SenseHAT's five-way joystick: from the board's microcontroller over I²C, or from the kernel's
// input device.
//
//	stick, err := joystick.New(bus, nil)
//	if err != nil {
//		return err
//	}
//	for e, err := range stick.Events(ctx) {
//		if err != nil {
//			log.Warn("joystick", "err", err, "retry", sensor.Temporary(err))
//			continue // the next poll is another chance
//		}
//		if e.Direction == joystick.Middle && e.Action == joystick.Pressed {
//			next()
//		}
//	}
//
// # Over I²C
//
// [New] needs no driver of the kernel. It reads one register: every 20 ms, or, with
// Options.Edge, only when the microcontroller's interrupt line (GPIO23 on a Raspberry Pi) rises and while a direction is
// down:
//
//	edges := make(chan struct{}, 1)
//	go joystick.Forward(ctx, gpioreg.ByName("GPIO23"), edges)
//	stick, err := joystick.New(bus, &joystick.Options{Edge: edges})
//
// The register has the state of the five switches, not their history: a press that is shorter than a poll, or that comes
// and goes while the consumer is busy, is not seen. Of changes that are seen together each gives its event, releases
// first.
//
// # From the kernel
//
// [OpenEvdev] reads the input device that the Raspberry Pi's kernel offers while it serves the joystick, as
// python-sense-hat does. The kernel queues events. Both ways work side by side, except that the interrupt line is the
// kernel's then.
//
// # Held
//
// A direction that stays down gives Held events as the kernel's autorepeat has them, which python-sense-hat passes on: the
// first 250 ms after the press, the next ones every 33 ms, for the direction that was pressed last, and none any more once
// a direction was released. Over I²C this package makes them, and Options.Delay and Options.Repeat change the times.
//
// # Ownership
//
// No goroutine is started: the loop runs on the one that ranges over it, and ends when ctx does, also while it waits.
package joystick
