package peak

import (
	"fmt"
	"testing"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// TestRounds checks that the loops end, and that they count what they do.
func TestRounds(t *testing.T) {
	for _, l := range cpu.Levels() {
		for _, f := range []func(cpu.Level, int) float64{Floats, Bytes} {
			if one, ten := f(l, 1), f(l, 10); ten != 10*one {
				t.Errorf("%v: 10 rounds are %v operations; want 10 times %v", l, ten, one)
			}
		}
	}
}

// BenchmarkPeak tells what the core that it runs on can do: run it together with the benchmarks of kernels.
func BenchmarkPeak(b *testing.B) {
	for _, l := range cpu.Levels() {
		for _, m := range []struct {
			unit string
			f    func(cpu.Level, int) float64
		}{{"GFLOP/s", Floats}, {"Gop/s", Bytes}} {
			const rounds = 1000
			each := m.f(l, rounds)
			if each == 0 {
				continue
			}
			b.Run(fmt.Sprintf("%v/%s", l, m.unit), func(b *testing.B) {
				for b.Loop() {
					m.f(l, rounds)
				}
				b.ReportMetric(each*float64(b.N)/b.Elapsed().Seconds()/1e9, m.unit)
			})
		}
	}
}
