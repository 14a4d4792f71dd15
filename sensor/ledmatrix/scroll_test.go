package ledmatrix_test

import (
	"context"
	"errors"
	"image/color"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/ledmatrix"
)

// picture returns what the matrix shows, a string a row.
func picture(board *emulator.Board) []string {
	var rows []string
	pixels := board.Pixels()
	for y := range 8 {
		var row []byte
		for _, p := range pixels[8*y : 8*y+8] {
			switch {
			case p.R > 0:
				row = append(row, '#')
			case p.B > 0:
				row = append(row, '~')
			default:
				row = append(row, '.')
			}
		}
		rows = append(rows, string(row))
	}
	return rows
}

func TestScroll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		d, err := ledmatrix.New(board, nil)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		start := time.Now()
		go func() {
			done <- d.Scroll(t.Context(), "Ok!", &ledmatrix.ScrollOptions{Step: 50 * time.Millisecond, Color: color.RGBA{R: 255, A: 255}, Background: color.RGBA{B: 80, A: 255}})
		}()
		time.Sleep(8*50*time.Millisecond + time.Millisecond)
		want := []string{
			"~~~~~~~~",
			"###~#~#~",
			"#~#~#~#~",
			"#~#~##~~",
			"#~#~#~#~",
			"###~#~#~",
			"~~~~~~~~",
			"~~~~~~~~",
		}
		if diff := cmp.Diff(want, picture(board)); diff != "" {
			t.Errorf("after eight steps (-want +got):\n%s", diff)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got, want := time.Since(start), (8+4+4+2)*50*time.Millisecond; got != want {
			t.Errorf("Scroll took %v; want %v", got, want)
		}
		if got := picture(board)[3]; got != "~~~~~~~~" {
			t.Errorf("row at the end = %q; want nothing of the text", got)
		}
	})
}

func TestScrollEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		d, err := ledmatrix.New(board, nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 350*time.Millisecond)
		defer cancel()
		start := time.Now()
		err = d.Scroll(ctx, "A long text", nil)
		if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took != 350*time.Millisecond {
			t.Errorf("Scroll = %v after %v; want the end of its context", err, took)
		}
		frames := board.Frames()
		if err := d.Scroll(ctx, "more", nil); !errors.Is(err, context.DeadlineExceeded) || board.Frames() != frames {
			t.Errorf("Scroll with an ended context = %v, and drew", err)
		}
		if err := d.Scroll(t.Context(), "", &ledmatrix.ScrollOptions{Step: -1}); err == nil {
			t.Error("Scroll with a negative step = nil; want an error")
		}
		board.Fault(emulator.Fault{Kind: emulator.NACK, Addr: ledmatrix.Addr})
		if err := d.Scroll(t.Context(), "more", nil); !errors.Is(err, emulator.ErrNACK) {
			t.Errorf("Scroll with NACK = %v; want %v", err, emulator.ErrNACK)
		}
	})
}
