package joystick

import (
	"errors"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/i2c/i2ctest"

	"github.com/brinkml/brink/sensor"
)

func TestNewChecksIdentity(t *testing.T) {
	// The Raspberry Pi's controller can set the top bit of what it reads.
	for got, ok := range map[byte]bool{'s': true, 's' | 0x80: true, 'S': false, 0: false, 0xFF: false} {
		bus := &i2ctest.Playback{Ops: []i2ctest.IO{{Addr: 0x46, W: []byte{0xF0}, R: []byte{got}}}, DontPanic: true}
		d, err := New(bus, nil)
		if ok {
			if err != nil || d.String() != "Joystick{playback}" || d.Halt() != nil {
				t.Errorf("New with identity %#x = %v, %v; want a joystick", got, d, err)
			}
			continue
		}
		if e, is := errors.AsType[*sensor.NotPresentError](err); !is || e.Got != got&0x7F || e.Addr != 0x46 {
			t.Errorf("New with identity %#x = %v; want a *sensor.NotPresentError", got, err)
		}
	}
}

func TestPollMasks(t *testing.T) {
	bus := &i2ctest.Playback{Ops: []i2ctest.IO{
		{Addr: 0x46, W: []byte{0xF0}, R: []byte{'s'}},
		{Addr: 0x46, W: []byte{0xF2}, R: []byte{0x84}}, // the top bit is not the stick's
	}, DontPanic: true}
	d, err := New(bus, nil)
	if err != nil {
		t.Fatal(err)
	}
	if state, err := d.poll(); err != nil || state != 0x04 {
		t.Errorf("poll() = %#x, %v; want 0x04", state, err)
	}
	if err := bus.Close(); err != nil {
		t.Error(err)
	}
}

func TestValidateReportsAll(t *testing.T) {
	_, err := New(nil, &Options{Poll: -1, Repeat: -1, Rotation: 45})
	if err == nil {
		t.Fatal("New = nil")
	}
	for _, want := range []string{"poll is -1ns", "repeat is -1ns", "rotation is 45 degrees", "bus is nil"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v; want it to say %q", err, want)
		}
	}
	if err := (&Options{Delay: -1, Rotation: 270}).Validate(); err != nil {
		t.Errorf("Validate() = %v; want nil", err)
	}
	if _, err := OpenEvdev("", &Options{Rotation: 1}); err == nil || !strings.Contains(err.Error(), "rotation") {
		t.Errorf("OpenEvdev with a bad rotation = %v; want it to say so", err)
	}
}

func TestDefaults(t *testing.T) {
	v, err := (*Options)(nil).setup()
	if err != nil || v.Poll != 20*time.Millisecond || v.Delay != 250*time.Millisecond || v.Repeat != 33*time.Millisecond {
		t.Errorf("defaults are %+v, %v; want 20ms, 250ms, 33ms", v, err)
	}
}
