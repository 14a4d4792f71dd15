//go:build !noasm

package i8

import "github.com/brinkml/brink/inference/internal/cpu"

// transpose transposes blocks of 16 rows and 32 or 16 columns; the last of either may overlap with those before.
func transpose(l cpu.Level, dst []byte, to int, src []byte, from, rows, cols int) {
	if l < cpu.AVX2 || rows < 16 || cols < 16 {
		transposePortable(dst, to, src, from, rows, cols)
		return
	}
	_, _ = src[(rows-1)*from+cols-1], dst[(cols-1)*to+rows-1]
	for r := 0; r < rows; r += 16 {
		r := min(r, rows-16)
		if wide := cols / 32; wide > 0 {
			transpose32(&src[r*from], &dst[r], from, to, wide)
			switch rest := cols % 32; {
			case rest > 16:
				transpose32(&src[r*from+cols-32], &dst[(cols-32)*to+r], from, to, 1)
			case rest > 0:
				transpose16(&src[r*from+cols-16], &dst[(cols-16)*to+r], from, to, 1)
			}
			continue
		}
		transpose16(&src[r*from], &dst[r], from, to, 1)
		if cols > 16 {
			transpose16(&src[r*from+cols-16], &dst[(cols-16)*to+r], from, to, 1)
		}
	}
}
