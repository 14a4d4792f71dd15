package raster

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	"image/png"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/brinkml/brink/inference/internal/fault"
)

// small is an image of a few pixels, all different.
func small(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetRGBA(x, y, color.RGBA{byte(40 * x), byte(30 * y), byte(10*x + 5*y), 255})
		}
	}
	return m
}

func encoded(t testing.TB, encode func(b *bytes.Buffer, m image.Image) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, small(5, 3)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDecodeLossless(t *testing.T) {
	var want []byte
	m := small(5, 3)
	for i := 0; i < len(m.Pix); i += 4 {
		want = append(want, m.Pix[i:i+3]...)
	}
	files := map[string][]byte{
		"PNG":  encoded(t, func(b *bytes.Buffer, m image.Image) error { return png.Encode(b, m) }),
		"BMP":  encoded(t, func(b *bytes.Buffer, m image.Image) error { return bmp.Encode(b, m) }),
		"TIFF": encoded(t, func(b *bytes.Buffer, m image.Image) error { return tiff.Encode(b, m, nil) }),
		"PPM":  append([]byte("P6 5 # wide\n3\n255\n"), want...),
	}
	for name, file := range files {
		got, err := Decode(t.Context(), file, free)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(&Image{5, 3, want}, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

func TestDecodePNM(t *testing.T) {
	for file, want := range map[string][]byte{
		"P1\n3 2\n010\n1 1 0":                  {255, 0, 255, 0, 0, 255},
		"P4 3 2 \x40\xc0":                      {255, 0, 255, 0, 0, 255},
		"P2 2 1 10\n0 5":                       {0, 128},
		"P5 2 1 255 \x07\xff":                  {7, 255},
		"P5 2 1 65535\n\x80\x00\xff\xff":       {128, 255},
		"P5\n#a\n2 # b\n1\n# c\n100\n\x64\x32": {255, 128},
	} {
		m, err := Decode(t.Context(), []byte(file), free)
		if err != nil {
			t.Errorf("%q: %v", file, err)
			continue
		}
		if diff := cmp.Diff(want, reds(m)); diff != "" {
			t.Errorf("%q: (-want +got)\n%s", file, diff)
		}
	}
}

// reds returns the first byte of each pixel: of a gray one its brightness.
func reds(m *Image) []byte {
	var out []byte
	for i := 0; i < len(m.Pix); i += 3 {
		out = append(out, m.Pix[i])
	}
	return out
}

func TestDecodeRefuses(t *testing.T) {
	huge := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), 1<<30)
	huge = append(binary.BigEndian.AppendUint32(huge, 1<<30), 8, 2, 0, 0, 0, 0x23, 0xe0, 0x4d, 0x4e)
	jpeg := encoded(t, func(b *bytes.Buffer, m image.Image) error { return stdjpeg.Encode(b, m, nil) })
	for name, file := range map[string][]byte{
		"nothing":         {},
		"no image":        []byte("hello, world"),
		"PNG alone":       []byte("\x89PNG\r\n\x1a\n"),
		"JPEG alone":      []byte("\xff\xd8\xff\xd9"),
		"JPEG 2000 alone": []byte("\x00\x00\x00\x0cjP  \r\n\x87\n"),
		"a codestream":    []byte("\xff\x4f\xff\x51\x00\x02\xff\x90"),
		"half a JPEG":     jpeg[:len(jpeg)/2],
		"JPEG, no end":    jpeg[:len(jpeg)-12],
		"PNM, too large":  []byte("P6 999999999 999999999 255 "),
		"PNM, no size":    []byte("P6 0 5 255 "),
		"PNM, too bright": []byte("P5 1 1 70000 ab"),
		"PNM, short":      []byte("P5 5 5 255 abc"),
		"a huge PNG":      huge,
	} {
		if m, err := Decode(t.Context(), file, free); err == nil {
			t.Errorf("%s: got an image of %d by %d; want an error", name, m.Width, m.Height)
		}
	}
	if _, err := Decode(t.Context(), []byte("\xff\xd8\xff\xc3\x00\x02"), free); !errors.Is(err, ErrUnsupported) {
		t.Errorf("a lossless JPEG file: got %v; want %v", err, ErrUnsupported)
	}
	var limit *fault.LimitError
	if _, err := Decode(t.Context(), []byte("P6 100000 100000 255 "), free); !errors.As(err, &limit) {
		t.Errorf("10^10 pixels: got %v; want a *fault.LimitError", err)
	}
	refused := errors.New("no")
	if _, err := Decode(t.Context(), jpeg, func(int64) error { return refused }); !errors.Is(err, refused) {
		t.Errorf("no memory: got %v; want %v", err, refused)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Decode(ended, jpeg, free); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: got %v; want %v", err, context.Canceled)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encoded(f, func(b *bytes.Buffer, m image.Image) error { return stdjpeg.Encode(b, m, nil) }))
	f.Add(encoded(f, func(b *bytes.Buffer, m image.Image) error { return png.Encode(b, m) }))
	f.Add(encoded(f, func(b *bytes.Buffer, m image.Image) error { return bmp.Encode(b, m) }))
	f.Add(encoded(f, func(b *bytes.Buffer, m image.Image) error { return tiff.Encode(b, m, nil) }))
	f.Add([]byte("P3 1 1 255 1 2 3"))
	f.Fuzz(func(t *testing.T, file []byte) {
		small := func(bytes int64) error {
			if bytes > 1<<24 {
				return errors.New("too large")
			}
			return nil
		}
		m, err := Decode(t.Context(), file, small)
		if err == nil && len(m.Pix) != 3*m.Width*m.Height {
			t.Errorf("%d bytes for %d by %d pixels", len(m.Pix), m.Width, m.Height)
		}
	})
}
