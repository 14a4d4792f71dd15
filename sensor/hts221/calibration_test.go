package hts221

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
)

// factory is the calibration of a real part, published with github.com/mattludwigs/hts221: 32 and 72 %RH at -18 and
// -13883, 19.875 and 33.25 °C at -2 and 691.
var factory = []byte{64, 144, 159, 10, 0, 196, 238, 255, 4, 4, 197, 201, 254, 255, 179, 2}

// worked is the example of the datasheet's chapter 8: 20 and 40 %RH at 0x4000 and 0x6000, 10 and 20 °C at 300 and 500.
var worked = []byte{40, 80, 80, 160, 0, 0, 0x00, 0x40, 0, 0, 0x00, 0x60, 0x2C, 0x01, 0xF4, 0x01}

func mustParse(t *testing.T, p []byte) calibration {
	t.Helper()
	c, err := parseCalibration(p)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestConvert(t *testing.T) {
	tests := []struct {
		name        string
		calibration []byte
		h, t        int16
		humidity    float64 // %RH
		celsius     float64
		quality     sensor.Quality
	}{
		{"datasheet", worked, 0x5000, 400, 30, 15, 0},
		{"first points", factory, -18, -2, 32, 19.875, 0},
		{"second points", factory, -13883, 691, 72, 33.25, 0},
		{"zero", factory, 0, 0, 31.9480707, 19.9136003, 0},
		{"warm", factory, 0, 344, 31.9480707, 26.5528499, 0},
		{"cold", factory, 0, -200, 31.9480707, 16.0535714, 0},
		{"saturated air", factory, -24000, 0, 100, 19.9136003, sensor.Clipped},
		{"dry air", factory, 12000, 0, 0, 19.9136003, sensor.Clipped},
		{"too cold", factory, 0, -3200, 31.9480707, -41.8468615, sensor.OutOfRange},
		{"too hot", factory, 0, 5300, 31.9480707, 122.2043651, sensor.OutOfRange},
		{"both", factory, math.MinInt16, math.MaxInt16, 100, 652.3214286, sensor.Clipped | sensor.OutOfRange},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := mustParse(t, tt.calibration)
			env, quality := c.convert(tt.h, tt.t)
			humidity := float64(env.Humidity) / float64(physic.PercentRH)
			if math.Abs(humidity-tt.humidity) > 1e-5 || math.Abs(env.Temperature.Celsius()-tt.celsius) > 1e-7 {
				t.Errorf("convert(%d, %d) = %v %%RH, %v °C; want %v, %v",
					tt.h, tt.t, humidity, env.Temperature.Celsius(), tt.humidity, tt.celsius)
			}
			if quality != tt.quality || env.Pressure != 0 {
				t.Errorf("convert(%d, %d) has quality %v, pressure %v; want %v, none", tt.h, tt.t, quality, env.Pressure, tt.quality)
			}
		})
	}
}

// rational is what the datasheet's chapter 8 says, in units of physic, from the calibration registers as they are.
func rational(t *testing.T, p []byte) (humidity, temperature func(raw int16) *big.Rat) {
	t.Helper()
	line := func(y0, y1 *big.Rat, x0, x1 int16) func(int16) *big.Rat {
		slope := new(big.Rat).Sub(y1, y0)
		slope.Quo(slope, big.NewRat(int64(x1)-int64(x0), 1))
		return func(raw int16) *big.Rat {
			y := big.NewRat(int64(raw)-int64(x0), 1)
			return y.Mul(y, slope).Add(y, y0)
		}
	}
	word := func(i int) int16 { return int16(uint16(p[i]) | uint16(p[i+1])<<8) }
	percent := func(x2 byte) *big.Rat { return big.NewRat(int64(x2)*int64(physic.PercentRH), 2) }
	degrees := func(low, high byte) *big.Rat {
		c := big.NewRat(int64(low)|int64(high&3)<<8, 8)
		return c.Mul(c, big.NewRat(int64(physic.Celsius), 1)).Add(c, big.NewRat(int64(physic.ZeroCelsius), 1))
	}
	return line(percent(p[0]), percent(p[1]), word(6), word(10)),
		line(degrees(p[2], p[5]), degrees(p[3], p[5]>>2), word(12), word(14))
}

