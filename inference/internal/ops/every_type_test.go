package ops

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// operand is an input of a sample node: numbers that every type but the smallest holds.
type operand struct {
	dims   []int
	values []float64
	of     dtype.DType // Undefined: whatever the first type variable stands for
}

// some returns an operand of the first type variable.
func some(dims []int, values ...float64) operand { return operand{dims, values, dtype.Undefined} }

// integers returns an operand of integers of 64 bits.
func integers(dims []int, values ...float64) operand { return operand{dims, values, dtype.Int64} }

// sample is a node that takes every type that its operator does.
type sample struct {
	op    string
	in    []operand
	attrs attrs // those that a version does not declare are left out for it
	outs  int
	late  bool // its shape depends on values
	from  int  // the first version that takes its inputs
}

// typed returns the node with operands of type d.
func (s *sample) typed(v *Version, d dtype.DType) call {
	c := call{op: s.op, opset: v.Since, attrs: attrs{}, outs: max(s.outs, 1)}
	c.outs = min(c.outs, len(v.Out))
	for name, value := range s.attrs {
		if v.Attr(name) != nil {
			c.attrs[name] = value
		}
	}
	_, most := v.In.Arity()
	for i, o := range s.in {
		of := o.of
		if of == dtype.Undefined {
			of = d
		}
		if most < 0 || i < most {
			c.in = append(c.in, tensorAs(of, o.values, o.dims...))
		}
	}
	return c
}

// run runs the node with operands of type d.
func (s *sample) run(t *testing.T, v *Version, d dtype.DType) []*tensor.Tensor {
	t.Helper()
	if s.late {
		return s.typed(v, d).results(t)
	}
	return s.typed(v, d).run(t)
}

// tensorAs returns a tensor of any type.
func tensorAs(d dtype.DType, values []float64, dims ...int) *tensor.Tensor {
	t := tensor.New(d, dims)
	switch d {
	case dtype.String:
		for i, v := range values {
			t.Strings[i] = strconv.FormatFloat(v, 'g', -1, 64)
		}
	case dtype.Complex64:
		for i, v := range values {
			tensor.View[complex64](t)[i] = complex(float32(v), 1)
		}
	case dtype.Complex128:
		for i, v := range values {
			tensor.View[complex128](t)[i] = complex(v, 1)
		}
	default:
		(&numberCast{saturate: true}).store(t, 0, slices.Clone(values), make([]int64, len(values)))
	}
	return t
}

// valuesOf returns the elements of a tensor of any type.
func valuesOf(t *tensor.Tensor) []float64 {
	out := make([]float64, t.Len())
	for i := range out {
		switch t.DType {
		case dtype.String:
			out[i], _ = strconv.ParseFloat(t.Strings[i], 64)
		case dtype.Complex64:
			out[i] = float64(real(tensor.View[complex64](t)[i]))
		case dtype.Complex128:
			out[i] = real(tensor.View[complex128](t)[i])
		default:
			load(out[i:][:1], t.Data[i*t.DType.Size():], t.DType)
		}
	}
	return out
}

// slack returns what results of type d may be off by, of their magnitude.
func slack(d dtype.DType) float64 {
	switch d {
	case dtype.Float64:
		return 1e-12
	case dtype.Float32:
		return 1e-5
	case dtype.F16:
		return 2e-3
	case dtype.BF16:
		return 1e-2
	case dtype.F8E4M3FN, dtype.F8E4M3FNUZ:
		return 0.07
	case dtype.F8E5M2, dtype.F8E5M2FNUZ:
		return 0.13
	case dtype.F8E8M0:
		return 0x1p-127 // it has no 0
	}
	return 0
}

// samples returns a node of each operator that takes more than one type.
func samples() []sample { return append(samplesToL(), samplesFromM()...) }

