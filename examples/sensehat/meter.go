package main

import (
	"maps"
	"slices"
	"sync"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// meter is a bus that counts what another one carries.
type meter struct {
	i2c.Bus

	mu    sync.Mutex
	parts map[uint16]*traffic
	// bestBit is the shortest time that a bit of a long transaction took.
	bestBit time.Duration
}

// traffic is what the bus carried for one address.
type traffic struct {
	transactions, failed int
	bytes, bits          int // bits with those of addresses, starts and stops
}

// Tx implements i2c.Bus.
func (m *meter) Tx(addr uint16, w, r []byte) error {
	start := time.Now()
	err := m.Bus.Tx(addr, w, r)
	took := time.Since(start)
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.parts[addr]
	if t == nil {
		t = new(traffic)
		m.parts[addr] = t
	}
	t.transactions++
	t.bytes += len(w) + len(r)
	t.bits += wireBits(len(w)) + wireBits(len(r)) + 1
	if err != nil {
		t.failed++
		return err
	}
	// A frame of the matrix is long enough for the system's share not to matter.
	if len(r) == 0 && len(w) > 100 {
		bit := took / time.Duration(wireBits(len(w))+1)
		if m.bestBit == 0 || bit < m.bestBit {
			m.bestBit = bit
		}
	}
	return nil
}

// wireBits is how many clocks a message of so many bytes takes: a start, and nine for the address and for each byte.
func wireBits(n int) int {
	if n == 0 {
		return 0
	}
	return 1 + 9*(1+n)
}

// speed returns the bus's speed as it was measured, 0 if it was not.
func (m *meter) speed() physic.Frequency {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.bestBit == 0 {
		return 0
	}
	return physic.PeriodToFrequency(m.bestBit)
}

// total returns all traffic, added up.
func (m *meter) total() traffic {
	m.mu.Lock()
	all := slices.Collect(maps.Keys(m.parts))
	m.mu.Unlock()
	return m.of(all...)
}

// of returns the traffic with some addresses, added up.
func (m *meter) of(addrs ...uint16) traffic {
	m.mu.Lock()
	defer m.mu.Unlock()
	var sum traffic
	for _, a := range addrs {
		if t := m.parts[a]; t != nil {
			sum.transactions += t.transactions
			sum.failed += t.failed
			sum.bytes += t.bytes
			sum.bits += t.bits
		}
	}
	return sum
}
