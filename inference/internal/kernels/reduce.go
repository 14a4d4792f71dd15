package kernels

import "math"

// Reducer says how many elements become one.
type Reducer[T Number] struct {
	Init   T                        // what no elements give
	Fold   func(acc T, run []T) T   // adds a run of elements to one result
	Rows   func(acc, row []T)       // adds an element to each of several results; nil: there are none
	Finish func(dst []T, count int) // turns what was accumulated over count elements into results; may be nil
}

// Apply reduces along a walk whose operands are dst and src: where dst does not advance, elements go into one result.
func (r *Reducer[T]) Apply(w *Walk, dst, src []T, count int, watch Watcher) {
	fill(dst, r.Init)
	if w.Run > 0 {
		for c := w.Start(watch); ; {
			d, s := c.Off[0], src[c.Off[1]:][:w.Run]
			if w.Step[0] == 0 {
				dst[d] = r.Fold(dst[d], s)
			} else {
				r.Rows(dst[d:][:w.Run], s)
			}
			if !c.Next() {
				break
			}
		}
	}
	if r.Finish != nil {
		r.Finish(dst, count)
	}
}

// ApplyTiles is Apply for elements that get looks up, at most tile at a time: n of them from the given one on.
func (r *Reducer[T]) ApplyTiles(w *Walk, dst []T, tile int, get func(at, n int) []T, count int, watch Watcher) {
	fill(dst, r.Init)
	if w.Run > 0 {
		for c := w.Start(watch); ; {
			for at := 0; at < w.Run; at += tile {
				d, s := c.Off[0]+at*w.Step[0], get(c.Off[1]+at, min(tile, w.Run-at))
				if w.Step[0] == 0 {
					dst[d] = r.Fold(dst[d], s)
				} else {
					r.Rows(dst[d:][:len(s)], s)
				}
			}
			if !c.Next() {
				break
			}
		}
	}
	if r.Finish != nil {
		r.Finish(dst, count)
	}
}

// sumRun adds the elements of run to acc. Four sums are kept, for speed and because their errors stay smaller.
func sumRun[T Number](acc T, run []T) T {
	var s0, s1, s2, s3 T
	for len(run) >= 4 {
		s0 += run[0]
		s1 += run[1]
		s2 += run[2]
		s3 += run[3]
		run = run[4:]
	}
	for _, v := range run {
		s0 += v
	}
	return acc + ((s0 + s1) + (s2 + s3))
}

// sumRows adds row to acc, element by element.
func sumRows[T Number](acc, row []T) {
	row = row[:len(acc)]
	for i, v := range row {
		acc[i] += v
	}
}

// squareRun adds the squares of the elements of run to acc.
func squareRun[T Number](acc T, run []T) T {
	for _, v := range run {
		acc += v * v
	}
	return acc
}

// squareRows adds the squares of row to acc, element by element.
func squareRows[T Number](acc, row []T) {
	for i, v := range row {
		acc[i] += v * v
	}
}

// absRun adds the magnitudes of the elements of run to acc.
func absRun[T Number](acc T, run []T) T {
	for _, v := range run {
		acc += magnitude(v)
	}
	return acc
}

// absRows adds the magnitudes of row to acc, element by element.
func absRows[T Number](acc, row []T) {
	for i, v := range row {
		acc[i] += magnitude(v)
	}
}

func magnitude[T Number](v T) T {
	if v < 0 {
		return -v
	}
	return v
}

// prodRun multiplies acc by the elements of run.
func prodRun[T Number](acc T, run []T) T {
	for _, v := range run {
		acc *= v
	}
	return acc
}

// prodRows multiplies acc by row, element by element.
func prodRows[T Number](acc, row []T) {
	for i, v := range row {
		acc[i] *= v
	}
}

// maxRun is the greatest of acc and the elements of run.
func maxRun[T Number](acc T, run []T) T {
	for _, v := range run {
		acc = max(acc, v)
	}
	return acc
}

// maxRows is the greater of acc and row, element by element.
func maxRows[T Number](acc, row []T) {
	for i, v := range row {
		acc[i] = max(acc[i], v)
	}
}

// minRun is the least of acc and the elements of run.
func minRun[T Number](acc T, run []T) T {
	for _, v := range run {
		acc = min(acc, v)
	}
	return acc
}

// minRows is the lesser of acc and row, element by element.
func minRows[T Number](acc, row []T) {
	for i, v := range row {
		acc[i] = min(acc[i], v)
	}
}

// Divide divides each element by count. Nothing divided by nothing is NaN, or 0 where there is no NaN.
func Divide[T Number](dst []T, count int) {
	if count == 0 {
		if T(1)/2 != 0 {
			fill(dst, T(math.NaN()))
		}
		return
	}
	for i := range dst {
		dst[i] /= T(count)
	}
}

// Root takes the square root of each element.
func Root[T Number](dst []T, _ int) {
	for i, v := range dst {
		dst[i] = T(math.Sqrt(float64(v)))
	}
}

// Logarithm takes the natural logarithm of each element.
func Logarithm[T Number](dst []T, _ int) {
	for i, v := range dst {
		dst[i] = T(math.Log(float64(v)))
	}
}

// LogSumExp reduces along a walk whose operands are dst and src to the logarithm of the sum of exponentials. Peak has
// the length of dst and gets the greatest elements, which greatest finds: exponentials are taken relative to them.
func LogSumExp[T Float](w *Walk, dst, peak, src []T, greatest *Reducer[T], watch Watcher) {
	greatest.Apply(w, peak, src, 0, watch)
	for i, p := range peak {
		if math.IsInf(float64(p), 0) {
			peak[i] = 0
		}
	}
	fill(dst, 0)
	if w.Run > 0 {
		for c := w.Start(watch); ; {
			for i, v := range src[c.Off[1]:][:w.Run] {
				d := c.Off[0] + i*w.Step[0]
				dst[d] += T(math.Exp(float64(v - peak[d])))
			}
			if !c.Next() {
				break
			}
		}
	}
	for i, p := range peak {
		dst[i] = p + T(math.Log(float64(dst[i])))
	}
}

// Lowest returns the least value of T, -Inf for floats.
func Lowest[T Number]() T {
	if T(1)/2 != 0 {
		return T(math.Inf(-1))
	}
	v := T(0) - 1
	for v+v < v { // down to the value of which the double wraps around to 0: that is 0 where there is no sign
		v += v
	}
	return v
}

// Highest returns the greatest value of T, +Inf for floats.
func Highest[T Number]() T {
	if T(1)/2 != 0 {
		return T(math.Inf(1))
	}
	v := T(1)
	for v+v+1 > v { // all bits but the sign's, of which the double and one is -1
		v += v + 1
	}
	return v
}