// Every output of the published calibrations against rational arithmetic: to half a unit of physic.
func TestVectorsAreExact(t *testing.T) {
	limit := big.NewRat(1, 2)
	zero, full := new(big.Rat), big.NewRat(int64(100*physic.PercentRH), 1)
	for name, p := range map[string][]byte{"datasheet": worked, "part": factory} {
		c := mustParse(t, p)
		humidity, temperature := rational(t, p)
		for raw := math.MinInt16; raw <= math.MaxInt16; raw++ {
			env, _ := c.convert(int16(raw), int16(raw))
			h := humidity(int16(raw))
			if h.Cmp(zero) < 0 {
				h = new(big.Rat)
			} else if h.Cmp(full) > 0 {
				h.Set(full)
			}
			for _, v := range []struct {
				what string
				want *big.Rat
				got  int64
			}{{"humidity", h, int64(env.Humidity)}, {"temperature", temperature(int16(raw)), int64(env.Temperature)}} {
				if d := v.want.Sub(v.want, big.NewRat(v.got, 1)); d.Abs(d).Cmp(limit) > 0 {
					t.Fatalf("%s: %s of %d = %d, which is %s off", name, v.what, raw, v.got, d.FloatString(3))
				}
			}
		}
	}
}

// Integers against rational numbers, for random calibrations: at most half a unit of physic away.
func TestConvertIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(221, 0))
	p, n := make([]byte, calibBytes), 0
	for n < 50_000 {
		for i := range p {
			p[i] = byte(rng.Uint32())
		}
		c, err := parseCalibration(p)
		if err != nil {
			continue
		}
		n++
		x := int16(rng.Uint32())
		for _, l := range []struct {
			line
			scale int64
		}{{c.humidity, perHalfPercent}, {c.temperature, perEighth}} {
			want := big.NewRat((int64(x)-l.x0)*l.dy, l.dx)
			want.Add(want, big.NewRat(l.y0, 1)).Mul(want, big.NewRat(l.scale, 1))
			got := l.at(x, l.scale)
			if d := want.Sub(want, big.NewRat(got, 1)); d.Abs(d).Cmp(big.NewRat(1, 2)) > 0 {
				t.Fatalf("%+v.at(%d, %d) = %d, which is %s off", l.line, x, l.scale, got, d.FloatString(3))
			}
		}
	}
}

func TestParseCalibrationRefuses(t *testing.T) {
	set := func(of []byte, at int, values ...byte) []byte {
		p := bytes.Clone(of)
		copy(p[at:], values)
		return p
	}
	tests := []struct {
		name   string
		data   []byte
		reason string
	}{
		{"erased", bytes.Repeat([]byte{0xFF}, calibBytes), "same output"},
		{"zero", make([]byte, calibBytes), "same output"},
		// As published in ST's community: both temperature outputs are 0.
		{"dead", []byte{64, 144, 0xBF, 0xBF, 0, 4, 238, 255, 4, 4, 197, 201, 0, 0, 0, 0}, "both temperature points have the same output"},
		{"same humidity", set(factory, calH1rHx2, 64), "same humidity"},
		{"humidity above all", set(factory, calH1rHx2, 201), "above 100 %RH"},
		{"steep humidity", set(factory, calH1T0out, 0xEF, 0xFF), "more than 1 %RH"},
		{"same temperature", set(factory, calT1degCx8, 159), "same temperature"},
		{"steep temperature", set(factory, calT1out, 0x05, 0x00), "more than 1 °C"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "same temperature" {
				tt.data[calT1T0msb] = 0xC0
			}
			_, err := parseCalibration(tt.data)
			e, ok := errors.AsType[*sensor.CalibrationError](err)
			if !ok || !strings.Contains(e.Reason, tt.reason) || !bytes.Equal(e.Data, tt.data) {
				t.Errorf("parseCalibration(% x) = %v; want a CalibrationError with %q", tt.data, err, tt.reason)
			}
		})
	}
}

// Whatever is stored in a part, parsing and converting neither panic nor leave the units' range.
func FuzzCalibration(f *testing.F) {
	f.Add(factory, int16(0), int16(344))
	f.Add(worked, int16(math.MinInt16), int16(math.MaxInt16))
	f.Add(make([]byte, calibBytes), int16(0), int16(0))
	f.Fuzz(func(t *testing.T, p []byte, h, temp int16) {
		if len(p) != calibBytes {
			t.Skip()
		}
		c, err := parseCalibration(p)
		if err != nil {
			return
		}
		if env, _ := c.convert(h, temp); env.Humidity < 0 || env.Humidity > 100*physic.PercentRH {
			t.Errorf("humidity %v", env.Humidity)
		}
	})
}
