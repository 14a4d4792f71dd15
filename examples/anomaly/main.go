// Anomaly trains anomaly detectors for recordings of sensors, in pure Go, writes them as ONNX models, and runs these
// as a device would.
//
//	go run ./examples/anomaly -data ../shared/data/skab/data -out predictions
//
// reads each recording <group>/<n>.csv of the Skoltech Anomaly Benchmark's layout (semicolons, a header, eight
// sensors, perhaps labels), trains on its first 400 rows, judges the others one by one, and writes
// predictions/<group>/<n>.csv: a header, then 0 or 1 for each row judged.
//
// # The detector
//
// It is that of package edge/learn. A row is flagged when its window, which is the last 20 rows of all channels and ends
// with it, scores more than the threshold: when the channels no longer move together, or in time, as they did in
// training. A fault that ends is therefore flagged for up to 19 rows more. Neither time nor position is looked at, and
// nothing that comes after the row.
//
// # Where its parameters come from
//
// No label and no judged row is used to choose any of them. Components and threshold are found by edge/learn, the
// threshold by cross-validation in 10 folds. The window is as long as the training rows bear: a covariance of 8
// channels x 20 rows has 160 inputs, for which there are 381 windows, more than two each; and with 20 rows a fold of 40
// holds as many windows as a window has rows. A longer one fails the second, one over 23 rows the first.
//
// Such a detector is meant for a machine that runs steadily while it is trained, and flags what it has not seen: of
// SKAB's anomaly-free recording, in which the pump warms up for hours, 93 % after 400 rows of training, 12 % after 6000.
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

// run is the program: its exit code is 0 when all recordings were judged and 1 when something was wrong.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err == nil {
		err = judgeAll(ctx, o, stdout, stderr)
	}
	if err != nil {
		fmt.Fprintf(stderr, "anomaly: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
		return 1
	}
	return 0
}
