package ops

import "math"

// sampler finds which elements of a plane make the value at a place between them, and with which weights.
type sampler struct {
	dims    []int // of the plane
	strides []int
	mode    samplerMode
	padding string // what lies around the plane: zeros, border, or its reflection
	corners bool   // the plane ends at the centers of its outermost elements, not half an element further out
	count   int    // elements for one place
}

type samplerMode int

// How many elements make a value along each axis.
const (
	sampleNearest samplerMode = 1
	sampleLinear  samplerMode = 2
	sampleCubic   samplerMode = 4
)

// samplerAxis is where a place lies along one axis.
type samplerAxis struct {
	at     [4]int // elements, -1 for none
	weight [4]float64
}

// gridCubic is the free parameter of cubic interpolation in GridSample.
const gridCubic = -0.75

func newSampler(dims, strides []int, mode samplerMode, padding string, corners bool) *sampler {
	s := &sampler{dims: dims, strides: strides, mode: mode, padding: padding, corners: corners, count: 1}
	for range dims {
		s.count *= int(mode)
	}
	return s
}

// locate finds along axis i the elements around x.
func (s *sampler) locate(a *samplerAxis, i int, x float64) {
	n := s.dims[i]
	first, last := -0.5, float64(n)-0.5
	if s.corners {
		first, last = 0, float64(n-1)
	}
	if s.mode == sampleNearest {
		x = math.RoundToEven(x)
	}
	if !(x >= first && x <= last) {
		switch {
		case s.padding == "border" && s.mode != sampleCubic: // whose taps are moved to the border one by one
			x = min(max(x, 0), float64(n-1))
		case s.padding == "reflection":
			x = reflect(x, first, last)
		default: // whatever lies far enough out is all the same
			x = min(max(x, -4), float64(n+4))
		}
	}
	if x != x || n == 0 {
		a.at, a.weight = [4]int{-1, -1, -1, -1}, [4]float64{}
		if s.padding == "zeros" || n == 0 {
			return
		}
		x = 0
	}
	if s.mode == sampleNearest {
		a.at[0], a.weight[0] = s.element(int(x), n, first, last), 1
		return
	}
	low := math.Floor(x)
	r := x - low
	from := int(low)
	if s.mode == sampleLinear {
		a.weight[0], a.weight[1] = 1-r, r
	} else {
		weight := cubicWeight(gridCubic)
		a.weight = [4]float64{weight(1 + r), weight(r), weight(1 - r), weight(2 - r)}
		from--
	}
	for k := range int(s.mode) {
		a.at[k] = s.element(from+k, n, first, last)
	}
}

// element returns which of n elements is at position i, -1 for none.
func (s *sampler) element(i, n int, first, last float64) int {
	switch {
	case i >= 0 && i < n:
		return i
	case s.padding == "border":
		return min(max(i, 0), n-1)
	case s.padding == "reflection":
		return min(max(int(reflect(float64(i), first, last)), 0), n-1)
	}
	return -1
}

// reflect returns where x lies after it was reflected at first and last so often that it is between them.
func reflect(x, first, last float64) float64 {
	size := last - first
	if size <= 0 {
		return first
	}
	over := first - x
	if x > last {
		over = x - last
	}
	rest := math.Mod(over, 2*size) // there and back
	if rest > size {
		rest = 2*size - rest
	}
	if x > last {
		return last - rest
	}
	return first + rest
}

// place finds the elements for one place, whose coordinates are given outermost first: their offsets in the plane,
// negative for none, and their weights.
func (s *sampler) place(axes []samplerAxis, offsets []int32, weights []float64) {
	offsets[0], weights[0] = 0, 1
	n := 1
	for i := range axes {
		a := &axes[i]
		// From the last, because each element becomes several, in its place and after it.
		for j := n - 1; j >= 0; j-- {
			off, w := offsets[j], weights[j]
			for k := int(s.mode) - 1; k >= 0; k-- {
				to := j*int(s.mode) + k
				if off < 0 || a.at[k] < 0 {
					offsets[to], weights[to] = -1, 0
				} else {
					offsets[to], weights[to] = off+int32(a.at[k]*s.strides[i]), w*a.weight[k]
				}
			}
		}
		n *= int(s.mode)
	}
}
