package ledmatrix

import (
	"strings"
	"unicode"
)

const glyphHeight = 5

// font has a line for each sign: itself, and its five rows from the top. A space is drawn by appendText.
const font = `
A .#. #.# ### #.# #.#
B ##. #.# ##. #.# ##.
C .## #.. #.. #.. .##
D ##. #.# #.# #.# ##.
E ### #.. ##. #.. ###
F ### #.. ##. #.. #..
G .## #.. #.# #.# .##
H #.# #.# ### #.# #.#
I ### .#. .#. .#. ###
J ..# ..# ..# #.# .#.
K #.# #.# ##. #.# #.#
L #.. #.. #.. #.. ###
M #...# ##.## #.#.# #...# #...#
N #..# ##.# #.## #..# #..#
O ### #.# #.# #.# ###
P ##. #.# ##. #.. #..
Q .##. #..# #..# #.#. .#.#
R ##. #.# ##. #.# #.#
S .## #.. .#. ..# ##.
T ### .#. .#. .#. .#.
U #.# #.# #.# #.# ###
V #.# #.# #.# #.# .#.
W #...# #...# #.#.# ##.## #...#
X #.# #.# .#. #.# #.#
Y #.# #.# .#. .#. .#.
Z ### ..# .#. #.. ###
0 .#. #.# #.# #.# .#.
1 .#. ##. .#. .#. ###
2 ##. ..# .#. #.. ###
3 ##. ..# .#. ..# ##.
4 #.# #.# ### ..# ..#
5 ### #.. ##. ..# ##.
6 .## #.. ### #.# ###
7 ### ..# ..# .#. .#.
8 ### #.# ### #.# ###
9 ### #.# ### ..# ##.
. . . . . #
, .. .. .. .# #.
: . # . # .
; .. .# .. .# #.
! # # # . #
? ##. ..# .#. ... .#.
' # # . . .
" #.# #.# ... ... ...
+ ... .#. ### .#. ...
- ... ... ### ... ...
* ... #.# .#. #.# ...
/ ..# ..# .#. #.. #..
= ... ### ... ### ...
_ ... ... ... ... ###
( .# #. #. #. .#
) #. .# .# .# #.
< ..# .#. #.. .#. ..#
> #.. .#. ..# .#. #..
% #.# ..# .#. #.. #.#
# .#.#. ##### .#.#. ##### .#.#.
° ### #.# ### ... ...
µ ... #.# #.# ##. #..
² ##. .#. ### ... ...
`

// glyph returns the five rows of a sign. Letters have one case; what the font lacks is a question mark.
func glyph(r rune) (rows [glyphHeight]string) {
	_, line, ok := strings.Cut(font, "\n"+string(r)+" ")
	if !ok {
		if up := unicode.ToUpper(r); up != r {
			return glyph(up)
		}
		return glyph('?')
	}
	line, _, _ = strings.Cut(line, "\n")
	copy(rows[:], strings.Fields(line))
	return rows
}

// appendText appends the columns of text, with the top row in bit 0, and an empty one after each sign.
func appendText(columns []uint8, text string) []uint8 {
	for _, r := range text {
		if unicode.IsSpace(r) {
			columns = append(columns, 0, 0)
			continue
		}
		rows := glyph(r)
		for x := range len(rows[0]) {
			var column uint8
			for y, row := range rows {
				if row[x] == '#' {
					column |= 1 << y
				}
			}
			columns = append(columns, column)
		}
		columns = append(columns, 0)
	}
	return columns
}
