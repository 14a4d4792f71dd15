package jpeg2000

import "image"

// Limits on what a file may ask for. The densest useful layout, code-blocks of 16 by 16 samples, just fits.
const (
	maxSamples    = 64 << 20  // of all components, on the full grid
	maxSide       = 128 << 10 // samples in a row or a column
	maxComponents = 4
	maxCoordinate = 1 << 30 // of the reference grid
	maxTiles      = 65535
	maxPrecincts  = 128 << 10 // in a tile
	maxBlocks     = 512 << 10 // in a tile
	maxBlockLooks = 64 << 20  // code-blocks times layers, in an image
)

// DecodeConfig returns the size and colour model of the image in b. It reads the boxes before the codestream, and of
// the codestream its first marker segment.
func DecodeConfig(b []byte) (image.Config, error) {
	f, err := open(b)
	if err != nil {
		return image.Config{}, err
	}
	_, siz, err := readSize(f.code)
	if err != nil {
		return image.Config{}, err
	}
	p, err := f.picture(siz)
	if err != nil {
		return image.Config{}, err
	}
	return image.Config{ColorModel: p.model(), Width: siz.width(), Height: siz.height()}, nil
}

// Decode returns the image in b, with the upper left corner at the origin: an [image.Gray], [image.RGBA] (opaque, or
// with premultiplied opacity where the file says so) or [image.NRGBA].
func Decode(b []byte) (image.Image, error) {
	return DecodePaced(b, func(int) error { return nil })
}

// DecodePaced decodes like [Decode], and tells spend of work that is about to be done, in units of about an addition,
// and never of more than some ten million at once. When spend returns an error, DecodePaced stops and returns it.
func DecodePaced(b []byte, spend func(work int) error) (image.Image, error) {
	f, err := open(b)
	if err != nil {
		return nil, err
	}
	cs, err := readCodestream(f.code)
	if err != nil {
		return nil, err
	}
	p, err := f.picture(cs.size)
	if err != nil {
		return nil, err
	}
	d := decoder{cs: cs, picture: p, spend: spend}
	for i := range cs.tiles {
		if err := d.tile(i); err != nil {
			return nil, err
		}
	}
	return p.paint(d.planes, spend)
}

// decoder is what the tiles of one image share.
type decoder struct {
	cs      *codestream
	spend   func(work int) error
	picture *picture
	planes  []plane // of the components, taken when the first tile's packets have been read
	looks   int     // code-blocks that packet headers spoke of
	blocks  *blockDecoder
	ints    [maxComponents][]int32 // the coefficients of a tile, kept for the next
	floats  [maxComponents][]float32
	row     []int32
}

// tile decodes one tile into the planes.
func (d *decoder) tile(index int) error {
	t, err := d.layOut(index)
	if err != nil {
		return err
	}
	if err := d.packets(t); err != nil {
		return err
	}
	if d.planes == nil {
		d.planes = d.picture.planes(d.cs.size)
	}
	for i := range t.comps {
		if err := d.coefficients(t, i); err != nil {
			return err
		}
		if err := d.synthesize(t, i); err != nil {
			return err
		}
	}
	return d.store(t)
}
