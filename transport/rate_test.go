package transport

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// sendAll sends for a while as fast as the pace allows, waking up late by what
// late says, and returns when each packet went.
func sendAll(p *pace, size func() int, late func() time.Duration, span time.Duration) (at []time.Duration, bytes []int) {
	for now := time.Duration(0); now < span; {
		if w := p.wait(now); w > 0 {
			now += w + late()
			continue
		}
		n := size()
		p.take(now, 1, n)
		at, bytes = append(at, now), append(bytes, n)
	}
	return at, bytes
}

// densest is the most that went in any second.
func densest(at []time.Duration, n []int) (most int) {
	sum, from := 0, 0
	for i := range at {
		for sum += n[i]; at[i]-at[from] > time.Second; from++ {
			sum -= n[from]
		}
		most = max(most, sum)
	}
	return most
}

func TestPaceHoldsAndReachesItsLimit(t *testing.T) {
	lates := map[string]func() time.Duration{
		"never late": func() time.Duration { return 0 },
		"up to 9 ms": func() time.Duration { return rand.N(9 * time.Millisecond) },
		"12 ms late at times": func() time.Duration {
			return time.Duration(rand.N(1000)/999) * 12 * time.Millisecond
		},
	}
	const span = 10 * time.Second
	for name, late := range lates {
		for _, rate := range []float64{10, 100, 360, 1000} {
			at, _ := sendAll(newPace(rate, 0), func() int { return 1 }, late, span)
			ones := make([]int, len(at))
			for i := range ones {
				ones[i] = 1
			}
			got := float64(len(at)) / span.Seconds()
			if math.Abs(got-rate) > rate/100+0.1 {
				t.Errorf("%s: %v packets a second; want %v within 1 %%", name, got, rate)
			}
			if most := densest(at, ones); float64(most) > 1.007*rate+1 {
				t.Errorf("%s: %d packets in one second; want at most %.1f", name, most, 1.007*rate+1)
			}
		}
		const limit, largest = 512 << 10, 16 << 10
		at, bytes := sendAll(newPace(0, limit), func() int { return 1 + rand.IntN(largest) }, late, span)
		total := 0
		for _, n := range bytes {
			total += n
		}
		if got := float64(total) / span.Seconds(); math.Abs(got-limit) > limit/100 {
			t.Errorf("%s: %v bytes a second; want %v within 1 %%", name, got, limit)
		}
		if most := densest(at, bytes); float64(most) > 1.007*limit+largest {
			t.Errorf("%s: %d bytes in one second; want at most %d", name, most, limit+limit/100+largest)
		}
	}
}

// Idle time is not saved up, and a packet larger than a second's bytes goes.
func TestPaceEdges(t *testing.T) {
	p := newPace(100, 1000)
	if w := p.wait(time.Hour); w != 0 {
		t.Errorf("wait after an idle hour = %v; want 0", w)
	}
	p.take(time.Hour, 1, 5000)
	w := p.wait(time.Hour)
	if w < 4900*time.Millisecond || w > 5100*time.Millisecond {
		t.Errorf("wait after 5,000 bytes at 1,000 a second = %v; want 5 s", w)
	}
	if again := p.wait(time.Hour + w); again != 0 {
		t.Errorf("wait after the wait = %v; want 0", again)
	}
	if w := newPace(0, 0).wait(0); w != 0 {
		t.Errorf("wait without a limit = %v; want 0", w)
	}
	slow := newPace(1e-9, 0)
	slow.take(0, 1, 1)
	if w := slow.wait(0); w != time.Hour {
		t.Errorf("wait at one packet in 32 years = %v; want 1 h, then asked again", w)
	}
	n := testing.AllocsPerRun(100, func() { p.take(p.wait(0), 1, 1) })
	if n != 0 {
		t.Errorf("%v allocations; want 0", n)
	}
}
