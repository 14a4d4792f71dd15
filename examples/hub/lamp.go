package main

import (
	"image"
	"image/color"
	"sync/atomic"
)

var (
	green = color.NRGBA{0, 150, 40, 255}
	amber = color.NRGBA{200, 110, 0, 255}
	red   = color.NRGBA{255, 0, 0, 255}
	dim   = color.NRGBA{0, 30, 10, 255}
)

// lamp draws the state of every appliance on the 8x8 matrix: a bar each, side by side, as high as the score is
// against its threshold (half height is the threshold). Shape tells what colour tells: an anomalous appliance
// fills its bar to the top and blinks.
type lamp struct {
	names  []string
	latest map[string]verdict
	frame  *image.NRGBA
	beat   int
	shown  atomic.Pointer[[64]color.NRGBA]
}

func newLamp(names []string) *lamp {
	return &lamp{names: names, latest: map[string]verdict{}, frame: image.NewNRGBA(image.Rect(0, 0, 8, 8))}
}

// show takes a verdict in and draws the frame.
func (l *lamp) show(v verdict) *image.NRGBA {
	l.latest[v.Appliance] = v
	l.beat++
	clear(l.frame.Pix)
	wide := max(8/max(len(l.names), 1), 1)
	for i, name := range l.names {
		v, ok := l.latest[name]
		if !ok {
			continue
		}
		height, c := bar(v)
		if v.Anomalous && l.beat%4 == 0 {
			c = amber
		}
		for x := i * wide; x < (i+1)*wide-1 && x < 8; x++ {
			for y := range 8 {
				if y < height {
					l.frame.SetNRGBA(x, 7-y, c)
				} else if y == 4 {
					l.frame.SetNRGBA(x, 7-y, dim)
				}
			}
		}
	}
	shown := new([64]color.NRGBA)
	for i := range shown {
		shown[i] = l.frame.NRGBAAt(i%8, i/8)
	}
	l.shown.Store(shown)
	return l.frame
}

// pixels is the last frame, for whoever has no board to read it back from. It is safe to call from any goroutine.
func (l *lamp) pixels() (p [64]color.NRGBA) {
	if shown := l.shown.Load(); shown != nil {
		p = *shown
	}
	return p
}

// bar is how many of the eight rows a verdict lights, and in which colour.
func bar(v verdict) (height int, c color.NRGBA) {
	switch ratio := v.Score / v.Threshold; {
	case v.Anomalous:
		return 8, red
	case ratio > 1:
		return 5, amber
	default:
		return 1 + min(int(ratio*4), 3), green
	}
}
