package i8

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/brinkml/brink/inference/internal/cpu"
)

func TestTranspose(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 400 {
		rows, cols := 1+r.IntN(70), 1+r.IntN(100)
		from, to := cols+r.IntN(3), rows+r.IntN(3)
		if i%5 == 0 {
			from, to = cols, rows
		}
		src := randomBytes(r, 1+rows*from)[1:]
		want := bytes.Repeat([]byte{0xa5}, cols*to+64)
		for y := range rows {
			for x := range cols {
				want[x*to+y] = src[y*from+x]
			}
		}
		for _, l := range cpu.Levels() {
			got := bytes.Repeat([]byte{0xa5}, len(want))
			Transpose(l, got, to, src, from, rows, cols)
			if !bytes.Equal(got, want) {
				t.Fatalf("%v: Transpose of %d x %d, from %d to %d: results differ", l, rows, cols, from, to)
			}
		}
	}
}

func BenchmarkTranspose(b *testing.B) {
	for _, l := range cpu.Levels() {
		b.Run(l.String(), func(b *testing.B) {
			const rows, cols = 64, 3136
			src, dst := make([]byte, rows*cols), make([]byte, rows*cols)
			b.SetBytes(rows * cols)
			for b.Loop() {
				Transpose(l, dst, rows, src, cols, rows, cols)
			}
		})
	}
}
