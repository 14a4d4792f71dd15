package raster

import (
	"context"
	"errors"
)

var (
	errJPEG      = errors.New("invalid JPEG")
	errJPEGShort = errors.New("JPEG data ends early")
)

// jpeg decodes a file: sequential or progressive, of 8 bits, coded by Huffman (ITU-T T.81). Sections and tables in the
// comments are those of that document.
type jpeg struct {
	bitReader
	ctx           context.Context
	width, height int
	progressive   bool
	components    []jpegComponent
	hmax, vmax    int // the greatest sampling factors
	mcusX, mcusY  int // minimum coded units across and down
	quant         [4][64]uint16
	tables        [2][4]huffman // of the first coefficient and of the others
	restart       int           // units between two restart markers; 0 for none
	jfif          bool
	adobe         int // color transform that Adobe's marker names; -1 without one
	runOfEnds     int // blocks that end the band at once: EOBRUN, G.1.2.2
}

// jpegComponent is what is sampled: the brightness, or one of the colors.
type jpegComponent struct {
	id, h, v, quant  int
	width, height    int     // samples of the image
	blocksX, blocksY int     // stored, whole units of them
	coefficients     []int16 // 64 for each block, in natural order
	samples          []byte  // blocksX*8 wide
	predicted        int32
	dc, ac           *huffman
}

// The markers (table B.1).
const (
	jpegSOF0 = 0xc0
	jpegSOF1 = 0xc1
	jpegSOF2 = 0xc2
	jpegDHT  = 0xc4
	jpegSOI  = 0xd8
	jpegEOI  = 0xd9
	jpegSOS  = 0xda
	jpegDQT  = 0xdb
	jpegDRI  = 0xdd
	jpegAPP0 = 0xe0
	jpegAPPE = 0xee
	jpegRST0 = 0xd0
	jpegTEM  = 0x01
)

// zigzag holds the natural position of each coefficient in the order in which they are coded (figure A.6).
var zigzag = [64]byte{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

func decodeJPEG(ctx context.Context, file []byte, admit func(w, h int) error) (*Image, error) {
	d := &jpeg{ctx: ctx, adobe: -1}
	d.data = file
	scans := 0
	for {
		marker, err := d.marker()
		switch {
		case err != nil:
			return nil, err
		case marker == jpegEOI:
			if scans == 0 {
				return nil, errJPEG
			}
			return d.image()
		case marker == jpegSOI || marker == jpegTEM || marker >= jpegRST0 && marker < jpegRST0+8:
			continue
		}
		body, err := d.segment()
		if err != nil {
			return nil, err
		}
		switch {
		case marker == jpegDQT:
			err = d.quantTables(body)
		case marker == jpegDHT:
			err = d.huffmanTables(body)
		case marker == jpegSOF0 || marker == jpegSOF1 || marker == jpegSOF2:
			err = d.frame(body, marker == jpegSOF2, admit)
		case marker > jpegSOF2 && marker < jpegSOF0+16 && marker != jpegDHT && marker != 0xcc && marker != 0xc8:
			err = ErrUnsupported // lossless, hierarchical, or coded arithmetically
		case marker == jpegDRI:
			if len(body) < 2 {
				return nil, errJPEG
			}
			d.restart = int(body[0])<<8 | int(body[1])
		case marker == jpegAPP0:
			d.jfif = d.jfif || len(body) >= 5 && string(body[:5]) == "JFIF\x00"
		case marker == jpegAPPE && len(body) >= 12 && string(body[:5]) == "Adobe":
			d.adobe = int(body[11])
		case marker == jpegSOS:
			scans++
			err = d.scan(body)
		}
		if err != nil {
			return nil, err
		}
	}
}

// marker finds the next marker, after whatever is left of a scan.
func (d *jpeg) marker() (byte, error) {
	for d.pos+1 < len(d.data) {
		if d.data[d.pos] == 0xff && d.data[d.pos+1] != 0 && d.data[d.pos+1] != 0xff {
			d.pos += 2
			return d.data[d.pos-1], nil
		}
		d.pos++
	}
	return 0, errJPEGShort
}

// segment returns the parameters that follow a marker.
func (d *jpeg) segment() ([]byte, error) {
	rest := d.data[d.pos:]
	if len(rest) < 2 {
		return nil, errJPEGShort
	}
	n := int(rest[0])<<8 | int(rest[1])
	if n < 2 || n > len(rest) {
		return nil, errJPEGShort
	}
	d.pos += n
	return rest[2:n], nil
}

// quantTables reads tables of the steps that coefficients are stored in (B.2.4.1).
func (d *jpeg) quantTables(body []byte) error {
	for len(body) > 0 {
		wide, to := int(body[0]>>4), body[0]&15
		size := 64 * (1 + wide)
		if wide > 1 || to > 3 || len(body) < 1+size {
			return errJPEG
		}
		for i, at := range zigzag {
			v := uint16(body[1+i*(1+wide)])
			if wide == 1 {
				v = v<<8 | uint16(body[2+2*i])
			}
			d.quant[to][at] = v
		}
		body = body[1+size:]
	}
	return nil
}

// frame reads the header of the frame (B.2.2).
func (d *jpeg) frame(body []byte, progressive bool, admit func(w, h int) error) error {
	if d.components != nil || len(body) < 6 || len(body) < 6+3*int(body[5]) {
		return errJPEG
	}
	if body[0] != 8 {
		return ErrUnsupported // samples of 12 bits
	}
	d.height, d.width = int(body[1])<<8|int(body[2]), int(body[3])<<8|int(body[4])
	count := int(body[5])
	if count != 1 && count != 3 && count != 4 || d.width == 0 || d.height == 0 {
		return errJPEG
	}
	if err := admit(d.width, d.height); err != nil {
		return err
	}
	d.progressive = progressive
	d.components = make([]jpegComponent, count)
	for i := range d.components {
		b := body[6+3*i:][:3]
		c := jpegComponent{id: int(b[0]), h: int(b[1] >> 4), v: int(b[1] & 15), quant: int(b[2])}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.quant > 3 {
			return errJPEG
		}
		if count == 1 { // the factors of a single component mean nothing
			c.h, c.v = 1, 1
		}
		d.hmax, d.vmax = max(d.hmax, c.h), max(d.vmax, c.v)
		d.components[i] = c
	}
	d.mcusX, d.mcusY = ceilDiv(d.width, 8*d.hmax), ceilDiv(d.height, 8*d.vmax)
	for i := range d.components {
		c := &d.components[i]
		c.width, c.height = ceilDiv(d.width*c.h, d.hmax), ceilDiv(d.height*c.v, d.vmax)
		c.blocksX, c.blocksY = d.mcusX*c.h, d.mcusY*c.v
		c.coefficients = make([]int16, 64*c.blocksX*c.blocksY)
	}
	return nil
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
