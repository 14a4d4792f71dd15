package lsm9ds1

import (
	"math"
	"math/big"
	"testing"

	"github.com/brinkml/brink/sensor"
)

// One count of each range, in the datasheet's units.
func TestSensitivity(t *testing.T) {
	for i, want := range map[int]float64{2: 0.061, 4: 0.122, 8: 0.244, 16: 0.732} { // mg
		checkScale(t, "accelerometer", i, &Options{AccelRange: i}, func(s setup) scale { return s.accel }, want/1000*9.80665, float64(i)*9.80665)
	}
	for i, want := range map[int]float64{245: 8.75, 500: 17.5, 2000: 70} { // mdps
		checkScale(t, "gyroscope", i, &Options{GyroRange: i}, func(s setup) scale { return s.gyro }, want/1000*math.Pi/180, float64(i)*math.Pi/180)
	}
	for i, want := range map[int]float64{4: 1 / 6842.0, 8: 2 / 6842.0, 12: 3 / 6842.0, 16: 4 / 6842.0} { // gauss
		checkScale(t, "magnetometer", i, &Options{MagRange: i}, func(s setup) scale { return s.mag }, want*100, float64(i)*100)
	}
}

func checkScale(t *testing.T, what string, full int, o *Options, of func(setup) scale, perCount, limit float64) {
	t.Helper()
	s, err := o.setup()
	if err != nil {
		t.Fatal(err)
	}
	got := of(s)
	if math.Abs(got.perCount/perCount-1) > 1e-15*4 || math.Abs(got.full/limit-1) > 1e-15*4 {
		t.Errorf("%s at %d: %v a count up to %v; want %v up to %v", what, full, got.perCount, got.full, perCount, limit)
	}
}

// Every output in every range against rational numbers: within the last bit of a float64 or two. Of the rotation, π is
// taken to 200 bits.
func TestConvertIsExact(t *testing.T) {
	pi, _, err := big.ParseFloat("3.14159265358979323846264338327950288419716939937510582097494459", 10, 200, big.ToNearestEven)
	if err != nil {
		t.Fatal(err)
	}
	rad, _ := pi.Rat(nil)
	rad.Quo(rad, big.NewRat(180, 1))
	g := big.NewRat(980665, 100_000)
	check := func(what string, s scale, one *big.Rat) {
		t.Helper()
		s.signs = chipAxes
		for raw := math.MinInt16; raw <= math.MaxInt16; raw += 5 {
			p := [6]byte{byte(raw), byte(raw >> 8)}
			var v [3]float64
			s.convert(&p, &v)
			want, _ := new(big.Rat).Mul(one, big.NewRat(int64(raw), 1)).Float64()
			if math.Abs(v[0]-want) > 5e-16*math.Abs(want) {
				t.Fatalf("%s: convert(%d) = %v; want %v", what, raw, v[0], want)
			}
		}
	}
	for full, micro := range map[int]int64{2: 61, 4: 122, 8: 244, 16: 732} { // µg a count
		s, err := (&Options{AccelRange: full}).setup()
		if err != nil {
			t.Fatal(err)
		}
		one := big.NewRat(micro, 1_000_000)
		check("acceleration", s.accel, one.Mul(one, g))
	}
	for full, micro := range map[int]int64{245: 8750, 500: 17500, 2000: 70000} { // µ° a second
		s, err := (&Options{GyroRange: full}).setup()
		if err != nil {
			t.Fatal(err)
		}
		one := big.NewRat(micro, 1_000_000)
		check("rotation", s.gyro, one.Mul(one, rad))
	}
	for full, times := range map[int]int64{4: 1, 8: 2, 12: 3, 16: 4} {
		s, err := (&Options{MagRange: full}).setup()
		if err != nil {
			t.Fatal(err)
		}
		check("field", s.mag, big.NewRat(100*times, 6842))
	}
}

func TestConvertFlags(t *testing.T) {
	s, err := (*Options)(nil).setup() // 8 g: 32787 counts; 500 dps: 28571; 4 gauss: 27368
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		scale scale
		raw   int16
		want  sensor.Quality
	}{
		{"largest acceleration", s.accel, 32766, 0},
		{"saturated", s.accel, 32767, sensor.Clipped},
		{"saturated below", s.accel, -32768, sensor.Clipped},
		{"full rate", s.gyro, -28571, 0},
		{"beyond", s.gyro, -28572, sensor.OutOfRange},
		{"full field", s.mag, 27368, 0},
		{"beyond field", s.mag, 27369, sensor.OutOfRange},
	}
	for _, tt := range tests {
		p := [6]byte{4: byte(tt.raw), 5: byte(tt.raw >> 8)}
		var v [3]float64
		if got := tt.scale.convert(&p, &v); got != tt.want {
			t.Errorf("%s: quality of %d = %v; want %v", tt.name, tt.raw, got, tt.want)
		}
	}
}

// No sign makes a negative zero, which prints oddly.
func TestZeroIsPositive(t *testing.T) {
	s, err := (*Options)(nil).setup()
	if err != nil {
		t.Fatal(err)
	}
	var p [6]byte
	var v [3]float64
	s.accel.convert(&p, &v)
	for i := range v {
		if math.Signbit(v[i]) {
			t.Errorf("axis %d of 0 counts is %v", i, v[i])
		}
	}
}
