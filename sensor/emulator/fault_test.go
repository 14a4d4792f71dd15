package emulator_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor/emulator"
)

// ids reads the identity of a part n times and returns the values, -1 for an
// error.
func ids(b *emulator.Board, addr uint16, n int) []int {
	var got []int
	for range n {
		r := make([]byte, 1)
		if err := b.Tx(addr, []byte{0x0F}, r); err != nil {
			got = append(got, -1)
			continue
		}
		got = append(got, int(r[0]))
	}
	return got
}

func wantIDs(t *testing.T, what string, got []int, want ...int) {
	t.Helper()
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s: identities = %v; want %v", what, got, want)
			return
		}
	}
}

func TestFaultCounts(t *testing.T) {
	b := emulator.New(nil)
	b.Fault(emulator.Fault{Kind: emulator.NACK, Addr: emulator.HTS221, After: 2, Count: 2})
	wantIDs(t, "another part", ids(b, emulator.LPS25H, 3), 0xBD, 0xBD, 0xBD)
	wantIDs(t, "after 2, for 2", ids(b, emulator.HTS221, 6), 0xBC, 0xBC, -1, -1, 0xBC, 0xBC)
	if got := b.Transactions(emulator.HTS221); got != 4 {
		t.Errorf("Transactions() = %d; want 4", got)
	}
}

func TestFaultEverywhere(t *testing.T) {
	b := emulator.New(nil)
	end := b.Fault(emulator.Fault{Kind: emulator.NACK})
	wantIDs(t, "all addresses", append(ids(b, emulator.HTS221, 1), ids(b, emulator.LPS25H, 1)...), -1, -1)
	end()
	end() // a second time does nothing
	wantIDs(t, "cleared", append(ids(b, emulator.HTS221, 1), ids(b, emulator.LPS25H, 1)...), 0xBC, 0xBD)
}

func TestFaultDuration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(nil)
		b.Fault(emulator.Fault{Kind: emulator.NACK, Addr: emulator.HTS221, For: time.Second})
		time.Sleep(time.Second - 1)
		wantIDs(t, "just before the end", ids(b, emulator.HTS221, 1), -1)
		time.Sleep(time.Nanosecond)
		wantIDs(t, "at the end", ids(b, emulator.HTS221, 1), 0xBC)
	})
}

func TestFaultTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(nil)
		b.Fault(emulator.Fault{Kind: emulator.Timeout, Addr: emulator.HTS221, Count: 1})
		b.Fault(emulator.Fault{Kind: emulator.Timeout, Addr: emulator.LPS25H, Hold: time.Minute})
		start := time.Now()
		if err := b.Tx(emulator.HTS221, []byte{0x0F}, make([]byte, 1)); !errors.Is(err, emulator.ErrTimeout) || time.Since(start) != time.Second {
			t.Errorf("Tx = %v after %v; want ErrTimeout after 1s", err, time.Since(start))
		}
		start = time.Now()
		if err := b.Tx(emulator.LPS25H, []byte{0x0F}, make([]byte, 1)); !errors.Is(err, emulator.ErrTimeout) || time.Since(start) != time.Minute {
			t.Errorf("Tx = %v after %v; want ErrTimeout after 1m0s", err, time.Since(start))
		}
		b.ClearFaults()
		wantIDs(t, "cleared", ids(b, emulator.LPS25H, 1), 0xBD)
	})
}

func TestFaultIdentity(t *testing.T) {
	b := emulator.New(nil)
	b.Fault(emulator.Fault{Kind: emulator.WrongID, Addr: emulator.LPS25H, Value: 0xB1, Count: 1})
	wantIDs(t, "wrong once", ids(b, emulator.LPS25H, 2), 0xB1, 0xBD)
}

