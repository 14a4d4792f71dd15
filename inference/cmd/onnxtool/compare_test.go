package main

import (
	"math"
	"strings"
	"testing"

	"github.com/brinkml/brink/inference"
)

func vector[T inference.Element](data ...T) *inference.Tensor {
	t, err := inference.NewTensor(data, len(data))
	if err != nil {
		panic(err) // a vector has the shape of its elements
	}
	return t
}

func TestSame(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	texts, err := inference.NewStrings([]string{"a", "b"}, 2)
	if err != nil {
		t.Fatal(err)
	}
	other, err := inference.NewStrings([]string{"a", "c"}, 2)
	if err != nil {
		t.Fatal(err)
	}
	one := vector(float32(1))
	seq := func(v ...inference.Value) *inference.Sequence { return &inference.Sequence{Values: v} }
	opt := func(v inference.Value) *inference.Optional { return &inference.Optional{Value: v} }
	for _, tt := range []struct {
		name      string
		got, want inference.Value
		diff      string // "" when they are the same
	}{
		{"within rtol", vector(1.0009), vector(1.0), ""},
		{"beyond rtol", vector(1.0011), vector(1.0), "element [0] is 1.0011; want 1 (1 of 1 differ)"},
		{"within atol", vector(0.9e-7), vector(0.0), ""},
		{"beyond atol", vector(1.1e-7), vector(0.0), "differ"},
		{"NaN", vector(nan, 1), vector(nan, 1), ""},
		{"NaN and number", vector(nan), vector(1.0), "is NaN; want 1"},
		{"infinities", vector(inf, -inf), vector(inf, -inf), ""},
		{"infinite signs", vector(-inf), vector(inf), "is -Inf; want +Inf"},
		{"number for infinity", vector(1e308), vector(inf), "want +Inf"},
		{"float32", vector(float32(2)), vector(float32(1)), "is 2; want 1"},
		{"complex", vector(1 + 2i), vector(1 + 2.0001i), ""},
		{"complex differs", vector(1 + 2i), vector(1 - 2i), "is (1+2i); want (1-2i)"},
		{"half", vector(inference.Float16(0x3c00)), vector(inference.Float16(0x3c01)), ""},
		{"half differs", vector(inference.Float16(0x3c00)), vector(inference.Float16(0x4000)), "is 1; want 2"},
		{"bfloat16", vector(inference.BFloat16(0x3f80)), vector(inference.BFloat16(0x3f81)), "is 1; want 1.0078125"},
		{"float8", vector(inference.Float8E5M2(0x7e)), vector(inference.Float8E5M2(0x7f)), ""}, // both NaN
		{"large integers", vector(int64(1<<53 + 1)), vector(int64(1 << 53)), "differ"},
		{"bools", vector(true), vector(false), "is true; want false"},
		{"strings", texts, texts, ""},
		{"strings differ", texts, other, `element [1] is "b"; want "c"`},
		{"types", vector(int32(1)), vector(int64(1)), "its elements are int32; want int64"},
		{"no elements", vector[float32](), vector[float32](), ""},
		{"sequences", seq(one), seq(one), ""},
		{"sequence lengths", seq(), seq(one), "it has 0 elements; want 1"},
		{"sequence elements", seq(texts), seq(one), "element 0: its elements are string"},
		{"kinds", one, seq(one), "it is a tensor; want a sequence"},
		{"nothing", nil, one, "it is nothing; want a tensor"},
		{"empty optionals", opt(nil), opt(nil), ""},
		{"optional unwrapped", one, opt(one), ""},
		{"optional missing", opt(nil), opt(one), "want an optional that holds a tensor"},
		{"optional too many", opt(one), opt(nil), "it is a tensor; want an empty optional"},
		{"maps", &inference.Map{Keys: texts, Values: one}, &inference.Map{Keys: texts, Values: one}, ""},
		{"map keys", &inference.Map{Keys: other, Values: one}, &inference.Map{Keys: texts, Values: one}, "keys: element [1]"},
		{"map kinds", one, &inference.Map{Keys: texts, Values: one}, "want a map"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := same(tt.got, tt.want, defaultTolerance)
			if tt.diff == "" && err != nil || tt.diff != "" && (err == nil || !strings.Contains(err.Error(), tt.diff)) {
				t.Errorf("same = %v; want %q", err, tt.diff)
			}
		})
	}
}

func TestMinifloat(t *testing.T) {
	for _, tt := range []struct {
		name string
		f    minifloat
		bits uint32
		want float64
	}{
		{"binary16 one", binary16, 0x3c00, 1},
		{"binary16 largest", binary16, 0x7bff, 65504},
		{"binary16 least subnormal", binary16, 0x0001, math.Ldexp(1, -24)},
		{"binary16 infinity", binary16, 0xfc00, math.Inf(-1)},
		{"binary16 NaN", binary16, 0x7e00, math.NaN()},
		{"bfloat16 pi", bfloat16, 0x4049, 3.140625},
		{"e4m3fn largest", e4m3fn, 0x7e, 448},
		{"e4m3fn NaN", e4m3fn, 0xff, math.NaN()},
		{"e4m3fn least", e4m3fn, 0x01, math.Ldexp(1, -9)},
		{"e4m3fnuz largest", e4m3fnuz, 0x7f, 240},
		{"e4m3fnuz NaN", e4m3fnuz, 0x80, math.NaN()},
		{"e5m2 largest", e5m2, 0x7b, 57344},
		{"e5m2 infinity", e5m2, 0x7c, math.Inf(1)},
		{"e5m2fnuz largest", e5m2fnuz, 0x7f, 57344},
		{"e5m2fnuz NaN", e5m2fnuz, 0x80, math.NaN()},
		{"e2m1 largest", e2m1, 0x7, 6},
		{"e2m1 negative half", e2m1, 0x9, -0.5},
	} {
		got := real(tt.f.value(tt.bits))
		if got != tt.want && !(math.IsNaN(got) && math.IsNaN(tt.want)) {
			t.Errorf("%s: %#x = %v; want %v", tt.name, tt.bits, got, tt.want)
		}
	}
	if got := e8m0(128); got != 2 {
		t.Errorf("e8m0(128) = %v; want 2", got)
	}
	if got := e8m0(255); !isNaN(got) {
		t.Errorf("e8m0(255) = %v; want NaN", got)
	}
}
