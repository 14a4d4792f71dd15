package ledmatrix

import (
	"context"
	"errors"
	"image"
	"image/color"
	"time"
)

// ScrollOptions are the optional settings of [Dev.Scroll]. The zero value is the default.
type ScrollOptions struct {
	// Step is the time for each column. 0 is 100 ms; negative is refused.
	Step time.Duration
	// Color is that of the text, Background the other one. nil is white, and black.
	Color, Background color.Color
}

// Scroll lets the text pass once from right to left, in signs five pixels high. There are letters, digits and common signs;
// others are shown as a question mark. It returns nil when the text has left the matrix, ctx.Err() at once when ctx ends,
// with the matrix as it is then, and *sensor.BusError. It runs on the caller's goroutine.
func (d *Dev) Scroll(ctx context.Context, text string, o *ScrollOptions) error {
	var v ScrollOptions
	if o != nil {
		v = *o
	}
	switch {
	case v.Step == 0:
		v.Step = 100 * time.Millisecond
	case v.Step < 0:
		return errors.New("sensor: ledmatrix: scroll step is " + v.Step.String() + ", want more than 0")
	}
	if v.Color == nil {
		v.Color = color.White
	}
	if v.Background == nil {
		v.Background = color.Black
	}
	b := banner{columns: appendText(nil, text), ink: rgba64(v.Color), ground: rgba64(v.Background)}
	tick := time.NewTicker(v.Step)
	defer tick.Stop()
	for x := -size; ; x++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := d.Draw(d.Bounds(), &b, image.Pt(x, 0)); err != nil {
			return err
		}
		if x >= len(b.columns) {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// ShowLetter shows one sign in the middle of the matrix. A nil ink is white, a nil ground is black. Which signs there are
// is as with Scroll.
func (d *Dev) ShowLetter(r rune, ink, ground color.Color) error {
	if ink == nil {
		ink = color.White
	}
	if ground == nil {
		ground = color.Black
	}
	columns := appendText(nil, string(r))
	b := banner{columns: columns[:len(columns)-1], ink: rgba64(ink), ground: rgba64(ground)}
	return d.Draw(d.Bounds(), &b, image.Pt((len(b.columns)-size)/2, 0))
}

// banner is a line of text as an image without bounds.
type banner struct {
	columns     []uint8
	ink, ground color.RGBA64
}

// top is the row of the matrix where text begins.
const top = 1

func (b *banner) RGBA64At(x, y int) color.RGBA64 {
	if uint(x) < uint(len(b.columns)) && y >= top && b.columns[x]>>(y-top)&1 == 1 {
		return b.ink
	}
	return b.ground
}

func (b *banner) At(x, y int) color.Color { return b.RGBA64At(x, y) }
func (b *banner) ColorModel() color.Model { return color.RGBA64Model }
func (b *banner) Bounds() image.Rectangle { return image.Rect(-1e9, -1e9, 1e9, 1e9) }

func rgba64(c color.Color) color.RGBA64 { return color.RGBA64Model.Convert(c).(color.RGBA64) }

var _ image.RGBA64Image = (*banner)(nil)
