package sensor_test

import (
	"testing"

	"github.com/brinkml/brink/sensor"
)

func TestQualityString(t *testing.T) {
	tests := []struct {
		q    sensor.Quality
		want string
	}{
		{0, "OK"},
		{sensor.NotReady, "NotReady"},
		{sensor.Stale | sensor.Clipped, "Stale|Clipped"},
		{sensor.Compensated | 1<<31 | 1<<8, "Compensated|0x100|0x80000000"},
		{sensor.OutOfRange | sensor.Stuck | sensor.Overrun | sensor.Interpolated, "OutOfRange|Stuck|Overrun|Interpolated"},
	}
	for _, tt := range tests {
		if got := tt.q.String(); got != tt.want {
			t.Errorf("Quality(%#x).String() = %q; want %q", uint32(tt.q), got, tt.want)
		}
	}
}

func TestQualityHas(t *testing.T) {
	q := sensor.Stale | sensor.Clipped
	if !q.Has(sensor.Stale) || q.Has(sensor.Stale|sensor.Stuck) || !q.Has(0) {
		t.Errorf("%v.Has: Stale %v, Stale|Stuck %v, 0 %v; want true, false, true",
			q, q.Has(sensor.Stale), q.Has(sensor.Stale|sensor.Stuck), q.Has(0))
	}
}
