package raster

import (
	"bytes"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// free lets a decoder take all the memory that it wants.
func free(int64) error { return nil }

// TestJPEGAgainstStandardLibrary compares with Go's own decoder, which rounds in other ways and repeats colors instead
// of interpolating them: on average the two are close, and gray images closer than that.
func TestJPEGAgainstStandardLibrary(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("there is no go command")
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "src", "image", "testdata", "video-*.jpeg"))
	if err != nil || len(files) == 0 {
		t.Skip("the standard library's images are not there")
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			file, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Decode(t.Context(), file, free)
			if err != nil {
				t.Fatal(err)
			}
			m, err := stdjpeg.Decode(bytes.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			if size := m.Bounds().Size(); size != image.Pt(got.Width, got.Height) {
				t.Fatalf("the image is %d by %d; want %v", got.Width, got.Height, size)
			}
			sum := 0
			for y := range got.Height {
				for x := range got.Width {
					c := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
					for i, v := range []byte{c.R, c.G, c.B} {
						d := int(got.Pix[3*(y*got.Width+x)+i]) - int(v)
						sum += max(d, -d)
					}
				}
			}
			if mean := float64(sum) / float64(len(got.Pix)); mean > 5 {
				t.Errorf("pixels differ by %.3g on average; want 5 at most", mean)
			} else {
				t.Logf("pixels differ by %.3g on average", mean)
			}
		})
	}
}
