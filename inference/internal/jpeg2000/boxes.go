package jpeg2000

import (
	"bytes"
	"math"
)

// Box types (Table I.2).
const (
	boxHeader  = 0x6a703268 // "jp2h"
	boxStream  = 0x6a703263 // "jp2c"
	boxColour  = 0x636f6c72 // "colr"
	boxPalette = 0x70636c72 // "pclr"
	boxMapping = 0x636d6170 // "cmap"
	boxChannel = 0x63646566 // "cdef"
)

// Enumerated colour spaces (Table I.10).
const (
	spaceUnknown = 0
	spaceSRGB    = 16
	spaceGrey    = 17
	spaceSYCC    = 18
)

// signature is the JP2 signature box (I.5.1).
const signature = "\x00\x00\x00\x0cjP  \r\n\x87\n"

// file is what the boxes say.
type file struct {
	code    []byte // the codestream
	raw     bool   // there were no boxes
	space   uint32
	seen    bool      // the colour space: only the first box counts (I.5.3.3)
	columns [][]uint8 // of the palette: 256 entries each, in eight bits
	mapping []mapping
	defs    []definition
}

// mapping makes a channel of a component, either as it is or through a column of the palette (I.5.3.5).
type mapping struct {
	comp   int
	mapped bool
	column int
}

// definition says what a channel is for (I.5.3.6).
type definition struct{ channel, kind, assoc int }

// open finds the codestream in b, and reads the boxes before it.
func open(b []byte) (*file, error) {
	if len(b) > math.MaxInt32 {
		return nil, LimitError("bytes")
	}
	if bytes.HasPrefix(b, []byte{0xff, 0x4f}) {
		return &file{code: b, raw: true}, nil
	}
	if !bytes.HasPrefix(b, []byte(signature)) {
		return nil, FormatError("this is neither a JP2 file nor a codestream")
	}
	f := &file{}
	err := boxes(b, func(kind uint32, body []byte) (bool, error) {
		switch kind {
		case boxHeader:
			return false, boxes(body, f.header)
		case boxStream:
			f.code = body
			return true, nil
		}
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	if f.code == nil {
		return nil, FormatError("there is no codestream")
	}
	return f, nil
}

// boxes calls visit for each box in b until it says that it has seen enough (I.4).
func boxes(b []byte, visit func(kind uint32, body []byte) (bool, error)) error {
	for len(b) > 0 {
		r := reader{b: b}
		size, kind := uint64(r.u32()), r.u32()
		switch size {
		case 0: // up to the end
			size = uint64(len(b))
		case 1:
			size = uint64(r.u32())<<32 | uint64(r.u32())
		}
		if r.short || size > uint64(len(b)) {
			return errShort
		}
		if size < uint64(r.pos) {
			return FormatError("a box is shorter than its header")
		}
		if done, err := visit(kind, b[r.pos:size]); done || err != nil {
			return err
		}
		b = b[size:]
	}
	return nil
}

// header reads one box of the JP2 header (I.5.3). What the image header box says, the codestream says again.
func (f *file) header(kind uint32, body []byte) (bool, error) {
	r := &reader{b: body}
	switch kind {
	case boxColour:
		return false, f.colour(r)
	case boxPalette:
		return false, f.palette(r)
	case boxMapping:
		f.mapping = nil
		for r.pos < len(body) && len(f.mapping) < maxComponents {
			f.mapping = append(f.mapping, mapping{int(r.u16()), r.u8() != 0, int(r.u8())})
		}
	case boxChannel:
		f.defs = nil
		for range min(int(r.u16()), 2*maxComponents) {
			f.defs = append(f.defs, definition{int(r.u16()), int(r.u16()), int(r.u16())})
		}
	}
	return false, r.err()
}

// colour reads a colour specification box (I.5.3.3).
func (f *file) colour(r *reader) error {
	if f.seen {
		return nil
	}
	f.seen = true
	method := r.u8()
	r.skip(2)
	switch method {
	case 1:
		f.space = r.u32()
	case 2: // of the restricted ICC profile, only the name of its colour space, at byte 16
		r.skip(16)
		switch r.u32() {
		case 0x47524159: // "GRAY"
			f.space = spaceGrey
		case 0x52474220: // "RGB "
			f.space = spaceSRGB
		default:
			return UnsupportedError("the colour profile")
		}
	}
	switch f.space {
	case spaceUnknown, spaceSRGB, spaceGrey, spaceSYCC:
	default:
		return UnsupportedError("the colour space")
	}
	return r.err()
}

// palette reads a palette box (I.5.3.4).
func (f *file) palette(r *reader) error {
	entries, columns := int(r.u16()), int(r.u8())
	if entries == 0 || columns == 0 {
		return FormatError("the palette is empty")
	}
	if entries > 256 || columns > maxComponents {
		return UnsupportedError("a palette of this size")
	}
	f.columns = nil
	var depth [maxComponents]depth
	for i := range columns {
		if depth[i].set(r.u8()); depth[i].bits > 16 {
			return UnsupportedError("a palette of this depth")
		}
		f.columns = append(f.columns, make([]uint8, 256))
	}
	for e := range entries {
		for i, column := range f.columns {
			d := depth[i]
			var v int32
			for range (d.bits + 7) / 8 {
				v = v<<8 | int32(r.u8())
			}
			if d.signed { // the sign is that of the depth's upper bit
				v = v << (32 - d.bits) >> (32 - d.bits)
			}
			column[e] = d.eight(v)
		}
	}
	for _, column := range f.columns { // an index past the last entry means the last
		for e := entries; e < 256; e++ {
			column[e] = column[entries-1]
		}
	}
	return r.err()
}
