package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/brinkml/brink/transport/transporttest"
)

// try pulls the kit's plug again and again: it starts itself as a child, kills that without warning at a random moment of its first half
// second, and cuts the broker off now and then. A last run delivers what is left. What the children said that they had accepted
// is then held against what the broker has written down before each acknowledgement.
func try(ctx context.Context, o options, stdout io.Writer, log *slog.Logger) (err error) {
	if o.seed == 0 {
		o.seed = rand.Uint64()
	}
	rng := rand.New(rand.NewPCG(o.seed, 0))
	dir, err := os.MkdirTemp("", "kit")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	oracle := filepath.Join(dir, "oracle")
	broker, err := transporttest.New(&transporttest.Options{Oracle: oracle})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, broker.Close()) }()
	url, err := broker.Listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	args := []string{"-broker", url, "-state", filepath.Join(dir, "state"), "-id", "trial", "-interval", "2ms", "-print", "-log", "error"}

	began := time.Now()
	var accepted []arrival
	cuts := 0
	for n := range o.trial {
		c, err := start(ctx, args)
		if err != nil {
			return err
		}
		after := time.Duration(5+rng.IntN(495)) * time.Millisecond
		if rng.IntN(3) == 0 {
			cuts++
			cut := time.Duration(rng.Int64N(int64(after)))
			pause(ctx, cut)
			broker.Cut()
			pause(ctx, (after-cut)/2)
			broker.Restore()
			after -= cut + (after-cut)/2
		}
		pause(ctx, after)
		said, err := c.kill()
		if err != nil {
			return errors.Join(err, ctx.Err())
		}
		accepted = append(accepted, said...)
		log.Debug("killed", "run", n+1, "accepted", len(said))
	}
	c, err := start(ctx, append(args, "-duration", "500ms", "-drain", "1m"))
	if err != nil {
		return err
	}
	said, err := c.wait()
	if err != nil {
		return fmt.Errorf("the last run: %w", errors.Join(err, ctx.Err()))
	}
	messages, err := transporttest.ReadOracle(oracle)
	if err != nil {
		return err
	}
	v := verdict{Kills: o.trial, Cuts: cuts, Seed: o.seed, Seconds: round(time.Since(began).Seconds(), 1)}
	if err := v.judge(append(accepted, said...), messages); err != nil {
		return err
	}
	return v.print(stdout, o.json)
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// child is a run of this program as a device.
type child struct {
	cmd    *exec.Cmd
	stderr strings.Builder
	said   chan []arrival // what it printed, once it has ended
}

// start starts a child. It is killed at the latest when ctx ends.
func start(ctx context.Context, args []string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.CommandContext(ctx, self, args...), said: make(chan []arrival, 1)}
	c.cmd.Stderr = &c.stderr
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	// What was written into the pipe outlives the writer.
	go func() {
		var said []arrival
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			name, payload, _ := strings.Cut(lines.Text(), " ")
			if ids, err := identities([]byte(payload)); err == nil { // else it was killed within the line
				said = append(said, arrival{name, ids[0]})
			}
		}
		c.said <- said
	}()
	return c, nil
}

// kill pulls the plug.
func (c *child) kill() ([]arrival, error) {
	if err := c.cmd.Process.Kill(); err != nil {
		return nil, fmt.Errorf("it ended by itself: %w: %s", err, &c.stderr)
	}
	said := <-c.said
	if err := c.cmd.Wait(); err == nil || c.cmd.ProcessState.Exited() {
		return nil, fmt.Errorf("it ended by itself: %v: %s", err, &c.stderr)
	}
	return said, nil
}

// wait waits for its end.
func (c *child) wait() ([]arrival, error) {
	said := <-c.said
	if err := c.cmd.Wait(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, &c.stderr)
	}
	return said, nil
}
