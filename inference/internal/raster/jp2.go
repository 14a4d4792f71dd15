package raster

import (
	"context"
	"encoding/binary"
	"errors"
)

var (
	errJP2      = errors.New("invalid JPEG 2000")
	errJP2Short = errors.New("JPEG 2000 data ends early")
)

// jp2 decodes a file: a codestream of ITU-T T.800, alone or in the boxes of its annex I. Sections, tables and figures
// in the comments are those of that document. Palettes, regions of interest, packed packet headers and changes of the
// progression order are not supported.
type jp2 struct {
	ctx            context.Context
	x0, y0, x1, y1 int // of the image on the reference grid
	tileX, tileY   int // where the first tile begins
	tileW, tileH   int
	tilesX, tilesY int
	components     []jp2Component
	coding         jp2Coding
	own            []jp2Style // of each component
	tiles          map[int]*jp2Tile
}

// jp2Component is what is sampled.
type jp2Component struct {
	bits           uint
	dx, dy         int // distance of its samples on the reference grid
	x0, y0, x1, y1 int
	samples        []int32
}

// jp2Coding is what applies to all components of a tile (A.6.1).
type jp2Coding struct {
	order     byte
	layers    int
	transform bool // of the first three components
}

// jp2Style is how one component is coded (A.6.1, A.6.4).
type jp2Style struct {
	levels         int // of decomposition
	blockW, blockH uint
	blockStyle     byte
	reversible     bool
	precincts      [21][2]uint
	guard          int
	quantStyle     byte
	steps          [61]uint16
}

// jp2Tile is what the parts of a tile hold.
type jp2Tile struct {
	coding jp2Coding
	styles []jp2Style
	data   []byte
}

// The markers (table A.2).
const (
	jp2SOC = 0xff4f
	jp2SOT = 0xff90
	jp2SOD = 0xff93
	jp2EOC = 0xffd9
	jp2SIZ = 0xff51
	jp2COD = 0xff52
	jp2COC = 0xff53
	jp2RGN = 0xff5e
	jp2QCD = 0xff5c
	jp2QCC = 0xff5d
	jp2POC = 0xff5f
	jp2PPM = 0xff60
	jp2PPT = 0xff61
)

// codestream finds the codestream in a file (I.5.4).
func codestream(file []byte) ([]byte, error) {
	if len(file) >= 2 && binary.BigEndian.Uint16(file) == jp2SOC {
		return file, nil
	}
	for len(file) >= 8 {
		size, kind, header := uint64(binary.BigEndian.Uint32(file)), string(file[4:8]), uint64(8)
		if size == 1 {
			if len(file) < 16 {
				break
			}
			size, header = binary.BigEndian.Uint64(file[8:]), 16
		}
		if size == 0 {
			size = uint64(len(file))
		}
		if size < header || size > uint64(len(file)) {
			break
		}
		if kind == "jp2c" {
			return file[header:size], nil
		}
		file = file[size:]
	}
	return nil, errJP2Short
}

func decodeJP2(ctx context.Context, file []byte, admit func(w, h int) error) (*Image, error) {
	data, err := codestream(file)
	if err != nil {
		return nil, err
	}
	d := &jp2{ctx: ctx, tiles: map[int]*jp2Tile{}}
	if err := d.mainHeader(&data, admit); err != nil {
		return nil, err
	}
	if err := d.tileParts(data); err != nil {
		return nil, err
	}
	for i := range d.components {
		c := &d.components[i]
		c.samples = make([]int32, (c.x1-c.x0)*(c.y1-c.y0))
	}
	for i := range d.tilesX * d.tilesY {
		t := d.tiles[i]
		if t == nil {
			return nil, errJP2Short
		}
		if err := d.tile(t, i); err != nil {
			return nil, err
		}
	}
	return d.image(), nil
}

