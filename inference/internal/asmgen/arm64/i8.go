package arm64

import (
	"fmt"

	"github.com/brinkml/brink/inference/internal/asmgen/neon"
)

// The offsets of the fields of i8.Tile.
const (
	i8A, i8A2, i8B, i8C, i8C2    = 0, 8, 16, 24, 32
	i8Taps, i8NTaps, i8K         = 40, 48, 56
	i8LDA, i8LDC                 = 64, 72
	i8Bias, i8Scale, i8Shift     = 80, 88, 96
	i8Rows, i8Cols, i8Kind       = 104, 112, 128
	i8Lo, i8Hi, i8Zero, i8Invert = 136, 140, 144, 148
)

// i8Dot writes the tile of 8 rows by 8 columns, and by 4, for cores with the dot product instructions.
func i8Dot(w *neon.File) error { return i8Tiles(w, "DotProd", dotProducts{}) }

// i8Long writes the same for all others: they multiply numbers of 16 bits.
func i8Long(w *neon.File) error { return i8Tiles(w, "NEON", longProducts{}) }

func i8Tiles(w *neon.File, name string, p products) error {
	for _, width := range []int{8, 4} {
		full := fmt.Sprintf("tile%s%d", name, width)
		doc := fmt.Sprintf("%s computes a tile of 1, 2, 4, 6 or 8 rows whose panel is %d columns wide.", full, width)
		t := i8Tile{w.Func(full, doc, "t *Tile", "", 8+32*mostRows), width / 4}
		t.write(p)
	}
	return nil
}

// i8Tile keeps the sums of row r in V(16+2r) and V(17+2r). V0 to V15 belong to the products.
type i8Tile struct {
	*neon.Func
	vectors int // of a row of the panel
}

func (t i8Tile) sum(r, j int) neon.V { return neon.V(16 + 2*r + j) }
func (t i8Tile) row(r int) neon.R    { return neon.R(1 + r) }

// products writes how sums are added up.
type products interface {
	begin(t i8Tile)
	tap(t i8Tile, rows int, name string) // of R12 groups at the rows, and at R9
	end(t i8Tile, rows int)
}

func (t i8Tile) write(p products) {
	t.Go("MOVD %s, R0", t.Arg("t"))
	for _, f := range []struct{ offset, reg int }{
		{i8A, 15}, {i8A2, 16}, {i8B, 9}, {i8Taps, 10}, {i8NTaps, 11}, {i8K, 12}, {i8LDA, 13}, {i8Bias, 14}, {i8Rows, 17},
	} {
		t.Go("MOVD %d(R0), R%d", f.offset, f.reg)
	}
	for j := range t.vectors {
		t.Load(neon.Quad, t.sum(0, j), 14, 16*j)
		for r := 1; r < mostRows; r++ {
			t.Move(t.sum(r, j), t.sum(0, j))
		}
	}
	p.begin(t)
	for _, rows := range []int{8, 6, 4, 2} {
		t.Go("CMP $%d, R17", rows)
		t.Go("BEQ rows%d", rows)
	}
	for _, rows := range []int{1, 2, 4, 6, 8} {
		name := fmt.Sprintf("rows%d", rows)
		t.Label(name)
		t.Go("MOVD.P 8(R10), R21")
		t.Go("ADD R15, R21, R1")
		half := (rows + 1) / 2
		for r := 1; r < rows; r++ {
			if r == half {
				t.Go("ADD R16, R21, R%d", t.row(r))
			} else {
				t.Go("ADD R13, R%d, R%d", t.row(r-1), t.row(r))
			}
		}
		p.tap(t, rows, name)
		t.Go("SUBS $1, R11")
		t.Go("BNE %s", name)
		p.end(t, rows)
		t.Go("B summed")
	}
	t.finish()
}

// dotProducts adds up four products at a time, of four columns each. Its instruction takes both factors as int8: V4 turns
// the first ones to what they are less 128. V6 and V7 add up -128 times the second ones, V5 being -128 everywhere, which
// is taken away in the end. V8 to V15 hold four groups of the panel, V0 and V1 four of two rows.
type dotProducts struct{}

func (dotProducts) begin(t i8Tile) {
	t.Go("MOVWU %d(R0), R14", i8Invert)
	t.Go("MOVD $0x80808080, R21")
	t.DupGeneral(neon.S4, 5, 21)
	t.Go("EOR R21, R14")
	t.DupGeneral(neon.S4, 4, 14)
	t.Zero(6)
	t.Zero(7)
}

