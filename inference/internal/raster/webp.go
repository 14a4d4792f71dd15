package raster

import "image"

// webpToRGB computes pixels as libwebp does: the colors, of which there is a sample for two by two pixels, are
// interpolated between the four samples around a pixel.
func webpToRGB(pix []byte, m *image.YCbCr) {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	cw, ch := (w+1)/2, (h+1)/2
	for y := range h {
		near, far := y/2*m.CStride, around(y, ch)*m.CStride
		for x, luma := range m.Y[y*m.YStride:][:w] {
			i, j := x/2, around(x, cw)
			color := func(c []byte) int32 {
				return (9*int32(c[near+i]) + 3*int32(c[near+j]) + 3*int32(c[far+i]) + int32(c[far+j]) + 8) >> 4
			}
			webpPixel(pix[3*(y*w+x):][:3], int32(luma), color(m.Cb), color(m.Cr))
		}
	}
}

// around returns the sample on the other side of the i-th pixel than its own; its own at the edge.
func around(i, samples int) int { return min(max((i-1)/2+i%2, 0), samples-1) }

// webpPixel converts a pixel by the equations of ITU-R BT.601 for video levels, with libwebp's factors: in units of
// 2^-14, of which products lose 8 bits at once.
func webpPixel(to []byte, y, cb, cr int32) {
	y = y * 19077 >> 8
	to[0] = clamp((y + cr*26149>>8 - 14234) >> 6)
	to[1] = clamp((y - cb*6419>>8 - cr*13320>>8 + 8708) >> 6)
	to[2] = clamp((y + cb*33050>>8 - 17685) >> 6)
}
