package jpeg2000

import (
	"bytes"
	"errors"
	"image"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// fixture describes a file that testdata/generate.py made.
type fixture struct {
	name        string
	w, h, comps int
	bits        int
	dx, dy      int // of all components but the first
}

var fixtures = []fixture{
	{"grey.jp2", 33, 21, 1, 8, 1, 1},
	{"point.j2k", 1, 1, 1, 8, 1, 1},
	{"rgb.jp2", 24, 20, 3, 8, 1, 1},
	{"rgb-plain.j2k", 17, 13, 3, 8, 1, 1},
	{"rgba.jp2", 21, 15, 4, 8, 1, 1},
	{"grey-alpha.jp2", 19, 12, 2, 8, 1, 1},
	{"tiles.j2k", 31, 27, 1, 8, 1, 1},
	{"tiles-rgb.j2k", 25, 18, 3, 8, 1, 1},
	{"styles.j2k", 20, 20, 1, 16, 1, 1},
	{"bypass.j2k", 20, 20, 1, 16, 1, 1},
	{"causal.j2k", 30, 22, 1, 8, 1, 1},
	{"layers.jp2", 26, 22, 3, 8, 1, 1},
	{"layers-bypass.j2k", 24, 20, 1, 12, 1, 1},
	{"poc.j2k", 24, 24, 3, 8, 1, 1},
	{"roi.j2k", 22, 18, 1, 8, 1, 1},
	{"subsampled.jp2", 24, 18, 4, 8, 2, 3},
	{"narrow.jp2", 27, 14, 1, 1, 1, 1},
	{"signed.jp2", 20, 14, 3, 4, 1, 1},
	{"signed16.j2k", 18, 14, 1, 16, 1, 1},
	{"lossy.jp2", 24, 20, 3, 8, 1, 1},
	{"lossy-tiles.j2k", 29, 23, 1, 8, 1, 1},
}

// sample is what generate.py calls sample, in eight bits.
func (f fixture) sample(x, y, c int) uint8 {
	if c > 0 {
		x, y = x/f.dx, y/f.dy
	}
	v := x*x*(c+1)/3 + y*y/2 + 5*x*(y&3)
	v = v << f.bits >> 8 & (1<<f.bits - 1)
	if f.bits > 8 {
		return uint8(min((v+1<<(f.bits-9))>>(f.bits-8), 255))
	}
	top := 1<<f.bits - 1
	return uint8((v*255 + top/2) / top)
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pixel returns what an image has for a pixel of so many channels.
func pixel(img image.Image, x, y, channels int) []uint8 {
	switch m := img.(type) {
	case *image.Gray:
		return []uint8{m.GrayAt(x, y).Y}
	case *image.RGBA:
		c := m.RGBAAt(x, y)
		return []uint8{c.R, c.G, c.B, c.A}[:channels]
	case *image.NRGBA:
		c := m.NRGBAAt(x, y)
		if channels == 2 {
			return []uint8{c.R, c.A}
		}
		return []uint8{c.R, c.G, c.B, c.A}
	}
	return nil
}

// differs returns by how much an image differs from a fixture's, at most.
func (f fixture) differs(t *testing.T, img image.Image) int {
	t.Helper()
	var lossy []byte
	if strings.Contains(f.name, "lossy") {
		lossy = read(t, f.name+".raw")
	}
	if got, want := img.Bounds(), image.Rect(0, 0, f.w, f.h); got != want {
		t.Fatalf("bounds = %v; want %v", got, want)
	}
	worst := 0
	for y := range f.h {
		for x := range f.w {
			for c, got := range pixel(img, x, y, f.comps) {
				want := f.sample(x, y, c)
				if lossy != nil {
					want = lossy[(y*f.w+x)*f.comps+c]
				}
				worst = max(worst, int(got)-int(want), int(want)-int(got))
			}
		}
	}
	return worst
}

func TestDecode(t *testing.T) {
	for _, f := range fixtures {
		t.Run(f.name, func(t *testing.T) {
			b := read(t, f.name)
			img, err := Decode(b)
			if err != nil {
				t.Fatal(err)
			}
			tolerance := 0
			if strings.Contains(f.name, "lossy") {
				tolerance = 1
			}
			if got := f.differs(t, img); got > tolerance {
				t.Errorf("a sample differs by %d; want at most %d", got, tolerance)
			}
			cfg, err := DecodeConfig(b)
			if err != nil {
				t.Fatal(err)
			}
			if cfg.Width != f.w || cfg.Height != f.h || cfg.ColorModel != img.ColorModel() {
				t.Errorf("DecodeConfig = %v; want the size and model of the image", cfg)
			}
		})
	}
}

// A stream that was cut short anywhere gives an error, no half picture.
func TestTruncated(t *testing.T) {
	for _, f := range fixtures {
		b := read(t, f.name)
		for n := range b {
			if _, err := Decode(b[:n]); err == nil {
				t.Errorf("%s: the first %d of %d bytes decode", f.name, n, len(b))
			}
		}
	}
}

// packedHeaders moves the packet headers of a codestream of one tile-part, which has SOP and EPH markers, into marker
// segments of at most n bytes of them, in the main header (PPM) or the tile-part's (PPT).
func packedHeaders(b []byte, main bool, n int) []byte {
	sot, sod := bytes.Index(b, []byte{0xff, 0x90, 0, 10}), bytes.Index(b, []byte{0xff, 0x93})
	var heads, bodies []byte
	for _, p := range bytes.Split(b[sod+2:len(b)-2], []byte{0xff, 0x91, 0, 4})[1:] {
		end := bytes.Index(p, []byte{0xff, 0x92}) + 2
		heads, bodies = append(heads, p[2:end]...), append(bodies, p[end:]...)
	}
	mark := byte(markPPT & 0xff)
	if main {
		mark = markPPM & 0xff
		heads = append([]byte{0, 0, byte(len(heads) >> 8), byte(len(heads))}, heads...)
	}
	var segments []byte
	for i := byte(0); len(heads) > 0; i++ {
		k := min(n, len(heads))
		segments = append(segments, 0xff, mark, byte((k+3)>>8), byte(k+3), i)
		segments, heads = append(segments, heads[:k]...), heads[k:]
	}
	out := bytes.Clone(b[:sot])
	part := bytes.Clone(b[sot:sod])
	clear(part[6:10]) // the length: up to EOC
	if main {
		out = append(append(out, segments...), part...)
	} else {
		out = append(append(out, part...), segments...)
	}
	return append(append(append(out, 0xff, 0x93), bodies...), 0xff, 0xd9)
}

func TestPackedHeaders(t *testing.T) {
	f := fixtures[3] // rgb-plain.j2k
	for _, main := range []bool{false, true} {
		for _, n := range []int{1000, 7} {
			img, err := Decode(packedHeaders(read(t, f.name), main, n))
			if err != nil {
				t.Errorf("main header %v, %d bytes each: %v", main, n, err)
			} else if got := f.differs(t, img); got != 0 {
				t.Errorf("main header %v, %d bytes each: a sample differs by %d; want 0", main, n, got)
			}
		}
	}
}

// wide returns a codestream of one tile of w by h samples without any packets.
func wide(w, h uint32, comps int) []byte {
	be := func(v uint32) []byte { return []byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)} }
	siz := []byte{0, 0}
	for _, v := range []uint32{w, h, 0, 0, w, h, 0, 0} {
		siz = append(siz, be(v)...)
	}
	siz = append(siz, byte(comps>>8), byte(comps))
	for range comps {
		siz = append(siz, 7, 1, 1)
	}
	b := append([]byte{0xff, 0x4f, 0xff, 0x51, byte((len(siz) + 2) >> 8), byte(len(siz) + 2)}, siz...)
	b = append(b, 0xff, 0x52, 0, 12, 0, 0, 0, 1, 0, 0, 4, 4, 0, 1, 0xff, 0x5c, 0, 4, 0x40, 0x40)
	b = append(b, 0xff, 0x90, 0, 10, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0x93)
	return append(b, 0xff, 0xd9)
}