func TestFaultAbsent(t *testing.T) {
	b := emulator.New(nil)
	write(t, b, emulator.HTS221, 0x20, 0x87)
	b.Fault(emulator.Fault{Kind: emulator.Absent, Addr: emulator.HTS221, Count: 1})
	wantIDs(t, "unplugged once", ids(b, emulator.HTS221, 2), -1, 0xBC)
	if got := read(t, b, emulator.HTS221, 0x20, 1)[0]; got != 0 {
		t.Errorf("CTRL_REG1 after the part came back = %#x; want 0", got)
	}
}

func TestFaultBits(t *testing.T) {
	b := emulator.New(&emulator.Options{Seed: 7})
	b.Fault(emulator.Fault{Kind: emulator.BitFlip, Addr: emulator.HTS221, Register: 0x31, Mask: 0x81, Count: 1})
	if got := read(t, b, emulator.HTS221, 0x30|0x80, 3); got[0] != 58 || got[1] != 141^0x81 || got[2] != 161 {
		t.Errorf("calibration with a flipped register = %v; want [58 12 161]", got)
	}
	whole := read(t, b, emulator.HTS221, 0x30|0x80, 16)
	b.Fault(emulator.Fault{Kind: emulator.BitFlip, Addr: emulator.HTS221})
	for range 20 {
		flipped := 0
		for i, v := range read(t, b, emulator.HTS221, 0x30|0x80, 16) {
			for d := v ^ whole[i]; d != 0; d &= d - 1 {
				flipped++
			}
		}
		if flipped != 1 {
			t.Fatalf("flipped bits in one answer = %d; want 1", flipped)
		}
	}
}

func TestFaultCalibration(t *testing.T) {
	b := emulator.New(nil)
	b.Fault(emulator.Fault{Kind: emulator.DeadCalibration, Addr: emulator.HTS221})
	p := read(t, b, emulator.HTS221, 0x30|0x80, 16)
	if p[0] != 58 || p[6] != 0 || p[10] != 0 || p[12] != 0 || p[14] != 0 {
		t.Errorf("calibration = %v; want its counts to be 0", p)
	}
}

// TestFaultWindow checks that what happens while nobody reads happens at its
// own time: a stop and a freeze cover the conversions between their begin and
// their end, even if no transaction falls into it.
func TestFaultWindow(t *testing.T) {
	pressure := func(t *testing.T, b *emulator.Board) (status byte, second int) {
		p := read(t, b, emulator.LPS25H, 0x27|0x80, 6)
		return p[0], int(int32(p[1])|int32(p[2])<<8|int32(p[3])<<16)/4096 - 1000
	}
	for _, tt := range []struct {
		kind emulator.FaultKind
		// the mark and value at 5.5 s, in the middle, and at 8.5 s, one
		// conversion after the end
		midStatus, endStatus byte
	}{
		{emulator.FrozenOutput, 0x33, 0x33},
		{emulator.Stalled, 0, 3},
	} {
		t.Run(tt.kind.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := emulator.New(nil)
				start := time.Now()
				b.SetFunc(func(at time.Time) emulator.World {
					w := emulator.Room()
					w.Env.Pressure = (1000 + physic.Pressure(at.Sub(start)/time.Second)) * 100 * physic.Pascal
					return w
				})
				write(t, b, emulator.LPS25H, 0x20, 0x94) // 1 Hz
				time.Sleep(3500 * time.Millisecond)
				if _, s := pressure(t, b); s != 3 {
					t.Errorf("value before = that of second %d; want 3", s)
				}
				b.Fault(emulator.Fault{Kind: tt.kind, Addr: emulator.LPS25H, For: 4 * time.Second}) // 3.5 to 7.5 s
				time.Sleep(2 * time.Second)
				if status, s := pressure(t, b); s != 3 || status != tt.midStatus {
					t.Errorf("during = status %#x, second %d; want %#x, 3", status, s, tt.midStatus)
				}
				time.Sleep(3 * time.Second)
				if status, s := pressure(t, b); s != 8 || status != tt.endStatus {
					t.Errorf("after = status %#x, second %d; want %#x, 8", status, s, tt.endStatus)
				}
			})
		})
	}
}
