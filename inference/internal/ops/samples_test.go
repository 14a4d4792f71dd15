package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
)

// samplesFromM are the samples of operators whose names begin with M or a later letter.
func samplesFromM() []sample {
	pair := []int{2, 3}
	few := some(pair, 1, 0, 1, 1, 0, 1)
	small := some(pair, 1, 2, 3, 0, 1, 2)
	same := some(pair, 2, 2, 1, 1, 1, 1)
	other := some([]int{3}, 2, 2, 1)
	parts := some(pair, 0.5, 1, 0, 1, 0.25, 1)
	image := some([]int{1, 2, 3, 3}, 1, 2, 3, 0, 1, 2, 3, 1, 0, 2, 2, 1, 1, 0, 3, 2, 1, 1)
	broadcast := attrs{"broadcast": int64(1)}
	along := integers([]int{1}, 1) // the second axis
	alongToo := attrs{"axes": []int64{1}}
	return []sample{
		{op: "MatMul", in: []operand{small, some([]int{3, 2}, 1, 2, 0, 1, 1, 1)}},
		{op: "Max", in: []operand{small, same}},
		{op: "MaxPool", in: []operand{image}, attrs: attrs{"kernel_shape": []int64{2, 2}, "pads": []int64{1, 0, 0, 1}}, outs: 2},
		{op: "Mean", in: []operand{small, same}},
		{op: "Min", in: []operand{small, same}},
		{op: "Mish", in: []operand{parts}},
		{op: "Mod", in: []operand{small, other}, attrs: attrs{"fmod": int64(1)}},
		{op: "Mul", in: []operand{small, other}, attrs: broadcast},
		{op: "Neg", in: []operand{small}},
		{op: "NonZero", late: true, in: []operand{some(pair, 1, 1, 1, 1, 1, 1)}},
		{op: "OneHot", late: true, in: []operand{some([]int{3}, 0, 1, 3), integers(nil, 3), integers([]int{2}, 4, 5)}},
		{op: "Or", in: []operand{few, some([]int{3}, 1, 1, 0)}, attrs: broadcast},
		{op: "PRelu", in: []operand{small, other}},
		{op: "Pad", late: true, in: []operand{few, integers([]int{4}, 1, 0, 0, 1)}, attrs: attrs{"pads": []int64{1, 0, 0, 1}, "paddings": []int64{1, 0, 0, 1}}},
		{op: "Pad", late: true, in: []operand{few, integers([]int{4}, 1, -1, 0, 1)}, attrs: attrs{"mode": "reflect", "pads": []int64{1, -1, 0, 1}, "paddings": []int64{1, -1, 0, 1}}},
		{op: "Pow", from: 12, in: []operand{small, {[]int{3}, []float64{2, 2, 1}, dtype.Float32}}},
		{op: "RNN", in: []operand{some([]int{2, 1, 1}, 1, 0.5), some([]int{1, 1, 1}, 1), some([]int{1, 1, 1}, 0.5), some([]int{1, 2}, 0, 0.25)}, outs: 2},
		{op: "Range", late: true, in: []operand{some(nil, 1), some(nil, 8), some(nil, 2)}},
		{op: "Reciprocal", in: []operand{some([]int{2}, 1, 2)}},
		{op: "ReduceL1", late: true, in: []operand{small, along}, attrs: alongToo},
		{op: "ReduceL2", late: true, in: []operand{small, along}, attrs: alongToo},
		{op: "ReduceLogSum", late: true, in: []operand{small, along}, attrs: alongToo},
		{op: "ReduceLogSumExp", late: true, in: []operand{small, along}, attrs: alongToo},
		{op: "ReduceMax", late: true, in: []operand{few, along}, attrs: alongToo},
		{op: "ReduceMean", late: true, in: []operand{small, along}, attrs: alongToo},
		{op: "ReduceMin", late: true, in: []operand{few, integers([]int{1}, -2)}, attrs: attrs{"axes": []int64{-2}, "keepdims": int64(0)}},
		{op: "ReduceProd", late: true, in: []operand{small, along}, attrs: alongToo},
		{op: "ReduceSum", late: true, in: []operand{small, along}, attrs: alongToo},
		{op: "ReduceSumSquare", late: true, in: []operand{small}},
		{op: "Relu", in: []operand{small}},
		{op: "Reshape", late: true, in: []operand{few, integers([]int{2}, 3, -1)}, attrs: attrs{"shape": []int64{3, -1}}},
		{op: "ReverseSequence", in: []operand{few, integers([]int{3}, 2, 1, 0)}},
		{op: "Round", in: []operand{some(pair, 0.5, 1.5, 2, 1, 0.25, 0.75)}},
		{op: "Scatter", in: []operand{few, integers([]int{1, 2}, 1, -2), some([]int{1, 2}, 0, 1)}},
		{op: "ScatterElements", in: []operand{few, integers([]int{2, 1}, 1, -3), some([]int{2, 1}, 1, 0)}, attrs: attrs{"axis": int64(-1)}},
		{op: "ScatterND", in: []operand{few, integers([]int{2, 1}, 1, -2), some(pair, 0, 1, 0, 1, 0, 0)}},
		{op: "Selu", in: []operand{parts}},
		{op: "Shape", late: true, in: []operand{few}, attrs: attrs{"start": int64(-1)}},
		{op: "Shrink", in: []operand{small}, attrs: attrs{"lambd": float32(1), "bias": float32(1)}},
		{op: "Sigmoid", in: []operand{parts}},
		{op: "Sign", in: []operand{small}},
		{op: "Sin", in: []operand{parts}},
		{op: "Sinh", in: []operand{parts}},
		{op: "Size", late: true, in: []operand{few}},
		{
			op: "Slice", late: true, in: []operand{few, along, integers([]int{1}, math.MaxInt32), integers([]int{1}, -1)},
			attrs: attrs{"starts": []int64{1}, "ends": []int64{math.MaxInt32}, "axes": []int64{-1}},
		},
		{op: "Softmax", in: []operand{small}, attrs: attrs{"axis": int64(1)}},
		{op: "Softplus", in: []operand{parts}},
		{op: "Softsign", in: []operand{parts}},
		{op: "SpaceToDepth", in: []operand{some([]int{1, 1, 2, 2}, 0, 1, 1, 0)}, attrs: attrs{"blocksize": int64(2)}},
		{op: "Split", in: []operand{few}, attrs: attrs{"axis": int64(1), "num_outputs": int64(1)}},
		{op: "Sqrt", in: []operand{parts}},
		{op: "Squeeze", late: true, in: []operand{some([]int{1, 2, 1}, 0, 1), integers([]int{1}, -1)}, attrs: attrs{"axes": []int64{-1}}},
		{op: "Sub", in: []operand{some(pair, 3, 3, 2, 4, 2, 1), other}, attrs: broadcast},
		{op: "Sum", in: []operand{small, same, small}},
		{op: "Swish", in: []operand{parts}, attrs: attrs{"alpha": float32(2)}},
		{op: "Tan", in: []operand{parts}},
		{op: "Tanh", in: []operand{parts}},
		{op: "ThresholdedRelu", in: []operand{parts}, attrs: attrs{"alpha": float32(0.5)}},
		{op: "Tile", from: 6, late: true, in: []operand{few, integers([]int{2}, 2, 1)}},
		{op: "TopK", late: true, in: []operand{small, integers([]int{1}, 2)}, attrs: attrs{"k": int64(2)}, outs: 2},
		{op: "Transpose", in: []operand{few}},
		{op: "Trilu", in: []operand{few, integers(nil, 1)}},
		{op: "Unsqueeze", late: true, in: []operand{few, integers([]int{2}, 0, -1)}, attrs: attrs{"axes": []int64{0, -1}}},
		{op: "Where", in: []operand{few, few, few}},
		{op: "Xor", in: []operand{few, some([]int{3}, 1, 1, 0)}, attrs: broadcast},
	}
}
