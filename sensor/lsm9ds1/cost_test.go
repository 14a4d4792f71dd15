package lsm9ds1

import (
	"context"
	"testing"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
)

// instant is a bus that takes no time: identities are right, and everything has just been converted.
type instant struct{ n uint8 }

func (b *instant) String() string                  { return "instant" }
func (b *instant) SetSpeed(physic.Frequency) error { return nil }

func (b *instant) Tx(addr uint16, w, r []byte) error {
	b.n++
	for i := range r {
		r[i] = b.n
	}
	switch {
	case len(r) == 1 && w[0] == regWhoAmI && addr == Addr:
		r[0] = whoAmI
	case len(r) == 1 && w[0] == regWhoAmI:
		r[0] = whoAmIM
	case len(r) == 1 && w[0] == regFIFOSrc:
		r[0] = 16
	case len(r) > 0:
		r[0] = 0x0F
	}
	return nil
}

var _ i2c.Bus = (*instant)(nil)

// BenchmarkReadWithoutBus is what a 9-axis read costs besides its bus: 300 ns at most.
func BenchmarkReadWithoutBus(b *testing.B) {
	d, err := New(new(instant), nil)
	if err != nil {
		b.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	var r sensor.Reading[sensor.Motion]
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Read(ctx, &r); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSampleWithoutBus is the same for a sample of a batch of 16.
func BenchmarkSampleWithoutBus(b *testing.B) {
	d, err := New(new(instant), &Options{FIFO: 16})
	if err != nil {
		b.Fatal(err)
	}
	var rs [32]sensor.Reading[sensor.Motion]
	ctx := context.Background()
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if n == 0 {
			time.Sleep(0)
			if n, err = d.ReadBatch(ctx, rs[:]); err != nil {
				b.Fatal(err)
			}
		}
		n--
	}
}
