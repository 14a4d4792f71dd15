package ledmatrix_test

import (
	"errors"
	"image"
	"image/color"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/ledmatrix"
)

func emulated(t *testing.T, o *ledmatrix.Options) (*emulator.Board, *ledmatrix.Dev) {
	t.Helper()
	board := emulator.New(nil)
	d, err := ledmatrix.New(board, o)
	if err != nil {
		t.Fatal(err)
	}
	return board, d
}

// corner returns a frame with one lit pixel.
func corner(x, y int) (p [64]color.RGBA) {
	for i := range p {
		p[i].A = 255
	}
	p[8*y+x] = red
	return p
}

func TestPixels(t *testing.T) {
	board, d := emulated(t, nil)
	frames := board.Frames()
	var p [64]color.RGBA
	for i := range p {
		p[i] = color.RGBA{R: uint8(i), G: uint8(255 - i), B: uint8(7 * i), A: 255}
	}
	d.SetPixels(p)
	if board.Frames() != frames {
		t.Error("SetPixels has drawn; want Show to do that")
	}
	if err := d.Show(); err != nil || board.Frames() != frames+1 {
		t.Errorf("Show = %v, %d frames; want one", err, board.Frames()-frames)
	}
	if got := d.Pixels(); got != p {
		t.Errorf("Pixels() = %v; want what was set, %v", got, p)
	}
	if got := board.Pixels()[63]; got.R != 63>>3<<3|63>>5 {
		t.Errorf("the last pixel shows %v", got)
	}
	p[5] = color.RGBA{R: 100, A: 100} // transparency is drawn over black
	d.SetPixels(p)
	if got, want := d.At(5, 0), (color.RGBA{R: 100, A: 255}); got != want {
		t.Errorf("At a transparent pixel = %v; want %v", got, want)
	}
}

func TestClear(t *testing.T) {
	board, d := emulated(t, nil)
	for _, tt := range []struct {
		c    color.Color
		want color.NRGBA
	}{
		{blue, color.NRGBA{B: 255, A: 255}},
		{nil, color.NRGBA{A: 255}},
		{color.White, color.NRGBA{R: 255, G: 255, B: 255, A: 255}},
	} {
		frames := board.Frames()
		if err := d.Clear(tt.c); err != nil || board.Frames() != frames+1 {
			t.Errorf("Clear(%v) = %v, %d frames; want one", tt.c, err, board.Frames()-frames)
		}
		for i, p := range board.Pixels() {
			if p != tt.want {
				t.Fatalf("pixel %d after Clear(%v) = %v; want %v", i, tt.c, p, tt.want)
			}
		}
	}
}

// FlipH and FlipV change the frame; a second call undoes it.
func TestFlip(t *testing.T) {
	board, d := emulated(t, nil)
	d.SetPixels(corner(1, 2))
	d.FlipH()
	if got := d.Pixels(); got != corner(6, 2) {
		t.Errorf("after FlipH the frame is %v; want (6, 2) lit", got)
	}
	d.FlipV()
	if got := d.Pixels(); got != corner(6, 5) {
		t.Errorf("after FlipV the frame is %v; want (6, 5) lit", got)
	}
	if board.Frames() != 0 {
		t.Error("a flip has drawn; want Show to do that")
	}
	d.FlipH()
	d.FlipV()
	if got := d.Pixels(); got != corner(1, 2) {
		t.Errorf("flipped back the frame is %v; want (1, 2) lit", got)
	}
}

// With the options the frame stays as it is drawn, and the matrix shows it mirrored, and then turned.
func TestFlipOptions(t *testing.T) {
	for _, tt := range []struct {
		o    ledmatrix.Options
		x, y int // where the matrix has what was drawn at 1, 0
	}{
		{ledmatrix.Options{}, 1, 0},
		{ledmatrix.Options{FlipH: true}, 6, 0},
		{ledmatrix.Options{FlipV: true}, 1, 7},
		{ledmatrix.Options{FlipH: true, FlipV: true}, 6, 7}, // as turned by 180°
		{ledmatrix.Options{FlipH: true, Rotation: 90}, 7, 6},
		{ledmatrix.Options{FlipV: true, Rotation: 270}, 7, 6},
	} {
		board, d := emulated(t, &tt.o)
		d.SetPixels(corner(1, 0))
		if err := d.Show(); err != nil {
			t.Fatal(err)
		}
		for i, p := range board.Pixels() {
			if lit := i == 8*tt.y+tt.x; (p.R > 0) != lit {
				t.Errorf("%+v: pixel (%d, %d) is %v; want (%d, %d) lit", tt.o, i%8, i/8, p, tt.x, tt.y)
			}
		}
		if d.Pixels() != corner(1, 0) {
			t.Errorf("%+v: Pixels() is not what was drawn", tt.o)
		}
	}
}

