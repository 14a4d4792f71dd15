package ledmatrix

import (
	"errors"
	"strconv"
)

// pose is how the picture lies on the matrix: first mirrored, then turned clockwise.
type pose struct {
	rotation     int
	flipH, flipV bool
}

// place returns the row and column of the matrix, as it lies with the HDMI socket down, of the picture's pixel x, y.
func (p pose) place(x, y int) (row, col int) {
	const last = size - 1
	if p.flipH {
		x = last - x
	}
	if p.flipV {
		y = last - y
	}
	switch p.rotation {
	case 90:
		return x, last - y
	case 180:
		return last - y, last - x
	case 270:
		return last - x, y
	}
	return y, x
}

func validRotation(degrees int) bool {
	return degrees == 0 || degrees == 90 || degrees == 180 || degrees == 270
}

func rotationError(degrees int) error {
	return errors.New("sensor: ledmatrix: rotation is " + strconv.Itoa(degrees) + " degrees, want 0, 90, 180 or 270")
}

// SetRotation turns the picture, as in Options, from the next Show or Draw on.
func (d *Dev) SetRotation(degrees int) error {
	if !validRotation(degrees) {
		return rotationError(degrees)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pose.rotation = degrees
	return nil
}

// FlipH mirrors the frame, left to right. A second call undoes it.
func (d *Dev) FlipH() { d.flip(func(x, y int) (int, int) { return size - 1 - x, y }) }

// FlipV mirrors the frame, top to bottom. A second call undoes it.
func (d *Dev) FlipV() { d.flip(func(x, y int) (int, int) { return x, size - 1 - y }) }

func (d *Dev) flip(to func(x, y int) (int, int)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.frame
	for y := range was {
		for x, c := range was[y] {
			tx, ty := to(x, y)
			d.frame[ty][tx] = c
		}
	}
}
