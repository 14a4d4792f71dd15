package kernels

import (
	"math"
	"slices"
)

// Scale computes (x - offset) * scale over rows of as many elements as there are offsets. A single offset and scale
// are those of all elements.
func Scale[T Number](dst []float32, src []T, offset, scale []float32) {
	n := len(offset)
	if n == 1 {
		for i, v := range src {
			dst[i] = float32((float64(v) - float64(offset[0])) * float64(scale[0]))
		}
		return
	}
	scale = scale[:n]
	for ; len(src) >= n; src, dst = src[n:], dst[n:] {
		for i, v := range src[:n] {
			dst[i] = float32((float64(v) - float64(offset[i])) * float64(scale[i]))
		}
	}
}

// Binarize computes 1 where x is greater than the threshold, 0 elsewhere.
func Binarize[T Number](dst, src []T, threshold float64) {
	for i, v := range src {
		dst[i] = 0
		if float64(v) > threshold {
			dst[i] = 1
		}
	}
}

// Impute replaces what equals replaced, NaN included, by the value for its place in a row of as many elements as there
// are values.
func Impute[T Number](dst, src, values []T, replaced T) {
	at := 0
	for i, v := range src {
		if v == replaced || v != v && replaced != replaced {
			v = values[at]
		}
		dst[i] = v
		if at++; at == len(values) {
			at = 0
		}
	}
}

// NormMax returns the greatest element of row, which is not empty: with its sign, as the standard's formula has it.
func NormMax[T Number](row []T) float64 {
	return float64(slices.Max(row))
}

// NormL1 returns the sum of magnitudes in row.
func NormL1[T Number](row []T) float64 {
	sum := 0.0
	for _, v := range row {
		sum += math.Abs(float64(v))
	}
	return sum
}

// NormL2 returns the root of the sum of squares in row.
func NormL2[T Number](row []T) float64 {
	sum := 0.0
	for _, v := range row {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum)
}
