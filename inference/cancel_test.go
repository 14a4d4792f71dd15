package inference_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// looked is a context that ends when it has been looked at often enough.
type looked struct {
	context.Context
	left atomic.Int64
}

func (c *looked) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// TestCancelInsideKernels runs one large node of every family with a context that ends at the second look that it takes
// while the node runs: the node must stop there. How long a node goes between two looks is told by how often it looks
// in a whole run: at least once for what takes a processor of the slowest kind about 5 ms.
func TestCancelInsideKernels(t *testing.T) {
	f := inference.Float32
	const mega = 1 << 20
	for name, tt := range map[string]struct {
		work  int64 // multiply-accumulates, or elements
		graph func(g *build.Graph) build.Value
	}{
		"MatMul": {512 * 512 * 256, func(g *build.Graph) build.Value {
			return g.Op("MatMul", []build.Value{g.Input("x", f, build.Shape(512, 512)...), g.Input("w", f, build.Shape(512, 256)...)})
		}},
		"Conv": {64 * 64 * 9 * 64 * 64, func(g *build.Graph) build.Value {
			return g.Op("Conv", []build.Value{g.Input("x", f, build.Shape(1, 64, 66, 66)...), g.Input("w", f, build.Shape(64, 64, 3, 3)...)})
		}},
		"LSTM": {256 * 4 * 128 * (128 + 32), func(g *build.Graph) build.Value {
			return g.Op("LSTM", []build.Value{g.Input("x", f, build.Shape(256, 1, 32)...), g.Input("w", f, build.Shape(1, 512, 32)...), g.Input("r", f, build.Shape(1, 512, 128)...)}, build.Int("hidden_size", 128))
		}},
		"Softmax": {16 * mega, func(g *build.Graph) build.Value {
			return g.Op("Softmax", []build.Value{g.Input("x", f, build.Shape(4096, 4096)...)})
		}},
		"Add": {16 * mega, func(g *build.Graph) build.Value {
			return g.Op("Add", []build.Value{g.Input("x", f, build.Shape(4096, 4096)...), g.Input("w", f, build.Shape(4096, 4096)...)})
		}},
		"Exp": {16 * mega, func(g *build.Graph) build.Value {
			return g.Op("Exp", []build.Value{g.Input("x", f, build.Shape(16*mega)...)})
		}},
		"Transpose": {16 * mega, func(g *build.Graph) build.Value {
			return g.Op("Transpose", []build.Value{g.Input("x", f, build.Shape(4096, 4096)...)})
		}},
		"ReduceSum": {16 * mega, func(g *build.Graph) build.Value {
			return g.Op("ReduceSum", []build.Value{g.Input("x", f, build.Shape(4096, 4096)...)}, build.Int("keepdims", 0))
		}},
		"MaxPool": {9 * mega, func(g *build.Graph) build.Value {
			return g.Op("MaxPool", []build.Value{g.Input("x", f, build.Shape(1, 16, 258, 258)...)}, build.Ints("kernel_shape", 3, 3))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			g := build.New(name, nil)
			g.Output("y", tt.graph(g), f, build.Unranked())
			m := loadGraph(t, g)
			s, err := m.NewSession(&inference.Options{Threads: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			b, err := s.Bind(nil)
			if err != nil {
				t.Fatal(err)
			}
			const plenty = 1 << 40
			whole := &looked{Context: t.Context()}
			whole.left.Store(plenty)
			if err := b.Run(whole); err != nil {
				t.Fatal(err)
			}
			looks := plenty - whole.left.Load()
			if per := tt.work / looks; per > 8*mega {
				t.Errorf("%d looks for %d steps of work: %d between two; want at most %d", looks, tt.work, per, 8*mega)
			}
			short := &looked{Context: t.Context()}
			short.left.Store(2)
			if err := b.Run(short); !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "node") {
				t.Errorf("Run = %v; want %v", err, context.Canceled)
			}
			if after := -short.left.Load(); after > 2 {
				t.Errorf("the run went on for %d looks after its context ended", after)
			}
		})
	}
}
