//go:build linux || darwin

package main

import (
	"context"
	"os"

	"golang.org/x/sys/unix"
)

// terminal is one whose keys come one by one, without being shown. Ctrl-C goes on ending the program.
type terminal struct {
	fd     int
	before unix.Termios
}

// openTerminal takes a terminal's keys; it reports false for what is none.
func openTerminal(f *os.File) (*terminal, bool) {
	t := &terminal{fd: int(f.Fd())}
	state, err := unix.IoctlGetTermios(t.fd, ioctlGet)
	if err != nil {
		return nil, false
	}
	t.before = *state
	state.Lflag &^= unix.ICANON | unix.ECHO
	// A read returns after a tenth of a second, with nothing if nothing was pressed, so that it ends with the program.
	state.Cc[unix.VMIN], state.Cc[unix.VTIME] = 0, 1
	if err := unix.IoctlSetTermios(t.fd, ioctlSet, state); err != nil {
		return nil, false
	}
	return t, true
}

// restore gives the terminal back as it was. It may be called twice.
func (t *terminal) restore() error { return unix.IoctlSetTermios(t.fd, ioctlSet, &t.before) }

// read presses what comes from the keyboard until ctx or the terminal ends.
func (t *terminal) read(ctx context.Context, press func(key string)) error {
	var buf [64]byte
	var keys decoder
	for ctx.Err() == nil {
		n, err := unix.Read(t.fd, buf[:])
		switch {
		case err == unix.EINTR || err == unix.EAGAIN:
		case err != nil:
			return err
		default:
			keys.decode(buf[:n], press)
		}
	}
	return nil
}

// isTerminal reports whether f shows what is written to it.
func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), ioctlGet)
	return err == nil
}
