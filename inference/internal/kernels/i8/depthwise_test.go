package i8

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

func TestDepthwise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		channels, taps, n := 1+r.IntN(150), 1+r.IntN(26), 1+r.IntN(9)
		step := channels * (1 + r.IntN(2))
		m := Matrix{NTaps: taps, K: 1, N: channels, Tap: channels, Column: 1, Data: randomBytes(r, taps*channels), Signed: i%2 == 0}
		if i%3 == 0 {
			m.Zeros, m.ZeroColumn = randomBytes(r, channels), 1
		}
		var at []int
		for range taps {
			at = append(at, r.IntN(3)*channels)
		}
		x := randomBytes(r, 1+3*channels+n*step)[1:]
		bias, scale := make([]int32, channels), make([]float32, channels)
		for c := range bias {
			bias[c], scale[c] = int32(r.Uint32())>>12, r.Float32()/1000
		}
		base := Depthwise{Step: step, LDY: channels, N: n, Lo: -120, Hi: 120, Zero: int32(r.IntN(8))}
		if r.IntN(2) == 0 {
			base.Invert = 0x80808080
		}
		if r.IntN(2) == 0 {
			base.Signed = 0x80808080
		} else {
			base.Zero += 128
		}
		var want []byte
		for p := range n {
			for c := range channels {
				sum := bias[c]
				for k, tap := range at {
					sum += int32(x[p*step+tap+c]^byte(base.Invert)) * int32(m.at(k*channels+c)-m.zero(c))
				}
				want = append(want, byte(nearest(clamp(float32(sum)*scale[c], base.Lo, base.Hi))+base.Zero))
			}
		}
		for _, l := range cpu.Levels() {
			f := PackFilters(l, &m)
			all := f.Taps(at)
			b, s := make([]int32, channels+Block), make([]float32, channels+Block)
			for c := range bias {
				b[f.Place(c)], s[f.Place(c)] = bias[c], scale[c]
			}
			y := bytes.Repeat([]byte{0xa5}, len(want)+128)
			for c := 0; c < channels; c += Block {
				d := base
				d.X, d.Y = unsafe.Pointer(&x[c]), unsafe.Pointer(&y[64+c])
				d.W = unsafe.Pointer(&f.Data[c/Block*f.BlockBytes()])
				d.Bias, d.Scale, d.Taps, d.Groups = unsafe.Pointer(&b[c]), unsafe.Pointer(&s[c]), &all[0], f.Groups
				d.Channels = min(Block, channels-c)
				d.Run(l, f)
			}
			if !bytes.Equal(y[64:][:len(want)], want) {
				t.Fatalf("%v: %d channels, %d taps, %d pixels: results differ", l, channels, taps, n)
			}
			y = append(y[:64], y[64+len(want):]...)
			if !bytes.Equal(y, bytes.Repeat([]byte{0xa5}, 128)) {
				t.Fatalf("%v: %d channels, %d taps, %d pixels: bytes outside of the result are written", l, channels, taps, n)
			}
		}
	}
}
