package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/brinkml/brink/transport/awsiot/awsiottest"
)

// Between shortestLife and longestLife a device is killed; patience is how long one may take for all its work when it is not.
const (
	shortestLife = 5 * time.Millisecond
	longestLife  = 1200 * time.Millisecond
	patience     = time.Minute
)

// try leads devices from empty to watched, each a process of its own, and kills them -trial times on the way, without warning and at random
// moments. When one has come to its end, the next one begins, empty. What happened is then judged at the twins.
func try(ctx context.Context, o options, stdout, stderr io.Writer, log *slog.Logger) (err error) {
	if o.seed == 0 {
		o.seed = rand.Uint64()
	}
	rng := rand.New(rand.NewPCG(o.seed, 0))
	dir, err := os.MkdirTemp("", "awsdevice")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	c, err := startCloud(dir, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()

	c.answerLate(o.seed)
	v := verdict{Seed: o.seed}
	began := time.Now()
	for first := true; first || v.Kills < o.trial; first = false {
		v.Devices++
		t := newCourse(c, fmt.Sprintf("hub-%d", v.Devices), rng)
		c.cutOnTheWay()
		for done := false; !done; {
			life := patience
			if v.Kills < o.trial {
				// More often early than late: what must happen once is done within the first tenth of a second.
				life = time.Duration(float64(shortestLife) * math.Pow(float64(longestLife)/float64(shortestLife), rng.Float64()))
			}
			p := process{course: t, stderr: stderr}
			if o.trial == 0 {
				p.show = stdout
			}
			if done, err = p.live(ctx, arguments(c, t, o), life); err != nil {
				return err
			}
			if !done {
				if life == patience {
					return fmt.Errorf("%s does not come to its end within %v: %s", t.thing, patience, t.where())
				}
				v.Kills++
				t.kills++
				log.Debug("killed", "device", t.thing, "after", life)
			}
		}
		if err := v.judge(t); err != nil {
			return err
		}
	}
	v.Seconds = round(time.Since(began).Seconds(), 1)
	v.conclude(c)
	return v.print(stdout, o.json)
}

// answerLate has provisioning and jobs take as long as services far away do, so that devices are killed between question and answer, too.
func (c *cloud) answerLate(seed uint64) {
	for i, script := range []func(func(awsiottest.Request) awsiottest.Fate){c.registry.Script, c.queue.Script} {
		rng := rand.New(rand.NewPCG(seed, uint64(i+1)))
		script(func(awsiottest.Request) awsiottest.Fate {
			return awsiottest.Fate{Late: time.Duration(rng.Int64N(int64(100 * time.Millisecond)))}
		})
	}
}

// cutOnTheWay has the link cut in the middle of blocks, at each quarter of the next file.
func (c *cloud) cutOnTheWay() {
	begun := c.files.Stats().Bytes
	cuts := int64(0)
	c.files.Script(func(r awsiottest.StreamsRequest) (f awsiottest.StreamsFault) {
		if r.Op == "get" && cuts < cutsPerModel && c.files.Stats().Bytes-begun > (cuts+1)*modelSize/(cutsPerModel+1) {
			cuts++
			c.link.cutAfter(20_000)
		}
		return f
	})
}

// arguments are the command line of a device.
func arguments(c *cloud, t *course, o options) []string {
	return []string{
		"-endpoint", "tls://" + c.link.listener.Addr().String(), "-ca", filepath.Join(c.dir, "ca.pem"),
		"-claim-cert", filepath.Join(c.dir, "claim.pem"), "-claim-key", filepath.Join(c.dir, "claim.key"),
		"-serial", t.thing, "-state", t.state, "-rule", o.rule, "-interval", "100ms", "-drain", "1m", "-stdin", "-print", "-log", o.level.String(),
	}
}

// process is one life of a device.
type process struct {
	*course
	show   io.Writer // nil, or where its lines go but those of readings
	stderr io.Writer
}

// live runs the device until its course is done, in which case it ends in peace, or its life is over. It is killed at the latest when ctx ends.
func (p *process) live(ctx context.Context, args []string, life time.Duration) (done bool, err error) {
	self, err := os.Executable()
	if err != nil {
		return false, err
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Stderr = p.stderr
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		return false, err
	}
	if err := cmd.Start(); err != nil {
		return false, err
	}
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		// What was written into the pipe outlives the writer.
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			what, text, _ := strings.Cut(lines.Text(), " ")
			p.hear(what, text)
			if p.show != nil && what != "reading" {
				fmt.Fprintln(p.show, lines.Text())
			}
		}
	}()
	over := time.NewTimer(life)
	defer over.Stop()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	finished := false
	for killed := false; ; {
		select {
		case <-heard: // it has ended
			err := cmd.Wait()
			switch {
			case ctx.Err() != nil:
				return false, ctx.Err()
			case killed && err != nil:
				return false, nil
			case finished && err == nil:
				return true, nil
			default:
				return false, fmt.Errorf("%s ended by itself: %w", p.thing, errors.Join(err, errors.New("before its time")))
			}
		case <-over.C:
			killed = true
			// One that has just ended by itself cannot be killed any more, which its exit code tells.
			_ = cmd.Process.Kill()
		case <-look.C:
			if finished || killed {
				continue
			}
			if finished, err = p.step(); err != nil {
				_ = cmd.Process.Kill()
				<-heard
				return false, errors.Join(err, cmd.Wait())
			}
			if finished {
				stdin.Close()
			}
		}
	}
}
