package inference_test

import (
	"testing"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// BenchmarkOverhead measures what a run costs beside its kernels: models of one and of twenty nodes on one element.
func BenchmarkOverhead(b *testing.B) {
	for name, nodes := range map[string]int{"1 node": 1, "20 nodes": 20} {
		b.Run(name, func(b *testing.B) {
			g := build.New("chain", nil)
			v := g.Input("x", inference.Float32, build.Fixed(1))
			for range nodes {
				v = g.Op("Relu", []build.Value{v})
			}
			g.Output("y", v, inference.Float32, build.Fixed(1))
			binding, err := openSession(b, g, nil).Bind(nil)
			if err != nil {
				b.Fatal(err)
			}
			ctx := b.Context()
			for b.Loop() {
				if err := binding.Run(ctx); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
