package raster

import (
	"image"
	"image/color"
)

// toRGB returns the pixels of an image. Transparency is left out. Only WebP has brightness apart from colors here.
func toRGB(m image.Image) []byte {
	b := m.Bounds()
	pix := make([]byte, 3*b.Dx()*b.Dy())
	switch m := m.(type) {
	case *image.YCbCr:
		webpToRGB(pix, m)
	case *image.NYCbCrA:
		webpToRGB(pix, &m.YCbCr)
	case *image.RGBA:
		fourToRGB(pix, m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, b)
	case *image.NRGBA:
		fourToRGB(pix, m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, b)
	case *image.Gray:
		for y := range b.Dy() {
			row := m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):][:b.Dx()]
			for x, v := range row {
				to := pix[3*(y*b.Dx()+x):][:3]
				to[0], to[1], to[2] = v, v, v
			}
		}
	default:
		for y := range b.Dy() {
			for x := range b.Dx() {
				c := color.NRGBAModel.Convert(m.At(b.Min.X+x, b.Min.Y+y)).(color.NRGBA)
				to := pix[3*(y*b.Dx()+x):][:3]
				to[0], to[1], to[2] = c.R, c.G, c.B
			}
		}
	}
	return pix
}

// fourToRGB leaves out every fourth byte.
func fourToRGB(pix, from []byte, stride int, b image.Rectangle) {
	for y := range b.Dy() {
		row := from[y*stride:][:4*b.Dx()]
		for x := range b.Dx() {
			copy(pix[3*(y*b.Dx()+x):][:3], row[4*x:])
		}
	}
}

// clamp returns v, held between 0 and 255.
func clamp(v int32) byte { return byte(min(max(v, 0), 255)) }
