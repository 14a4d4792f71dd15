package main

import (
	"io"
	"testing"
	"time"
)

// TestDefaults makes a demonstration short and quick, and a gateway neither.
func TestDefaults(t *testing.T) {
	const broker = "tls://broker.example:8883"
	for _, tt := range []struct {
		args     []string
		demo     bool
		duration time.Duration
		pace     float64
		cut      window
		state    string
	}{
		{nil, true, 30 * time.Second, 10, window{10 * time.Second, 18 * time.Second}, ""},
		{[]string{"-duration", "10m"}, true, 10 * time.Minute, 10, window{200 * time.Second, 6 * time.Minute}, ""},
		{[]string{"-duration", "0"}, true, 0, 10, window{}, ""},
		{[]string{"-link", "0s-0s"}, true, 30 * time.Second, 10, window{}, ""},
		{[]string{"-pace", "1"}, true, 30 * time.Second, 1, window{10 * time.Second, 18 * time.Second}, ""},
		{[]string{"-broker", broker}, false, 0, 1, window{}, "gateway-state"},
		{[]string{"-broker", broker, "-state", "x", "-link", "1s-2s", "-pace", "3"}, false, 0, 3, window{time.Second, 2 * time.Second}, "x"},
	} {
		o, err := parse(tt.args, io.Discard)
		if err != nil {
			t.Errorf("%v: %v", tt.args, err)
		}
		if o.demo != tt.demo || o.duration != tt.duration || o.pace != tt.pace || o.cut != tt.cut || o.state != tt.state {
			t.Errorf("%v: %+v; want %+v", tt.args, o, tt)
		}
	}
	o, err := parse([]string{"-pace", "20"}, io.Discard)
	if err != nil || o.often(10*time.Second) != 500*time.Millisecond || o.often(time.Microsecond) != time.Millisecond {
		t.Errorf("at twenty times the pace, ten seconds are %v, %v; want 500ms", o.often(10*time.Second), err)
	}
}
