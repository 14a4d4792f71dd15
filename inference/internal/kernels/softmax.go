package kernels

import "math"

// Softmax computes e^x divided by the sum of all e^x, along the columns of src, [n, width]; width 1 is a single run.
// Exp computes an exponential of each element. Acc has width elements. Dst may be src.
func Softmax[T Float](dst, src, acc []T, n, width int, exp func(dst, src []T)) {
	if width == 1 {
		less(dst, src, greatest(src))
		exp(dst, dst)
		ScaleBy(dst, 1/sumRun(0, dst))
		return
	}
	columnMax(acc, src, n)
	for i := range n {
		row := dst[i*width:][:width]
		lessRow(row, src[i*width:][:width], acc)
		exp(row, row)
	}
	clear(acc)
	for i := range n {
		sumRows(acc, dst[i*width:][:width])
	}
	for i := range n {
		row := dst[i*width:][:width]
		for j, v := range acc {
			row[j] /= v
		}
	}
}

// LogSoftmax computes the logarithm of what [Softmax] computes. Acc has width elements, and temp at least as many.
func LogSoftmax[T Float](dst, src, acc, temp []T, n, width int, exp func(dst, src []T)) {
	if width == 1 {
		less(dst, src, greatest(src))
		var sum T
		for at := 0; at < n; at += len(temp) {
			run := dst[at:min(at+len(temp), n)]
			exp(temp[:len(run)], run)
			sum = sumRun(sum, temp[:len(run)])
		}
		less(dst, dst, T(math.Log(float64(sum))))
		return
	}
	columnMax(acc, src, n)
	for i := range n {
		lessRow(dst[i*width:][:width], src[i*width:][:width], acc)
	}
	clear(acc)
	for i := range n {
		exp(temp[:width], dst[i*width:][:width])
		sumRows(acc, temp[:width])
	}
	Log(acc, acc)
	for i := range n {
		row := dst[i*width:][:width]
		lessRow(row, row, acc)
	}
}

// greatest returns the greatest element. NaN is none.
func greatest[T Float](src []T) T {
	m := T(math.Inf(-1))
	for _, v := range src {
		if v > m {
			m = v
		}
	}
	return m
}

// columnMax writes the greatest element of each of the len(acc) columns of src to acc.
func columnMax[T Float](acc, src []T, n int) {
	fill(acc, T(math.Inf(-1)))
	for i := range n {
		for j, v := range src[i*len(acc):][:len(acc)] {
			if v > acc[j] {
				acc[j] = v
			}
		}
	}
}

// less computes src - v.
func less[T Float](dst, src []T, v T) {
	src = src[:len(dst)]
	for i, x := range src {
		dst[i] = x - v
	}
}

// lessRow computes src - v, element by element.
func lessRow[T Float](dst, src, v []T) {
	src, v = src[:len(dst)], v[:len(dst)]
	for i, x := range src {
		dst[i] = x - v[i]
	}
}