// segment takes the next marker and its parameters from data.
func jp2Segment(data *[]byte) (marker int, body []byte, err error) {
	if len(*data) < 4 {
		return 0, nil, errJP2Short
	}
	marker = int(binary.BigEndian.Uint16(*data))
	n := int(binary.BigEndian.Uint16((*data)[2:]))
	if n < 2 || n > len(*data)-2 {
		return 0, nil, errJP2Short
	}
	body, *data = (*data)[4:2+n], (*data)[2+n:]
	return marker, body, nil
}

func (d *jp2) mainHeader(data *[]byte, admit func(w, h int) error) error {
	if len(*data) < 2 || binary.BigEndian.Uint16(*data) != jp2SOC {
		return errJP2
	}
	*data = (*data)[2:]
	var seen jp2Seen
	for len(*data) >= 2 && binary.BigEndian.Uint16(*data) != jp2SOT {
		marker, body, err := jp2Segment(data)
		if err != nil {
			return err
		}
		if marker == jp2SIZ {
			err = d.size(body, admit)
		} else {
			err = d.parameters(marker, body, &d.coding, d.own, &seen)
		}
		if err != nil {
			return err
		}
	}
	if d.components == nil || !seen.coding || !seen.steps {
		return errJP2
	}
	return nil
}

// size reads the size of the image, its tiles and components (A.5.1).
func (d *jp2) size(body []byte, admit func(w, h int) error) error {
	if d.components != nil || len(body) < 36 {
		return errJP2
	}
	var v [8]int
	for i := range v {
		u := binary.BigEndian.Uint32(body[2+4*i:])
		if u > 1<<29 { // so that sums fit 32 bits
			return errJP2
		}
		v[i] = int(u)
	}
	d.x1, d.y1, d.x0, d.y0, d.tileW, d.tileH, d.tileX, d.tileY = v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]
	count := int(binary.BigEndian.Uint16(body[34:]))
	switch {
	case count < 1 || count > 4 || len(body) < 36+3*count,
		d.x0 >= d.x1 || d.y0 >= d.y1 || d.tileW < 1 || d.tileH < 1,
		d.tileX > d.x0 || d.tileY > d.y0 || d.tileX+d.tileW <= d.x0 || d.tileY+d.tileH <= d.y0:
		return errJP2
	}
	if err := admit(d.x1-d.x0, d.y1-d.y0); err != nil {
		return err
	}
	d.tilesX, d.tilesY = ceilDiv(d.x1-d.tileX, d.tileW), ceilDiv(d.y1-d.tileY, d.tileH)
	if d.tilesX > 65535 || d.tilesY > 65535 || d.tilesX*d.tilesY > 65535 {
		return errJP2
	}
	d.components = make([]jp2Component, count)
	d.own = make([]jp2Style, count)
	for i := range d.components {
		b := body[36+3*i:]
		c := jp2Component{bits: uint(b[0]&127) + 1, dx: int(b[1]), dy: int(b[2])}
		if c.bits > 16 || c.dx < 1 || c.dy < 1 {
			return errJP2
		}
		c.x0, c.y0, c.x1, c.y1 = ceilDiv(d.x0, c.dx), ceilDiv(d.y0, c.dy), ceilDiv(d.x1, c.dx), ceilDiv(d.y1, c.dy)
		if c.x0 >= c.x1 || c.y0 >= c.y1 {
			return errJP2
		}
		d.components[i] = c
	}
	return nil
}

// jp2Seen says what a header has told.
type jp2Seen struct {
	coding, steps     bool
	codingOf, stepsOf [4]bool // which components have had parameters of their own
}

