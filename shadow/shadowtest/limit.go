package shadowtest

import "time"

// flights counts requests that are under way, by whom they are counted for: in
// memory a connection, behind a broker, which does not tell who published, a
// thing. Zeros are not kept.
type flights map[string]int

// arrive is a request that reached the service, with s.mu held: it is carried
// out after the latency, unless too many of who are under way.
func (s *Service) arrive(f flights, who string, r request, act Action) {
	if f[who] >= s.o.InFlight {
		s.emit(s.refuse(r, tooManyRequests))
		return
	}
	f[who]++
	s.later(s.o.Latency, func() {
		if f[who]--; f[who] == 0 {
			delete(f, who)
		}
		s.serve(r, act)
	})
}

// bucket holds the requests that a thing has left.
type bucket struct {
	tokens float64
	at     time.Time // when tokens was right
}

// maxBuckets is how many things are remembered before those are forgotten that
// have a full bucket anyway.
const maxBuckets = 4096

// takes says whether a thing has a request left, and takes it.
func (s *Service) takes(thing string) bool {
	if s.o.Rate <= 0 {
		return true
	}
	now, full := time.Now(), float64(s.o.Rate)
	b := s.buckets[thing]
	if b == nil {
		if len(s.buckets) >= maxBuckets {
			for name, b := range s.buckets {
				if now.Sub(b.at) >= time.Second {
					delete(s.buckets, name)
				}
			}
		}
		b = &bucket{full, now}
		s.buckets[thing] = b
	}
	b.tokens = min(full, b.tokens+full*max(0, now.Sub(b.at)).Seconds())
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
