package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pty returns the two ends of a terminal.
func pty(t *testing.T) (keyboard, screen *os.File) {
	t.Helper()
	m, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { m.Close() })
	n, err := unix.IoctlGetInt(int(m.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Skip(err)
	}
	if err := unix.IoctlSetPointerInt(int(m.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Skip(err)
	}
	s, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { s.Close() })
	return m, s
}

// buffer is a bytes.Buffer that can be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// TestTerminal presses keys on a terminal, ends the program as Ctrl-C does, and finds the terminal as it was.
func TestTerminal(t *testing.T) {
	keyboard, screen := pty(t)
	before, err := unix.IoctlGetTermios(int(screen.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	var shown, log buffer
	var copied sync.WaitGroup
	copied.Go(func() { _, _ = io.Copy(&shown, keyboard) }) // ends when both ends are closed
	until := func(text string) {
		t.Helper()
		deadline := time.Now().Add(20 * time.Second)
		for !strings.Contains(shown.String(), text) {
			if time.Now().After(deadline) {
				t.Fatalf("%q did not come up on the screen:\n%q\n%s", text, shown.String(), log.String())
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	var code int
	var ended sync.WaitGroup
	ended.Go(func() { code = run(ctx, []string{"-listen", ""}, screen, screen, &log) })
	until(enterScreen)
	for keys, text := range map[string]string{"d": "d: right edge down", "\x1b[C": "stick right", "T": "T: warmer"} {
		if _, err := io.WriteString(keyboard, keys); err != nil {
			t.Fatal(err)
		}
		until(text)
	}
	cancel()
	ended.Wait()
	if code != 0 {
		t.Errorf("exit code %d: %s", code, log.String())
	}
	after, err := unix.IoctlGetTermios(int(screen.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	if *after != *before {
		t.Errorf("the terminal is %+v; want it as before, %+v", *after, *before)
	}
	until(leaveScreen)
	screen.Close()
	copied.Wait()
	if strings.Contains(shown.String(), "dT") {
		t.Error("keys are echoed")
	}
}

// TestControlC runs the program in a process of its own on a terminal and presses Ctrl-C.
func TestControlC(t *testing.T) {
	keyboard, screen := pty(t)
	before, err := unix.IoctlGetTermios(int(screen.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var log buffer
	cmd := exec.Command(program, "-listen", "")
	cmd.Env = append(os.Environ(), childEnv+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = screen, screen, &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	alarm := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer alarm.Stop()
	var shown buffer
	var copied sync.WaitGroup
	copied.Go(func() { _, _ = io.Copy(&shown, keyboard) })
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(shown.String(), "Ctrl-C ends"); {
		if time.Now().After(deadline) {
			t.Fatalf("the help did not come up on the screen:\n%q\n%s", shown.String(), log.String())
		}
		time.Sleep(10 * time.Millisecond)
	}
	if _, err := io.WriteString(keyboard, "\x03"); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the program ended with %v: %s", err, log.String())
	}
	after, err := unix.IoctlGetTermios(int(screen.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	if *after != *before {
		t.Errorf("the terminal is %+v; want it as before, %+v", *after, *before)
	}
	screen.Close()
	copied.Wait()
	if !strings.HasSuffix(shown.String(), leaveScreen) {
		t.Errorf("the last that was written is %q; want the other screen left", shown.String()[max(0, len(shown.String())-40):])
	}
}
