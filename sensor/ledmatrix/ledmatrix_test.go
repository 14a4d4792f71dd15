package ledmatrix_test

import (
	"errors"
	"image"
	"image/color"
	"image/draw"
	"testing"

	"github.com/google/go-cmp/cmp"
	"periph.io/x/conn/v3/i2c/i2ctest"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/ledmatrix"
)

var probeOp = i2ctest.IO{Addr: 0x46, W: []byte{0xF0}, R: []byte{'s'}}

// frame is the transaction for a dark matrix with the given bytes set.
func frame(lit map[int]byte) i2ctest.IO {
	w := make([]byte, 193)
	for i, v := range lit {
		w[i] = v
	}
	return i2ctest.IO{Addr: 0x46, W: w}
}

func open(t *testing.T, o *ledmatrix.Options, ops ...i2ctest.IO) *ledmatrix.Dev {
	t.Helper()
	bus := &i2ctest.Playback{Ops: append([]i2ctest.IO{probeOp}, ops...), DontPanic: true}
	d, err := ledmatrix.New(bus, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := bus.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

var (
	red   = color.RGBA{R: 255, A: 255}
	green = color.RGBA{G: 255, A: 255}
	blue  = color.RGBA{B: 255, A: 255}
)

// Frame positions from the kernel's formula: row*24 + {0, 8, 16} + column, after the register.
func TestFrameLayout(t *testing.T) {
	d := open(t, nil, frame(map[int]byte{1: 31, 10: 31, 192: 31}))
	d.Set(0, 0, red)
	d.Set(1, 0, green)
	d.Set(7, 7, blue)
	if err := d.Show(); err != nil {
		t.Error(err)
	}
}

func TestOneWriteAFrame(t *testing.T) {
	d := open(t, nil, frame(map[int]byte{1: 31}), frame(map[int]byte{1: 31, 2: 31}), frame(nil), frame(nil))
	pixel := func(x int) {
		t.Helper()
		if err := d.Draw(image.Rect(x, 0, x+1, 1), image.NewUniform(red), image.Point{}); err != nil {
			t.Error(err)
		}
	}
	pixel(0)
	pixel(0) // nothing changes: no write
	if err := d.Show(); err != nil {
		t.Error(err)
	}
	pixel(1) // the first one stays
	d.Set(1, 0, color.RGBA{R: 249, A: 255})
	if err := d.Show(); err != nil { // the same five bits
		t.Error(err)
	}
	if err := d.Halt(); err != nil { // dark
		t.Error(err)
	}
	if err := d.Halt(); err != nil { // is already
		t.Error(err)
	}
	if err := d.Refresh(); err != nil {
		t.Error(err)
	}
}

// The first frame is sent whatever it is: what the matrix shows is not known.
func TestFirstFrameIsSent(t *testing.T) {
	d := open(t, nil, frame(nil))
	if err := d.Show(); err != nil {
		t.Error(err)
	}
}

// A pixel near the top left corner wanders around the corners, clockwise.
func TestRotation(t *testing.T) {
	for degrees, at := range map[int]int{
		0:   1 + 0*24 + 1, // row 0, column 1
		90:  1 + 1*24 + 7, // row 1, column 7
		180: 1 + 7*24 + 6, // row 7, column 6
		270: 1 + 6*24 + 0, // row 6, column 0
	} {
		d := open(t, &ledmatrix.Options{Rotation: degrees}, frame(map[int]byte{at: 31}))
		if err := d.Draw(image.Rect(1, 0, 2, 1), image.NewUniform(red), image.Point{}); err != nil {
			t.Errorf("at %d degrees: %v", degrees, err)
		}
		if got := d.At(1, 0); got != red {
			t.Errorf("At(1, 0) = %v at %d degrees; want %v", got, degrees, red)
		}
	}
	d := open(t, nil, frame(map[int]byte{1: 31}), frame(map[int]byte{192 - 16: 31}))
	d.Set(0, 0, red)
	for _, degrees := range []int{0, 180} {
		if err := errors.Join(d.SetRotation(degrees), d.Show()); err != nil {
			t.Errorf("turned to %d degrees: %v", degrees, err)
		}
	}
	if err := d.SetRotation(45); err == nil {
		t.Error("SetRotation(45) = nil; want an error")
	}
}

// Colours that python-sense-hat's users have reported to come back from a pixel as others than were set. Here it
// is the same one, and the matrix gets the upper five bits.
func TestColours(t *testing.T) {
	for _, c := range [][3]uint8{
		{149, 165, 8},
		{138, 113, 42},
		{183, 67, 236},
		{68, 9, 47},
		{113, 162, 60},
		{76, 217, 12},
		{95, 161, 251},
		{179, 16, 163},
		{96, 143, 2},
		{255, 255, 0},
		{228, 232, 0},
		{7, 8, 0},
	} {
		want := color.RGBA{R: c[0], G: c[1], B: c[2], A: 255}
		d := open(t, nil, frame(map[int]byte{1: c[0] >> 3, 9: c[1] >> 3, 17: c[2] >> 3}))
		d.Set(0, 0, color.NRGBA{R: c[0], G: c[1], B: c[2], A: 255})
		if err := d.Show(); err != nil {
			t.Error(err)
		}
		if got := d.At(0, 0); got != want {
			t.Errorf("At after Set(%v) = %v", want, got)
		}
		if got := d.Image().RGBAAt(0, 0); got != want {
			t.Errorf("Image after Set(%v) = %v", want, got)
		}
	}
}

func TestCurves(t *testing.T) {
	tests := []struct {
		curve           ledmatrix.Curve
		v47, v48, white byte
	}{
		{ledmatrix.Linear, 5, 6, 31},
		{ledmatrix.Gamma, 0, 1, 31}, // astro-pi's guide: 47 is dark, 48 is lit
		{ledmatrix.LowLight, 1, 1, 10},
	}
	for _, tt := range tests {
		d := open(t, &ledmatrix.Options{Curve: tt.curve}, frame(map[int]byte{1: tt.v47, 9: tt.v48, 17: tt.white}))
		d.Set(0, 0, color.RGBA{R: 47, G: 48, B: 255, A: 255})
		if err := d.Show(); err != nil {
			t.Errorf("%v: %v", tt.curve, err)
		}
	}
}

// slow hides the fast way to an image's pixels.
type slow struct{ image.Image }

func TestDrawLikeTheStandardLibrary(t *testing.T) {
	src := image.NewNRGBA(image.Rect(-3, -3, 9, 9))
	for i := range src.Pix {
		src.Pix[i] = uint8(i * 7)
	}
	for _, tt := range []struct {
		name string
		dst  image.Rectangle
		sp   image.Point
	}{
		{"whole", image.Rect(0, 0, 8, 8), image.Pt(0, 0)},
		{"part", image.Rect(2, 3, 6, 5), image.Pt(-1, 2)},
		{"over the edge", image.Rect(-2, -2, 20, 20), image.Pt(-3, -3)},
		{"beyond the source", image.Rect(0, 0, 8, 8), image.Pt(6, 6)},
		{"outside", image.Rect(8, 0, 16, 8), image.Pt(0, 0)},
		{"empty", image.Rectangle{}, image.Pt(0, 0)},
	} {
		for name, img := range map[string]image.Image{"fast": src, "slow": slow{src}} {
			d, err := ledmatrix.New(emulator.New(nil), nil)
			if err != nil {
				t.Fatal(err)
			}
			want := d.Image()
			draw.Draw(want, tt.dst, src, tt.sp, draw.Over)
			if err := d.Draw(tt.dst, img, tt.sp); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.Pix, d.Image().Pix); diff != "" {
				t.Errorf("%s, %s: Draw differs from draw.Draw over black (-want +got):\n%s", tt.name, name, diff)
			}
		}
	}
}

// A picture may be drawn from the matrix itself, as when it scrolls.
func TestDrawItself(t *testing.T) {
	d, err := ledmatrix.New(emulator.New(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	for x := range 8 {
		d.Set(x, 0, color.RGBA{R: uint8(x), A: 255})
	}
	if err := d.Draw(image.Rect(0, 0, 7, 8), d, image.Pt(1, 0)); err != nil {
		t.Fatal(err)
	}
	for x := range 8 {
		if got, want := d.At(x, 0), (color.RGBA{R: uint8(min(x+1, 7)), A: 255}); got != want {
			t.Errorf("At(%d, 0) = %v; want %v", x, got, want)
		}
	}
}

func TestOutside(t *testing.T) {
	d := open(t, nil)
	for _, p := range []image.Point{{-1, 0}, {8, 0}, {0, -1}, {0, 8}} {
		d.Set(p.X, p.Y, red)
		if got := d.At(p.X, p.Y); got != (color.RGBA{}) {
			t.Errorf("At(%v) = %v; want nothing", p, got)
		}
	}
	if got, want := d.String(), "LEDMatrix{playback}"; got != want {
		t.Errorf("String() = %q; want %q", got, want)
	}
}

func TestProbe(t *testing.T) {
	// The top bit is a known defect of the Raspberry Pi's bus.
	bus := &i2ctest.Playback{Ops: []i2ctest.IO{{Addr: 0x46, W: []byte{0xF0}, R: []byte{'s' | 0x80}}}, DontPanic: true}
	if _, err := ledmatrix.New(bus, nil); err != nil {
		t.Errorf("New with the top bit set = %v; want nil", err)
	}
	bus = &i2ctest.Playback{Ops: []i2ctest.IO{{Addr: 0x46, W: []byte{0xF0}, R: []byte{'x'}}}, DontPanic: true}
	_, err := ledmatrix.New(bus, nil)
	if e, ok := errors.AsType[*sensor.NotPresentError](err); !ok || e.Got != 'x' || e.Want != 's' {
		t.Errorf("New at another chip = %v; want a NotPresentError", err)
	}
	_, err = ledmatrix.New(nil, &ledmatrix.Options{Rotation: 45, Curve: 9})
	want := "sensor: ledmatrix: rotation is 45 degrees, want 0, 90, 180 or 270\n" +
		"sensor: ledmatrix: unknown curve Curve(9)\n" +
		"sensor: ledmatrix: bus is nil"
	if err == nil || err.Error() != want {
		t.Errorf("New with bad arguments = %v; want %s", err, want)
	}
}

func TestBusFaults(t *testing.T) {
	board := emulator.New(nil)
	clearFault := board.Fault(emulator.Fault{Kind: emulator.NACK, Addr: ledmatrix.Addr})
	_, err := ledmatrix.New(board, nil)
	if _, ok := errors.AsType[*sensor.NotPresentError](err); !ok || !errors.Is(err, emulator.ErrNACK) {
		t.Errorf("New with NACK = %v; want a NotPresentError with %v", err, emulator.ErrNACK)
	}
	clearFault()
	d, err := ledmatrix.New(board, nil)
	if err != nil {
		t.Fatal(err)
	}
	all := d.Bounds()
	if err := d.Draw(all, image.NewUniform(blue), image.Point{}); err != nil {
		t.Fatal(err)
	}
	clearFault = board.Fault(emulator.Fault{Kind: emulator.NACK, Addr: ledmatrix.Addr})
	err = d.Draw(all, image.NewUniform(red), image.Point{})
	if e, ok := errors.AsType[*sensor.BusError](err); !ok || e.Op != "write" {
		t.Errorf("Draw with NACK = %v; want a BusError", err)
	}
	clearFault()
	// What is on the matrix is not known after that, so the same frame as before the fault is sent too.
	frames := board.Frames()
	if err := d.Draw(all, image.NewUniform(blue), image.Point{}); err != nil || board.Frames() != frames+1 {
		t.Errorf("Draw after NACK = %v, %d frames; want one frame", err, board.Frames()-frames)
	}
	if got, want := board.Pixels()[63], (color.NRGBA{B: 255, A: 255}); got != want {
		t.Errorf("the matrix shows %v; want %v", got, want)
	}
	if err := board.Misuse(); err != nil {
		t.Error(err)
	}
}

func TestDrawAllocatesNothing(t *testing.T) {
	d, err := ledmatrix.New(emulator.New(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	a, b := image.NewRGBA(d.Bounds()), image.NewUniform(red)
	if n := testing.AllocsPerRun(100, func() {
		for _, src := range [...]image.Image{a, b} {
			if err := d.Draw(d.Bounds(), src, image.Point{}); err != nil {
				t.Error(err)
			}
		}
	}); n != 0 {
		t.Errorf("Draw makes %v allocations; want none", n)
	}
}

func BenchmarkDraw(b *testing.B) {
	d, err := ledmatrix.New(emulator.New(nil), nil)
	if err != nil {
		b.Fatal(err)
	}
	src := image.NewRGBA(d.Bounds())
	b.ReportAllocs()
	for b.Loop() {
		src.Pix[0] += 8
		if err := d.Draw(d.Bounds(), src, image.Point{}); err != nil {
			b.Fatal(err)
		}
	}
}
