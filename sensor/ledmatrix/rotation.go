package ledmatrix

// place returns the row and column of the matrix, as it lies with the HDMI socket down, at which a picture turned
// clockwise by the rotation has the pixel x, y.
func place(x, y, rotation int) (row, col int) {
	const last = size - 1
	switch rotation {
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
