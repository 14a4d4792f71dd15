//go:build !linux

package main

import "os"

func dataSync(f *os.File) error { return f.Sync() }

func allocate(f *os.File, size int64) error { return f.Truncate(size) }

func written() int64 { return 0 }

func deviceWritten(string) int64 { return 0 }
