// Package raster decodes files of images to rows of red, green and blue bytes, for the operator ImageDecoder.
//
// It decodes JPEG, JPEG 2000, PNG, BMP, TIFF, WebP and the portable anymaps. Where a format leaves open how pixels come of what
// is stored, they are those of its usual library: a JPEG file's are the ones that libjpeg-turbo makes of it, a WebP
// file's those of libwebp. What a file says of its size is checked before memory is taken.
package raster

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"github.com/brinkml/brink/inference/internal/fault"
)

// Image is a decoded image.
type Image struct {
	Width, Height int
	Pix           []byte // red, green and blue of each pixel, row by row
}

// MaxPixels bounds the size of an image.
const MaxPixels = 1 << 26

// format is a kind of file.
type format struct {
	name   string
	magic  string // which it starts with; '?' is any byte
	decode decoder
	bytes  int64 // about how many it takes at most to decode a pixel
}

// decoder decodes a file. It calls admit with the image's size before it takes memory for that.
type decoder func(ctx context.Context, file []byte, admit func(w, h int) error) (*Image, error)

var formats = [...]format{
	{"JPEG", "\xff\xd8\xff", decodeJPEG, 16},
	{"PNG", "\x89PNG\r\n\x1a\n", by(png.DecodeConfig, png.Decode), 12},
	{"BMP", "BM????\x00\x00\x00\x00", by(bmp.DecodeConfig, bmp.Decode), 8},
	{"TIFF", "II*\x00", by(tiff.DecodeConfig, tiff.Decode), 16},
	{"TIFF", "MM\x00*", by(tiff.DecodeConfig, tiff.Decode), 16},
	{"WebP", "RIFF????WEBP", by(webp.DecodeConfig, webp.Decode), 12},
	{"PNM", "P?", by(pnmConfig, decodePNM), 8},
	{"JPEG 2000", "\x00\x00\x00\x0cjP  ", decodeJP2, 64},
	{"JPEG 2000", "\xff\x4f\xff\x51", decodeJP2, 64},
}

// ErrUnsupported says that a file is of a variety of its format that is not decoded.
var ErrUnsupported = errors.New("not supported")

// Decode decodes a file. It asks take for leave before it takes memory, in bytes, and soon returns the context's error
// when it has ended.
func Decode(ctx context.Context, file []byte, take func(bytes int64) error) (*Image, error) {
	f := formatOf(file)
	if f == nil {
		return nil, fault.Format("the image is of no known format")
	}
	var refused error
	m, err := f.decode(ctx, file, func(w, h int) error {
		refused = admit(w, h, f.bytes, take)
		return refused
	})
	switch {
	case refused != nil:
		return nil, refused
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, &fault.FormatError{Reason: "a " + f.name + " file", Err: err}
	}
	return m, nil
}

// admit refuses an image that is too large, or whose pixels' bytes take does not allow.
func admit(w, h int, bytes int64, take func(bytes int64) error) error {
	pixels := int64(w) * int64(h)
	switch {
	case w <= 0 || h <= 0:
		return fault.Format("an image of %d by %d pixels", w, h)
	case w > MaxPixels || h > MaxPixels || pixels > MaxPixels:
		return &fault.LimitError{What: "pixels of an image", Got: pixels, Max: MaxPixels}
	}
	return take(pixels * bytes)
}

// errSize says that a file is of another size than its header.
var errSize = errors.New("the image is not as large as announced")

// by makes a decoder of functions as those of package image's formats are.
func by(config func(io.Reader) (image.Config, error), decode func(io.Reader) (image.Image, error)) decoder {
	return func(ctx context.Context, file []byte, admit func(w, h int) error) (*Image, error) {
		c, err := config(bytes.NewReader(file))
		if err != nil {
			return nil, err
		}
		if err := admit(c.Width, c.Height); err != nil {
			return nil, err
		}
		m, err := decode(&source{bytes.NewReader(file), ctx})
		if err != nil {
			return nil, err
		}
		if b := m.Bounds(); b.Dx() != c.Width || b.Dy() != c.Height {
			return nil, errSize
		}
		return &Image{c.Width, c.Height, toRGB(m)}, nil
	}
}

func formatOf(file []byte) *format {
	for i := range formats {
		f := &formats[i]
		if len(file) < len(f.magic) {
			continue
		}
		match := true
		for j := range f.magic {
			match = match && (f.magic[j] == '?' || f.magic[j] == file[j])
		}
		if match {
			return f
		}
	}
	return nil
}

// source is a file in memory that cannot be read any more when the context has ended: that stops a decoder.
type source struct {
	*bytes.Reader
	ctx context.Context
}

func (s *source) Read(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.Reader.Read(b)
}

func (s *source) ReadAt(b []byte, off int64) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.Reader.ReadAt(b, off)
}
