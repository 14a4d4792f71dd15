// Sensehat tests a Sense HAT: which parts are there, whether they work, how fast the bus is, and how punctually they can be
// sampled.
//
//	go run ./examples/sensehat              on a Raspberry Pi with the board
//	go run ./examples/sensehat -emulated    anywhere, on an emulated board
//
// For a Pi it is built on any computer by
//
//	GOOS=linux GOARCH=arm64 go build ./examples/sensehat
//
// (GOARCH=arm GOARM=6 for a system of 32 bits), and needs I²C to be enabled there: raspi-config, interface options. It reads
// the sensors for a while, each at a rate of its own and all at once, draws on the matrix meanwhile, and prints a table of
// parts, one of timing, and what the bus carried. Its exit code is 0 when all parts of the board work.
//
// Drivers of the kernel may be bound to the parts; the table says which are. The colour sensor is on the second version of
// the board only: it is tested where it is found, and missed only with -color. Start here with a program of your own: open.go
// has how a bus and a board are opened, sample.go how parts are read.
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

// run is the program: its exit code is 0 when all parts work, and 1 when one does not or something else was wrong.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	var r *report
	if err == nil {
		r, err = selfTest(ctx, o, openBus)
	}
	if err == nil {
		err = r.print(stdout, o.json)
	}
	if err != nil {
		fmt.Fprintf(stderr, "sensehat: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
		return 1
	}
	if !r.Works {
		return 1
	}
	return 0
}
