// Package images decodes files of images for the operator ImageDecoder of ONNX models: JPEG, JPEG 2000, PNG, BMP, TIFF,
// WebP and the portable anymaps. A session gets it as a tool, so that programs without such models do not carry it:
//
//	s, err := model.NewSession(&inference.Options{Tools: inference.Tools{Image: images.Decode}})
//
// Where a format leaves open how pixels come of what is stored, they are those of its usual library: a JPEG file's are
// the ones that libjpeg-turbo makes of it, a WebP file's those of libwebp.
package images

import (
	"context"

	"github.com/brinkml/brink/inference/internal/raster"
)

// Decode decodes a file to rows of red, green and blue bytes, row by row. It asks take for leave before it takes memory,
// in bytes, and soon returns the context's error when it has ended. Bytes that are no image, or one of a variety that is
// not decoded, are an *inference.FormatError, and an image of more than 2^26 pixels is an *inference.LimitError.
func Decode(ctx context.Context, file []byte, take func(bytes int64) error) (width, height int, rgb []byte, err error) {
	m, err := raster.Decode(ctx, file, take)
	if err != nil {
		return 0, 0, nil, err
	}
	return m.Width, m.Height, m.Pix, nil
}
