// Virtualhat is a Sense HAT that exists nowhere: turn it with the keyboard, and see what the drivers of the real board read,
// in the terminal and in a browser.
//
//	go run ./examples/virtualhat
//
// The board is package sensor/emulator's, at register level. The keys w a s d tilt it and q e turn it, the arrow keys and
// Enter push its stick, others change the room or pull parts off the bus: the screen lists them, and the page in the browser
// has them as buttons. What is shown was read back through the drivers, and the orientation comes from package
// sensor/fusion, beside the true one, which only the emulator knows. On the matrix is a spirit level, a compass or a
// thermometer: the stick's left and right choose, its Enter lets the temperature pass.
//
// Without a terminal, as in a test, -script presses the keys and -duration ends the run:
//
//	go run ./examples/virtualhat -plain -duration 5s -script 'd d 1s right 1s e e e'
//
// To make a program of your own from it, put sensehat.Open on a real bus in the place of the board; hat.go needs nothing else.
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
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program: its exit code is 0 after a clean end and 1 when something was wrong. stdin and stdout are asked
// whether they are terminals.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err == nil {
		err = operate(ctx, o, stdin, stdout)
	}
	if err != nil {
		fmt.Fprintf(stderr, "virtualhat: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
		return 1
	}
	return 0
}
