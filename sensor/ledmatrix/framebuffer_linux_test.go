package ledmatrix

import (
	"errors"
	"image"
	"image/color"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/brinkml/brink/sensor"
)

// plain opens a file of the frame buffer's size, full of ones.
func plain(t *testing.T, o *Options) (d *Dev, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "fb1")
	ones := make([]byte, 128)
	for i := range ones {
		ones[i] = 0xFF
	}
	if err := os.WriteFile(path, ones, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := OpenFramebuffer(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d, path
}

func pixel565(t *testing.T, path string, x, y int) uint16 {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil || len(b) != 128 {
		t.Fatalf("the frame buffer has %d bytes, %v; want 128", len(b), err)
	}
	i := 2 * (8*y + x)
	return uint16(b[i]) | uint16(b[i+1])<<8
}

// The colours that python-sense-hat's users got back (its issues 31 and 104), since it keeps its frame in the frame buffer.
var truncated = []struct{ set, got [3]uint8 }{
	{[3]uint8{149, 165, 8}, [3]uint8{144, 164, 8}},
	{[3]uint8{138, 113, 42}, [3]uint8{136, 112, 40}},
	{[3]uint8{183, 67, 236}, [3]uint8{176, 64, 232}},
	{[3]uint8{68, 9, 47}, [3]uint8{64, 8, 40}},
	{[3]uint8{113, 162, 60}, [3]uint8{112, 160, 56}},
	{[3]uint8{76, 217, 12}, [3]uint8{72, 216, 8}},
	{[3]uint8{95, 161, 251}, [3]uint8{88, 160, 248}},
	{[3]uint8{179, 16, 163}, [3]uint8{176, 16, 160}},
	{[3]uint8{96, 143, 2}, [3]uint8{96, 140, 0}},
	{[3]uint8{255, 255, 0}, [3]uint8{248, 252, 0}},
	{[3]uint8{228, 232, 0}, [3]uint8{224, 232, 0}},
}

// The frame buffer has what python-sense-hat would have written, and the Dev gives back what was drawn.
func TestFramebufferColours(t *testing.T) {
	d, path := plain(t, nil)
	for i, tt := range truncated {
		c := color.RGBA{R: tt.set[0], G: tt.set[1], B: tt.set[2], A: 255}
		d.Set(i%8, i/8, c)
		if err := d.Show(); err != nil {
			t.Fatal(err)
		}
		v := pixel565(t, path, i%8, i/8)
		if got := [3]uint8{uint8(v >> 11 << 3), uint8(v >> 5 & 63 << 2), uint8(v & 31 << 3)}; got != tt.got {
			t.Errorf("frame buffer after %v = %v; want %v", tt.set, got, tt.got)
		}
		if got := d.At(i%8, i/8); got != c {
			t.Errorf("At after %v = %v", tt.set, got)
		}
	}
	if got := pixel565(t, path, 7, 7); got != 0 {
		t.Errorf("a pixel that was not drawn = %#x; want black", got)
	}
}

func TestFramebufferPose(t *testing.T) {
	d, path := plain(t, &Options{Rotation: 90})
	if err := d.Draw(image.Rect(1, 0, 2, 1), image.NewUniform(color.White), image.Point{}); err != nil {
		t.Fatal(err)
	}
	if got := pixel565(t, path, 7, 1); got != 0xFFFF {
		t.Errorf("row 1, column 7 = %#x; want 0xffff", got)
	}
	if got, want := d.String(), "LEDMatrix{"+path+"}"; got != want {
		t.Errorf("String() = %q; want %q", got, want)
	}
}

// driver is the kernel's: it counts writes to its curve.
type driver struct {
	table [32]uint8
	sets  int
	err   error
}

func (d *driver) curve() ([32]uint8, error) { return d.table, d.err }

func (d *driver) setCurve(table *[32]uint8) error {
	if d.err == nil {
		d.sets++
		d.table = *table
	}
	return d.err
}

// The driver applies the curve, is told of each once, and has its own again in the end.
func TestFramebufferCurve(t *testing.T) {
	d, path := plain(t, &Options{Curve: LowLight})
	kernel := &driver{table: curveTables[Gamma]}
	d.panel.(*framebuffer).curves = kernel
	for range 3 {
		if err := d.Clear(color.White); err != nil {
			t.Fatal(err)
		}
	}
	if got := pixel565(t, path, 3, 3); got != 0xFFFF || kernel.sets != 1 || kernel.table != curveTables[LowLight] {
		t.Errorf("pixel %#x, curve set %d times to %v; want 0xffff, once, low light", got, kernel.sets, kernel.table)
	}
	user := curveTables[Linear]
	user[31] = 20
	if err := errors.Join(d.SetGamma(user), d.Show()); err != nil || kernel.sets != 2 || kernel.table != user {
		t.Errorf("Show after SetGamma = %v, curve %v; want nil, the user's", err, kernel.table)
	}
	kernel.err = fs.ErrPermission
	_ = d.SetCurve(Linear)
	if _, ok := errors.AsType[*sensor.BusError](d.Show()); !ok {
		t.Error("Show with an ioctl that fails: want a *sensor.BusError")
	}
	kernel.err = nil
	if err := d.Close(); err != nil || kernel.table != curveTables[Gamma] {
		t.Errorf("Close = %v, curve %v; want the one from before", err, kernel.table)
	}
	if err := d.Clear(color.Black); !errors.Is(err, os.ErrClosed) || sensor.Temporary(err) {
		t.Errorf("Clear after Close = %v; want %v, not temporary", err, os.ErrClosed)
	}
}

// Without the driver's ioctls the levels go through the curve before they are written.
func TestFramebufferWithoutCurves(t *testing.T) {
	d, path := plain(t, &Options{Curve: Gamma})
	if err := d.Clear(color.RGBA{R: 47, G: 48, B: 255, A: 255}); err != nil {
		t.Fatal(err)
	}
	if got, want := pixel565(t, path, 0, 0), uint16(0<<11|1<<6|31); got != want {
		t.Errorf("pixel = %#x; want %#x", got, want)
	}
}

// One write a frame, and none when nothing has changed: what another program wrote meanwhile stays until Refresh.
func TestFramebufferWritesWhenChanged(t *testing.T) {
	d, path := plain(t, nil)
	if err := d.Clear(color.White); err != nil {
		t.Fatal(err)
	}
	other := make([]byte, 128)
	if err := os.WriteFile(path, other, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.Clear(color.White), d.Show()); err != nil || pixel565(t, path, 0, 0) != 0 {
		t.Errorf("the same frame = %v, and was written", err)
	}
	if err := d.Refresh(); err != nil || pixel565(t, path, 0, 0) != 0xFFFF {
		t.Errorf("Refresh = %v, and was not written", err)
	}
}

func TestFramebufferDrawAllocatesNothing(t *testing.T) {
	d, _ := plain(t, nil)
	a, b := image.NewRGBA(d.Bounds()), image.NewUniform(color.RGBA{R: 255, A: 255})
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

func TestFindFramebuffer(t *testing.T) {
	sys := t.TempDir()
	for dir, name := range map[string]string{"fb0": "vc4drmfb\n", "fb1": "RPi-Sense FB\n", "fbcon": ""} {
		if err := os.Mkdir(filepath.Join(sys, dir), 0o700); err != nil {
			t.Fatal(err)
		}
		if name != "" {
			if err := os.WriteFile(filepath.Join(sys, dir, "name"), []byte(name), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, err := findFramebuffer(sys, "/dev"); err != nil || got != "/dev/fb1" {
		t.Errorf("findFramebuffer = %q, %v; want /dev/fb1", got, err)
	}
	for _, none := range []string{t.TempDir(), filepath.Join(sys, "nowhere")} {
		if got, err := findFramebuffer(none, "/dev"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("findFramebuffer = %q, %v; want %v", got, err, fs.ErrNotExist)
		}
	}
}

func TestOpenFramebufferFails(t *testing.T) {
	_, err := OpenFramebuffer(filepath.Join(t.TempDir(), "fb7"), nil)
	if _, ok := errors.AsType[*sensor.NotPresentError](err); !ok || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("OpenFramebuffer of nothing = %v; want a *sensor.NotPresentError around %v", err, fs.ErrNotExist)
	}
	if _, err := OpenFramebuffer("", &Options{Rotation: 45, Curve: 9}); err == nil || err.Error() !=
		"sensor: ledmatrix: rotation is 45 degrees, want 0, 90, 180 or 270\nsensor: ledmatrix: unknown curve Curve(9)" {
		t.Errorf("OpenFramebuffer with bad options = %v; want both problems", err)
	}
}
