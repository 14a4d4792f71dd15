package i8

import "github.com/brinkml/brink/inference/internal/cpu"

// Transpose sets dst[c*to + r] to src[r*from + c] for rows r and columns c.
func Transpose(l cpu.Level, dst []byte, to int, src []byte, from, rows, cols int) {
	switch {
	case rows == 0 || cols == 0:
	case cols == 1 && from == 1:
		copy(dst[:rows], src)
	case rows == 1 && to == 1:
		copy(dst[:cols], src)
	default:
		transpose(l, dst, to, src, from, rows, cols)
	}
}

// transposePortable is Transpose in plain Go. It goes along the longer runs of the result.
func transposePortable(dst []byte, to int, src []byte, from, rows, cols int) {
	if rows < cols {
		for r := range rows {
			for c, v := range src[r*from:][:cols] {
				dst[c*to+r] = v
			}
		}
		return
	}
	for c := range cols {
		line := dst[c*to:][:rows]
		for r := range line {
			line[r] = src[r*from+c]
		}
	}
}
