package view

import (
	"image"
	"image/color"
	"strings"

	"github.com/brinkml/brink/sensor/emulator"
)

// Snapshot is what is to be seen of a board.
type Snapshot struct {
	// Pixels are the matrix, row by row.
	Pixels [64]color.NRGBA
	// Keys are where the stick is held.
	Keys emulator.Keys
	// Readings are shown in their order.
	Readings []Reading
	// Note is a line of text below, such as what happened last. It may be
	// empty.
	Note string
}

// Reading is a line of what a board senses.
type Reading struct {
	// Name says of what: "pressure".
	Name string `json:"name"`
	// Value is the number with its unit, or why there is none.
	Value string `json:"value"`
	// Mark is what is special about it, such as a sensor.Quality in words;
	// empty when nothing is.
	Mark string `json:"mark,omitempty"`
}

// Take returns a Snapshot of a board with its pixels, and nothing else.
func Take(b *emulator.Board) Snapshot {
	return Snapshot{Pixels: b.Pixels()}
}

// Image returns pixels as an image of 8×8, for the displays of others.
func Image(pixels [64]color.NRGBA) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, 8, 8))
	for i, c := range pixels {
		img.SetNRGBA(i%8, i/8, c)
	}
	return img
}

var keyNames = []struct {
	key  emulator.Keys
	name string
}{
	{emulator.KeyUp, "up"},
	{emulator.KeyDown, "down"},
	{emulator.KeyLeft, "left"},
	{emulator.KeyRight, "right"},
	{emulator.KeyEnter, "enter"},
}

// KeyNames returns the directions of keys: "up", "down", "left", "right" and
// "enter", with spaces between, or "-" for none.
func KeyNames(keys emulator.Keys) string {
	var names []string
	for _, k := range keyNames {
		if keys&k.key != 0 {
			names = append(names, k.name)
		}
	}
	if names == nil {
		return "-"
	}
	return strings.Join(names, " ")
}

// ParseKey returns the direction with that name.
func ParseKey(name string) (emulator.Keys, bool) {
	for _, k := range keyNames {
		if k.name == name {
			return k.key, true
		}
	}
	return 0, false
}
