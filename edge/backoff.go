package edge

import "time"

// delay returns how long to wait after the nth failure in a row, n from 1:
// Min doubled n-1 times but at most Max, of which the second half is taken by
// the jitter j in [0, 1).
func (r Restart) delay(n int, j float64) time.Duration {
	d := r.Min
	for range n - 1 {
		if d >= r.Max/2 {
			d = r.Max
			break
		}
		d *= 2
	}
	d = min(d, r.Max)
	return d/2 + time.Duration(j*float64(d-d/2))
}
