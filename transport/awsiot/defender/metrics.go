package defender

import "net/netip"

// Metrics is what a system shows. Sections that are nil were not sampled and
// are not reported; an empty list is reported as such, which clears an alarm.
type Metrics struct {
	TCP         []Port // listening
	UDP         []Port // listening
	Connections []Connection
	// Counters of each interface since it came up, by its name. The reporter
	// makes differences of them.
	Counters map[string]Counters
}

// Port is a port that is listened on.
type Port struct {
	Port      uint16
	Interface string // whose address it is bound to; empty: any, or not known
}

// Connection is an established TCP connection.
type Connection struct {
	Remote    netip.AddrPort
	LocalPort uint16
	Interface string // that has the local address; empty: not known
}

// Counters is how much went over the network.
type Counters struct {
	BytesIn, BytesOut, PacketsIn, PacketsOut uint64
}

func (c Counters) plus(d Counters) Counters {
	return Counters{c.BytesIn + d.BytesIn, c.BytesOut + d.BytesOut, c.PacketsIn + d.PacketsIn, c.PacketsOut + d.PacketsOut}
}

// since is what was counted since an earlier state. A counter that is lower
// than it was began anew.
func (c Counters) since(last Counters) Counters {
	diff := func(now, then uint64) uint64 {
		if now < then {
			return now
		}
		return now - then
	}
	return Counters{
		diff(c.BytesIn, last.BytesIn), diff(c.BytesOut, last.BytesOut),
		diff(c.PacketsIn, last.PacketsIn), diff(c.PacketsOut, last.PacketsOut),
	}
}

// traffic is what all interfaces counted since the last state. One that was not
// there then came up since.
func traffic(now, last map[string]Counters) (sum Counters) {
	for name, c := range now {
		sum = sum.plus(c.since(last[name]))
	}
	return sum
}
