package transport

import (
	"sync"
	"time"
)

const (
	// paceAim keeps a sender a little below its limit, so that over ten seconds
	// the slack below does not lift it above.
	paceAim = 0.997
	// paceSlack is how much later than planned a sender may wake up and still
	// make up for it. Any second then holds at most 0.7 % and one packet above
	// the limit.
	paceSlack = 10 * time.Millisecond
)

// pace holds a sender to so many packets and so many bytes a second. It is safe
// for concurrent use; nil, like a rate of 0, is without a limit. Times are the
// outbox's clock.
type pace struct {
	mu      sync.Mutex
	packets bucket
	bytes   bucket
}

func newPace(packets, bytes float64) *pace {
	if packets <= 0 && bytes <= 0 {
		return nil
	}
	return &pace{packets: newBucket(packets), bytes: newBucket(bytes)}
}

// wait is how long until the next packet may go: 0 for now.
func (p *pace) wait(now time.Duration) time.Duration {
	if p == nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(p.packets.wait(now), p.bytes.wait(now))
}

// take notes what goes now. What goes without having waited makes the next wait
// longer.
func (p *pace) take(now time.Duration, packets, bytes int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.packets.take(now, packets)
	p.bytes.take(now, bytes)
}

// bucket is a token bucket that may be overdrawn: it lets go when it is not in
// debt, whatever the size of what goes, so that a packet above its depth passes
// too and is paid for afterwards.
type bucket struct {
	rate float64 // a second; 0 has no limit
	have float64 // at most the slack's worth
	at   time.Duration
}

func newBucket(limit float64) bucket {
	rate := max(limit, 0) * paceAim
	return bucket{rate: rate, have: rate * paceSlack.Seconds()}
}

func (b *bucket) fill(now time.Duration) {
	if now > b.at {
		b.have = min(b.have+b.rate*(now-b.at).Seconds(), b.rate*paceSlack.Seconds())
		b.at = now
	}
}

func (b *bucket) wait(now time.Duration) time.Duration {
	if b.rate == 0 {
		return 0
	}
	b.fill(now)
	if b.have >= 0 {
		return 0
	}
	// Very slow rates are asked again now and then.
	return time.Duration(min(-b.have/b.rate*float64(time.Second)+1, float64(time.Hour)))
}

func (b *bucket) take(now time.Duration, n int) {
	if b.rate != 0 {
		b.fill(now)
		b.have -= float64(n)
	}
}
