package raster

import (
	"bufio"
	"errors"
	"image"
	"image/color"
	"io"
)

var errPNM = errors.New("invalid portable anymap")

// pnm is the header of a portable anymap.
type pnm struct {
	kind          byte // '1' to '6'
	width, height int
	most          int // the value of full brightness
}

// bitmap and gray report what a pixel consists of: one bit, or one number; else it is three numbers.
func (p *pnm) bitmap() bool { return p.kind == '1' || p.kind == '4' }
func (p *pnm) gray() bool   { return p.kind == '2' || p.kind == '5' }
func (p *pnm) text() bool   { return p.kind <= '3' }

// readPNM reads a header, up to and with the one white space that ends it.
func readPNM(r *bufio.Reader) (*pnm, error) {
	var magic [2]byte
	if _, err := io.ReadFull(r, magic[:]); err != nil {
		return nil, err
	}
	p := &pnm{kind: magic[1], most: 1}
	if p.kind < '1' || p.kind > '6' {
		return nil, errPNM
	}
	fields := []*int{&p.width, &p.height, &p.most}
	if p.bitmap() {
		fields = fields[:2]
	}
	for _, field := range fields {
		v, err := readNumber(r, 9)
		if err != nil {
			return nil, err
		}
		*field = v
	}
	if p.most < 1 || p.most > 65535 {
		return nil, errPNM
	}
	return p, nil
}

// readNumber reads a decimal number of at most so many digits, and the white space around it: all of that before it,
// with comments, and one after it.
func readNumber(r *bufio.Reader, most int) (int, error) {
	v, digits := 0, 0
	for {
		b, err := r.ReadByte()
		switch {
		case err != nil && digits > 0 && err == io.EOF:
			return v, nil
		case err != nil:
			return 0, err
		case b >= '0' && b <= '9':
			if digits++; digits > most {
				return 0, errPNM
			}
			v = 10*v + int(b-'0')
			if most == 1 {
				return v, nil
			}
		case b == '#' && digits == 0:
			if _, err := skipLine(r); err != nil {
				return 0, err
			}
		case b != ' ' && (b < '\t' || b > '\r'):
			return 0, errPNM
		case digits > 0:
			return v, nil
		}
	}
}

// skipLine reads to the end of a line, however long.
func skipLine(r *bufio.Reader) (byte, error) {
	for {
		b, err := r.ReadByte()
		if err != nil || b == '\n' || b == '\r' {
			return b, err
		}
	}
}

func pnmConfig(r io.Reader) (image.Config, error) {
	p, err := readPNM(bufio.NewReader(r))
	if err != nil {
		return image.Config{}, err
	}
	return image.Config{ColorModel: color.RGBAModel, Width: p.width, Height: p.height}, nil
}

func decodePNM(from io.Reader) (image.Image, error) {
	r := bufio.NewReader(from)
	p, err := readPNM(r)
	if err != nil {
		return nil, err
	}
	m := image.NewRGBA(image.Rect(0, 0, p.width, p.height))
	for y := range p.height {
		bits, left := byte(0), 0
		for x := range p.width {
			to := m.Pix[y*m.Stride+4*x:][:4]
			to[3] = 255
			if p.kind == '4' { // rows begin with a byte of their own
				if left == 0 {
					if bits, err = r.ReadByte(); err != nil {
						return nil, err
					}
					left = 8
				}
				left--
				to[0] = 255 * (1 - bits>>left&1)
				to[1], to[2] = to[0], to[0]
				continue
			}
			for i := range to[:3] {
				if i > 0 && (p.bitmap() || p.gray()) {
					to[i] = to[0]
					continue
				}
				if to[i], err = p.number(r); err != nil {
					return nil, err
				}
			}
		}
	}
	return m, nil
}

// number reads one number of a pixel, as a brightness of 255 at most.
func (p *pnm) number(r *bufio.Reader) (byte, error) {
	v := 0
	var err error
	switch {
	case p.kind == '1':
		if v, err = readNumber(r, 1); err == nil && v > 1 {
			err = errPNM
		}
		v = 1 - v
	case p.text():
		v, err = readNumber(r, 5)
	default:
		var b byte
		if b, err = r.ReadByte(); err != nil {
			return 0, err
		}
		if v = int(b); p.most > 255 {
			b, err = r.ReadByte()
			v = v<<8 | int(b)
		}
	}
	if err != nil {
		return 0, err
	}
	return byte((min(v, p.most)*255 + p.most/2) / p.most), nil
}
