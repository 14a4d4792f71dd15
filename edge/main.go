package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Main runs the app as the process's one job and returns its exit code:
//
//	func main() { os.Exit(edge.Main(app)) }
//
// SIGINT or SIGTERM stops the app; a second one returns at once, whatever is
// still running. When Run has returned, Main closes the components ([App.Close]).
// The code is 0 after a clean stop, 1 if Run or Close returned an error, which
// is written to standard error, and 128 and the signal's number after a second
// signal.
//
// Under systemd with Type=notify (NOTIFY_SOCKET is set) Main reports READY when
// every critical component was ready once, STATUS with the health and the work
// in progress, STOPPING, and, with WatchdogSec, a ping at half that time unless
// a critical component is stuck. While the app stops it asks for the time that
// StopTimeouts may take.
func Main(a *App) int {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	n, err := openNotifier(os.Getenv)
	if err != nil {
		a.log.Warn("service manager cannot be told", "err", err)
	}
	defer n.close()
	return a.main(signals, n, os.Stderr)
}

// main is Main without the process: signals arrive on a channel, errors are
// written to stderr.
func (a *App) main(signals <-chan os.Signal, n *notifier, stderr io.Writer) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	outcome := make(chan error, 1)
	go func() {
		err := a.Run(ctx)
		outcome <- errors.Join(err, a.Close())
	}()

	reporter := statusReporter{app: a, n: n}
	tick := time.NewTicker(n.period())
	defer tick.Stop()
	ready, stopping, told := a.ready, a.stopping, false
	for {
		select {
		case err := <-outcome:
			n.send("STOPPING=1")
			if err != nil {
				fmt.Fprintf(stderr, "%s: %v\n", a.name, err)
				return 1
			}
			return 0
		case s := <-signals:
			if told {
				fmt.Fprintf(stderr, "%s: %v again: not waiting for the rest\n", a.name, s)
				return signalCode(s)
			}
			told = true
			a.log.Info("signal", "signal", s.String())
			cancel()
		case <-ready:
			ready = nil
			n.send("READY=1")
			reporter.report()
		case <-stopping:
			stopping = nil
			n.send("STOPPING=1")
			reporter.report()
		case <-tick.C:
			reporter.report()
		}
	}
}

// signalCode returns the exit code that a shell gives to the end by s.
func signalCode(s os.Signal) int {
	if n, ok := s.(syscall.Signal); ok {
		return 128 + int(n)
	}
	return 1
}