// samplesToL are the samples of operators whose names begin with a letter up to L.
func samplesToL() []sample {
	pair := []int{2, 3}
	few := some(pair, 1, 0, 1, 1, 0, 1)
	small := some(pair, 1, 2, 3, 0, 1, 2)
	other := some([]int{3}, 2, 2, 1)
	parts := some(pair, 0.5, 1, 0, 1, 0.25, 1)
	image := some([]int{1, 2, 3, 3}, 1, 2, 3, 0, 1, 2, 3, 1, 0, 2, 2, 1, 1, 0, 3, 2, 1, 1)
	two := some([]int{2}, 1, 2)
	return []sample{
		{op: "Abs", in: []operand{small}},
		{op: "Acos", in: []operand{parts}},
		{op: "Acosh", in: []operand{some([]int{2}, 1, 2)}},
		{op: "Add", in: []operand{small, other}, attrs: attrs{"broadcast": int64(1)}},
		{op: "And", in: []operand{few, few}},
		{op: "ArgMax", in: []operand{small}, attrs: attrs{"axis": int64(1)}},
		{op: "ArgMin", in: []operand{small}, attrs: attrs{"select_last_index": int64(1)}},
		{op: "Asin", in: []operand{parts}},
		{op: "Asinh", in: []operand{parts}},
		{op: "Atan", in: []operand{parts}},
		{op: "Atanh", in: []operand{some([]int{2}, 0.5, 0.25)}},
		{op: "AveragePool", in: []operand{image}, attrs: attrs{"kernel_shape": []int64{2, 2}, "pads": []int64{1, 0, 0, 1}, "count_include_pad": int64(1)}},
		{op: "BatchNormalization", in: []operand{image, two, two, two, two}},
		{op: "BitShift", in: []operand{small, other}, attrs: attrs{"direction": "LEFT"}},
		{op: "BitwiseAnd", in: []operand{small, other}},
		{op: "BitwiseOr", in: []operand{small, other}},
		{op: "BitwiseXor", in: []operand{small, other}},
		{op: "Ceil", in: []operand{parts}},
		{op: "Celu", in: []operand{parts}},
		{op: "Clip", in: []operand{small, some(nil, 1), some(nil, 2)}, attrs: attrs{"min": float32(1), "max": float32(2)}},
		{op: "Compress", late: true, in: []operand{few, {[]int{2}, []float64{0, 1}, dtype.Bool}}, attrs: attrs{"axis": int64(1)}},
		{op: "Concat", in: []operand{few, few, few}, attrs: attrs{"axis": int64(1)}},
		{op: "Conv", in: []operand{image, some([]int{1, 2, 2, 2}, 1, 0, 2, 1, 0, 1, 1, 0), some([]int{1}, 3)}},
		{op: "ConvTranspose", in: []operand{image, some([]int{2, 1, 2, 2}, 1, 0, 2, 1, 0, 1, 1, 0), some([]int{1}, 3)}},
		{op: "Cos", in: []operand{parts}},
		{op: "Cosh", in: []operand{parts}},
		{op: "CumProd", in: []operand{small, integers(nil, 1)}},
		{op: "CumSum", in: []operand{small, integers(nil, 1)}, attrs: attrs{"reverse": int64(1)}},
		{op: "DepthToSpace", in: []operand{some([]int{1, 4, 1, 1}, 0, 1, 1, 0)}, attrs: attrs{"blocksize": int64(2)}},
		{op: "Div", in: []operand{small, other}, attrs: attrs{"broadcast": int64(1)}},
		{op: "Dropout", in: []operand{small}, outs: 2},
		{op: "Elu", in: []operand{parts}},
		{op: "Equal", in: []operand{few, some([]int{3}, 1, 1, 0)}, attrs: attrs{"broadcast": int64(1)}},
		{op: "Erf", in: []operand{some([]int{3}, 0, 7, 9)}},
		{op: "Exp", in: []operand{parts}},
		{op: "Expand", late: true, in: []operand{few, integers([]int{3}, 2, 1, 1)}},
		{op: "EyeLike", in: []operand{few}, attrs: attrs{"k": int64(1)}},
		{op: "Flatten", in: []operand{few}},
		{op: "Floor", in: []operand{parts}},
		{op: "Gather", in: []operand{few, integers([]int{2}, 2, -3)}, attrs: attrs{"axis": int64(1)}},
		{op: "GatherElements", in: []operand{few, integers([]int{1, 2}, 1, -2)}},
		{op: "GatherND", in: []operand{few, integers([]int{2, 2}, 0, 1, -1, -1)}},
		{op: "Gelu", in: []operand{parts}},
		{op: "Gemm", in: []operand{small, some([]int{3, 2}, 1, 2, 0, 1, 1, 1), some([]int{2, 2}, 1, 0, 2, 1)}, attrs: attrs{"alpha": float32(2)}},
		{op: "GlobalAveragePool", in: []operand{image}},
		{op: "GlobalLpPool", in: []operand{image}},
		{op: "GlobalMaxPool", in: []operand{image}},
		{op: "Greater", in: []operand{small, other}, attrs: attrs{"broadcast": int64(1)}},
		{op: "GreaterOrEqual", in: []operand{small, other}},
		{op: "GRU", in: []operand{
			some([]int{2, 1, 1}, 1, 0.5), some([]int{1, 3, 1}, 1, 0.5, 0.25), some([]int{1, 3, 1}, 0.5, 1, 1), some([]int{1, 6}, 0, 1, 0, 1, 0, 0.5),
		}, outs: 2},
		{op: "HardSigmoid", in: []operand{parts}},
		{op: "HardSwish", in: []operand{parts}},
		{op: "Hardmax", in: []operand{small}, attrs: attrs{"axis": int64(1)}},
		{op: "Identity", in: []operand{few}},
		{op: "InstanceNormalization", in: []operand{image, two, two}},
		{op: "IsInf", in: []operand{few}},
		{op: "IsNaN", in: []operand{few}},
		{op: "LRN", in: []operand{image}, attrs: attrs{"size": int64(2), "alpha": float32(0.5)}},
		{op: "LSTM", in: []operand{
			some([]int{2, 1, 1}, 1, 0.5), some([]int{1, 4, 1}, 1, 0.5, 0.25, 1), some([]int{1, 4, 1}, 0.5, 1, 1, 0), some([]int{1, 8}, 0, 1, 0, 1, 0, 0.5, 0.5, 0),
		}, outs: 3},
		{op: "LayerNormalization", in: []operand{some(pair, 1, 2, 4, 0, 1, 1), other, other}, outs: 3},
		{op: "LeakyRelu", in: []operand{parts}},
		{op: "Less", in: []operand{small, other}, attrs: attrs{"broadcast": int64(1)}},
		{op: "LessOrEqual", in: []operand{small, other}},
		{op: "Log", in: []operand{two}},
		{op: "LogSoftmax", in: []operand{small}},
		{op: "LpPool", in: []operand{image}, attrs: attrs{"kernel_shape": []int64{2, 2}, "pads": []int64{1, 0, 0, 1}}},
	}
}

