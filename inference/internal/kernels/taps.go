package kernels

// The loops of a block of rows: as much of them, tapBlock rows of runBlock elements, as stays in a first-level cache
// while all rows of the result go by.
const (
	tapBlock = 32
	runBlock = 128
)

// AddTaps adds a * x to c: c is [m, n], a is [m, len(taps)], and row t of x is the n elements of src from taps[t] on.
//
// With taps a row apart it is the product of two matrices. With taps that lie closer it is a convolution: the rows
// overlap, and none of them is ever copied.
//
// It goes along the rows, two results and four taps at a time. The eight factors stay in registers, which is as many
// as the smallest machine has room for without spilling.
func AddTaps[T Number](c, a Rows[T], src []T, taps []int, m, n int) {
	for j := 0; j < n; j += runBlock {
		run := min(runBlock, n-j)
		for t := 0; t < len(taps); t += tapBlock {
			block := taps[t:min(t+tapBlock, len(taps))]
			i := 0
			for ; i+2 <= m; i += 2 {
				addTaps2(c.Data[i*c.Stride+j:][:run], c.Data[(i+1)*c.Stride+j:][:run],
					a.Data[i*a.Stride+t:][:len(block)], a.Data[(i+1)*a.Stride+t:][:len(block)], src[j:], block)
			}
			if i < m {
				addTaps1(c.Data[i*c.Stride+j:][:run], a.Data[i*a.Stride+t:][:len(block)], src[j:], block)
			}
		}
	}
}

// addTaps2 is AddTaps for two rows.
func addTaps2[T Number](c0, c1, a0, a1, src []T, taps []int) {
	n := len(c0)
	for len(taps) >= 4 && len(a0) >= 4 && len(a1) >= 4 {
		fold2x4(c0, c1, src[taps[0]:][:n], src[taps[1]:][:n], src[taps[2]:][:n], src[taps[3]:][:n], (*[4]T)(a0), (*[4]T)(a1))
		taps, a0, a1 = taps[4:], a0[4:], a1[4:]
	}
	switch len(taps) {
	case 3:
		fold2x3(c0, c1, src[taps[0]:][:n], src[taps[1]:][:n], src[taps[2]:][:n], (*[3]T)(a0), (*[3]T)(a1))
	case 2:
		fold2x2(c0, c1, src[taps[0]:][:n], src[taps[1]:][:n], (*[2]T)(a0), (*[2]T)(a1))
	case 1:
		fold2x1(c0, c1, src[taps[0]:][:n], a0[0], a1[0])
	}
}

// addTaps1 is AddTaps for one row.
func addTaps1[T Number](c, a, src []T, taps []int) {
	n := len(c)
	for len(taps) >= 5 && len(a) >= 5 {
		fold1x5(c, src[taps[0]:][:n], src[taps[1]:][:n], src[taps[2]:][:n], src[taps[3]:][:n], src[taps[4]:][:n], (*[5]T)(a))
		taps, a = taps[5:], a[5:]
	}
	switch len(taps) {
	case 4:
		fold1x4(c, src[taps[0]:][:n], src[taps[1]:][:n], src[taps[2]:][:n], src[taps[3]:][:n], (*[4]T)(a))
	case 3:
		fold1x3(c, src[taps[0]:][:n], src[taps[1]:][:n], src[taps[2]:][:n], (*[3]T)(a))
	case 2:
		fold1x2(c, src[taps[0]:][:n], src[taps[1]:][:n], (*[2]T)(a))
	case 1:
		fold1x1(c, src[taps[0]:][:n], a[0])
	}
}
