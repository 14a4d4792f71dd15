package fusion_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/brinkml/brink/sensor/fusion"
)

func quaternions() *rapid.Generator[fusion.Quaternion] {
	return rapid.Custom(func(t *rapid.T) fusion.Quaternion {
		axis := vectors(1).Draw(t, "axis")
		return fusion.FromAxisAngle(axis, rapid.Float64Range(-4, 4).Draw(t, "angle"))
	})
}

func vectors(limit float64) *rapid.Generator[[3]float64] {
	return rapid.Custom(func(t *rapid.T) (v [3]float64) {
		for i := range v {
			v[i] = rapid.Float64Range(-limit, limit).Draw(t, "component")
		}
		return v
	})
}

func near(a, b [3]float64, limit float64) bool {
	for i := range a {
		if !(math.Abs(a[i]-b[i]) <= limit) {
			return false
		}
	}
	return true
}

func TestQuaternionLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, p := quaternions().Draw(t, "q"), quaternions().Draw(t, "p")
		v := vectors(100).Draw(t, "v")
		if n := q.Norm(); math.Abs(n-1) > 1e-12 {
			t.Fatalf("Norm = %v; want 1", n)
		}
		if got, want := q.Mul(p).Rotate(v), q.Rotate(p.Rotate(v)); !near(got, want, 1e-11) {
			t.Fatalf("q.Mul(p).Rotate(v) = %v; want q.Rotate(p.Rotate(v)) = %v", got, want)
		}
		if got := q.Conj().Rotate(q.Rotate(v)); !near(got, v, 1e-11) {
			t.Fatalf("back and forth = %v; want %v", got, v)
		}
		if got := q.AngleTo(q.Mul(p)); math.Abs(got-fusion.Identity.AngleTo(p)) > 1e-9 {
			t.Fatalf("AngleTo = %v; want that of the rotation between, %v", got, fusion.Identity.AngleTo(p))
		}
		if minus := (fusion.Quaternion{W: -q.W, X: -q.X, Y: -q.Y, Z: -q.Z}); q.AngleTo(minus) > 1e-9 {
			t.Fatalf("AngleTo(-q) = %v; want 0: it is the same rotation", q.AngleTo(minus))
		}
	})
}

func TestFromAxisAngle(t *testing.T) {
	for _, tt := range []struct {
		axis  [3]float64
		angle float64
		v     [3]float64
		want  [3]float64
	}{
		{[3]float64{0, 0, 2}, math.Pi / 2, [3]float64{1, 0, 0}, [3]float64{0, 1, 0}},
		{[3]float64{1, 0, 0}, math.Pi / 2, [3]float64{0, 1, 0}, [3]float64{0, 0, 1}},
		{[3]float64{0, 1, 0}, math.Pi / 2, [3]float64{0, 0, 1}, [3]float64{1, 0, 0}},
		{[3]float64{}, 1, [3]float64{1, 2, 3}, [3]float64{1, 2, 3}},
	} {
		if got := fusion.FromAxisAngle(tt.axis, tt.angle).Rotate(tt.v); !near(got, tt.want, 1e-15) {
			t.Errorf("FromAxisAngle(%v, %v).Rotate(%v) = %v; want %v", tt.axis, tt.angle, tt.v, got, tt.want)
		}
	}
}

func TestNormalized(t *testing.T) {
	for _, q := range []fusion.Quaternion{{}, {W: math.NaN()}, {X: math.Inf(1)}, {W: 1e-300}, {W: 1e300, X: 1e300}} {
		if got := q.Normalized(); got != fusion.Identity {
			t.Errorf("%v.Normalized() = %v; want the identity", q, got)
		}
	}
	want := fusion.Quaternion{W: 0.6, Z: -0.8}
	if got := (fusion.Quaternion{W: 3, Z: -4}).Normalized(); got.AngleTo(want) > 1e-15 {
		t.Errorf("Normalized = %v; want %v", got, want)
	}
}
