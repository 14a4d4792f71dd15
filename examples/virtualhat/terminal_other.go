//go:build !linux && !darwin

package main

import (
	"context"
	"os"
)

// terminal is not there on this system: the page has all keys, and so has -script.
type terminal struct{}

func openTerminal(*os.File) (*terminal, bool) { return nil, false }

func (*terminal) restore() error { return nil }

func (*terminal) read(ctx context.Context, _ func(string)) error {
	<-ctx.Done()
	return nil
}

func isTerminal(*os.File) bool { return false }
