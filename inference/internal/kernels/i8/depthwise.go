package i8

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// Depthwise is one call of the kernel that convolves each channel with a filter of its own: a row of pixels, of as many
// channels as a block has.
//
//	y[i][c] = round(clamp(float32(bias[c] + sum over t of (x[i*Step + taps[t]][c] ^ invert) * w[t][c]) * scale[c])) + zero
//
// The order of the fields is known to the assembly.
type Depthwise struct {
	X, Y           unsafe.Pointer // of bytes
	W              unsafe.Pointer // what the block has of Filters
	Bias, Scale    unsafe.Pointer // of int32 and float32: those of each channel where Place says
	Taps           *int           // in bytes from the pixel; as many as Filters says
	Groups         int            // of taps
	Step, LDY      int            // from one pixel to the next, in bytes
	N              int            // pixels
	Channels       int            // 1 to Block
	Lo, Hi         float32        // what is kept between them, before Zero is added
	Zero           int32
	Invert, Signed uint32 // 0, or 0x80808080 when x or y is int8
}

// Block is how many channels one call computes at most.
const Block = 64

// Filters are the weights of a depthwise convolution, less their zero points, in the order that the kernel wants them in.
type Filters struct {
	Channels, NTaps int
	Groups          int // of four taps; of one when the weights are int16
	Quads           bool
	Data            []byte
	Sums            []int32 // of each channel's weights
}

// PackFilters packs m, whose columns are channels and whose rows are taps.
func PackFilters(l cpu.Level, m *Matrix) *Filters {
	taps := m.NTaps * m.K
	f := &Filters{Channels: m.N, NTaps: taps, Groups: taps, Quads: hasQuads(l) && m.Parts(l) == 1, Sums: make([]int32, m.N)}
	blocks := (m.N + Block - 1) / Block
	if f.Quads {
		f.Groups = (taps + 3) / 4
	}
	f.Data = make([]byte, blocks*f.BlockBytes())
	for j := range m.N {
		zero := m.zero(j)
		for i := range taps {
			v := m.at(i/m.K*m.Tap+i%m.K*m.Row+j*m.Column) - zero
			f.Sums[j] += int32(v)
			at := j / Block * f.BlockBytes()
			if f.Quads {
				f.Data[at+i/4*4*Block+4*f.place(j%Block)+i%4] = byte(v)
			} else {
				*(*int16)(unsafe.Pointer(&f.Data[at+2*(i*Block+j%Block)])) = int16(v)
			}
		}
	}
	return f
}

// BlockBytes returns how many bytes the weights of a block take.
func (f *Filters) BlockBytes() int {
	if f.Quads {
		return f.Groups * 4 * Block
	}
	return f.Groups * 2 * Block
}

// place returns where the sums of a channel of a block are while they are computed.
func (f *Filters) place(c int) int {
	if !f.Quads {
		return c
	}
	return c/4%4*16 + c/16*4 + c%4
}

// Place returns where the parameters of channel c are.
func (f *Filters) Place(c int) int { return c/Block*Block + f.place(c%Block) }

// Taps returns where the taps are for the kernel: those given, and the first again for those that count nothing.
func (f *Filters) Taps(taps []int) []int {
	out := append([]int(nil), taps...)
	for f.Quads && len(out) < 4*f.Groups {
		out = append(out, taps[0])
	}
	return out
}

// runPortable computes the pixels with weights of int16.
func (d *Depthwise) runPortable() {
	var sums [Block]int32
	invert := byte(d.Invert)
	for i := range d.N {
		x := unsafe.Add(d.X, i*d.Step)
		s := sums[:d.Channels]
		copy(s, unsafe.Slice((*int32)(d.Bias), len(s)))
		for t, tap := range unsafe.Slice(d.Taps, d.Groups) {
			in := unsafe.Slice((*byte)(unsafe.Add(x, tap)), len(s))
			by := unsafe.Slice((*int16)(unsafe.Add(d.W, 2*Block*t)), len(s))
			for c := range s {
				s[c] += int32(in[c]^invert) * int32(by[c])
			}
		}
		out := unsafe.Slice((*byte)(unsafe.Add(d.Y, i*d.LDY)), len(s))
		scale := unsafe.Slice((*float32)(d.Scale), len(s))
		for c, v := range s {
			out[c] = byte(nearest(clamp(float32(v)*scale[c], d.Lo, d.Hi)) + d.Zero)
		}
	}
}
