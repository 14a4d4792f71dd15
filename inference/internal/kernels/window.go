package kernels

// MaxSpatial is how many spatial dimensions a Window may have.
const MaxSpatial = 14

// Window describes a kernel that slides over the spatial dimensions of an image: which elements of a plane each
// position sees. It is made once; walking over the positions allocates nothing.
type Window struct {
	In, Out []int // lengths of the plane that is looked at, and of the positions
	Stride  []int
	Pad     []int // before the first element
	Taps    int   // elements that the kernel sees
	Plane   int   // elements of the plane
	Spots   int   // positions
	offsets []int // of each tap from the kernel's origin, in elements of the plane
	coords  []int // the same as coordinates: Taps rows of len(In)
	reach   []int // the greatest coordinate of a tap, by dimension
	strides []int // of the plane
}

// NewWindow makes a window. All slices have one entry per spatial dimension.
func NewWindow(in, out, kernel, stride, dilation, pad []int) *Window {
	rank := len(in)
	w := &Window{In: in, Out: out, Stride: stride, Pad: pad, Taps: 1, Plane: 1, Spots: 1, strides: Contiguous(in)}
	for i := range rank {
		w.Taps *= kernel[i]
		w.Plane *= in[i]
		w.Spots *= out[i]
		w.reach = append(w.reach, (kernel[i]-1)*dilation[i])
	}
	at := make([]int, rank)
	for range w.Taps {
		off := 0
		for i, k := range at {
			off += k * dilation[i] * w.strides[i]
			w.coords = append(w.coords, k*dilation[i])
		}
		w.offsets = append(w.offsets, off)
		for i := rank - 1; i >= 0; i-- {
			if at[i]++; at[i] < kernel[i] {
				break
			}
			at[i] = 0
		}
	}
	return w
}

// spot is one position of a window.
type spot struct {
	w      *Window
	at     [MaxSpatial]int // among the positions
	origin [MaxSpatial]int // of the kernel in the plane; may lie outside of it
	base   int             // the origin as an element of the plane
	inside bool            // every tap sees an element
}

// spot returns the i-th position.
func (w *Window) spot(i int) spot {
	s := spot{w: w}
	for d := len(w.Out) - 1; d >= 0; d-- {
		s.at[d] = i % w.Out[d]
		i /= w.Out[d]
	}
	s.locate()
	return s
}

// next moves to the next position.
func (s *spot) next() {
	for d := len(s.w.Out) - 1; d >= 0; d-- {
		if s.at[d]++; s.at[d] < s.w.Out[d] {
			break
		}
		s.at[d] = 0
	}
	s.locate()
}

func (s *spot) locate() {
	s.base, s.inside = 0, true
	for d, n := range s.w.In {
		o := s.at[d]*s.w.Stride[d] - s.w.Pad[d]
		s.origin[d] = o
		s.base += o * s.w.strides[d]
		s.inside = s.inside && o >= 0 && o+s.w.reach[d] < n
	}
}

// sees reports whether tap t lies on an element of the plane.
func (s *spot) sees(t int) bool {
	rank := len(s.w.In)
	for d, c := range s.w.coords[t*rank:][:rank] {
		if x := s.origin[d] + c; x < 0 || x >= s.w.In[d] {
			return false
		}
	}
	return true
}
