// Hub is an appliance monitor, whole: a boiler and a washing machine are measured by real drivers, judged by an ONNX
// model, shown on an LED matrix and a page, and told upstream through a durable outbox and a device shadow.
//
//	go run ./examples/hub
//
// needs nothing else. A simulator drives emulated Sense HATs at register level, an MQTT broker is embedded, and
// faults happen at times that only the simulator knows, so that the summary at the end can say which were missed.
// With -replay a recording takes the simulator's place, with -broker a real broker the embedded one.
//
// To build a product from it, replace house by your bus (sensehat.Open on i2creg.Open), models by yours
// (models_test.go shows how they are trained), and leave broker.go and recorder.go out.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program: its exit code is 0 after a clean end and 1 when something was wrong.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, help, err := parse(args, stderr)
	if help {
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "hub: %v\n", err)
		return 1
	}
	if err := operate(ctx, o, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "hub: %v\n", err)
		return 1
	}
	return 0
}
