package ops

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// TestOddShapes runs operators on operands without dimensions, without elements, and of shapes that do not fit each
// other, with indices that are out of range. They may refuse them, but not panic.
func TestOddShapes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	shapes := [][]int{{}, {0}, {1}, {3}, {0, 3}, {2, 0}, {2, 3}, {1, 1}, {1, 0, 3}, {1, 2, 0}, {1, 2, 3}, {1, 2, 0, 3}, {0, 2, 3, 3}, {1, 0, 3, 3}, {1, 2, 3, 3}, {2, 2, 2, 2}}
	for _, s := range samples() {
		op, _ := Lookup("", s.op, 1)
		for v := range op.Each {
			if v.Since < s.from {
				continue
			}
			d := dtype.Float32
			if set := v.constraint(v.In.at(0)); !set.Has(d) {
				for d = dtype.Float32; !set.Has(d); d++ {
				}
			}
			for range 300 {
				odd := s
				odd.in = slices.Clone(s.in)
				for i := range odd.in {
					if rnd.IntN(3) == 0 {
						dims := shapes[rnd.IntN(len(shapes))]
						values := make([]float64, tensor.Elems(dims))
						for j := range values {
							values[j] = float64(rnd.IntN(8) - 3)
						}
						odd.in[i].dims, odd.in[i].values = dims, values
					}
				}
				c := odd.typed(v, d)
				if half := dtype.F16; v.constraint(v.In.at(0)).Has(half) && rnd.IntN(2) == 0 {
					c = odd.typed(v, half)
				}
				if a := v.Attr("axis"); a != nil && !a.IsRequired() && rnd.IntN(3) == 0 {
					delete(c.attrs, "axis")
				} else if a != nil && rnd.IntN(2) == 0 {
					c.attrs["axis"] = int64(rnd.IntN(9) - 4)
				}
				attempt(t, c)
			}
		}
	}
}

// TestOddAttributes runs operators with attributes that make no sense.
func TestOddAttributes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 10))
	numbers := []int64{math.MinInt64, -1 << 40, -3, -1, 0, 1, 2, 3, 7, 1 << 24, 1 << 31, 1 << 40, math.MaxInt64}
	number := func() int64 { return numbers[rnd.IntN(len(numbers))] }
	for _, s := range samples() {
		op, _ := Lookup("", s.op, 1)
		for v := range op.Each {
			if len(v.Attrs) == 0 || v.Since < s.from {
				continue
			}
			d := dtype.Float32
			if set := v.constraint(v.In.at(0)); !set.Has(d) {
				for d = dtype.Float32; !set.Has(d); d++ {
				}
			}
			for range 300 {
				c := s.typed(v, d)
				a := v.Attrs[rnd.IntN(len(v.Attrs))]
				switch a.Kind {
				case Int:
					c.attrs[a.Name] = number()
				case Float:
					c.attrs[a.Name] = []float32{float32(math.NaN()), float32(math.Inf(1)), -1, 0, 1e38}[rnd.IntN(5)]
				case String:
					c.attrs[a.Name] = []string{"", "SAME_UPPER", "SAME_LOWER", "VALID", "reverse", "bidirectional", "x"}[rnd.IntN(7)]
				case Ints:
					list := make([]int64, rnd.IntN(6))
					for i := range list {
						list[i] = number()
					}
					c.attrs[a.Name] = list
				case Strings:
					c.attrs[a.Name] = slices.Repeat([]string{"Relu"}, rnd.IntN(5))
				case Floats:
					c.attrs[a.Name] = make([]float32, rnd.IntN(4))
				}
				attempt(t, c)
			}
		}
	}
}

// attempt runs the node as if all its inputs were constants and reports a panic.
func attempt(t *testing.T, c call) ([]*tensor.Tensor, error) {
	t.Helper()
	what := fmt.Sprintf("%s-%d %v of", c.op, c.opset, c.attrs)
	for _, in := range c.in {
		what += fmt.Sprintf(" %v%v", in.DType, in.Shape)
	}
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s: panic: %v", what, p)
		}
	}()
	return c.eval(t)
}
