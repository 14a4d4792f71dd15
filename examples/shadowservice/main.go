// Shadowservice is the AWS IoT device shadow service's twin at an MQTT broker: devices and applications that speak to
// the cloud's topics, $aws/things/NAME/shadow/..., get the cloud's answers, without a cloud.
//
//	go run ./examples/shadowservice                                          with a broker of its own, on 127.0.0.1:1883
//	go run ./examples/shadowservice -broker tcp://127.0.0.1:1883 -dir shadows    at a broker, and keeping the shadows
//	go run ./examples/shadowservice -v -drop 5 -reorder 5 -latency 200ms         as over a bad network
//
// The broker must let it subscribe to $aws/things/+/shadow/get and its like and publish on the topics below; mosquitto
// does as it comes, and answers in 0.4 ms instead of 44 ms with set_tcp_nodelay true. With -dir an update is on the disk
// before its answer leaves, and the service can be killed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
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
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err == nil {
		err = operate(ctx, o, stdout, stderr)
	}
	if err != nil {
		fmt.Fprintf(stderr, "shadowservice: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
		return 1
	}
	return 0
}