func (d dotProducts) tap(t i8Tile, rows int, name string) {
	t.Go("LSR $2, R12, R14")
	t.Go("CBZ R14, %srest", name)
	t.Label(name + "four")
	d.groups(t, rows, 4, neon.Quad)
	t.Go("SUBS $1, R14")
	t.Go("BNE %sfour", name)
	t.Label(name + "rest")
	t.Go("ANDS $3, R12, R14")
	t.Go("BEQ %snext", name)
	t.Label(name + "one")
	d.groups(t, rows, 1, neon.Word)
	t.Go("SUBS $1, R14")
	t.Go("BNE %sone", name)
	t.Label(name + "next")
}

// groups adds the products of so many groups.
func (dotProducts) groups(t i8Tile, rows, n int, p neon.Part) {
	b := func(g, j int) neon.V { return neon.V(8 + t.vectors*g + j) }
	for v := 0; v < n*t.vectors; v += 2 {
		if n*t.vectors == 1 {
			t.LoadPost(neon.Quad, 8, 9, 16)
			continue
		}
		t.LoadPairPost(neon.Quad, neon.V(8+v), neon.V(9+v), 9, 32)
	}
	for first := 0; first < rows; first += 2 {
		pair := min(2, rows-first)
		for i := range pair {
			t.LoadPost(p, neon.V(i), t.row(first+i), 4*n)
			t.Same("eor", neon.B16, neon.V(i), neon.V(i), 4)
		}
		for g := range n {
			for i := range pair {
				for j := range t.vectors {
					t.DotLane("sdot", t.sum(first+i, j), b(g, j), neon.V(i), g)
				}
			}
			if first == 0 {
				for j := range t.vectors {
					t.Dot("sdot", neon.V(6+j), b(g, j), 5)
				}
			}
		}
	}
}

func (dotProducts) end(t i8Tile, rows int) {
	for r := range rows {
		for j := range t.vectors {
			t.Same("sub", neon.S4, t.sum(r, j), t.sum(r, j), neon.V(6+j))
		}
	}
}

// longProducts multiplies numbers of 16 bits: eight of each row are in V0 to V7, and rows of the panel go through V8 to
// V13. V14 turns the signs over of what is int8.
type longProducts struct{}

func (longProducts) begin(t i8Tile) {
	t.Go("MOVWU %d(R0), R14", i8Invert)
	t.DupGeneral(neon.S4, 14, 14)
}

func (l longProducts) tap(t i8Tile, rows int, name string) {
	t.Go("LSR $1, R12, R14")
	t.Go("CBZ R14, %srest", name)
	t.Label(name + "two")
	l.rows(t, rows, 8, neon.Double)
	t.Go("SUBS $1, R14")
	t.Go("BNE %stwo", name)
	t.Label(name + "rest")
	t.Go("TBZ $0, R12, %snext", name)
	l.rows(t, rows, 4, neon.Word)
	t.Label(name + "next")
}

// rows adds the products with so many rows of the panel. Each is loaded while those before it are used.
func (longProducts) rows(t i8Tile, rows, n int, p neon.Part) {
	b := func(k int) neon.V { return neon.V(8 + k%6) }
	load := func(k int) {
		if t.vectors == 2 {
			t.LoadPost(neon.Quad, b(k), 9, 16)
		} else {
			t.LoadPost(neon.Double, b(k), 9, 8)
		}
	}
	for r := range rows {
		t.LoadPost(p, neon.V(r), t.row(r), n)
	}
	load(0)
	load(1)
	for r := range rows {
		t.Same("eor", neon.B8, neon.V(r), neon.V(r), 14)
		t.Lengthen("ushll", neon.B8, neon.V(r), neon.V(r), 0)
	}
	for k := range n {
		for r := range rows {
			t.LongLane("smlal", neon.H4, t.sum(r, 0), b(k), neon.V(r), k)
			if t.vectors == 2 {
				t.LongLane("smlal", neon.H8, t.sum(r, 1), b(k), neon.V(r), k)
			}
			if r == rows/2 && k+2 < n {
				load(k + 2)
			}
		}
	}
}

func (longProducts) end(i8Tile, int) {}

