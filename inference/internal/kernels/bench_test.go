package kernels

import "testing"

func BenchmarkFunctions(b *testing.B) {
	src, dst := make([]float32, 4096), make([]float32, 4096)
	for i := range src {
		src[i] = float32(i-2048) / 512
	}
	for _, f := range []struct {
		name string
		f    func(dst, src []float32)
	}{{"exp", Exp32}, {"tanh", Tanh32}, {"sigmoid", Sigmoid32}, {"relu", Relu[float32]}} {
		b.Run(f.name, func(b *testing.B) {
			b.SetBytes(4 * 4096)
			for b.Loop() {
				f.f(dst, src)
			}
		})
	}
}
