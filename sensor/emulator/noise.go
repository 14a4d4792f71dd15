package emulator

import "math"

// gaussian returns a number of the standard normal distribution that depends
// on its arguments alone, so that noise does not depend on the order in which
// parts are read.
func gaussian(seed, channel, n uint64) float64 {
	h := mix(mix(mix(seed)^channel) ^ n)
	// Box-Muller: one of the pair is enough. u is in (0, 1].
	u := (float64(h>>11) + 1) / (1 << 53)
	v := float64(mix(h)>>11) / (1 << 53)
	return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*v)
}

// mix is the output function of SplitMix64 (Steele, Lea, Flood: Fast splittable
// pseudorandom number generators, 2014, figure 17).
func mix(z uint64) uint64 {
	z += 0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}
