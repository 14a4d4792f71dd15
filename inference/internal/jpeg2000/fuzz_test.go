package jpeg2000

import (
	"image"
	"testing"
)

// FuzzDecode holds that no input makes the decoder panic, and that what it decodes is as its header says.
func FuzzDecode(f *testing.F) {
	for _, x := range fixtures {
		f.Add(read(f, x.name))
	}
	f.Add(packedHeaders(read(f, "rgb-plain.j2k"), true, 50))
	f.Add(packedHeaders(read(f, "rgb-plain.j2k"), false, 50))
	f.Add(wide(5, 3, 1))
	pclr := box("pclr", 0, 2, 3, 7, 7, 3, 10, 20, 15, 40, 50, 0)
	cmap := box("cmap", 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 2)
	f.Add(wrap(read(f, "point.j2k"), colrSRGB, pclr, cmap))
	cdef := box("cdef", 0, 3, 0, 0, 0, 0, 0, 3, 0, 1, 0, 0, 0, 2, 0, 2, 0, 0, 0, 1)
	f.Add(wrap(read(f, "rgb-plain.j2k"), colrSYCC, cdef))
	f.Fuzz(func(t *testing.T, b []byte) {
		cfg, err := DecodeConfig(b)
		if err != nil {
			if _, err := Decode(b); err == nil {
				t.Fatal("Decode takes what DecodeConfig refuses")
			}
			return
		}
		if cfg.Width*cfg.Height > 1<<18 {
			return
		}
		img, err := Decode(b)
		if err != nil {
			return
		}
		if got, want := img.Bounds(), image.Rect(0, 0, cfg.Width, cfg.Height); got != want {
			t.Errorf("bounds = %v; want %v", got, want)
		}
		if img.ColorModel() != cfg.ColorModel {
			t.Error("the image is of another colour model than its header says")
		}
	})
}