// finish makes of the sums what is wanted, and stores it.
func (t i8Tile) finish() {
	t.Label("summed")
	for _, f := range []struct{ offset, reg int }{
		{i8C, 1}, {i8C2, 2}, {i8LDC, 3}, {i8Rows, 7}, {i8Cols, 9}, {i8Kind, 22}, {i8Scale, 4}, {i8Shift, 5},
	} {
		t.Go("MOVD %d(R0), R%d", f.offset, f.reg)
	}
	t.Go("ADD $1, R7, R8")
	t.Go("LSR $1, R8")
	t.Go("MOVD $0, R24")
	t.Go("CMP $%d, R9", 4*t.vectors)
	t.Go("BEQ whole")
	t.Go("MOVD $1, R24") // rows are on the stack first
	t.Go("ADD $8, RSP, R1")
	t.Go("MOVD $32, R3")
	t.Go("ADD R8<<5, R1, R2")
	t.Label("whole")
	t.Go("ADD $%d, R0, R6", i8Lo)
	t.LoadAllPost(neon.S4, 2, 6)
	t.LoadAllPost(neon.S4, 3, 6)
	t.LoadAll(neon.S4, 4, 6)
	t.Go("CBZ R22, sums")
	for j := range t.vectors {
		t.Load(neon.Quad, neon.V(j), 4, 16*j)
	}
	t.Go("CMP $1, R22")
	t.Go("BEQ bytes")
	for j := range t.vectors {
		t.Load(neon.Quad, neon.V(6+j), 5, 16*j)
	}
	t.each(func(x neon.V, j int) {
		t.scaled(x, j)
		t.Same("fadd", neon.S4, x, x, neon.V(6+j))
		t.Same("fmax", neon.S4, x, x, 2)
		t.Same("fmin", neon.S4, x, x, 3)
	}, t.storeWords)
	t.Label("sums")
	t.each(func(neon.V, int) {}, t.storeWords)
	t.Label("bytes")
	t.each(func(x neon.V, j int) {
		t.scaled(x, j)
		t.Same("fmaxnm", neon.S4, x, x, 2) // what is no number becomes the lower bound
		t.Same("fmin", neon.S4, x, x, 3)
		t.Unary("fcvtns", neon.S4, x, x)
		t.Same("add", neon.S4, x, x, 4)
	}, t.storeBytes)

	t.Label("stored")
	t.Go("CBZ R24, done")
	t.Go("MOVD %d(R0), R1", i8C)
	t.Go("MOVD %d(R0), R2", i8C2)
	t.Go("MOVD %d(R0), R3", i8LDC)
	t.Go("MOVD %d(R0), R7", i8Rows)
	t.Go("ADD $1, R7, R8")
	t.Go("LSR $1, R8")
	t.Go("ADD $8, RSP, R4")
	t.Go("CMP $1, R22")
	t.Go("BEQ copied")
	t.Go("LSL $2, R9")
	t.Label("copied")
	t.Go("MOVD R1, R5")
	t.Go("MOVD R4, R6")
	t.Go("MOVD R9, R10")
	t.Label("byte")
	t.Go("MOVBU.P 1(R6), R11")
	t.Go("MOVB.P R11, 1(R5)")
	t.Go("SUBS $1, R10")
	t.Go("BNE byte")
	t.Go("ADD $32, R4")
	t.nextRow("done")
	t.Go("B copied")
	t.Label("done")
	t.Go("RET")
}

// nextRow goes to the results of the next row, or elsewhere after the last.
func (t i8Tile) nextRow(last string) {
	t.Go("SUBS $1, R7")
	t.Go("BEQ %s", last)
	t.Go("ADD R3, R1")
	t.Go("SUBS $1, R8")
	t.Go("CSEL EQ, R2, R1, R1")
}

// scaled makes floats of sums, times the scale.
func (t i8Tile) scaled(x neon.V, j int) {
	t.Unary("scvtf", neon.S4, x, x)
	t.Same("fmul", neon.S4, x, x, neon.V(j))
}

// each finishes and stores row after row.
func (t i8Tile) each(finish func(x neon.V, j int), store func(r int)) {
	for r := range mostRows {
		for j := range t.vectors {
			finish(t.sum(r, j), j)
		}
		store(r)
		if r == mostRows-1 {
			t.Go("B stored")
			return
		}
		t.nextRow("stored")
	}
}

func (t i8Tile) storeWords(r int) {
	if t.vectors == 2 {
		t.StorePair(neon.Quad, t.sum(r, 0), t.sum(r, 1), 1, 0)
		return
	}
	t.Store(neon.Quad, t.sum(r, 0), 1, 0)
}

func (t i8Tile) storeBytes(r int) {
	x := t.sum(r, 0)
	t.Narrow("xtn", neon.H4, x, x)
	part := neon.Word
	if t.vectors == 2 {
		t.Narrow("xtn", neon.H8, x, t.sum(r, 1))
		part = neon.Double
	}
	t.Narrow("xtn", neon.B8, x, x)
	t.Store(part, x, 1, 0)
}