// TestEveryType runs operators with each of the types that each of their versions takes. All must give the same as the
// widest type, as far as they hold it.
func TestEveryType(t *testing.T) {
	for _, s := range samples() {
		op, _ := Lookup("", s.op, 1)
		for v := range op.Each {
			if v.Since < s.from {
				continue
			}
			set := v.constraint(v.In.at(0))
			reference := dtype.Float64
			for _, d := range []dtype.DType{dtype.Float32, dtype.Int64, dtype.Uint64, dtype.Bool} {
				if !set.Has(reference) {
					reference = d
				}
			}
			exact := s.run(t, v, reference)
			for d := dtype.Float32; d.Valid(); d++ {
				if !set.Has(d) {
					continue
				}
				for i, got := range s.run(t, v, d) {
					if got == nil {
						continue
					}
					want := valuesOf(exact[i])
					for j, g := range valuesOf(got) {
						w := want[j]
						if isInteger(got.DType) && !isInteger(exact[i].DType) {
							w = math.Trunc(w)
						}
						if !(math.Abs(g-w) <= max(slack(d), slack(got.DType))*(1+math.Abs(w))) {
							t.Errorf("%s-%d of %v: output %d, %v%v, is %v; want %v", s.op, v.Since, d, i, got.DType, got.Shape, valuesOf(got), want)
							break
						}
					}
				}
			}
		}
	}
}
