package ledmatrix

import (
	"strings"
	"testing"
)

// Every line of the font is a sign with five rows of one width, which no other sign looks like.
func TestFont(t *testing.T) {
	shapes := map[string]string{}
	for line := range strings.Lines(strings.TrimPrefix(font, "\n")) {
		fields := strings.Fields(line)
		if len(fields) != 1+glyphHeight || len([]rune(fields[0])) != 1 {
			t.Errorf("line %q; want a sign and %d rows", line, glyphHeight)
			continue
		}
		for _, row := range fields[1:] {
			if len(row) != len(fields[1]) || strings.Trim(row, ".#") != "" || len(row) > size {
				t.Errorf("sign %s has the row %q", fields[0], row)
			}
		}
		shape := strings.Join(fields[1:], " ")
		if other, ok := shapes[shape]; ok {
			t.Errorf("signs %s and %s look the same", fields[0], other)
		}
		shapes[shape] = fields[0]
		if got := strings.Join(glyphRows(rune0(fields[0])), " "); got != shape {
			t.Errorf("glyph(%s) = %s; want %s", fields[0], got, shape)
		}
	}
	for r, same := range map[rune]rune{'q': 'Q', 'é': '?', '\x00': '?', '\uFFFD': '?'} {
		if glyph(r) != glyph(same) {
			t.Errorf("glyph(%q) is not that of %q", r, same)
		}
	}
}

func glyphRows(r rune) []string {
	rows := glyph(r)
	return rows[:]
}

func rune0(s string) rune { return []rune(s)[0] }

func FuzzAppendText(f *testing.F) {
	f.Add("21.5 °C #1!")
	f.Add("\xff\x00\n")
	f.Fuzz(func(t *testing.T, text string) {
		columns := appendText(nil, text)
		if n := len([]rune(text)); len(columns) < 2*n || len(columns) > 6*n {
			t.Errorf("%q takes %d columns; want 2 to 6 a sign", text, len(columns))
		}
		for _, c := range columns {
			if c >= 1<<glyphHeight {
				t.Errorf("column %#x is too high", c)
			}
		}
	})
}
