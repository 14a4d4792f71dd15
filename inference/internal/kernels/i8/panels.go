package i8

import (
	"slices"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// Panels is a matrix of bytes, less its zero points, cut into panels of columns. Its rows belong to taps, and each of a
// panel's groups of four rows lies in one piece, rounded up with zeros for each tap.
type Panels struct {
	NTaps, K int // groups of four rows of each tap; as many times the taps as there are parts
	N        int // columns
	Width    int // of each panel; the last has half of it when that suffices
	Parts    int // that elements are sums of; those of int8 that have more than eight bits are
	Data     []byte
	Sums     []int32 // of each column, less its zero points; as many as all panels are wide
}

// Matrix is what panels are made of: the byte for product k of tap t and column j is at t*Tap + k*Row + j*Column of Data,
// and stands for the byte, as int8 or as uint8, less Zeros[j], or Zeros[0] when there is just one; none are zero.
type Matrix struct {
	NTaps, K, N      int // products of each tap, columns
	Tap, Row, Column int
	Data             []byte
	Signed           bool
	Zeros            []byte
	ZeroColumn       int // 0 when Zeros is for all columns, else 1
}

// at returns the element of a column.
func (m *Matrix) at(i int) int {
	if m.Signed {
		return int(int8(m.Data[i]))
	}
	return int(m.Data[i])
}

func (m *Matrix) zero(j int) int {
	switch {
	case m.Zeros == nil:
		return 0
	case m.Signed:
		return int(int8(m.Zeros[j*m.ZeroColumn]))
	}
	return int(m.Zeros[j*m.ZeroColumn])
}

// Columns returns how wide all panels of n columns are together.
func Columns(l cpu.Level, n int) int {
	w := Width(l)
	return n/w*w + lastWidth(w, n%w)
}

// lastWidth returns how wide the panel of the last n columns is, 0 when there are none.
func lastWidth(width, n int) int {
	switch {
	case n == 0:
		return 0
	case n <= width/2:
		return width / 2
	}
	return width
}

// PanelBytes returns how many bytes the panels of a matrix take, whose elements are in so many parts.
func PanelBytes(l cpu.Level, taps, k, n, parts int) int {
	size := Columns(l, n) * taps * ((k + 3) / 4 * 4) * parts
	if shapeOf(l).wide {
		size *= 2
	}
	return size
}

// MaxParts returns how many parts the elements of a matrix can at most be in.
func MaxParts(l cpu.Level, signed, zeros bool) int {
	if shapeOf(l).wide || signed && !zeros {
		return 1
	}
	return 3
}

// Parts returns how many parts the elements have, less their zero points, when each is an int8; when panels hold int16,
// they have one.
func (m *Matrix) Parts(l cpu.Level) int {
	if MaxParts(l, m.Signed, m.Zeros != nil) == 1 {
		return 1
	}
	least, most := 0, 0
	for j := range m.N {
		zero := m.zero(j)
		for t := range m.NTaps {
			for k := range m.K {
				v := m.at(t*m.Tap+k*m.Row+j*m.Column) - zero
				least, most = min(least, v), max(most, v)
			}
		}
	}
	return max(1, (most+126)/127, (-least+127)/128)
}

// Pack packs m into data, as long as PanelBytes says, and sums, as long as Columns says.
func Pack(l cpu.Level, m *Matrix, parts int, data []byte, sums []int32) Panels {
	s := shapeOf(l)
	p := Panels{NTaps: parts * m.NTaps, K: (m.K + 3) / 4, N: m.N, Width: s.width, Parts: parts, Data: data, Sums: sums}
	clear(data)
	clear(sums)
	for j := range m.N {
		zero, sum := m.zero(j), 0
		width := p.PanelWidth(j / s.width)
		at := j / s.width * s.width * p.rowBytes() // of the panel
		c := j % s.width
		for t := range m.NTaps {
			for k := range m.K {
				v := m.at(t*m.Tap+k*m.Row+j*m.Column) - zero
				sum += v
				row := 4*p.K*t + k
				switch {
				case s.wide && s.width <= 8:
					*(*int16)(unsafe.Pointer(&data[at+2*(row*width+c)])) = int16(v)
				case s.wide: // of each group, first the rows 0 and 2 as pairs, then 1 and 3
					*(*int16)(unsafe.Pointer(&data[at+2*(row/4*4*width+row%2*2*width+2*c+row/2%2)])) = int16(v)
				default:
					for rest := v; rest != 0; row += 4 * p.K * m.NTaps {
						part := max(min(rest, 127), -128)
						data[at+row/4*4*width+4*c+row%4] = byte(part)
						rest -= part
					}
				}
			}
		}
		sums[j] = int32(sum)
	}
	return p
}

// rowBytes returns how many bytes of a panel each of its columns takes.
func (p *Panels) rowBytes() int {
	size := 4 * p.K * p.NTaps
	if len(p.Data) > size*len(p.Sums) {
		size *= 2
	}
	return size
}

// Count returns how many panels there are.
func (p *Panels) Count() int { return (p.N + p.Width - 1) / p.Width }

// PanelWidth returns the width of panel i.
func (p *Panels) PanelWidth(i int) int {
	if rest := p.N - i*p.Width; rest < p.Width {
		return lastWidth(p.Width, rest)
	}
	return p.Width
}

// Panel returns the memory of panel i.
func (p *Panels) Panel(i int) unsafe.Pointer { return unsafe.Pointer(&p.Data[i*p.Width*p.rowBytes()]) }

// Taps returns where the factors of the panels' rows are: each of the given taps, as often as there are parts.
func (p *Panels) Taps(taps []int) []int {
	return slices.Repeat(taps, p.Parts)
}