// Memory is taken only for images that are within limits and whose packets are there.
func TestMemory(t *testing.T) {
	for _, b := range [][]byte{
		wide(1<<13, 1<<13, 1),
		wide(1<<13, 1<<13+1, 1),
		wide(1<<31-1, 1<<31-1, 1),
		wide(1<<32-1, 1<<32-1, 4),
		wide(1, 1, 16384),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Decode(b)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Error("an image without packets decodes")
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > 64<<10 {
			t.Errorf("%v: %d bytes were taken before; want few", err, got)
		}
	}
}

// An empty packet makes a picture of the middle grey, and what leads nowhere is an error of the right kind.
func TestErrors(t *testing.T) {
	blank := wide(5, 3, 1)
	blank = append(blank[:len(blank)-2], 0, 0xff, 0xd9)
	img, err := Decode(blank)
	if err != nil {
		t.Fatal(err)
	}
	if got := pixel(img, 4, 2, 1)[0]; got != 128 {
		t.Errorf("a blank image has a sample of %d; want 128", got)
	}
	edit := func(at int, v byte) []byte {
		b := bytes.Clone(blank)
		b[at] = v
		return b
	}
	const cod = 4 + 41 // where the COD marker is
	for _, c := range []struct {
		what string
		b    []byte
		kind any
	}{
		{"nothing", nil, new(FormatError)},
		{"no image", []byte("GIF89a"), new(FormatError)},
		{"two hundred million samples", wide(1<<14, 1<<14, 1), new(LimitError)},
		{"five components", wide(4, 4, 5), new(UnsupportedError)},
		{"HTJ2K", edit(6, 0x40), new(UnsupportedError)},
		{"no width", edit(11, 0), new(FormatError)},
		{"17 bits", edit(42, 16), new(UnsupportedError)},
		{"no sub-sampling", edit(43, 0), new(FormatError)},
		{"another order", edit(cod+5, 5), new(FormatError)},
		{"no layers", edit(cod+7, 0), new(FormatError)},
		{"component transform of one component", edit(cod+8, 1), new(FormatError)},
		{"33 levels", edit(cod+9, 33), new(FormatError)},
		{"more levels than step sizes", edit(cod+9, 1), new(FormatError)},
		{"large code-blocks", edit(cod+10, 7), new(FormatError)},
		{"an unknown wavelet", edit(cod+13, 2), new(FormatError)},
		{"a tile that does not exist", edit(cod+25, 1), new(FormatError)},
	} {
		_, err := Decode(c.b)
		if err == nil {
			t.Errorf("%s: no error", c.what)
		} else if !errors.As(err, c.kind) {
			t.Errorf("%s: error %q is of type %T", c.what, err, err)
		}
	}
}

func TestDecodePaced(t *testing.T) {
	b := read(t, "tiles.j2k")
	total := 0
	if _, err := DecodePaced(b, func(work int) error { total += work; return nil }); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	for limit := 0; limit < total; limit += total / 50 {
		left := limit
		_, err := DecodePaced(b, func(work int) error {
			if left -= work; left < 0 {
				return stop
			}
			return nil
		})
		if !errors.Is(err, stop) {
			t.Errorf("DecodePaced stopped after %d of %d = %v; want the error of spend", limit, total, err)
		}
	}
}
