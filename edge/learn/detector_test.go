package learn

import (
	"math"
	"testing"
)

func TestFitBasisIsOrthonormal(t *testing.T) {
	rows := follow(1, 300)
	gain, err := gains(rows, 3)
	if err != nil {
		t.Fatal(err)
	}
	d, err := fit(windows(rows, 3, 8), 8, gain)
	if err != nil {
		t.Fatal(err)
	}
	if d.components < 1 || d.components >= 8*2 {
		t.Fatalf("%d components of 24 inputs, of which 8 never move; want fewer than 16", d.components)
	}
	for a := range d.components {
		for b := range d.components {
			var dot float64
			for j := range 24 {
				dot += float64(d.basis[j*d.components+a]) * float64(d.basis[j*d.components+b])
			}
			want := 0.0
			if a == b {
				want = 1
			}
			if math.Abs(dot-want) > 1e-5 {
				t.Errorf("components %d and %d: dot product %v; want %v", a, b, dot, want)
			}
		}
	}
}

func TestScoreLeavesOutWhatTheComponentsExplain(t *testing.T) {
	d := &Detector{lag: 1, channels: 2, components: 1, mean: []float32{10, 20}, gain: []float32{1, 0.5}, basis: []float32{0.6, 0.8}}
	// Standardized (3, 4) is 5 times the component, (-4, 3) is at right angles to it.
	if got := d.score([]float32{13, 28}); math.Abs(got) > 1e-6 {
		t.Errorf("score along the component = %v; want 0", got)
	}
	if got, want := d.score([]float32{6, 26}), math.Sqrt((16+9)/2.0); math.Abs(got-want) > 1e-6 {
		t.Errorf("score at right angles to it = %v; want %v", got, want)
	}
}