// Curves change at run time, with the next Show, and leave the frame alone.
func TestSetCurve(t *testing.T) {
	board, d := emulated(t, nil)
	level := func() int { return int(board.Pixels()[0].R) >> 3 }
	if err := d.Clear(color.RGBA{R: 200, A: 255}); err != nil || level() != 25 {
		t.Errorf("linear: level %d, %v; want 25", level(), err)
	}
	if err := d.SetCurve(ledmatrix.LowLight); err != nil || level() != 25 {
		t.Errorf("SetCurve = %v, and shows level %d; want 25 until Show", err, level())
	}
	if err := d.Show(); err != nil || level() != 7 {
		t.Errorf("low light: level %d, %v; want 7", level(), err)
	}
	user := d.Gamma()
	user[25] = 3
	if err := errors.Join(d.SetGamma(user), d.Show()); err != nil || level() != 3 || d.Gamma() != user {
		t.Errorf("the user's: level %d, %v; want 3", level(), err)
	}
	user[25] = 32
	if err := d.SetGamma(user); err == nil || err.Error() != "sensor: ledmatrix: gamma of 25 is 32, want 0 to 31" {
		t.Errorf("SetGamma with 32 = %v; want an error", err)
	}
	if err := errors.Join(d.SetCurve(ledmatrix.Gamma), d.Show()); err != nil || level() != 18+2 {
		t.Errorf("gamma: level %d, %v; want 20", level(), err)
	}
	if err := d.SetCurve(9); err == nil {
		t.Error("SetCurve(9) = nil; want an error")
	}
	if got, want := d.At(0, 0), (color.RGBA{R: 200, A: 255}); got != want {
		t.Errorf("At = %v after all this; want %v", got, want)
	}
}

// A picture of any size, against averages in rational numbers.
func TestLoad(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	for _, size := range []image.Point{{8, 8}, {16, 16}, {64, 32}, {13, 29}, {9, 7}, {3, 2}, {1, 1}, {100, 1}} {
		_, d := emulated(t, nil)
		src := image.NewRGBA(image.Rect(-5, 3, -5+size.X, 3+size.Y))
		for i := range src.Pix {
			src.Pix[i] = uint8(rng.Uint32())
			if i%4 == 3 {
				src.Pix[i] = 255
			}
		}
		for name, img := range map[string]image.Image{"fast": src, "slow": slow{src}} {
			if err := d.Load(img); err != nil {
				t.Fatal(err)
			}
			for y := range 8 {
				for x := range 8 {
					want := mean(src, x, y)
					got := d.At(x, y).(color.RGBA)
					for i, v := range []uint8{got.R, got.G, got.B} {
						off := new(big.Rat).Sub(want[i], new(big.Rat).SetInt64(int64(v)))
						if off.Cmp(big.NewRat(-1, 256)) < 0 || off.Cmp(big.NewRat(257, 256)) > 0 { // the upper 8 of 16 bits
							t.Fatalf("%s, %v: channel %d of (%d, %d) = %d; want %s", name, size, i, x, y, v, want[i].FloatString(2))
						}
					}
				}
			}
		}
	}
}

// mean is the average of the part of img that pixel x, y of 8×8 covers, for each channel, in the upper 8 of 16 bits.
func mean(img *image.RGBA, x, y int) (v [3]*big.Rat) {
	overlap := func(n, at, of int) int64 { // of the n-th eighth of a side with pixel at, in eighths of a pixel
		return int64(max(min((n+1)*of, (at+1)*8)-max(n*of, at*8), 0))
	}
	b := img.Bounds()
	for i := range v {
		sum := int64(0)
		for sy := range b.Dy() {
			for sx := range b.Dx() {
				pixel := img.Pix[img.PixOffset(b.Min.X+sx, b.Min.Y+sy)+i]
				sum += int64(pixel) * 0x101 * overlap(x, sx, b.Dx()) * overlap(y, sy, b.Dy())
			}
		}
		v[i] = big.NewRat(sum, int64(b.Dx()*b.Dy())*0x100)
	}
	return v
}

// A picture of the matrix's own size comes out as it is; an empty one is dark.
func TestLoadExact(t *testing.T) {
	_, d := emulated(t, nil)
	src := image.NewRGBA(image.Rect(2, 2, 10, 10))
	for i := range src.Pix {
		src.Pix[i] = uint8(i) | uint8(i%4/3*255)
	}
	if err := d.Load(src); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(src.Pix, d.Image().Pix); diff != "" {
		t.Errorf("Load (-want +got):\n%s", diff)
	}
	if err := d.Load(image.NewRGBA(image.Rectangle{})); err != nil || d.At(3, 3) != (color.RGBA{A: 255}) {
		t.Errorf("Load of nothing = %v, pixel %v; want black", err, d.At(3, 3))
	}
}

func TestShowLetter(t *testing.T) {
	board, d := emulated(t, nil)
	for r, want := range map[rune][]string{
		'A': {"........", "...#....", "..#.#...", "..###...", "..#.#...", "..#.#...", "........", "........"},
		'W': {"........", ".#...#..", ".#...#..", ".#.#.#..", ".##.##..", ".#...#..", "........", "........"},
		'!': {"........", "...#....", "...#....", "...#....", "........", "...#....", "........", "........"},
		' ': {"........", "........", "........", "........", "........", "........", "........", "........"},
	} {
		if err := d.ShowLetter(r, red, nil); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, picture(board)); diff != "" {
			t.Errorf("ShowLetter(%q) (-want +got):\n%s", r, diff)
		}
	}
	if err := d.ShowLetter('I', nil, blue); err != nil || d.At(3, 1) != (color.RGBA{R: 255, G: 255, B: 255, A: 255}) || d.At(0, 0) != blue {
		t.Errorf("ShowLetter in white on blue = %v: %v on %v", err, d.At(3, 1), d.At(0, 0))
	}
}

// On a bus there is nothing to close.
func TestClose(t *testing.T) {
	_, d := emulated(t, nil)
	if err := errors.Join(d.Close(), d.Clear(red)); err != nil {
		t.Errorf("Clear after Close of a matrix on a bus = %v; want nil", err)
	}
}
