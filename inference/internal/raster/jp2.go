package raster

import (
	"context"

	"github.com/brinkml/brink/inference/internal/jpeg2000"
)

// jp2Work is how much work, in units of about an addition, goes by between two looks at the context.
const jp2Work = 1 << 20

// decodeJP2 decodes a JPEG 2000 file or codestream.
func decodeJP2(ctx context.Context, file []byte, admit func(w, h int) error) (*Image, error) {
	c, err := jpeg2000.DecodeConfig(file)
	if err != nil {
		return nil, err
	}
	if err := admit(c.Width, c.Height); err != nil {
		return nil, err
	}
	done := 0
	m, err := jpeg2000.DecodePaced(file, func(work int) error {
		if done += work; done < jp2Work {
			return nil
		}
		done = 0
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	return &Image{c.Width, c.Height, toRGB(m)}, nil
}
