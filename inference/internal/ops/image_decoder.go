package ops

import (
	"context"
	"errors"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opImageDecoder)

// opImageDecoder computes the pixels of an image file: height, width and channels.
var opImageDecoder = Op{
	Name: "ImageDecoder",
	Versions: []Version{
		{
			Since: 20, In: Args{"uint8"}, Out: Args{"uint8"}, Attrs: []Attr{{"pixel_format", String, "RGB"}},
			Infer: inferImageDecoder, New: newImageDecoder, Needs: ToolImage,
		},
	},
}

func inferImageDecoder(n *Node) error {
	n.Out[0].DType = dtype.Uint8
	channels := shape.Dim(3)
	switch format := n.String("pixel_format"); format {
	case "RGB", "BGR":
	case "Grayscale":
		channels = 1
	default:
		return fault.Format("pixel_format %q is not known", format)
	}
	if s := n.In[0].Shape; s.Ranked() && s.Rank() != 1 {
		return fault.Shape("a file of %v bytes, not in one dimension", s.Ints())
	}
	n.SetOut(0, shape.Of(shape.Unknown, shape.Unknown, channels))
	return nil
}

// imageDecoder is the kernel of ImageDecoder.
type imageDecoder struct {
	format string
	decode func(ctx context.Context, file []byte, take func(bytes int64) error) (width, height int, rgb []byte, err error)
}

func newImageDecoder(n *Node) (Kernel, error) {
	return &imageDecoder{n.String("pixel_format"), n.Tools.Image}, nil
}

func (k *imageDecoder) Run(c *Ctx) error {
	width, height, rgb, err := k.decode(c.Context, c.In[0].Data, c.Budget.TakeBytes)
	if _, bad := errors.AsType[*fault.FormatError](err); bad {
		width, height = 0, 0 // the standard has no image for what cannot be decoded
	} else if err != nil {
		return err
	}
	channels := 3
	if k.format == "Grayscale" {
		channels = 1
	}
	if len(rgb) < 3*width*height {
		return fault.Format("%d bytes for an image of %d by %d pixels", len(rgb), width, height)
	}
	y, err := c.Alloc(0, dtype.Uint8, []int{height, width, channels})
	if err != nil {
		return err
	}
	pix := tensor.View[uint8](y)
	switch k.format {
	case "Grayscale": // the brightness by the colors' shares in ITU-R BT.601
		for i := range pix {
			p := rgb[3*i:][:3]
			pix[i] = byte((uint32(p[0])*19595 + uint32(p[1])*38470 + uint32(p[2])*7471 + 1<<15) >> 16)
		}
	case "BGR":
		for i := 0; i < len(pix); i += 3 {
			pix[i], pix[i+1], pix[i+2] = rgb[i+2], rgb[i+1], rgb[i]
		}
	default:
		copy(pix, rgb)
	}
	return nil
}
