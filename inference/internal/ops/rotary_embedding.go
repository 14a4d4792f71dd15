package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opRotaryEmbedding)

// opRotaryEmbedding computes pairs of elements of each head, turned by angles that go with the position.
var opRotaryEmbedding = Op{
	Name: "RotaryEmbedding",
	Versions: []Version{
		{
			Since: 23, In: Args{"T", "T", "T", "int64?"}, Out: Args{"T"},
			Types: []Constraint{{"T", 1<<dtype.Float32 | dtype.Halves}},
			Attrs: []Attr{{"interleaved", Int, 0}, {"num_heads", Int, nil}, {"rotary_embedding_dim", Int, 0}},
			Infer: inferRotary, New: newRotary, InPlace: 1,
		},
	},
}

// The inputs of RotaryEmbedding. The caches have half as many elements for each position as there are to be turned.
const (
	rotaryX         = iota // [batch, heads, sequence, size], or [batch, sequence, heads * size]
	rotaryCos              // [positions, half], or without positions [batch, sequence, half]
	rotarySin              // as rotaryCos
	rotaryPositions        // [batch, sequence]
)

// rotaryDims returns the batch, the heads, the sequence and the size of a head of a node whose X has a known rank, as
// far as they are known.
func rotaryDims(n *Node) (d [4]shape.Dim, err error) {
	x := n.In[rotaryX].Shape
	switch x.Rank() {
	case 4:
		copy(d[:], x.Dims())
	case 3:
		heads := n.Int("num_heads")
		if heads < 1 || heads > maxDim {
			return d, fault.Format("X has three dimensions, but there are %d heads", heads)
		}
		d = [4]shape.Dim{x.Dim(0), shape.Dim(heads), x.Dim(1), shape.Unknown}
		if width := x.Dim(2); width.Known() {
			if int64(width)%heads != 0 {
				return d, fault.Shape("rows of %d do not make %d heads", width, heads)
			}
			d[3] = width / shape.Dim(heads)
		}
	default:
		return d, fault.Shape("X has %d dimensions, not 3 or 4", x.Rank())
	}
	turned := n.Int("rotary_embedding_dim")
	if turned < 0 || d[3].Known() && turned > int64(d[3]) {
		return d, fault.Format("%d elements of heads of %d are to be turned", turned, d[3])
	}
	if turned == 0 && d[3].Known() {
		turned = int64(d[3])
	}
	if turned%2 != 0 {
		return d, fault.Shape("%d elements do not make pairs", turned)
	}
	return d, nil
}

func inferRotary(n *Node) error {
	n.SetOut(0, n.In[rotaryX].Shape)
	if !n.In[rotaryX].Shape.Ranked() {
		return nil
	}
	d, err := rotaryDims(n)
	if err != nil {
		return err
	}
	half := shape.Unknown
	if turned := shape.Dim(n.Int("rotary_embedding_dim")); turned > 0 {
		half = turned / 2
	} else if d[3].Known() {
		half = d[3] / 2
	}
	cache := shape.Of(shape.Unknown, half)
	if !n.Has(rotaryPositions) {
		cache = shape.Of(d[0], d[2], half)
	}
	for _, in := range []struct {
		i    int
		want shape.Shape
	}{{rotaryCos, cache}, {rotarySin, cache}, {rotaryPositions, shape.Of(d[0], d[2])}} {
		if !n.Has(in.i) {
			continue
		}
		if _, ok := in.want.Merge(n.In[in.i].Shape); !ok {
			return fault.Shape("input %d is %v where %v is needed", in.i, n.In[in.i].Shape.Ints(), in.want.Ints())
		}
	}
	return nil
}

// rotary is the kernel of RotaryEmbedding.
type rotary struct {
	batch, heads, sequence, size int
	half                         int // of the elements of a head that are turned
	interleaved                  bool
	x                            headSteps
}

func newRotary(n *Node) (Kernel, error) {
	return choose(n, typed[float32](func(n *Node) (Kernel, error) {
		d, err := rotaryDims(n)
		if err != nil {
			return nil, err
		}
		k := &rotary{batch: int(d[0]), heads: int(d[1]), sequence: int(d[2]), size: int(d[3]), interleaved: n.Flag("interleaved")}
		k.half = k.size / 2
		if turned := int(n.Int("rotary_embedding_dim")); turned > 0 {
			k.half = turned / 2
		}
		k.x = newHeadSteps(n.In[rotaryX].Dims(), k.heads)
		if n.In[rotaryCos].Shape.Rank() == 2 && n.In[rotaryCos].Shape.Dim(0) != n.In[rotarySin].Shape.Dim(0) {
			return nil, shapeMismatch(n)
		}
		return k, nil
	}))
}

func (k *rotary) Run(c *Ctx) error {
	y, x := tensor.View[float32](c.Out[0]), tensor.View[float32](c.In[rotaryX])
	cos, sin := tensor.View[float32](c.In[rotaryCos]), tensor.View[float32](c.In[rotarySin])
	p := pace{c: c}
	for b := range k.batch {
		for s := range k.sequence {
			if err := p.spend(2 * k.heads * k.size); err != nil {
				return err
			}
			position := b*k.sequence + s
			if len(c.In) > rotaryPositions && c.In[rotaryPositions] != nil {
				var err error
				if position, err = indexAt(c.In[rotaryPositions], position, c.In[rotaryCos].Shape[0]); err != nil {
					return err
				}
			}
			for h := range k.heads {
				at := k.x.at(b, h, s)
				k.turn(y[at:][:k.size], x[at:][:k.size], cos[position*k.half:][:k.half], sin[position*k.half:][:k.half])
			}
		}
	}
	return nil
}

// turn turns the pairs of a head: neighbours, or an element of the first half and that of the second.
func (k *rotary) turn(y, x, cos, sin []float32) {
	step, other := 1, k.half
	if k.interleaved {
		step, other = 2, 1
	}
	for i, c := range cos {
		a, b := x[i*step], x[i*step+other]
		y[i*step] = c*a - sin[i]*b
		y[i*step+other] = sin[i]*a + c*b
	}
	copy(y[2*k.half:], x[2*k.half:])
}
