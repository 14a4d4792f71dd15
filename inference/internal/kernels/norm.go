package kernels

import "math"

// Normalize computes (src - mean) * scale + bias. Dst may be src.
func Normalize[T Float](dst, src []T, mean, scale, bias T) {
	src = src[:len(dst)]
	for i, v := range src {
		dst[i] = (v-mean)*scale + bias
	}
}

// NormalizeRow computes (src - mean) * scale + bias, element by element. Dst may be src.
func NormalizeRow[T Float](dst, src, mean, scale, bias []T) {
	src, mean, scale, bias = src[:len(dst)], mean[:len(dst)], scale[:len(dst)], bias[:len(dst)]
	for i, v := range src {
		dst[i] = (v-mean[i])*scale[i] + bias[i]
	}
}

// NormalizeBy computes (src - mean) * by * scale + bias, where scale and bias are rows; bias may be nil. Dst may be
// src.
func NormalizeBy[T Float](dst, src, scale, bias []T, mean, by T) {
	src, scale = src[:len(dst)], scale[:len(dst)]
	if bias == nil {
		for i, v := range src {
			dst[i] = (v - mean) * by * scale[i]
		}
		return
	}
	bias = bias[:len(dst)]
	for i, v := range src {
		dst[i] = (v-mean)*by*scale[i] + bias[i]
	}
}

// Total returns the sum of all elements.
func Total[T Float](src []T) T { return sumRun(0, src) }

// Deviation returns the sum of the squares of what all elements differ from mean.
func Deviation[T Float](src []T, mean T) T {
	var s0, s1, s2, s3 T
	for len(src) >= 4 {
		d0, d1, d2, d3 := src[0]-mean, src[1]-mean, src[2]-mean, src[3]-mean
		s0 += d0 * d0
		s1 += d1 * d1
		s2 += d2 * d2
		s3 += d3 * d3
		src = src[4:]
	}
	for _, v := range src {
		s0 += (v - mean) * (v - mean)
	}
	return (s0 + s1) + (s2 + s3)
}

// NormalizeChannels computes src / (bias + alpha * the sum of squares of its neighbours)^beta of channel c of src,
// which has plane elements for each channel. The neighbours are the same elements of channels from to to. Acc is of any
// length above 0.
func NormalizeChannels[T Float](dst, src, acc []T, c, from, to, plane int, alpha, beta, bias T) {
	for at := 0; at < plane; at += len(acc) {
		run := acc[:min(len(acc), plane-at)]
		clear(run)
		for i := from; i <= to; i++ {
			squareRows(run, src[i*plane+at:][:len(run)])
		}
		x, y := src[c*plane+at:][:len(run)], dst[c*plane+at:][:len(run)]
		if beta == 0.75 {
			for i, sum := range run {
				root := math.Sqrt(float64(bias + alpha*sum))
				y[i] = T(float64(x[i]) / (root * math.Sqrt(root)))
			}
			continue
		}
		for i, sum := range run {
			y[i] = T(float64(x[i]) * math.Pow(float64(bias+alpha*sum), -float64(beta)))
		}
	}
}