// parameters reads how components are coded.
func (d *jp2) parameters(marker int, body []byte, coding *jp2Coding, styles []jp2Style, seen *jp2Seen) error {
	if len(styles) == 0 {
		return errJP2
	}
	switch marker {
	case jp2COD:
		if len(body) < 10 {
			return errJP2
		}
		coding.order, coding.layers, coding.transform = body[1], int(binary.BigEndian.Uint16(body[2:])), body[4] != 0
		if coding.order > 4 || coding.layers < 1 {
			return errJP2
		}
		seen.coding = true
		for i := range styles {
			if seen.codingOf[i] {
				continue
			}
			if err := styles[i].coding(body[5:], body[0]&1 != 0); err != nil {
				return err
			}
		}
	case jp2COC:
		if len(body) < 7 || int(body[0]) >= len(styles) {
			return errJP2
		}
		seen.codingOf[body[0]] = true
		return styles[body[0]].coding(body[2:], body[1]&1 != 0)
	case jp2QCD:
		seen.steps = true
		for i := range styles {
			if seen.stepsOf[i] {
				continue
			}
			if err := styles[i].quantization(body); err != nil {
				return err
			}
		}
	case jp2QCC:
		if len(body) < 2 || int(body[0]) >= len(styles) {
			return errJP2
		}
		seen.stepsOf[body[0]] = true
		return styles[body[0]].quantization(body[1:])
	case jp2RGN, jp2POC, jp2PPM, jp2PPT:
		return ErrUnsupported
	}
	return nil
}

// coding reads the decomposition and the code blocks (table A.20).
func (s *jp2Style) coding(body []byte, precincts bool) error {
	if len(body) < 5 {
		return errJP2
	}
	s.levels, s.blockW, s.blockH = int(body[0]), uint(body[1]&15)+2, uint(body[2]&15)+2
	s.blockStyle, s.reversible = body[3], body[4] == 1
	if s.levels > 20 || s.blockW > 10 || s.blockH > 10 || s.blockW+s.blockH > 12 || body[4] > 1 {
		return errJP2
	}
	for i := range s.levels + 1 {
		s.precincts[i] = [2]uint{15, 15}
		if precincts {
			if len(body) <= 5+i {
				return errJP2
			}
			p := body[5+i]
			if s.precincts[i] = [2]uint{uint(p & 15), uint(p >> 4)}; i > 0 && (p&15 == 0 || p>>4 == 0) {
				return errJP2
			}
		}
	}
	return nil
}

// quantization reads the steps of coefficients (A.6.4).
func (s *jp2Style) quantization(body []byte) error {
	if len(body) < 1 {
		return errJP2
	}
	s.quantStyle, s.guard = body[0]&31, int(body[0]>>5)
	body = body[1:]
	s.steps = [61]uint16{}
	switch s.quantStyle {
	case 0:
		for i := range min(len(body), len(s.steps)) {
			s.steps[i] = uint16(body[i]>>3) << 11
		}
	case 1, 2:
		for i := range min(len(body)/2, len(s.steps)) {
			s.steps[i] = binary.BigEndian.Uint16(body[2*i:])
		}
	default:
		return errJP2
	}
	return nil
}

// tileParts collects the data of each tile (A.4.2).
func (d *jp2) tileParts(data []byte) error {
	for len(data) >= 2 && binary.BigEndian.Uint16(data) == jp2SOT {
		part := data
		_, body, err := jp2Segment(&data)
		if err != nil || len(body) < 8 {
			return errJP2
		}
		at, size := int(binary.BigEndian.Uint16(body)), int64(binary.BigEndian.Uint32(body[2:]))
		if at >= d.tilesX*d.tilesY {
			return errJP2
		}
		if size == 0 || size > int64(len(part)) { // up to the end, or cut off there
			size = int64(len(part))
		}
		if int(size) < len(part)-len(data) {
			return errJP2
		}
		rest := part[len(part)-len(data) : size]
		data = part[size:]
		t := d.tiles[at]
		if t == nil {
			t = &jp2Tile{coding: d.coding, styles: append([]jp2Style(nil), d.own...)}
			d.tiles[at] = t
		}
		var seen jp2Seen
		for len(rest) >= 2 && binary.BigEndian.Uint16(rest) != jp2SOD {
			marker, body, err := jp2Segment(&rest)
			if err != nil {
				return err
			}
			if err := d.parameters(marker, body, &t.coding, t.styles, &seen); err != nil {
				return err
			}
		}
		if len(rest) < 2 {
			return errJP2Short
		}
		t.data = append(t.data, rest[2:]...)
	}
	return nil
}
