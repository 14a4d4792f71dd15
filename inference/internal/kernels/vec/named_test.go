package vec

import (
	"math"
	"testing"
)

func TestNamed(t *testing.T) {
	for _, c := range []struct {
		name   string
		params []float32
		want   Activation
		ok     bool
	}{
		{"", nil, Activation{}, true},
		{"Relu", nil, Activation{Func: OfRelu}, true},
		{"LeakyRelu", nil, Activation{Func: OfLeakyRelu, A: 0.01}, true},
		{"LeakyRelu", []float32{0.5}, Activation{Func: OfLeakyRelu, A: 0.5}, true},
		{"HardSigmoid", []float32{0.25}, Activation{OfHardSigmoid, 0.25, 0.5}, true},
		{"Clip", []float32{0, 6}, Activation{OfClip, 0, 6}, true},
		{"Clip", nil, Activation{Func: OfClip}, false},
		{"Unknown", nil, Activation{}, false},
	} {
		if got, ok := Named(c.name, c.params); got != c.want || ok != c.ok {
			t.Errorf("Named(%q, %v) = %v, %v; want %v, %v", c.name, c.params, got, ok, c.want, c.ok)
		}
	}
}

func TestClamp(t *testing.T) {
	if lo, hi, ok := (Activation{Func: OfRelu}).Clamp(); lo != 0 || !math.IsInf(float64(hi), 1) || !ok {
		t.Errorf("Relu.Clamp() = %v, %v, %v; want 0, +Inf, true", lo, hi, ok)
	}
	if lo, hi, ok := (Activation{OfClip, -1, 6}).Clamp(); lo != -1 || hi != 6 || !ok {
		t.Errorf("Clip.Clamp() = %v, %v, %v; want -1, 6, true", lo, hi, ok)
	}
	if _, _, ok := (Activation{Func: OfTanh}).Clamp(); ok {
		t.Error("Tanh.Clamp() is ok; it is no clamp")
	}
}
