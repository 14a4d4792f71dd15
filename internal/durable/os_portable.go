//go:build !linux

package durable

import "os"

func syncData(f *os.File) error { return f.Sync() }

// preallocate only sets the length: a full disk then shows at the write.
func preallocate(f *os.File, _, size int64) error { return f.Truncate(size) }
