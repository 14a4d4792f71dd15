package view_test

import (
	"flag"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/emulator/view"
)

var update = flag.Bool("update", false, "write the golden files anew")

// scene is a snapshot with every kind of pixel and of line.
func scene() view.Snapshot {
	s := view.Snapshot{
		Keys: emulator.KeyUp | emulator.KeyEnter,
		Readings: []view.Reading{
			{Name: "temperature", Value: "21.03 °C"},
			{Name: "humidity", Value: "100.0 %RH", Mark: "Clipped"},
			{Name: "pressure", Value: "no answer"},
		},
		Note: "turned by 15° around x",
	}
	for y := range 8 {
		for x := range 8 {
			s.Pixels[8*y+x] = color.NRGBA{A: 255}
			for i, v := range []*uint8{&s.Pixels[8*y+x].R, &s.Pixels[8*y+x].G, &s.Pixels[8*y+x].B} {
				if x>>i&1 == 1 {
					*v = uint8(255 - 34*y)
				}
			}
		}
	}
	s.Pixels[63] = color.NRGBA{} // as without a matrix
	return s
}

func TestText(t *testing.T) {
	many := scene()
	for range 8 {
		many.Readings = append(many.Readings, view.Reading{Name: "and", Value: "more"})
	}
	for _, tt := range []struct {
		name string
		s    view.Snapshot
		o    *view.TextOptions
	}{
		{"plain", scene(), nil},
		{"color", scene(), &view.TextOptions{Color: true}},
		{"long", many, &view.TextOptions{Color: true}},
		{"empty", view.Snapshot{}, nil},
	} {
		golden := filepath.Join("testdata", tt.name+".txt")
		got := view.Text(tt.s, tt.o)
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
			t.Errorf("%s: Text differs from %s (-want +got):\n%s", tt.name, golden, diff)
		}
	}
}

func TestKeyNames(t *testing.T) {
	for keys := range emulator.Keys(32) {
		var got emulator.Keys
		for _, name := range strings.Fields(view.KeyNames(keys)) {
			k, ok := view.ParseKey(name)
			if !ok && name != "-" {
				t.Errorf("ParseKey(%q) = false", name)
			}
			got |= k
		}
		if got != keys {
			t.Errorf("names of %#x = %q, which are %#x", keys, view.KeyNames(keys), got)
		}
	}
	if k, ok := view.ParseKey("middle"); ok {
		t.Errorf("ParseKey(middle) = %v; want none", k)
	}
}
