package jpeg2000

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"slices"
	"testing"
)

func box(kind string, body ...byte) []byte {
	n := len(body) + 8
	return append([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n), kind[0], kind[1], kind[2], kind[3]}, body...)
}

// wrap makes a JP2 file of a codestream and boxes of the header.
func wrap(code []byte, header ...[]byte) []byte {
	ftyp := box("ftyp", []byte("jp2 \x00\x00\x00\x00jp2 ")...)
	return slices.Concat([]byte(signature), ftyp, box("jp2h", slices.Concat(header...)...), box("jp2c", code...))
}

var (
	colrSYCC = box("colr", 1, 0, 0, 0, 0, 0, spaceSYCC)
	colrSRGB = box("colr", 1, 0, 0, 0, 0, 0, spaceSRGB)
)

func decode(t *testing.T, b []byte) image.Image {
	t.Helper()
	img, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestSYCC(t *testing.T) {
	f := fixtures[3]
	img := decode(t, wrap(read(t, f.name), colrSYCC))
	for y := range f.h {
		for x := range f.w {
			r, g, b := color.YCbCrToRGB(f.sample(x, y, 0), f.sample(x, y, 1), f.sample(x, y, 2))
			if got, want := pixel(img, x, y, 3), []uint8{r, g, b}; !bytes.Equal(got, want) {
				t.Fatalf("pixel %d, %d = %v; want %v", x, y, got, want)
			}
		}
	}
}

func TestChannelDefinitions(t *testing.T) {
	f := fixtures[4]
	code := read(t, f.name)
	code = code[bytes.Index(code, []byte{0xff, 0x4f}):]
	blueFirst := []byte{0, 4, 0, 0, 0, 0, 0, 3, 0, 1, 0, 0, 0, 2, 0, 2, 0, 0, 0, 1, 0, 3, 0, 1, 0, 0}
	premultiplied := []byte{0, 4, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 2, 0, 0, 0, 2, 0, 3, 0, 0, 0, 3}
	noOpacity := []byte{0, 3, 0, 3, 0, 0, 0, 1, 0, 1, 0, 0, 0, 2, 0, 2, 0, 0, 0, 3}
	for _, c := range []struct {
		what  string
		cdef  []byte
		model color.Model
		order []int // the components of R, G, B and opacity
	}{
		{"none", nil, color.NRGBAModel, []int{0, 1, 2, 3}},
		{"blue first", blueFirst, color.NRGBAModel, []int{2, 1, 0, 3}},
		{"opacity first, premultiplied", premultiplied, color.RGBAModel, []int{1, 2, 3, 0}},
		{"no opacity", noOpacity, color.RGBAModel, []int{3, 1, 2}},
	} {
		var cdef []byte
		if c.cdef != nil {
			cdef = box("cdef", c.cdef...)
		}
		img := decode(t, wrap(code, colrSRGB, cdef))
		if img.ColorModel() != c.model {
			t.Errorf("%s: the image is a %T", c.what, img)
		}
		var want []uint8
		for _, i := range c.order {
			want = append(want, f.sample(6, 7, i))
		}
		if got := pixel(img, 6, 7, 4)[:len(want)]; !bytes.Equal(got, want) {
			t.Errorf("%s: pixel 6, 7 = %v; want %v", c.what, got, want)
		}
	}
}

func TestPalette(t *testing.T) {
	f := fixtures[16] // narrow.jp2: of one bit
	code := read(t, f.name)
	code = code[bytes.Index(code, []byte{0xff, 0x4f}):]
	pclr := box("pclr", 0, 2, 3, 7, 7, 3, 10, 20, 15, 40, 50, 0)
	cmap := box("cmap", 0, 0, 1, 2, 0, 0, 1, 0, 0, 0, 1, 1)
	img := decode(t, wrap(code, colrSRGB, pclr, cmap))
	for x := range f.w {
		want := []uint8{255, 10, 20, 255}
		if f.sample(x, 9, 0) > 0 {
			want = []uint8{0, 40, 50, 255}
		}
		if got := pixel(img, x, 9, 4); !bytes.Equal(got, want) {
			t.Errorf("pixel %d, 9 = %v; want %v", x, got, want)
		}
	}
}

func TestBadBoxes(t *testing.T) {
	code := read(t, "point.j2k")
	pclr := box("pclr", 0, 2, 3, 7, 7, 3, 10, 20, 15, 40, 50, 0)
	for _, c := range []struct {
		what string
		b    []byte
		kind any
	}{
		{"one channel for three colours", wrap(code, colrSRGB), new(FormatError)},
		{"CMYK", wrap(code, box("colr", 1, 0, 0, 0, 0, 0, 12)), new(UnsupportedError)},
		{"a palette without a mapping", wrap(code, colrSRGB, pclr), new(FormatError)},
		{"a mapping to no column", wrap(code, colrSRGB, pclr, box("cmap", 0, 0, 1, 3)), new(FormatError)},
		{"a mapping of no component", wrap(code, colrSRGB, pclr, box("cmap", 0, 1, 1, 0)), new(FormatError)},
		{"an empty palette", wrap(code, box("pclr", 0, 0, 1, 7)), new(FormatError)},
		{"a palette of 1025 entries", wrap(code, box("pclr", 4, 1, 1, 7)), new(UnsupportedError)},
		{"a definition of no channel", wrap(code, box("cdef", 0, 1, 0, 9, 0, 0, 0, 1)), new(FormatError)},
		{"a colour without a channel", wrap(code, box("cdef", 0, 1, 0, 0, 0, 1, 0, 0)), new(FormatError)},
		{"a box shorter than its header", []byte(signature + "\x00\x00\x00\x07free"), new(FormatError)},
		{"a box longer than the file", []byte(signature + "\x00\x00\x00\x01free\xff\xff\xff\xff\xff\xff\xff\xff"), new(FormatError)},
		{"no codestream", []byte(signature), new(FormatError)},
	} {
		_, err := Decode(c.b)
		if err == nil {
			t.Errorf("%s: no error", c.what)
		} else if !errors.As(err, c.kind) {
			t.Errorf("%s: error %q is of type %T", c.what, err, err)
		}
		if _, err2 := DecodeConfig(c.b); (err2 == nil) != (err == nil) {
			t.Errorf("%s: DecodeConfig = %v; want an error like Decode's", c.what, err2)
		}
	}
}
