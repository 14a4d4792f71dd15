package main

import (
	"strings"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// prepare are the operators of ai.onnx.ml that make features.
func prepare(s *suite) {
	c := s.add("ml_scaler_normalizer", ml(1))
	x := batch(c, "x", c.floats(4, 3), 4, 3)
	whole := input(c, "whole", []int64{1, -2, 3, 0, 0, 0}, 2, 3)
	narrow := input(c, "narrow", []int32{1, -2, 3, 0, 0, 4}, 2, 3)
	wide := input(c, "wide", []float64{0.1, -2, 3, 0, 0, 4}, 2, 3)
	for _, v := range []struct {
		name string
		v    build.Value
	}{{"x", x}, {"whole", whole}, {"narrow", narrow}, {"wide", wide}} {
		c.out(v.name+"_scaled", c.Op("ai.onnx.ml.Scaler", list{v.v}, build.Floats("offset", 1, 0.5, -1), build.Floats("scale", 2, 0.25, 3)), inference.Float32)
		c.out(v.name+"_scaled_by_one", c.Op("ai.onnx.ml.Scaler", list{v.v}, build.Floats("offset", 0.5), build.Floats("scale", 4)), inference.Float32)
		for _, norm := range []string{"MAX", "L1", "L2"} {
			c.out(v.name+"_"+norm, c.Op("ai.onnx.ml.Normalizer", list{v.v}, build.String("norm", norm)), inference.Float32)
		}
	}

	c = s.add("ml_imputer_binarizer", ml(1))
	x = batch(c, "x", []float32{1, nan32, 3, nan32, 5, -9}, 2, 3)
	y := input(c, "y", []float32{1, 3, 3.5, -9}, 2, 2)
	whole = input(c, "whole", []int64{1, -9, 3, -9, 5, 6}, 2, 3)
	c.out("nan", c.Op("ai.onnx.ml.Imputer", list{x}, build.Floats("imputed_value_floats", 10, 20, 30), build.Float("replaced_value_float", nan32)), inference.Float32)
	c.out("value", c.Op("ai.onnx.ml.Imputer", list{x}, build.Floats("imputed_value_floats", 7), build.Float("replaced_value_float", -9)), inference.Float32)
	c.out("whole_each", c.Op("ai.onnx.ml.Imputer", list{whole}, build.Ints("imputed_value_int64s", 10, 20, 30), build.Int("replaced_value_int64", -9)), inference.Int64)
	c.out("binary", c.Op("ai.onnx.ml.Binarizer", list{y}, build.Float("threshold", 3)), inference.Float32)

	c = s.add("ml_one_hot_encoder", ml(1))
	n := input(c, "n", []int64{3, 1, 9, 1}, 2, 2)
	f := input(c, "f", []float32{3, 1, 1, 3}, 4)
	w := words(c, "w", []string{"b", "?", "a"}, 3)
	c.out("n_hot", c.Op("ai.onnx.ml.OneHotEncoder", list{n}, build.Ints("cats_int64s", 1, 2, 3)), inference.Float32)
	c.out("f_hot", c.Op("ai.onnx.ml.OneHotEncoder", list{f}, build.Ints("cats_int64s", 1, 2, 3), build.Int("zeros", 0)), inference.Float32)
	c.out("w_hot", c.Op("ai.onnx.ml.OneHotEncoder", list{w}, build.Strings("cats_strings", "a", "b")), inference.Float32)

	c = s.add("ml_feature_vectorizer", ml(1))
	a := input(c, "a", []float32{1, 2, 3, 4}, 2, 2)
	b := input(c, "b", []float32{5, 6, 7, 8, 9, 10}, 2, 3)
	c.out("y", c.Op("ai.onnx.ml.FeatureVectorizer", list{a, b}, build.Ints("inputdimensions", 2, 3)), inference.Float32)
	c.out("padded", c.Op("ai.onnx.ml.FeatureVectorizer", list{a, b}, build.Ints("inputdimensions", 3, 2)), inference.Float32)
	ints := input(c, "ints", []int64{-1, -2}, 2, 1)
	c.out("ints_y", c.Op("ai.onnx.ml.FeatureVectorizer", list{ints, ints}, build.Ints("inputdimensions", 1, 1)), inference.Float32)

	c = s.add("ml_category_mapper", ml(1))
	n = input(c, "n", []int64{3, 1, 9, 1}, 2, 2)
	w = words(c, "w", []string{"b", "?", "a"}, 3)
	pairs := []build.Attr{build.Strings("cats_strings", "a", "b", "c"), build.Ints("cats_int64s", 1, 2, 3)}
	c.out("n_word", c.Op("ai.onnx.ml.CategoryMapper", list{n}, append(clip(pairs), build.String("default_string", "none"))...), inference.String)
	c.out("w_number", c.Op("ai.onnx.ml.CategoryMapper", list{w}, append(clip(pairs), build.Int("default_int64", -5))...), inference.Int64)

	c = s.add("ml_array_feature_extractor", ml(1))
	x = c.x("x", 2, 3, 4)
	at := input(c, "at", []int64{3, 0, 3}, 3)
	c.out("y", c.do("ai.onnx.ml.ArrayFeatureExtractor", x, at), inference.Float32)
	w = words(c, "w", []string{"p", "q", "r", "s"}, 4)
	c.out("words", c.do("ai.onnx.ml.ArrayFeatureExtractor", w, at), inference.String)

	labels(s)
}

// labels are the three versions of LabelEncoder.
func labels(s *suite) {
	const op = "ai.onnx.ml.LabelEncoder"
	c := s.add("ml_label_encoder_v1", ml(1))
	n := input(c, "n", []int64{2, 0, 7, -1}, 4)
	w := words(c, "w", []string{"b", "?", "a"}, 3)
	classes := build.Strings("classes_strings", "a", "b", "c")
	c.out("n_word", c.Op(op, list{n}, classes, build.String("default_string", "none")), inference.String)
	c.out("w_number", c.Op(op, list{w}, classes), inference.Int64)

	keys := map[inference.DType]build.Attr{
		inference.Int64: build.Ints("keys_int64s", 2, 0, 5), inference.Float32: build.Floats("keys_floats", 2, 1.5, 0.5), inference.String: build.Strings("keys_strings", "b", "", "zz"),
	}
	values := map[inference.DType]build.Attr{
		inference.Int64: build.Ints("values_int64s", -1, 0, 10), inference.Float32: build.Floats("values_floats", 0.5, nan32, 3), inference.String: build.Strings("values_strings", "two", "", "five"),
	}
	c = s.add("ml_label_encoder_v2", ml(2))
	in := map[inference.DType]build.Value{
		inference.Int64: input(c, "n", []int64{2, 0, 7, 5}, 2, 2), inference.Float32: input(c, "f", []float32{1.5, 0.5, 2, 1}, 4), inference.String: words(c, "w", []string{"b", "?", "", "zz"}, 4),
	}
	for _, p := range [][2]inference.DType{
		{inference.Int64, inference.Float32},
		{inference.Int64, inference.String},
		{inference.Int64, inference.Int64},
		{inference.Float32, inference.Int64},
		{inference.Float32, inference.String},
		{inference.Float32, inference.Float32},
		{inference.String, inference.Int64},
		{inference.String, inference.Float32},
		{inference.String, inference.String},
	} {
		name := strings.ToLower(p[0].String() + "_" + p[1].String())
		c.out(name, c.Op(op, list{in[p[0]]}, keys[p[0]], values[p[1]], build.Int("default_int64", -77), build.Float("default_float", -0.5), build.String("default_string", "other")), p[1])
	}

	c = s.add("ml_label_encoder_v4", ml(4))
	d := input(c, "d", []float64{0.1, 2, nan}, 3)
	c.out("double_long", c.Op(op, list{d},
		build.Tensor("keys_tensor", vector([]float64{0.1, nan})), build.Tensor("values_tensor", vector([]int64{1, 2})), build.Tensor("default_tensor", vector([]int64{-9}))), inference.Int64)
	w = words(c, "w", []string{"b", "?", "a"}, 3)
	c.out("word_short", c.Op(op, list{w},
		build.Strings("keys_strings", "a", "b"), build.Tensor("values_tensor", vector([]int16{1, 2})), build.Tensor("default_tensor", vector([]int16{-9}))), inference.Int16)
}

// mappings are the operators that take or give maps.
func mappings(s *suite) {
	c := s.add("ml_zip_map", ml(1))
	x := batch(c, "x", c.floats(3, 3), 3, 3)
	named := c.Op("ai.onnx.ml.ZipMap", list{x}, build.Strings("classlabels_strings", "low", "mid", "high"))
	c.OutputOf("named", named, mapsOf(inference.String))
	numbered := c.Op("ai.onnx.ml.ZipMap", list{x}, build.Ints("classlabels_int64s", 10, -20, 30))
	c.OutputOf("numbered", numbered, mapsOf(inference.Int64))

	c = s.add("ml_classifier_zip_map", ml(3))
	x = batch(c, "x", c.floats(4, 3), 4, 3)
	out := c.Ops("ai.onnx.ml.LinearClassifier", 2, list{x}, build.Floats("coefficients", 0.5, -1, 0.25, 1, -0.5, 0.75), build.Floats("intercepts", 0.125, -0.25),
		build.Strings("classlabels_strings", "ok", "fault"), build.String("post_transform", "SOFTMAX"))
	c.out("label", out[0], inference.String)
	c.OutputOf("scores", c.Op("ai.onnx.ml.ZipMap", list{out[1]}, build.Strings("classlabels_strings", "ok", "fault")), mapsOf(inference.String))

	keys, _ := inference.NewStrings([]string{"b", "zz", "a"}, 3)
	values := vector([]float32{2.5, 9, -1})
	c = s.add("ml_dict_vectorizer_strings", ml(1))
	m := c.mapping("m", keys, values)
	c.out("y", c.Op("ai.onnx.ml.DictVectorizer", list{m}, build.Strings("string_vocabulary", "a", "b", "c")), inference.Float32)

	c = s.add("ml_dict_vectorizer_numbers", ml(1))
	m = c.mapping("m", vector([]int64{7, 3}), vector([]float64{0.1, -4}))
	c.out("y", c.Op("ai.onnx.ml.DictVectorizer", list{m}, build.Ints("int64_vocabulary", 3, 5, 7)), inference.Float64)

	numbers, _ := inference.NewStrings([]string{"2", "-15"}, 2)
	for name, values := range map[string]*inference.Tensor{"ml_cast_map_floats": vector([]float32{2.5, -1.25}), "ml_cast_map_strings": numbers} {
		c = s.add(name, ml(1))
		m = c.mapping("m", vector([]int64{4, 1}), values)
		for _, to := range []struct {
			name string
			t    inference.DType
		}{{"TO_FLOAT", inference.Float32}, {"TO_INT64", inference.Int64}, {"TO_STRING", inference.String}} {
			if to.t == inference.String && values.DType() != inference.String {
				continue // the runtime always writes six decimals
			}
			cast := build.String("cast_to", to.name)
			c.out(strings.ToLower(to.name), c.Op("ai.onnx.ml.CastMap", list{m}, cast), to.t)
			if to.t == inference.String {
				continue // the runtime fills gaps with the text 0.f
			}
			c.out(strings.ToLower(to.name)+"_sparse", c.Op("ai.onnx.ml.CastMap", list{m}, cast, build.String("map_form", "SPARSE"), build.Int("max_map", 6)), to.t)
		}
	}
}

// mapsOf is a sequence of maps to floats.
func mapsOf(key inference.DType) build.Type {
	return build.SequenceType(build.MapType(key, build.TensorType(inference.Float32)))
}

// mapping declares a map as input. ONNX has no file for a map by itself: it goes into an optional.
func (c *testCase) mapping(name string, keys, values *inference.Tensor) build.Value {
	c.inputs = append(c.inputs, &inference.Optional{Value: &inference.Map{Keys: keys, Values: values}})
	return c.InputOf(name, build.MapType(keys.DType(), build.TensorType(values.DType())))
}
