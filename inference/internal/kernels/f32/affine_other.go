//go:build !amd64 || noasm

package f32

import "github.com/brinkml/brink/inference/internal/cpu"

func affine(_ cpu.Level, dst, src, scale, shift []float32, relu bool) {
	affinePortable(dst, src, scale, shift, relu)
}
