package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"time"

	"github.com/brinkml/brink/sensor/fusion"
)

// pictures are what the matrix can show, in the order in which the stick goes through them.
var pictures = []func(*image.RGBA, fusion.Euler, float64){level, compass, thermometer}

// draw keeps a picture on the matrix until ctx ends. chosen and said are what the stick has asked for.
func (h *hat) draw(ctx context.Context, chosen <-chan int, said <-chan struct{}) error {
	matrix, err := h.Matrix()
	if err != nil {
		return err
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	picture := 0
	for {
		select {
		case <-ctx.Done():
			return nil
		case by := <-chosen:
			picture = (picture + by + len(pictures)) % len(pictures)
		case <-said:
			_, air := h.now()
			text := fmt.Sprintf("%.1f C", air.Temperature.Celsius())
			if err := matrix.Scroll(ctx, text, nil); ctx.Err() == nil {
				h.count(err)
			}
		case <-tick.C:
			angles, air := h.now()
			img := image.NewRGBA(matrix.Bounds())
			pictures[picture](img, angles, air.Temperature.Celsius())
			err := matrix.Draw(matrix.Bounds(), img, image.Point{})
			if err != nil {
				// What the part showed before it was gone is not known.
				err = errors.Join(err, matrix.Refresh())
			}
			h.count(err)
		}
	}
}

// level has a bubble where the board is highest.
func level(img *image.RGBA, e fusion.Euler, _ float64) {
	for i := range 64 {
		img.SetRGBA(i%8, i/8, color.RGBA{B: 24, A: 255})
	}
	// Down in the board's axes, whose x is to the right and y to the lower edge of the matrix.
	x, y := -math.Sin(e.Pitch), math.Sin(e.Roll)*math.Cos(e.Pitch)
	place := func(down float64) int { return int(math.Round(min(max(3-down*6, 0), 6))) }
	c := color.RGBA{R: 255, G: 120, A: 255}
	if math.Hypot(x, y) < 0.05 {
		c = color.RGBA{G: 255, A: 255}
	}
	for i := range 4 {
		img.SetRGBA(place(x)+i%2, place(y)+i/2, c)
	}
}

// compass has a needle whose red end points north.
func compass(img *image.RGBA, e fusion.Euler, _ float64) {
	sin, cos := math.Sincos(-e.Yaw)
	for r := -3.5; r <= 3.5; r += 0.5 {
		c := color.RGBA{R: 200, G: 200, B: 200, A: 255}
		if r > 0 {
			c = color.RGBA{R: 255, A: 255}
		}
		img.SetRGBA(int(4+r*cos+1e-9), int(4+r*sin+1e-9), c)
	}
}

// thermometer lights a row for each 5 °C.
func thermometer(img *image.RGBA, _ fusion.Euler, celsius float64) {
	rows := int(math.Round(celsius / 5))
	for y := range min(max(rows, 0), 8) {
		c := color.RGBA{R: uint8(32 * y), G: 60, B: uint8(255 - 36*y), A: 255}
		for x := 2; x < 6; x++ {
			img.SetRGBA(x, 7-y, c)
		}
	}
}
