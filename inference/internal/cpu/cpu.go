// Package cpu says which of the kernels that are written several times over a processor can run.
//
// Kernels with assembly take a [Level] as their first argument, so that tests run every one that the machine has, and
// a session can be told to use a lesser one. [Portable] is plain Go, and is there everywhere.
package cpu

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Level is a set of instructions. Each level of an architecture includes those before it.
type Level uint8

// The levels. A machine has those of one architecture only, and [Portable].
const (
	Portable Level = iota

	AVX2   // amd64: AVX2, FMA and F16C, as x86-64-v3 has them
	AVX512 // amd64: AVX-512 F, BW, CD, DQ and VL, as x86-64-v4 has them
	VNNI   // amd64: AVX512 and AVX512-VNNI

	NEON    // arm64: what every ARMv8-A core has
	DotProd // arm64: the dot product instructions of ARMv8.2-A, FEAT_DotProd
)

var names = [...]string{Portable: "portable", AVX2: "avx2", AVX512: "avx512", VNNI: "vnni", NEON: "neon", DotProd: "dotprod"}

// String returns the name by which [Parse] knows the level.
func (l Level) String() string {
	if int(l) < len(names) {
		return names[l]
	}
	return fmt.Sprintf("Level(%d)", uint8(l))
}

// Variable is the environment variable that [Default] heeds.
const Variable = "BRINK_CPU"

// Levels returns the levels that this machine has, [Portable] first and the best last.
func Levels() []Level { return append([]Level{Portable}, detect()...) }

// Best returns the best level that this machine has.
func Best() Level {
	all := Levels()
	return all[len(all)-1]
}

// Default returns the level that the environment asks for, or the best one.
func Default() (Level, error) {
	if name := os.Getenv(Variable); name != "" {
		l, err := Parse(name)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", Variable, err)
		}
		return l, nil
	}
	return Best(), nil
}

// Parse returns the level of a name, if this machine has it.
func Parse(name string) (Level, error) {
	all := Levels()
	at := slices.IndexFunc(all, func(l Level) bool { return l.String() == name })
	if at < 0 {
		known := make([]string, len(all))
		for i, l := range all {
			known[i] = l.String()
		}
		return 0, fmt.Errorf("%q is no set of instructions that this machine has; it has %s", name, strings.Join(known, ", "))
	}
	return all[at], nil
}
