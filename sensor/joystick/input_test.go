package joystick

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"testing/iotest"
	"time"
)

// event is an input event as the kernel writes it, at 1 s and 500 µs.
func event(size int, kind, code uint16, value int32) []byte {
	e := binary.NativeEndian
	var p []byte
	if size == inputSize32 {
		p = e.AppendUint32(e.AppendUint32(p, 1), 500)
	} else {
		p = e.AppendUint64(e.AppendUint64(p, 1), 500)
	}
	return e.AppendUint32(e.AppendUint16(e.AppendUint16(p, kind), code), uint32(value))
}

// The two layouts of struct input_event, byte by byte.
func TestParseInput(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the bytes below are those of a little-endian machine")
	}
	want := input{at: time.Unix(0x5F5E1001, 0x0A0B0C*1000), kind: 1, code: 103, value: 2}
	for _, p := range [][]byte{
		{0x01, 0x10, 0x5E, 0x5F, 0x0C, 0x0B, 0x0A, 0, 1, 0, 103, 0, 2, 0, 0, 0},
		{0x01, 0x10, 0x5E, 0x5F, 0, 0, 0, 0, 0x0C, 0x0B, 0x0A, 0, 0, 0, 0, 0, 1, 0, 103, 0, 2, 0, 0, 0},
	} {
		if got := parseInput(p); got != want {
			t.Errorf("parseInput(%d bytes) = %+v; want %+v", len(p), got, want)
		}
	}
}

func TestInputEvent(t *testing.T) {
	at := time.Unix(1, 500_000)
	for code, direction := range map[uint16]Direction{
		103: Up, 105: Left, 106: Right, 108: Down, 28: Middle,
		0x220: Up, 0x221: Down, 0x222: Left, 0x223: Right, 0x13A: Middle,
	} {
		for value, action := range map[int32]Action{0: Released, 1: Pressed, 2: Held} {
			got, ok := parseInput(event(inputSize64, 1, code, value)).event()
			if want := (Event{At: at, Direction: direction, Action: action}); !ok || got != want {
				t.Errorf("key %d, value %d is %+v, %v; want %+v", code, value, got, ok, want)
			}
		}
	}
	for _, in := range []input{{kind: 1, code: 104, value: 1}, {kind: 2, code: 103, value: 1}, {kind: 1, code: 103, value: 3}, {}} {
		if e, ok := in.event(); ok {
			t.Errorf("%+v is %+v; want nothing", in, e)
		}
	}
}

func TestDecoderErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		r    io.Reader
		want error
	}{
		{"end", bytes.NewReader(nil), io.EOF},
		{"cut", bytes.NewReader(make([]byte, 23)), io.ErrUnexpectedEOF},
		{"failed", iotest.ErrReader(io.ErrClosedPipe), io.ErrClosedPipe},
		{"idle", idle{}, io.ErrNoProgress},
	} {
		d := decoder{size: inputSize64}
		if _, err := d.next(tt.r); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v; want %v", tt.name, err, tt.want)
		}
	}
}

// idle reads nothing, for ever.
type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// FuzzDecoder cuts bytes into events in three ways, which must agree.
func FuzzDecoder(f *testing.F) {
	f.Add([]byte{}, true)
	f.Add(event(inputSize64, 1, 103, 1), true)
	f.Add(event(inputSize32, 1, 28, 0), false)
	f.Add(bytes.Repeat(event(inputSize32, 0, 3, 0), 5), false)
	f.Add(bytes.Repeat([]byte{0xFF}, 100), true)
	f.Fuzz(func(t *testing.T, p []byte, wide bool) {
		size := inputSize32
		if wide {
			size = inputSize64
		}
		for _, r := range []io.Reader{
			bytes.NewReader(p), iotest.OneByteReader(bytes.NewReader(p)), iotest.DataErrReader(iotest.HalfReader(bytes.NewReader(p))),
		} {
			d := decoder{size: size}
			rest := p
			for {
				in, err := d.next(r)
				if err != nil {
					want := io.EOF
					if len(rest) > 0 {
						want = io.ErrUnexpectedEOF
					}
					if err != want || len(rest) >= size {
						t.Fatalf("%v with %d bytes left; want %v", err, len(rest), want)
					}
					break
				}
				if want := parseInput(rest[:size]); in != want {
					t.Fatalf("event %+v; want %+v", in, want)
				}
				rest = rest[size:]
				if e, ok := in.event(); ok && (e.Direction > Middle || e.Action > Held) {
					t.Fatalf("%+v is %+v", in, e)
				}
			}
		}
	})
}
