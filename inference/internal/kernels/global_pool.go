package kernels

import "math"

// PlaneMax returns the greatest element of x, NaN when one is NaN, and the lowest value of the type when there is none.
func PlaneMax[T Float](x []T) T {
	greatest := Lowest[T]()
	for _, v := range x {
		greatest = max(greatest, v)
	}
	return greatest
}

// PlaneMean returns the mean of x, NaN when there is nothing in it. It adds in double precision, as planes may be long.
func PlaneMean[T Float](x []T) T {
	var s0, s1 float64
	rest := x
	for len(rest) >= 2 {
		s0 += float64(rest[0])
		s1 += float64(rest[1])
		rest = rest[2:]
	}
	for _, v := range rest {
		s0 += float64(v)
	}
	return T((s0 + s1) / float64(len(x)))
}

// PlaneNorm returns the p-norm of x: the p-th root of the sum of the p-th powers of the magnitudes.
func PlaneNorm[T Float](x []T, p float64) T {
	var sum float64
	for _, v := range x {
		sum += power(float64(v), p)
	}
	return root[T](sum, p)
}

// NormPlane computes the p-norm of what each position sees of a plane.
func NormPlane[T Float](win *Window, out, x []T, p float64) {
	s := win.spot(0)
	for i := range win.Spots {
		var sum float64
		for t, off := range win.offsets {
			if s.inside || s.sees(t) {
				sum += power(float64(x[s.base+off]), p)
			}
		}
		out[i] = root[T](sum, p)
		s.next()
	}
}

// power returns |v| to the power p.
func power(v, p float64) float64 {
	switch p {
	case 1:
		return math.Abs(v)
	case 2:
		return v * v
	}
	return math.Pow(math.Abs(v), p)
}

// root returns the p-th root of sum.
func root[T Float](sum, p float64) T {
	switch p {
	case 1:
		return T(sum)
	case 2:
		return T(math.Sqrt(sum))
	}
	return T(math.Pow(sum, 1/p))
}
