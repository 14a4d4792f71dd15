//go:build !noasm

package f32

import (
	"math"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// planeRun is what the assembly computes: rows of a plane of the output, from the lines of the image that their three rows of
// the kernel see, one after the other. The order of the fields is known to it.
type planeRun struct {
	dst          unsafe.Pointer
	dstStep      int // bytes
	rows, cols   int
	width        int            // of a line
	pad          int            // columns before the first
	weights      unsafe.Pointer // 9 of them
	bias, lo, hi float32
	lines        [planeLines]unsafe.Pointer
}

const (
	planeLines = 40        // that one call of the assembly sees at most
	planeSpots = 256 << 10 // of the output that it computes at most, but for a single row
	planeWidth = 1 << 30   // the assembly counts columns in 32 bits
)

// planeRows returns how many rows of a plane the assembly for a level computes at once, 0 when there is none.
func (p *Planes) planeRows() int {
	s := p.Stride
	if p.level < cpu.AVX2 || p.Kernel != [2]int{3, 3} || p.Dilation != [2]int{1, 1} || s[0] != s[1] || s[0] > 2 ||
		p.In[1] == 0 || max(p.In[1], p.Out[1]*s[1], p.Pad[1]) > planeWidth {
		return 0
	}
	return max(min((planeLines-3)/s[0]+1, planeSpots/p.Out[1]), 1)
}

// runPlane computes rows from y0 on of the plane x of a channel with the assembly. Zeros has a line of them.
func (p *Planes) runPlane(y, x, weights, zeros []float32, bias float32, y0, rows int) {
	a := planeRun{
		dst: unsafe.Pointer(&y[y0*p.Out[1]]), dstStep: 4 * p.Out[1], rows: rows, cols: p.Out[1], width: p.In[1], pad: p.Pad[1],
		weights: unsafe.Pointer(&weights[0]), bias: bias, lo: float32(math.Inf(-1)), hi: float32(math.Inf(1)),
	}
	if p.Clamp {
		a.lo, a.hi = p.Lo, p.Hi
	}
	first := y0*p.Stride[0] - p.Pad[0]
	for i := range p.rows(rows) {
		a.lines[i] = unsafe.Pointer(&zeros[0])
		if row := first + i; row >= 0 && row < p.In[0] {
			a.lines[i] = unsafe.Pointer(&x[row*p.In[1]])
		}
	}
	arg := (*byte)(unsafe.Pointer(&a))
	switch wide := p.level >= cpu.AVX512; {
	case wide && p.Stride[0] == 1:
		planeStepsAVX512(arg)
	case wide:
		planeSkipsAVX512(arg)
	case p.Stride[0] == 1:
		planeStepsAVX2(arg)
	default:
		planeSkipsAVX2(arg)
	}
}
