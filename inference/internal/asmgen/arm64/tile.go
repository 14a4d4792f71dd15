package arm64

import (
	"fmt"

	"github.com/brinkml/brink/inference/internal/asmgen/neon"
)

// The offsets of the fields of f32.Tile.
const (
	tileA, tileA2                      = 0, 8
	tileB, tileC, tileC2               = 16, 24, 32
	tileAdd, tileAdd2, tileBias        = 40, 48, 56
	tileTaps, tileNTaps, tileK         = 64, 72, 80
	tileLDA, tileLDC, tileLDAdd        = 88, 96, 104
	tileRows, tileCols                 = 112, 120
	tileLo, tileHi, tileClamp, tileLDB = 128, 132, 136, 144

	tapBytes = 16
)

// The bits of infinities.
const plusInf, minusInf = 0x7f800000, 0xff800000

// mostRows is how many rows a tile has at most, and the rows that stand on the stack when results are stored one by one.
const mostRows = 8

// tile writes the tile of 8 rows by 8 columns, and by 4 for the panel that is half as wide.
func tile(w *neon.File) error {
	for _, width := range []int{8, 4} {
		t := neonTile{
			Func:    w.Func(fmt.Sprintf("tileNEON%d", width), fmt.Sprintf("tileNEON%d computes a tile of up to 8 rows whose panel is %d columns wide.", width, width), "t *Tile", "", 32*mostRows+8),
			vectors: width / 4,
		}
		t.write()
	}
	return nil
}

// neonTile keeps the sums of row r in V(16+2r) and V(17+2r) and adds up four products at a time: V0 to V7 have four
// factors of each row, V8 to V15 four rows of the panel. Loads stand between the multiplications, each of them as soon as
// its register is free, so that cores that issue in order find work while memory answers. The sum of each result is in
// the order of k, whatever the number of rows.
type neonTile struct {
	*neon.Func
	vectors int // of a row of the panel
}

func (t neonTile) sum(r, j int) neon.V { return neon.V(16 + 2*r + j) }
func (t neonTile) b(k, j int) neon.V   { return neon.V(8 + 2*k + j) }
func (t neonTile) row(r int) neon.R    { return neon.R(1 + r) }

func (t neonTile) write() {
	t.Go("MOVD %s, R0", t.Arg("t"))
	t.Go("MOVD %d(R0), R15", tileA)
	t.Go("MOVD %d(R0), R16", tileA2)
	t.Go("MOVD %d(R0), R19", tileB)
	t.Go("MOVD %d(R0), R10", tileTaps)
	t.Go("MOVD %d(R0), R11", tileNTaps)
	t.Go("MOVD %d(R0), R12", tileK)
	t.Go("MOVD %d(R0), R13", tileLDA)
	t.Go("MOVD %d(R0), R17", tileRows)
	t.Go("MOVD %d(R0), R23", tileLDB)
	t.Go("MOVD $%d, R14", 16*t.vectors)
	t.Go("CMP $0, R23")
	t.Go("CSEL EQ, R14, R23, R23")
	for r := range mostRows {
		for j := range t.vectors {
			t.Zero(t.sum(r, j))
		}
	}
	t.Go("CBZ R11, summed")
	for rows := mostRows; rows > 1; rows-- {
		t.Go("CMP $%d, R17", rows)
		t.Go("BEQ rows%d", rows)
	}
	for rows := 1; rows <= mostRows; rows++ {
		t.rows(rows)
	}
	t.finish()
}

// rows adds up the products of all taps for so many rows.
func (t neonTile) rows(rows int) {
	name := fmt.Sprintf("rows%d", rows)
	t.Label(name)
	t.Go("LDP.P %d(R10), (R21, R22)", tapBytes)
	t.Go("ADD R15, R21, R1")
	half := (rows + 1) / 2
	for r := 1; r < rows; r++ {
		if r == half {
			t.Go("ADD R16, R21, R%d", t.row(r))
		} else {
			t.Go("ADD R13, R%d, R%d", t.row(r-1), t.row(r))
		}
	}
	t.Go("ADD R19, R22, R9")
	t.Go("LSR $2, R12, R14")
	t.Go("CBZ R14, %srest", name)
	for r := range rows {
		t.LoadPost(neon.Quad, neon.V(r), t.row(r), 16)
	}
	for k := range 3 {
		t.panelRow(k)
	}
	t.Go("SUBS $1, R14")
	t.Go("BEQ %slast", name)
	t.Label(name + "four")
	t.four(rows, true)
	t.Go("SUBS $1, R14")
	t.Go("BNE %sfour", name)
	t.Label(name + "last")
	t.four(rows, false)
	t.Label(name + "rest")
	t.Go("ANDS $3, R12, R14")
	t.Go("BEQ %snext", name)
	t.Label(name + "one")
	t.panelRow(0)
	for r := range rows {
		t.LoadPost(neon.Word, neon.V(r), t.row(r), 4)
	}
	for r := range rows {
		for j := range t.vectors {
			t.Lane("fmla", neon.S4, t.sum(r, j), t.b(0, j), neon.V(r), 0)
		}
	}
	t.Go("SUBS $1, R14")
	t.Go("BNE %sone", name)
	t.Label(name + "next")
	t.Go("SUBS $1, R11")
	t.Go("BNE %s", name)
	t.Go("B summed")
}

