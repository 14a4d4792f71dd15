package ledmatrix

import (
	"image"
	"image/color"
)

// Clear fills the frame with one colour and shows it. nil is black.
func (d *Dev) Clear(c color.Color) error {
	if c == nil {
		c = color.Black
	}
	rgba := overBlack(c)
	d.mu.Lock()
	defer d.mu.Unlock()
	for y := range d.frame {
		for x := range d.frame[y] {
			d.frame[y][x] = rgba
		}
	}
	return d.show()
}

// Pixels returns the frame as it was drawn, row by row from the top left.
func (d *Dev) Pixels() (p [size * size]color.RGBA) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range p {
		p[i] = d.frame[i/size][i%size]
	}
	return p
}

// SetPixels sets the frame, row by row from the top left.
func (d *Dev) SetPixels(p [size * size]color.RGBA) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, c := range p {
		c.A = 0xFF // the colours are multiplied with theirs, which is as good as over black
		d.frame[i/size][i%size] = c
	}
}

// Load fills the frame with a picture of any size and shows it. A pixel of the frame is the mean of the part of the picture
// that it covers, so that a picture of 8×8 comes out as it is; one that is not square is squeezed. Decoding is the caller's:
// see the example. An empty picture is black.
func (d *Dev) Load(src image.Image) error {
	switch b := src.Bounds(); {
	case b.Empty():
		return d.Clear(nil)
	case b.Dx() == size && b.Dy() == size:
		return d.Draw(d.Bounds(), src, b.Min)
	}
	return d.Draw(d.Bounds(), shrink(src), image.Point{})
}

// shrink averages the parts of src that the pixels of the matrix cover, by area.
func shrink(src image.Image) *image.RGBA64 {
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	all := uint64(w) * uint64(h)
	fast, _ := src.(image.RGBA64Image)
	dst := image.NewRGBA64(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			// In units of an eighth of a pixel of src, this one covers w×h of them from (x·w, y·h) on.
			var red, green, blue uint64
			for sy := y * h / size; sy*size < (y+1)*h; sy++ {
				high := min((sy+1)*size, (y+1)*h) - max(sy*size, y*h)
				for sx := x * w / size; sx*size < (x+1)*w; sx++ {
					area := uint64(high * (min((sx+1)*size, (x+1)*w) - max(sx*size, x*w)))
					c := at64(src, fast, b.Min.X+sx, b.Min.Y+sy)
					red += uint64(c.R) * area
					green += uint64(c.G) * area
					blue += uint64(c.B) * area
				}
			}
			mean := func(v uint64) uint16 { return uint16((v + all/2) / all) }
			dst.SetRGBA64(x, y, color.RGBA64{R: mean(red), G: mean(green), B: mean(blue), A: 0xFFFF})
		}
	}
	return dst
}

// at64 takes a pixel of src; fast is src too, or nil.
func at64(src image.Image, fast image.RGBA64Image, x, y int) color.RGBA64 {
	if fast != nil {
		return fast.RGBA64At(x, y)
	}
	return rgba64(src.At(x, y))
}
