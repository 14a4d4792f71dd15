//go:build !windows

package durable

func isFullOS(error) bool { return false }
