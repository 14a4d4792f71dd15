package view

import (
	"image/color"
	"strconv"
	"strings"
	"unicode/utf8"
)

// TextOptions are the choices of [Text]. The zero value is plain text.
type TextOptions struct {
	// Color asks for colours and frames, for a terminal that has 24-bit
	// colour.
	Color bool
}

// Text returns s as lines of text, each with a line feed: the matrix at the
// left, the readings at its right, and below them the stick and the note.
func Text(s Snapshot, o *TextOptions) string {
	if o == nil {
		o = &TextOptions{}
	}
	matrix, width := Letters(s.Pixels), 8
	if o.Color {
		rows := []string{"┌────────┐"}
		for _, row := range HalfBlocks(s.Pixels) {
			rows = append(rows, "│"+row+"│")
		}
		matrix, width = append(rows, "└────────┘"), 10
	}
	readings := table(s.Readings, o.Color)
	var b strings.Builder
	for i := range max(len(matrix), len(readings)) {
		switch {
		case i >= len(readings):
			b.WriteString(matrix[i])
		case i < len(matrix):
			b.WriteString(matrix[i] + "  " + readings[i])
		default:
			b.WriteString(strings.Repeat(" ", width+2) + readings[i])
		}
		b.WriteByte('\n')
	}
	b.WriteString("stick " + KeyNames(s.Keys) + "\n")
	if s.Note != "" {
		b.WriteString(s.Note + "\n")
	}
	return b.String()
}

// table returns a line for each reading, with names and values in columns.
func table(list []Reading, color bool) []string {
	var name, value int
	for _, r := range list {
		name, value = max(name, utf8.RuneCountInString(r.Name)), max(value, utf8.RuneCountInString(r.Value))
	}
	lines := make([]string, len(list))
	for i, r := range list {
		line := pad(r.Name, name) + "  " + pad(r.Value, value)
		if r.Mark != "" && color {
			line += "  \x1b[33m" + r.Mark + "\x1b[0m"
		} else if r.Mark != "" {
			line += "  " + r.Mark
		}
		lines[i] = strings.TrimRight(line, " ")
	}
	return lines
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(width-utf8.RuneCountInString(s), 0))
}

// HalfBlocks returns the matrix as four rows of eight half blocks, each in the
// colours of two pixels, one above the other. The colours are ECMA-48's SGR 38
// and 48 with three numbers; each row ends with a reset.
func HalfBlocks(pixels [64]color.NRGBA) [4]string {
	var rows [4]string
	for i := range rows {
		var b strings.Builder
		for x := range 8 {
			upper, lower := pixels[16*i+x], pixels[16*i+8+x]
			b.WriteString("\x1b[38;2;" + sgr(upper) + ";48;2;" + sgr(lower) + "m▀")
		}
		b.WriteString("\x1b[0m")
		rows[i] = b.String()
	}
	return rows
}

func sgr(c color.NRGBA) string {
	c = overBlack(c)
	return strconv.Itoa(int(c.R)) + ";" + strconv.Itoa(int(c.G)) + ";" + strconv.Itoa(int(c.B))
}

// Letters returns the matrix as eight rows of eight letters: the channels that
// are lit to half of the brightest or more are named by r, g, b, y(ellow),
// c(yan), m(agenta) and w(hite), in capitals from half of full brightness on. A
// dark pixel is a dot.
func Letters(pixels [64]color.NRGBA) []string {
	rows := make([]string, 8)
	for y := range rows {
		row := make([]byte, 8)
		for x := range row {
			row[x] = letter(overBlack(pixels[8*y+x]))
		}
		rows[y] = string(row)
	}
	return rows
}

func letter(c color.NRGBA) byte {
	top := max(c.R, c.G, c.B)
	if top == 0 {
		return '.'
	}
	lit := 0
	for i, v := range [...]uint8{c.R, c.G, c.B} {
		if v >= top-top/2 {
			lit |= 1 << i
		}
	}
	l := " rgybmcw"[lit]
	if top >= 0x80 {
		l -= 'a' - 'A'
	}
	return l
}

func overBlack(c color.NRGBA) color.NRGBA {
	a := uint16(c.A)
	mix := func(v uint8) uint8 { return uint8(uint16(v) * a / 255) }
	return color.NRGBA{R: mix(c.R), G: mix(c.G), B: mix(c.B), A: 255}
}
