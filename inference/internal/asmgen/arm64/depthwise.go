package arm64

import (
	"fmt"

	"github.com/brinkml/brink/inference/internal/asmgen/neon"
)

// depthwiseRows is how many rows a tile of a depthwise convolution has at most.
const depthwiseRows = 4

// depthwise writes the tile of depthwise convolutions.
func depthwise(w *neon.File) error {
	d := depthwiseTile{w.Func("depthwiseNEON", fmt.Sprintf("depthwiseNEON computes a tile of up to %d rows of a depthwise convolution.", depthwiseRows), "t *Tile", "", 0)}
	d.write()
	return nil
}

// depthwiseTile keeps the sums of row r in V(16+4r) to V(19+4r), the weights of a tap in V0 to V3, and what they are
// multiplied with in V4 to V11.
type depthwiseTile struct{ *neon.Func }

func (d depthwiseTile) sum(r, j int) neon.V { return neon.V(16 + 4*r + j) }

func (d depthwiseTile) write() {
	d.Go("MOVD %s, R0", d.Arg("t"))
	for _, f := range []struct{ offset, reg int }{
		{tileA, 15},
		{tileA2, 16},
		{tileLDA, 17},
		{tileB, 19},
		{tileBias, 20},
		{tileC, 12},
		{tileC2, 13},
		{tileLDC, 14},
		{tileAdd, 6},
		{tileAdd2, 7},
		{tileLDAdd, 8},
		{tileCols, 9},
		{tileTaps, 23},
		{tileNTaps, 24},
		{tileRows, 10},
	} {
		d.Go("MOVD %d(R0), R%d", f.offset, f.reg)
	}
	bounds(d.Func, 12, 13, 11)
	for rows := depthwiseRows; rows > 1; rows-- {
		d.Go("CMP $%d, R10", rows)
		d.Go("BEQ rows%d", rows)
	}
	for rows := 1; rows <= depthwiseRows; rows++ {
		d.Label(fmt.Sprintf("rows%d", rows))
		d.columns(rows, 4, neon.Quad, 16)
		d.columns(rows, 1, neon.Quad, 4)
		d.columns(rows, 1, neon.Word, 1)
		d.Go("RET")
	}
}

// columns writes the loop over blocks of columns of that many registers.
func (d depthwiseTile) columns(rows, vectors int, p neon.Part, cols int) {
	name := fmt.Sprintf("rows%dby%d", rows, cols)
	d.Label(name)
	d.Go("SUBS $%d, R9", cols)
	d.Go("BLT %send", name)
	for r := range rows {
		for j := range vectors {
			d.Zero(d.sum(r, j))
		}
	}
	d.Go("MOVD R23, R10")
	d.Go("MOVD R24, R11")
	d.Go("CBZ R11, %ssummed", name)
	d.Label(name + "tap")
	d.Go("LDP.P %d(R10), (R21, R22)", tapBytes)
	d.Go("ADD R19, R22, R5")
	d.Go("ADD R15, R21, R1")
	half := (rows + 1) / 2
	for r := 1; r < rows; r++ {
		if r == half {
			d.Go("ADD R16, R21, R%d", r+1)
		} else {
			d.Go("ADD R17, R%d, R%d", r, r+1)
		}
	}
	d.load(p, 0, 5, vectors)
	for r := range rows {
		d.load(p, neon.V(4+r%2*4), neon.R(r+1), vectors)
		for j := range vectors {
			d.Same("fmla", neon.S4, d.sum(r, j), neon.V(4+r%2*4+j), neon.V(j))
		}
	}
	d.Go("SUBS $1, R11")
	d.Go("BNE %stap", name)
	d.Label(name + "summed")
	d.Go("CBZ R20, %sunbiased", name)
	d.load(p, 0, 20, vectors)
	d.Go("ADD $%d, R20", 4*cols)
	for r := range rows {
		for j := range vectors {
			d.Same("fadd", neon.S4, d.sum(r, j), d.sum(r, j), neon.V(j))
		}
	}
	d.Label(name + "unbiased")
	d.Go("CBZ R6, %salone", name)
	for r := range rows {
		d.row(r, half, 6, 7, 8)
		d.load(p, 0, 25, vectors)
		for j := range vectors {
			d.Same("fadd", neon.S4, d.sum(r, j), d.sum(r, j), neon.V(j))
		}
	}
	d.Go("ADD $%d, R6", 4*cols)
	d.Go("ADD $%d, R7", 4*cols)
	d.Label(name + "alone")
	for r := range rows {
		d.row(r, half, 12, 13, 14)
		for j := range vectors {
			d.Same("fmax", neon.S4, d.sum(r, j), d.sum(r, j), 12)
			d.Same("fmin", neon.S4, d.sum(r, j), d.sum(r, j), 13)
		}
		if vectors == 1 {
			d.Store(p, d.sum(r, 0), 25, 0)
			continue
		}
		for j := 0; j < vectors; j += 2 {
			d.StorePair(p, d.sum(r, j), d.sum(r, j+1), 25, 16*j)
		}
	}
	for _, r := range []int{12, 13, 15, 16, 19} {
		d.Go("ADD $%d, R%d", 4*cols, r)
	}
	d.Go("B %s", name)
	d.Label(name + "end")
	d.Go("ADD $%d, R9", cols)
}

// row sets R25 to where row r is of those that begin at two registers.
func (d depthwiseTile) row(r, half int, first, second, apart int) {
	switch {
	case r == 0:
		d.Go("MOVD R%d, R25", first)
	case r == half:
		d.Go("MOVD R%d, R25", second)
	default:
		d.Go("ADD R%d, R25", apart)
	}
}

// load loads as many registers.
func (d depthwiseTile) load(p neon.Part, to neon.V, from neon.R, vectors int) {
	if vectors == 1 {
		d.Load(p, to, from, 0)
		return
	}
	for j := 0; j < vectors; j += 2 {
		d.LoadPair(p, to+neon.V(j), to+neon.V(j+1), from, 16*j)
	}
}