// four adds four products to each sum, and loads what the next four need when there are more.
func (t neonTile) four(rows int, more bool) {
	for k := range 4 {
		for r := range rows {
			for j := range t.vectors {
				t.Lane("fmla", neon.S4, t.sum(r, j), t.b(k, j), neon.V(r), k)
			}
			if r == rows/2 && (more || k == 0) {
				t.panelRow((k + 3) % 4) // the row that the previous four products were of
			}
			if k == 3 && more {
				t.LoadPost(neon.Quad, neon.V(r), t.row(r), 16)
			}
		}
	}
}

// panelRow loads the next row of the panel.
func (t neonTile) panelRow(k int) {
	if t.vectors == 1 {
		t.Load(neon.Quad, t.b(k, 0), 9, 0)
	} else {
		t.LoadPair(neon.Quad, t.b(k, 0), t.b(k, 1), 9, 0)
	}
	t.Go("ADD R23, R9")
}

// finish adds bias and residual to the sums, clamps and stores them.
func (t neonTile) finish() {
	t.Label("summed")
	t.Go("MOVD %d(R0), R1", tileC)
	t.Go("MOVD %d(R0), R2", tileC2)
	t.Go("MOVD %d(R0), R3", tileLDC)
	t.Go("MOVD %d(R0), R4", tileAdd)
	t.Go("MOVD %d(R0), R5", tileAdd2)
	t.Go("MOVD %d(R0), R6", tileLDAdd)
	t.Go("MOVD %d(R0), R7", tileRows)
	t.Go("MOVD %d(R0), R9", tileCols)
	t.Go("MOVD %d(R0), R10", tileBias)
	t.Go("MOVD R4, R11")
	t.Go("ADD $1, R7, R8")
	t.Go("LSR $1, R8")
	t.Go("CBZ R10, unbiased")
	for j := range t.vectors {
		t.Load(neon.Quad, neon.V(j), 10, 16*j)
	}
	for r := range mostRows {
		for j := range t.vectors {
			t.Same("fadd", neon.S4, t.sum(r, j), t.sum(r, j), neon.V(j))
		}
	}
	t.Label("unbiased")
	bounds(t.Func, 2, 3, 13)
	t.Go("CMP $%d, R9", 4*t.vectors)
	t.Go("BNE columns")
	for r := range mostRows {
		t.storeRow(r)
	}
	t.storeColumns()
	t.Label("done")
	t.Go("RET")
}

// bounds sets two registers to what results are clamped to, infinities when they are not.
func bounds(f *neon.Func, lo, hi neon.V, through neon.R) {
	f.Float(lo, minusInf, through)
	f.Float(hi, plusInf, through)
	f.Go("MOVBU %d(R0), R%d", tileClamp, through)
	f.Go("CBZ R%d, bounded", through)
	f.Go("ADD $%d, R0, R%d", tileLo, through)
	f.LoadAllPost(neon.S4, lo, through)
	f.LoadAll(neon.S4, hi, through)
	f.Label("bounded")
}

// nextRow goes to the results of the next row.
func (t neonTile) nextRow() {
	t.Go("ADD R3, R1")
	t.Go("ADD R6, R4")
	t.Go("SUBS $1, R8")
	t.Go("CSEL EQ, R2, R1, R1")
	t.Go("CSEL EQ, R5, R4, R4")
}

// storeRow finishes and stores a row of as many results as the panel is wide.
func (t neonTile) storeRow(r int) {
	x, y := t.sum(r, 0), t.sum(r, 1)
	t.Go("CBZ R11, plain%d", r)
	if t.vectors == 2 {
		t.LoadPair(neon.Quad, 4, 5, 4, 0)
		t.Same("fadd", neon.S4, x, x, 4)
		t.Same("fadd", neon.S4, y, y, 5)
	} else {
		t.Load(neon.Quad, 4, 4, 0)
		t.Same("fadd", neon.S4, x, x, 4)
	}
	t.Label(fmt.Sprintf("plain%d", r))
	for _, op := range []struct {
		name string
		with neon.V
	}{{"fmax", 2}, {"fmin", 3}} {
		for j := range t.vectors {
			t.Same(op.name, neon.S4, t.sum(r, j), t.sum(r, j), op.with)
		}
	}
	if t.vectors == 2 {
		t.StorePair(neon.Quad, x, y, 1, 0)
	} else {
		t.Store(neon.Quad, x, 1, 0)
	}
	if r == mostRows-1 {
		t.Go("RET")
		return
	}
	t.Go("SUBS $1, R7")
	t.Go("BEQ done")
	t.nextRow()
}

// storeColumns finishes and stores rows that are narrower than the panel, one result at a time.
func (t neonTile) storeColumns() {
	t.Label("columns")
	t.Go("ADD $8, RSP, R12")
	for r := range mostRows {
		for j := range t.vectors {
			t.Store(neon.Quad, t.sum(r, j), 12, 32*r+16*j)
		}
	}
	t.Label("row")
	t.Go("MOVD R1, R13")
	t.Go("MOVD R4, R14")
	t.Go("MOVD R12, R15")
	t.Go("MOVD R9, R16")
	t.Label("column")
	t.LoadPost(neon.Word, 4, 15, 4)
	t.Go("CBZ R11, alone")
	t.LoadPost(neon.Word, 5, 14, 4)
	t.Same("fadd", neon.S2, 4, 4, 5)
	t.Label("alone")
	t.Same("fmax", neon.S2, 4, 4, 2)
	t.Same("fmin", neon.S2, 4, 4, 3)
	t.StorePost(neon.Word, 4, 13, 4)
	t.Go("SUBS $1, R16")
	t.Go("BNE column")
	t.Go("SUBS $1, R7")
	t.Go("BEQ done")
	t.Go("ADD $32, R12")
	t.nextRow()
	t.Go("B row")
}
