package f32

func (m *Matrices) portable(dst, src []uint32) {
	for i := range m.Count {
		turn(dst[i*m.DstNext:], src[i*m.SrcNext:], m.Rows, m.Cols, m.Dst, m.Src)
	}
}

// turn transposes a matrix.
func turn(dst, src []uint32, rows, cols, dstStep, step int) {
	const block = 16 // columns, so that what is written to stays in the cache
	for at := 0; at < cols; at += block {
		n := min(block, cols-at)
		for r := range rows {
			to := dst[at*dstStep+r:]
			for c, v := range src[r*step+at:][:n] {
				to[c*dstStep] = v
			}
		}
	}
}
