// Package peak does as much arithmetic a second as a core can do at all: the measure beside which benchmarks of kernels
// put their figures. Nothing else imports it.
package peak

import "github.com/brinkml/brink/inference/internal/cpu"

// Floats does n rounds of the fastest float32 arithmetic of a level and returns how many operations that were: a
// multiplication and an addition are two. It is 0 for levels without assembly of their own.
func Floats(l cpu.Level, n int) float64 { return floats(l, n) }

// Bytes is Floats for products of bytes that are added to sums of 32 bits.
func Bytes(l cpu.Level, n int) float64 { return bytes(l, n) }
