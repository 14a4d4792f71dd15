package fusion_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/brinkml/brink/sensor/fusion"
)

// waving is a second of a motion about all axes, with a period that varies by jitter.
func waving(jitter time.Duration) []fusion.Sample {
	samples := make([]fusion.Sample, 200)
	for i := range samples {
		a := 2 * math.Pi * float64(i) / float64(len(samples))
		samples[i] = fusion.Sample{
			Dt:    5*time.Millisecond + time.Duration(i%7-3)*jitter,
			Gyro:  [3]float64{math.Sin(a), math.Cos(2 * a), math.Sin(3 * a)},
			Accel: [3]float64{math.Sin(a), math.Cos(a), 9.7},
			Mag:   [3]float64{20 * math.Cos(a), 20 * math.Sin(a), -44},
		}
	}
	return samples
}

func BenchmarkUpdate(b *testing.B) {
	for name, f := range filters(b) {
		for _, jitter := range []time.Duration{0, 10 * time.Microsecond} {
			b.Run(fmt.Sprintf("%s/jitter=%v", name, jitter), func(b *testing.B) {
				samples := waving(jitter)
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					f.Update(samples[i])
					if i++; i == len(samples) {
						i = 0
					}
				}
			})
		}
	}
}

func BenchmarkOrientation(b *testing.B) {
	f := newVQF(b, nil)
	for _, s := range waving(0) {
		f.Update(s)
	}
	for b.Loop() {
		f.Orientation()
	}
}
