package kernels

// Arg returns the index of the greatest, or else the least, of n elements of src that lie step apart: the last of
// several equal ones when last is set, otherwise the first. NaN is never chosen unless it comes first.
func Arg[T Number](src []T, n, step int, greatest, last bool) int {
	best := 0
	for i := 1; i < n; i++ {
		v, b := src[i*step], src[best*step]
		if greatest && v > b || !greatest && v < b || last && v == b {
			best = i
		}
	}
	return best
}
