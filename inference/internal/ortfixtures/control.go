package main

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// rawFloats are the bytes of raw_data.
func rawFloats(v ...float32) []byte {
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
		panic(err) // a bytes.Buffer takes all
	}
	return b.Bytes()
}

// control are If, Loop and Scan whose bodies use values around them.
func control(s *suite) {
	f32 := inference.Float32
	for _, version := range []int{7, 11, 16} {
		for _, cond := range []bool{false, true} {
			c := s.add(fmt.Sprintf("if_%d_%v", version, cond), opset(version))
			which, x := input(c, "cond", []bool{cond}), c.x("x", 2, 3)
			doubled := c.do("Add", x, x)
			then, other := c.Sub("then"), c.Sub("else")
			then.Output("then_y", then.Op("Mul", list{doubled, x}), f32, build.Unranked())
			then.Output("then_n", then.Op("Shape", list{x}), inference.Int64, build.Unranked())
			// The other branch has a branch of its own, and results of other shapes.
			nested, last := other.Sub("nested"), other.Sub("last")
			nested.Output("nested_y", nested.Op("Neg", list{doubled}), f32, build.Unranked())
			last.Output("last_y", last.Op("Identity", list{x}), f32, build.Unranked())
			inner := other.Op("If", list{other.Op("Not", list{which})}, build.Subgraph("then_branch", nested), build.Subgraph("else_branch", last))
			other.Output("else_y", inner, f32, build.Unranked())
			nothing := build.Const(other, "nothing", []int64{}, 0)
			if version == 7 { // whose branches must agree on shapes
				nothing = build.Const(other, "zeros", []int64{0, 0}, 2)
			}
			other.Output("else_n", nothing, inference.Int64, build.Unranked())
			out := c.Ops("If", 2, list{which}, build.Subgraph("then_branch", then), build.Subgraph("else_branch", other))
			c.out("y", out[0], f32)
			c.out("n", out[1], inference.Int64)
		}
	}

	for _, version := range []int{7, 11, 13, 16} {
		c := s.add(fmt.Sprintf("loop_%d", version), opset(version))
		trips, go1, x := input(c, "trips", []int64{5}), input(c, "go", []bool{true}), c.x("x", 2, 2)
		limit := build.Const(c.Graph, "limit", []float32{6})
		scale := c.w("scale", 2, 2)
		body := c.Sub("body")
		i := body.Input("i", inference.Int64)
		body.Input("go_in", inference.Bool)
		state := body.Input("state", f32)
		step := body.Op("Cast", list{i}, build.Int("to", 1))
		sum := body.Op("Add", list{state, step})
		body.Output("go_out", body.Op("Less", list{sum, limit}), inference.Bool)
		body.Output("state_out", sum, f32)
		body.Output("scan", body.Op("Mul", list{scale, body.Op("Add", list{x, step})}), f32, build.Shape(2, 2)...)
		out := c.Ops("Loop", 2, list{trips, go1, build.Const(c.Graph, "start", []float32{1})}, build.Subgraph("body", body))
		c.out("last", out[0], f32)
		c.out("scans", out[1], f32)
	}

	c := s.add("loop_until", opset(13))
	start := input(c, "start", []int64{27})
	body := c.Sub("collatz")
	body.Input("i", inference.Int64)
	body.Input("go_in", inference.Bool)
	n := body.Input("n", inference.Int64)
	one := func(g *build.Graph, name string, v int64) build.Value { return build.Const(g, name, []int64{v}) }
	odd := body.Op("Equal", list{body.Op("Mod", list{n, one(body, "two", 2)}), one(body, "one", 1)})
	up, down := body.Sub("up"), body.Sub("down")
	up.Output("up_n", up.Op("Add", list{up.Op("Mul", list{n, one(up, "three", 3)}), one(up, "plus", 1)}), inference.Int64)
	down.Output("down_n", down.Op("Div", list{n, one(down, "by", 2)}), inference.Int64)
	next := body.Op("If", list{odd}, build.Subgraph("then_branch", up), build.Subgraph("else_branch", down))
	body.Output("go_out", body.Op("Not", list{body.Op("Equal", list{next, one(body, "stop", 1)})}), inference.Bool)
	body.Output("n_out", next, inference.Int64)
	body.Output("seen", next, inference.Int64)
	out := c.Ops("Loop", 2, list{{}, build.Const(c.Graph, "go", []bool{true}), start}, build.Subgraph("body", body))
	c.out("end", out[0], inference.Int64)
	c.out("path", out[1], inference.Int64)

	c = s.add("loop_never", opset(13))
	body = c.Sub("body")
	body.Input("i", inference.Int64)
	going := body.Input("go_in", inference.Bool)
	state := body.Input("state", f32, build.Fixed(2))
	body.Output("go_out", body.Op("Identity", list{going}), inference.Bool)
	body.Output("state_out", body.Op("Neg", list{state}), f32, build.Fixed(2))
	body.Output("scan", body.Op("Abs", list{state}), f32, build.Fixed(2))
	out = c.Ops("Loop", 2, list{input(c, "trips", []int64{0}), {}, c.x("x", 2)}, build.Subgraph("body", body))
	c.out("state_y", out[0], f32)
	c.out("scans", out[1], f32)

	for _, version := range []int{9, 11, 16} {
		c = s.add(fmt.Sprintf("scan_%d", version), opset(version))
		x, init := c.x("x", 4, 3), c.x("init", 3)
		z := c.x("z", 3, 4)
		k := c.w("k", 3)
		body := c.Sub("body")
		sum := body.Input("sum", f32, build.Fixed(3))
		a, b := body.Input("a", f32, build.Fixed(3)), body.Input("b", f32, build.Fixed(3))
		total := body.Op("Add", list{sum, body.Op("Mul", list{a, b})})
		body.Output("sum_out", total, f32, build.Fixed(3))
		body.Output("row", body.Op("Add", list{total, k}), f32, build.Fixed(3))
		body.Output("col", body.Op("Sub", list{a, b}), f32, build.Fixed(3))
		out = c.Ops("Scan", 3, list{init, x, z}, build.Subgraph("body", body), build.Int("num_scan_inputs", 2), build.Ints("scan_input_axes", 0, 1),
			build.Ints("scan_input_directions", 0, 1), build.Ints("scan_output_axes", 0, 1), build.Ints("scan_output_directions", 1, 0))
		c.out("final", out[0], f32)
		c.out("rows", out[1], f32)
		c.out("cols", out[2], f32)
	}
	c = s.add("scan_8", opset(8))
	body = c.Sub("body")
	sum, a := body.Input("sum", f32, build.Fixed(2)), body.Input("a", f32, build.Fixed(2))
	total := body.Op("Add", list{sum, a})
	body.Output("sum_out", total, f32, build.Fixed(2))
	body.Output("row", body.Op("Identity", list{total}), f32, build.Fixed(2))
	out = c.Ops("Scan", 2, list{{}, c.x("init", 2, 2), c.x("x", 2, 3, 2)}, build.Subgraph("body", body), build.Int("num_scan_inputs", 1))
	c.out("final", out[0], f32)
	c.out("rows", out[1], f32)
}

