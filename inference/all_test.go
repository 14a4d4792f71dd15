//go:build brink_all

package inference_test

import (
	"testing"

	"github.com/brinkml/brink/inference/build"
)

// minPass is how many of the cases must pass with every operator, so that refusing everything is no way to pass.
const minPass = 1020

// rareBombs are the size bombs of operators that a plain build leaves out.
func rareBombs(t *testing.T) map[string]func(*build.Graph) build.Value {
	return map[string]func(*build.Graph) build.Value{
		"Pad": func(g *build.Graph) build.Value {
			return g.Op("Pad", []build.Value{constant(g, tensorOf(t, []float32{1}, 1)), constant(g, ints(t, 1<<30, 1<<30))})
		},
		"Range": func(g *build.Graph) build.Value {
			n := func(v int64) build.Value { return constant(g, tensorOf(t, []int64{v})) }
			return g.Op("Range", []build.Value{n(0), n(1 << 62), n(1)})
		},
	}
}
