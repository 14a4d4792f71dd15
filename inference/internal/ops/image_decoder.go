package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/raster"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opImageDecoder)

var opImageDecoder = Op{
	Name: "ImageDecoder",
	Doc:  "the pixels of an image file: height, width and channels",
	Versions: []Version{
		{
			Since: 20, In: Args{"uint8"}, Out: Args{"uint8"}, Attrs: []Attr{{"pixel_format", String, "RGB"}},
			Infer: inferImageDecoder, New: newImageDecoder,
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

// imageDecoder is the kernel of ImageDecoder. A file that cannot be decoded is an error, not the empty image that the
// standard has for it: no model can make anything of that.
type imageDecoder struct{ format string }

func newImageDecoder(n *Node) (Kernel, error) { return &imageDecoder{n.String("pixel_format")}, nil }

func (k *imageDecoder) Run(c *Ctx) error {
	m, err := raster.Decode(c.Context, c.In[0].Data, c.Budget.TakeBytes)
	if err != nil {
		return err
	}
	channels := 3
	if k.format == "Grayscale" {
		channels = 1
	}
	y, err := c.Alloc(0, dtype.Uint8, []int{m.Height, m.Width, channels})
	if err != nil {
		return err
	}
	pix := tensor.View[uint8](y)
	switch k.format {
	case "Grayscale":
		copy(pix, m.Gray())
	case "BGR":
		for i := 0; i < len(pix); i += 3 {
			pix[i], pix[i+1], pix[i+2] = m.Pix[i+2], m.Pix[i+1], m.Pix[i]
		}
	default:
		copy(pix, m.Pix)
	}
	return nil
}
