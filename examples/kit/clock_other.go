//go:build !linux

package main

// clockSynced believes the clock: other systems are for trying out, and have a battery.
func clockSynced() bool { return true }
