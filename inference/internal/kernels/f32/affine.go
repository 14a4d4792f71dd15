package f32

import "github.com/brinkml/brink/inference/internal/cpu"

// Affine computes scale[c]*x + shift[c], and 0 for what is less if relu says so, for rows of as many elements as scale
// has. Dst may be src.
func Affine(l cpu.Level, dst, src, scale, shift []float32, relu bool) {
	if len(src) == 0 {
		return
	}
	_, _ = dst[len(src)-1], shift[len(scale)-1]
	affine(l, dst, src, scale, shift, relu)
}
