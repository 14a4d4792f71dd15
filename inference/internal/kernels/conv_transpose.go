package kernels

// ScatterTaps adds products to planes, where they belong as the result of a transposed convolution: the rows of
// products are the positions of win from p to end, and hold for each plane one element a tap. It is the inverse of
// gathering what each position sees.
func ScatterTaps[T Float](win *Window, planes []T, products Rows[T], p, end int) {
	s := win.spot(p)
	count := len(planes) / win.Plane
	for i := range end - p {
		row := products.row(i, count*win.Taps)
		for m := range count {
			plane, r := planes[m*win.Plane:][:win.Plane], row[m*win.Taps:][:win.Taps]
			for t, off := range win.offsets[:len(r)] {
				if s.inside || s.sees(t) {
					plane[s.base+off] += r[t]
				}
			}
		}
		s.next()
	}
}
