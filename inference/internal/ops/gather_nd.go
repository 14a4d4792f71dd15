package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opGatherND)

// opGatherND computes the slices of x whose leading coordinates the last dimension of indices holds.
var opGatherND = Op{
	Name: "GatherND",
	Versions: []Version{
		{Since: 11, In: Args{"T", "int64"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}}, Infer: inferGatherND, New: newGatherND},
		{
			Since: 12, In: Args{"T", "int64"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}},
			Attrs: []Attr{{"batch_dims", Int, 0}}, Infer: inferGatherND, New: newGatherND, Again: 1 << 13,
		},
	},
}

// batchDims returns how many leading dimensions x and the indices have in common.
func batchDims(n *Node) int64 {
	if n.Version.Attr("batch_dims") == nil {
		return 0
	}
	return n.Int("batch_dims")
}

func inferGatherND(n *Node) error {
	x, indices := n.In[0].Shape, n.In[1].Shape
	if !n.ranked() {
		return nil
	}
	if indices.Rank() == 0 {
		return fault.Shape("indices have no dimensions")
	}
	if !indices.Dim(-1).Known() {
		return nil
	}
	batch, depth := batchDims(n), int64(indices.Dim(-1))
	if batch < 0 || batch >= int64(indices.Rank()) || batch+depth > int64(x.Rank()) {
		return fault.Shape("indices of %v with %d batch dimensions do not lead into %v", indices.Ints(), batch, x.Ints())
	}
	for i := range int(batch) {
		if a, b := x.Dim(i), indices.Dim(i); a.Known() && b.Known() && a != b {
			return shapeMismatch(n)
		}
	}
	out := append(indices.Clone()[:indices.Rank()-1], x.Dims()[batch+depth:]...)
	n.SetOut(0, shape.Of(out...))
	return nil
}

// coordinates turns the rows of a tensor of indices into offsets.
type coordinates struct {
	dims, strides []int // of x, along the dimensions that a row names
}

func newCoordinates(x []int, from, depth int) coordinates {
	return coordinates{x[from : from+depth], kernels.Contiguous(x)[from : from+depth]}
}

// offset returns where the i-th row leads to.
func (k *coordinates) offset(indices *tensor.Tensor, i int) (int, error) {
	at := 0
	for d, n := range k.dims {
		index, err := indexAt(indices, i*len(k.dims)+d, n)
		if err != nil {
			return 0, err
		}
		at += index * k.strides[d]
	}
	return at, nil
}

type gatherND struct {
	coordinates
	batches, rows, stride, chunk int // stride: elements of x in one batch
	put                          putFunc
}

func newGatherND(n *Node) (Kernel, error) {
	x, indices := n.In[0].Dims(), n.In[1].Dims()
	batch, depth := int(batchDims(n)), indices[len(indices)-1]
	return &gatherND{
		coordinates: newCoordinates(x, batch, depth),
		batches:     tensor.Elems(x[:batch]), rows: tensor.Elems(indices[batch : len(indices)-1]),
		stride: tensor.Elems(x[batch:]), chunk: tensor.Elems(x[batch+depth:]),
		put: putAs(n.In[0].DType),
	}, nil
}

func (k *gatherND) Run(c *Ctx) error {
	for b := range k.batches {
		for r := range k.rows {
			row := b*k.rows + r
			at, err := k.offset(c.In[1], row)
			if err != nil {
				return err
			}
			k.put(c.Out[0], c.In[0], row*k.chunk, b*k.stride+at, k.chunk)
		}
	}
	return nil
}
