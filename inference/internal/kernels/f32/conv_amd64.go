//go:build !noasm

package f32

import "github.com/brinkml/brink/inference/internal/cpu"

// narrower returns the level whose panels are narrower than those of l, if there is one: where there are few filters, its
// kernels compute fewer columns in vain.
func narrower(l cpu.Level) cpu.Level {
	if l >= cpu.AVX512 {
		return cpu.AVX2
	}
	return l
}
