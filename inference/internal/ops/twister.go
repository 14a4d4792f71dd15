package ops

import "github.com/brinkml/brink/inference/internal/tensor"

// twister is the generator of random numbers MT19937 (M. Matsumoto and T. Nishimura, "Mersenne Twister", ACM TOMACS 8,
// 1998), seeded and read as numpy does it.
type twister struct {
	state []uint32
	at    int // of the next number in the state
}

const (
	twisterSize  = 624 // numbers of the state
	twisterBytes = 4 * twisterSize
)

// newTwister makes a generator whose state lies in scratch.
func newTwister(scratch []byte, seed uint32) twister {
	t := twister{tensor.Cast[uint32](scratch[:twisterBytes]), twisterSize}
	for i := range t.state {
		t.state[i] = seed
		seed = 1812433253*(seed^seed>>30) + uint32(i) + 1
	}
	return t
}

// uint32 returns the next 32 random bits.
func (t *twister) uint32() uint32 {
	if t.at == twisterSize {
		t.turn()
	}
	y := t.state[t.at]
	t.at++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

// turn makes the next state.
func (t *twister) turn() {
	for i := range t.state {
		y := t.state[i]&(1<<31) | t.state[(i+1)%twisterSize]&(1<<31-1)
		next := t.state[(i+397)%twisterSize] ^ y>>1
		if y&1 != 0 {
			next ^= 0x9908b0df
		}
		t.state[i] = next
	}
	t.at = 0
}

// float64 returns the next random number of at least 0 and less than 1.
func (t *twister) float64() float64 {
	a, b := t.uint32()>>5, t.uint32()>>6
	return (float64(a)*(1<<26) + float64(b)) / (1 << 53)
}
