package main

import (
	"fmt"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// olderShapes are versions of operators before the ones that ONNX's cases use: what moves data.
func olderShapes(s *suite) {
	ints := func(c *testCase, name string, v ...int64) build.Value { return build.Const(c.Graph, name, v, len(v)) }

	c := s.add("slice_split_pad_7", opset(7))
	x := c.x("x", 3, 4, 5)
	c.out("slice", c.Op("Slice", list{x}, build.Ints("starts", 0, -3), build.Ints("ends", 2, 1000), build.Ints("axes", 0, 2)), inference.Float32)
	c.out("slice_all", c.Op("Slice", list{x}, build.Ints("starts", 1, 1), build.Ints("ends", 3, -1)), inference.Float32)
	parts := c.Ops("Split", 2, list{x}, build.Int("axis", 1))
	c.out("half", parts[1], inference.Float32)
	parts = c.Ops("Split", 3, list{x}, build.Int("axis", 2), build.Ints("split", 1, 3, 1))
	c.out("middle", parts[1], inference.Float32)
	c.out("pad", c.Op("Pad", list{x}, build.Ints("pads", 0, 1, 2, 1, 0, -1), build.Float("value", 1.5)), inference.Float32)
	c.out("edge", c.Op("Pad", list{x}, build.Ints("pads", 0, 1, 2, 1, 0, 0), build.String("mode", "edge")), inference.Float32)
	c.out("reflect", c.Op("Pad", list{x}, build.Ints("pads", 0, 1, 2, 1, 0, 3), build.String("mode", "reflect")), inference.Float32)
	top := c.Ops("TopK", 2, list{x}, build.Int("k", 2))
	c.out("top", top[0], inference.Float32)
	c.out("at", top[1], inference.Int64)
	c.out("unsqueeze", c.Op("Unsqueeze", list{x}, build.Ints("axes", 0, 4)), inference.Float32)
	c.out("squeeze", c.Op("Squeeze", list{c.Op("Slice", list{x},
		build.Ints("starts", 1), build.Ints("ends", 2), build.Ints("axes", 1))}, build.Ints("axes", 1)), inference.Float32)
	c.out("flatten", c.Op("Flatten", list{x}, build.Int("axis", 2)), inference.Float32)
	c.out("flatten0", c.Op("Flatten", list{x}, build.Int("axis", 0)), inference.Float32)
	c.out("tile", c.do("Tile", x, ints(c, "repeats", 1, 2, 1)), inference.Float32)
	c.out("gather", c.Op("Gather", list{x, ints(c, "rows", 2, 0)}, build.Int("axis", 1)), inference.Float32)
	c.out("reshape", c.do("Reshape", x, ints(c, "shape", 0, -1, 2)), inference.Float32)

	c = s.add("slice_topk_10", opset(10))
	x = c.x("x", 3, 4, 5)
	start, end := ints(c, "starts", -1, 4), ints(c, "ends", -1000, 0)
	c.out("backward", c.do("Slice", x, start, end, ints(c, "axes", 1, 2), ints(c, "steps", -2, -1)), inference.Float32)
	k := input(c, "k", []int64{3}, 1)
	top = c.Ops("TopK", 2, list{x, k}, build.Int("axis", 1))
	c.out("top", top[0], inference.Float32)
	c.out("at", top[1], inference.Int64)

	c = s.add("topk_pad_split_11", opset(11))
	x = input(c, "x", []float32{3, 1, 3, 2, 1, 1, 5, 5}, 2, 4)
	for _, largest := range []int{0, 1} {
		top = c.Ops("TopK", 2, list{x, ints(c, fmt.Sprintf("k%d", largest), 3)}, build.Int("largest", largest))
		c.out(fmt.Sprintf("top%d", largest), top[0], inference.Float32)
		c.out(fmt.Sprintf("at%d", largest), top[1], inference.Int64)
	}
	n := input(c, "n", []int64{4, 9, -2}, 3)
	top = c.Ops("TopK", 2, list{n, ints(c, "kn", 2)})
	c.out("ints", top[0], inference.Int64)
	pads := input(c, "pads", []int64{0, 1, 1, 0}, 4)
	c.out("pad", c.do("Pad", x, pads, build.Const(c.Graph, "value", []float32{-1})), inference.Float32)
	c.out("zeros", c.do("Pad", x, pads), inference.Float32)
	c.out("reflect", c.Op("Pad", list{x, pads}, build.String("mode", "reflect")), inference.Float32)
	parts = c.Ops("Split", 2, list{x}, build.Int("axis", -1), build.Ints("split", 1, 3))
	c.out("rest", parts[1], inference.Float32)
	c.out("unsqueeze", c.Op("Unsqueeze", list{x}, build.Ints("axes", -1, 0)), inference.Float32)
	c.out("depth", c.Op("DepthToSpace", list{c.x("d", 1, 8, 2, 3)}, build.Int("blocksize", 2), build.String("mode", "CRD")), inference.Float32)
	c.out("cumsum", c.Op("CumSum", list{x, build.Const(c.Graph, "axis", []int32{-1})}, build.Int("exclusive", 1), build.Int("reverse", 1)), inference.Float32)
	c.out("hot", c.Op("OneHot", list{n, build.Const(c.Graph, "depth_of", []int64{5}), build.Const(c.Graph, "off_on", []float32{-1, 2}, 2)},
		build.Int("axis", 0)), inference.Float32)
	c.out("range", c.do("Range", build.Const(c.Graph, "r0", []int64{9}), build.Const(c.Graph, "r1", []int64{-2}), build.Const(c.Graph, "r2", []int64{-3})), inference.Int64)
	c.out("scatter", c.Op("ScatterElements", list{x, input(c, "si", []int64{1, -1}, 1, 2), input(c, "su", []float32{70, 80}, 1, 2)},
		build.Int("axis", 1)), inference.Float32)
	c.out("gathered", c.do("GatherND", x, input(c, "gi", []int64{1, 0, 0, -1}, 2, 2)), inference.Float32)

	c = s.add("split_18", opset(18))
	x = c.x("x", 7, 2)
	parts = c.Ops("Split", 3, list{x}, build.Int("num_outputs", 3))
	c.out("a", parts[0], inference.Float32)
	c.out("c", parts[2], inference.Float32)
	c.out("wrap", c.Op("Pad", list{x, ints(c, "pads", 1, -1), {}, ints(c, "axes", 0)}, build.String("mode", "edge")), inference.Float32)
	unique := c.Ops("Unique", 4, list{input(c, "u", []float32{2, 1, 1, 3, 4, 3}, 6)}, build.Int("sorted", 0))
	c.out("unique", unique[0], inference.Float32)
	c.out("first", unique[1], inference.Int64)
	c.out("inverse", unique[2], inference.Int64)
	c.out("counts", unique[3], inference.Int64)
	c.out("nonzero", c.do("NonZero", input(c, "z", []float32{0, 1, 2, 0, 0, 3}, 2, 3)), inference.Int64)
	c.out("compress", c.Op("Compress", list{x, input(c, "which", []bool{true, false, true}, 3)}, build.Int("axis", 0)), inference.Float32)

	resizes(s)
	detection(s)
}

// resizes are Upsample and all of Resize's ways.
func resizes(s *suite) {
	scales := func(c *testCase, name string, v ...float32) build.Value { return build.Const(c.Graph, name, v, len(v)) }
	c := s.add("upsample_7", opset(7))
	x := c.x("x", 1, 2, 2, 3)
	c.out("nearest", c.Op("Upsample", list{x}, build.Floats("scales", 1, 1, 2, 3)), inference.Float32)
	c.out("linear", c.Op("Upsample", list{x}, build.Floats("scales", 1, 1, 2, 2), build.String("mode", "linear")), inference.Float32)
	c = s.add("upsample_9", opset(9))
	x = c.x("x", 1, 2, 2, 3)
	c.out("nearest", c.do("Upsample", x, scales(c, "s", 1, 1, 2.5, 2)), inference.Float32)
	c.out("linear", c.Op("Upsample", list{x, scales(c, "t", 1, 1, 2, 3)}, build.String("mode", "linear")), inference.Float32)
	c = s.add("resize_10", opset(10))
	x = c.x("x", 1, 1, 4, 5)
	c.out("nearest", c.do("Resize", x, scales(c, "s", 1, 1, 1.5, 0.6)), inference.Float32)
	c.out("linear", c.Op("Resize", list{x, scales(c, "t", 1, 1, 0.5, 2)}, build.String("mode", "linear")), inference.Float32)

	for _, version := range []int{11, 13, 19} {
		c = s.add(fmt.Sprintf("resize_%d", version), opset(version))
		c.atol = 1e-6
		x = c.x("x", 1, 1, 4, 5)
		s, sizes := scales(c, "s", 1, 1, 1.75, 0.6), build.Const(c.Graph, "sizes", []int64{1, 1, 3, 8}, 4)
		none := scales(c, "none")
		for _, how := range []string{"half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"} {
			for _, mode := range []string{"nearest", "linear", "cubic"} {
				attrs := []build.Attr{build.String("mode", mode), build.String("coordinate_transformation_mode", how)}
				name := how + "_" + mode
				c.out(name, c.Op("Resize", list{x, none, s}, attrs...), inference.Float32)
				if version == 11 {
					c.out(name+"_sizes", c.Op("Resize", list{x, none, none, sizes}, attrs...), inference.Float32)
				} else {
					c.out(name+"_sizes", c.Op("Resize", list{x, {}, {}, sizes}, attrs...), inference.Float32)
				}
			}
		}
		for _, round := range []string{"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"} {
			c.out(round, c.Op("Resize", list{x, none, s},
				build.String("nearest_mode", round), build.String("coordinate_transformation_mode", "asymmetric")), inference.Float32)
		}
		c.out("cubic_outside", c.Op("Resize", list{x, none, s},
			build.String("mode", "cubic"), build.Int("exclude_outside", 1), build.Float("cubic_coeff_a", -0.5)), inference.Float32)
		roi := scales(c, "roi", 0, 0, 0.25, -0.25, 1, 1, 0.75, 1.25)
		c.out("crop", c.Op("Resize", list{x, roi, s},
			build.String("mode", "linear"), build.String("coordinate_transformation_mode", "tf_crop_and_resize"), build.Float("extrapolation_value", 9)), inference.Float32)
	}
	c = s.add("resize_antialias_18", opset(18))
	c.atol = 1e-6
	x = c.x("x", 1, 1, 6, 8)
	for _, mode := range []string{"linear", "cubic"} {
		c.out(mode, c.Op("Resize", list{x, {}, scales(c, "s"+mode, 1, 1, 0.5, 0.6)}, build.String("mode", mode), build.Int("antialias", 1)), inference.Float32)
	}
	c.out("axes", c.Op("Resize", list{x, {}, {}, build.Const(c.Graph, "sizes", []int64{3, 12}, 2)},
		build.String("mode", "linear"), build.Ints("axes", 2, 3), build.String("keep_aspect_ratio_policy", "not_larger")), inference.Float32)
}

// detection are the operators of object detectors.
func detection(s *suite) {
	c := s.add("non_max_suppression_10", opset(10))
	boxes := input(c, "boxes", []float32{0, 0, 1, 1, 0, 0.125, 1, 1.125, 0, -0.125, 1, 0.875, 0, 10, 1, 11, 0, 10.125, 1, 11.125, 0, 100, 1, 101}, 1, 6, 4)
	scores := input(c, "scores", []float32{0.9, 0.75, 0.6, 0.95, 0.5, 0.3, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6}, 1, 2, 6)
	limits := list{boxes, scores, build.Const(c.Graph, "most", []int64{3}, 1), build.Const(c.Graph, "iou", []float32{0.5}, 1), build.Const(c.Graph, "score", []float32{0.25}, 1)}
	c.out("corners", c.Op("NonMaxSuppression", limits), inference.Int64)
	c.out("centers", c.Op("NonMaxSuppression", limits, build.Int("center_point_box", 1)), inference.Int64)
	c.out("none", c.do("NonMaxSuppression", boxes, scores), inference.Int64)

	for _, version := range []int{10, 16} {
		c = s.add(fmt.Sprintf("roi_align_%d", version), opset(version))
		x := c.x("x", 2, 2, 6, 6)
		rois := input(c, "rois", []float32{0, 0, 4, 5, 1.5, 2, 7, 3, -1, -1, 2, 2}, 3, 4)
		at := input(c, "batch", []int64{0, 1, 1}, 3)
		for _, mode := range []string{"avg", "max"} {
			c.out(mode, c.Op("RoiAlign", list{x, rois, at},
				build.String("mode", mode), build.Int("output_height", 2), build.Int("output_width", 3), build.Int("sampling_ratio", 2), build.Float("spatial_scale", 0.75)), inference.Float32)
			c.out(mode+"_own", c.Op("RoiAlign", list{x, rois, at},
				build.String("mode", mode), build.Int("output_height", 2), build.Int("output_width", 2)), inference.Float32)
		}
	}
	c = s.add("grid_sample_16", opset(16))
	c.atol = 1e-6
	x, grid := c.x("x", 1, 1, 4, 4), c.x("grid", 1, 3, 3, 2)
	for _, mode := range []string{"bilinear", "nearest", "bicubic"} {
		for _, pad := range []string{"zeros", "border", "reflection"} {
			for corners := range 2 {
				c.out(fmt.Sprintf("%s_%s_%d", mode, pad, corners), c.Op("GridSample", list{x, grid},
					build.String("mode", mode), build.String("padding_mode", pad), build.Int("align_corners", corners)), inference.Float32)
			}
		}
	}
	c = s.add("max_unpool_roi_pool", opset(11))
	x = c.x("x", 1, 1, 4, 4)
	pooled := c.Ops("MaxPool", 2, list{x}, build.Ints("kernel_shape", 2, 2), build.Ints("strides", 2, 2))
	c.out("pooled", pooled[0], inference.Float32)
	c.out("where", pooled[1], inference.Int64)
	c.out("back", c.Op("MaxUnpool", list{pooled[0], pooled[1]}, build.Ints("kernel_shape", 2, 2), build.Ints("strides", 2, 2)), inference.Float32)
	c.out("roi_max", c.Op("MaxRoiPool", list{x, input(c, "rois", []float32{0, 0, 0, 2, 3, 0, 1, 1, 3, 3}, 2, 5)}, build.Ints("pooled_shape", 2, 2)), inference.Float32)
}