// sequences are the operators on sequences and optionals.
func sequences(s *suite) {
	f32 := inference.Float32
	floats := build.SequenceType(build.TensorType(f32, build.Unranked()))
	c := s.add("sequence_ops", opset(13))
	x, y := c.x("x", 2, 3), c.x("y", 1, 3)
	seq := c.do("SequenceConstruct", x, y, x)
	c.OutputOf("seq", seq, floats)
	c.out("at", c.do("SequenceAt", seq, build.Const(c.Graph, "last", []int64{-2})), f32)
	c.OutputOf("inserted", c.do("SequenceInsert", seq, y, build.Const(c.Graph, "front", []int64{0})), floats)
	c.OutputOf("appended", c.do("SequenceInsert", seq, y), floats)
	c.OutputOf("erased", c.do("SequenceErase", seq), floats)
	c.out("length", c.do("SequenceLength", seq), inference.Int64)
	c.out("joined", c.Op("ConcatFromSequence", list{seq}, build.Int("axis", 0)), f32)
	c.out("stacked", c.Op("ConcatFromSequence", list{c.do("SequenceConstruct", x, x)}, build.Int("axis", -1), build.Int("new_axis", 1)), f32)
	c.OutputOf("split", c.Op("SplitToSequence", list{x}, build.Int("axis", 1)), floats)
	c.OutputOf("split_flat", c.Op("SplitToSequence", list{x}, build.Int("axis", 1), build.Int("keepdims", 0)), floats)
	c.OutputOf("split_by", c.Op("SplitToSequence", list{x, build.Const(c.Graph, "by", []int64{2})}, build.Int("axis", 1)), floats)
	c.OutputOf("split_lengths", c.Op("SplitToSequence", list{x, build.Const(c.Graph, "lengths", []int64{1, 0, 2}, 3)}, build.Int("axis", 1)), floats)
	c.out("none", c.do("SequenceLength", c.Op("SequenceEmpty", nil, build.Int("dtype", 7))), inference.Int64)

	c = s.add("sequence_input", opset(13))
	a, b := vector([]float32{1, 2}), vector([]float32{3})
	c.inputs = append(c.inputs, &inference.Sequence{Values: []inference.Value{a, b}})
	in := c.InputOf("in", floats)
	c.out("y", c.Op("ConcatFromSequence", list{in}, build.Int("axis", 0)), f32)
	c.OutputOf("same", c.do("SequenceErase", in, input(c, "at", []int64{0})), floats)

	c = s.add("sequence_in_loop", opset(13))
	body := c.Sub("body")
	i := body.Input("i", inference.Int64)
	going := body.Input("go_in", inference.Bool)
	state := body.InputOf("state", floats)
	n := body.Op("Cast", list{body.Op("Unsqueeze", list{i, build.Const(body, "zero", []int64{0}, 1)})}, build.Int("to", 1))
	body.Output("go_out", body.Op("Identity", list{going}), inference.Bool)
	body.OutputOf("state_out", body.Op("SequenceInsert", list{state, n}), floats)
	empty := c.Op("SequenceEmpty", nil)
	out := c.Op("Loop", list{input(c, "trips", []int64{3}), {}, empty}, build.Subgraph("body", body))
	c.OutputOf("all", out, floats)
	c.out("joined", c.Op("ConcatFromSequence", list{out}, build.Int("axis", 0)), f32)

	c = s.add("sequence_map_17", opset(17))
	x = c.x("x", 2, 3)
	each := c.Sub("each")
	v := each.Input("v", f32, build.Unranked())
	each.Output("doubled", each.Op("Add", list{v, v}), f32, build.Unranked())
	c.OutputOf("y", c.Op("SequenceMap", list{c.do("SplitToSequence", x)}, build.Subgraph("body", each)), floats)

	optional := build.OptionalType(build.TensorType(f32, build.Fixed(2)))
	c = s.add("optional_some", opset(18))
	c.inputs = append(c.inputs, &inference.Optional{Value: vector([]float32{1, -2})})
	o := c.InputOf("o", optional)
	c.out("has", c.do("OptionalHasElement", o), inference.Bool)
	c.out("value", c.do("Neg", c.do("OptionalGetElement", o)), f32)

	c = s.add("optional_made", opset(18))
	x = c.x("x", 2)
	c.OutputOf("some", c.do("Optional", x), optional)
	none := c.Op("Optional", nil, build.TypeOf("type", build.TensorType(f32, build.Fixed(2))))
	c.out("has", c.do("OptionalHasElement", none), inference.Bool)
	c.out("has_tensor", c.do("OptionalHasElement", x), inference.Bool)
}
