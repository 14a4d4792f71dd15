package regs

import (
	"errors"
	"testing"

	"periph.io/x/conn/v3/i2c/i2ctest"

	"github.com/brinkml/brink/sensor"
)

func TestBank(t *testing.T) {
	bus := &i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{
		{Addr: 0x10, W: []byte{0x20}, R: []byte{7}}, // one byte: no increment
		{Addr: 0x10, W: []byte{0xA0}, R: []byte{7, 8, 9}},
		{Addr: 0x10, W: []byte{0x21, 1}},
		{Addr: 0x10, W: []byte{0x22, 2}},
		{Addr: 0x10, W: []byte{0x21}, R: []byte{1}},
		{Addr: 0x10, W: []byte{0x22}, R: []byte{3}},
	}}
	b := &Bank{Chip: "x", Bus: bus, Addr: 0x10, Auto: 0x80}
	if p, err := b.Read(0x20, 1); err != nil || p[0] != 7 {
		t.Errorf("Read(1) = %v, %v", p, err)
	}
	if p, err := b.Read(0x20, 3); err != nil || p[2] != 9 {
		t.Errorf("Read(3) = %v, %v", p, err)
	}
	list := []Set{{0x21, 1}, {0x22, 2}}
	if err := b.WriteAll(list...); err != nil {
		t.Error(err)
	}
	if ok, err := b.Holds(list...); ok || err != nil {
		t.Errorf("Holds = %v, %v; want false", ok, err)
	}
	// The playback is used up: all that follows fails.
	for what, err := range map[string]error{
		"read":  func() error { _, err := b.Read(0x20, 3); return err }(),
		"write": b.WriteAll(Set{0x20, 0}),
	} {
		if e, ok := errors.AsType[*sensor.BusError](err); !ok || e.Op != what || e.Reg != 0x20 || e.Chip != "x" {
			t.Errorf("%s of a dead bus = %v; want a BusError that says so", what, err)
		}
	}
	if _, err := b.Holds(list...); err == nil {
		t.Error("Holds of a dead bus = nil")
	}
	if err := b.Probe(0x0F, 1, nil); err == nil {
		t.Error("Probe of a dead bus = nil")
	}
}

func TestInt16(t *testing.T) {
	for _, tt := range []struct {
		p    []byte
		want int16
	}{{[]byte{0, 0}, 0}, {[]byte{0xFF, 0xFF}, -1}, {[]byte{0xAA, 0x56}, 22186}, {[]byte{0xFF, 0x03}, 1023}, {[]byte{0x50, 0xDA}, -9648}} {
		if got := Int16(tt.p); got != tt.want {
			t.Errorf("Int16(% x) = %d; want %d", tt.p, got, tt.want)
		}
	}
}
