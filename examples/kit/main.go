// Kit is a leaf device that survives a pulled plug: it reads a Sense HAT, sends readings in batches and alarms at once
// through a durable outbox, and takes commands.
//
//	go run ./examples/kit                                    pull its plug ten times and count what was lost
//	go run ./examples/kit -broker tcp://127.0.0.1:1883       an emulated board at a broker
//	kit -broker tls://broker.example:8883 -ca ca.pem -cert kit.pem -key kit.key -i2c 1 -id kit-7 -state /var/lib/kit
//
// Its topics begin with kit/ and its name:
//
//	kit/NAME/telemetry    readings, a JSON array of them a message
//	kit/NAME/alarm        what has begun or ended: hot, shaken, blind; all of them once after a start
//	kit/NAME/status       retained: online, by birth, and offline, by last will or by goodbye
//	kit/NAME/set          to the kit: {"interval":"5s"}; retained, it holds after a restart too
//	kit/NAME/settings     the kit's answer
//
// What it sends carries an identity, in identity.go, by which a consumer knows what it has seen already, and can put
// readings into time that were taken before the clock was right. To make a product of it: replace board.go and sense.go by what you
// measure, keep uplink.go and identity.go, and leave trial.go and judge.go out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
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

// run is the program: its exit code is 0 after a clean end, with or without messages left on the disk, and 1 when something was
// wrong or a trial lost a message.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err == nil {
		log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: o.level}))
		if o.broker == "" {
			err = try(ctx, o, stdout, log)
		} else {
			err = operate(ctx, o, stdout, log)
		}
	}
	if err != nil {
		fmt.Fprintf(stderr, "kit: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
		return 1
	}
	return 0
}
