// Awsdevice is a device on AWS IoT, from the empty disk on: it gets itself a certificate and a name, reports readings, keeps its shadow in
// step, takes a job that brings it a new model, and lets itself be watched.
//
//	go run ./examples/awsdevice                  all of it, against twins of the services within the program
//	go run ./examples/awsdevice -trial 50        the same, killed fifty times on the way
//	awsdevice -endpoint NAME-ats.iot.eu-central-1.amazonaws.com -ca AmazonRootCA1.pem -claim-cert claim.pem -claim-key claim.key \
//	    -template hubs -serial 0024befffe804ff1 -i2c 1 -state /var/lib/hub
//
// A trial is judged at the twins: each device is provisioned once and does its job once, its file is whole, its shadow in step, its report
// identifiers grow, and no reading is lost. The twins' broker lets in who has a certificate, and holds everybody to the policies in the
// folder policies, which are what docs/aws-iot.md says that a claim and a device need.
//
// The job's document is {"operation":"fetch","stream":"model-12","file":0,"size":3145728,"sha256":"..."}.
//
// To make a product of it: keep device.go and what it calls (identity.go, readings.go, settings.go, work.go, watch.go), replace what is
// measured, and leave the rest, from cloud.go to summary.go, out.
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
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program: its exit code is 0 after a clean end and 1 when something was wrong, or was lost or done twice.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err == nil {
		log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: o.level}))
		if o.endpoint == "" {
			err = try(ctx, o, stdout, stderr, log)
		} else {
			err = operate(ctx, o, stdin, stdout, log)
		}
	}
	if err != nil {
		fmt.Fprintf(stderr, "awsdevice: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
		return 1
	}
	return 0
}
