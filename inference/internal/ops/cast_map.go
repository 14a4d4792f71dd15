package ops

import (
	"cmp"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

var _ = register(&opCastMap)

// opCastMap computes the values of a map in the order of their keys, in another type.
var opCastMap = Op{
	Name:   "CastMap",
	Domain: "ai.onnx.ml",
	Versions: []Version{
		{
			Since: 1, In: Args{"T1"}, Out: Args{"T2"},
			Types: []Constraint{
				{"T1", dtype.NoTensors | dtype.InIntMaps | dtype.Strings | 1<<dtype.Float32},
				{"T2", dtype.Strings | 1<<dtype.Float32 | 1<<dtype.Int64},
			},
			Attrs: []Attr{{"cast_to", String, "TO_FLOAT"}, {"map_form", String, "DENSE"}, {"max_map", Int, 1}}, Infer: inferCastMap, New: newCastMap,
		},
	},
}

func inferCastMap(n *Node) error {
	d, ok := map[string]dtype.DType{"TO_FLOAT": dtype.Float32, "TO_STRING": dtype.String, "TO_INT64": dtype.Int64}[n.String("cast_to")]
	if !ok {
		return fault.Format("cannot cast %q", n.String("cast_to"))
	}
	length := shape.Unknown
	switch form, most := n.String("map_form"), n.Int("max_map"); {
	case form == "SPARSE" && most > 0 && most <= maxDim:
		length = shape.Dim(most)
	case form == "SPARSE":
		return fault.Format("a sparse map of %d elements", most)
	case form != "DENSE":
		return fault.Format("there is no map form %q", form)
	}
	n.Out[0].Kind, n.Out[0].DType = wire.TypeTensor, d
	n.SetOut(0, shape.Of(1, length))
	return nil
}

func newCastMap(n *Node) (Kernel, error) {
	return castMap{dense: n.String("map_form") == "DENSE"}, nil
}

// castMap is the kernel of CastMap.
type castMap struct{ dense bool }

func (castMap) Scratch() int { return 2 * tileBytes } // as casts want

func (k castMap) Run(c *Ctx) error {
	m, err := c.mapping(0)
	if err != nil {
		return err
	}
	keys, values := tensor.View[int64](m.Keys), m.Values.(*tensor.Tensor)
	order := inOrder(len(keys), func(i, j int) int { return cmp.Compare(keys[i], keys[j]) })
	out := c.Out[0]
	if k.dense {
		if out, err = c.Alloc(0, out.DType, []int{1, len(keys)}); err != nil {
			return err
		}
	} else {
		clear(out.Data)
		clear(out.Strings)
	}
	part := &Ctx{In: []*tensor.Tensor{nil}, Out: []*tensor.Tensor{nil}, Scratch: c.Scratch, Run: c.Run}
	kernel := castKernel(values.DType, out.DType)
	for i, from := range order {
		at := i
		if !k.dense {
			if keys[from] < 0 || keys[from] >= int64(out.Len()) {
				return fault.Shape("key %d is not in a map of %d", keys[from], out.Len())
			}
			at = int(keys[from])
		}
		in, to := values.Slice(from), (&tensor.Tensor{DType: out.DType, Shape: []int{out.Len()}, Data: out.Data, Strings: out.Strings}).Slice(at)
		part.In[0], part.Out[0] = &in, &to
		if err := kernel.Run(part); err != nil {
			return err
		}
	}
	return nil
}

// castKernel returns the kernel that casts between two types as the first versions of Cast do.
func castKernel(from, to dtype.DType) Kernel {
	switch {
	case from == to:
		return run(func(c *Ctx) error {
			copy(c.Out[0].Data, c.In[0].Data)
			copy(c.Out[0].Strings, c.In[0].Strings)
			return nil
		})
	case from == dtype.String:
		return &parse{numberCast{saturate: true}}
	case to == dtype.String:
		return format{}
	}
	return &numberCast{saturate: true}
}
