package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(Op{
	Name: "Mod",
	Doc:  "the remainder of a / b, with the sign of b, or of a when fmod is set",
	Versions: []Version{
		{Since: 10, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Numbers}}, Attrs: []Attr{{"fmod", Int, 0}}, Infer: broadcastShape, New: newMod, InPlace: 2},
	},
})

func newMod(n *Node) (Kernel, error) {
	if n.Flag("fmod") {
		return choose(n,
			pairs[float32](kernels.ModFloat), pairs[float64](kernels.ModFloat),
			pairs[int8](kernels.RemInt), pairs[int16](kernels.RemInt), pairs[int32](kernels.RemInt), pairs[int64](kernels.RemInt),
			pairs[uint8](kernels.RemInt), pairs[uint16](kernels.RemInt), pairs[uint32](kernels.RemInt), pairs[uint64](kernels.RemInt))
	}
	if dtype.Floats.Has(n.In[0].DType) {
		return nil, fault.Format("floats need fmod")
	}
	return choose(n,
		pairs[int8](kernels.ModInt), pairs[int16](kernels.ModInt), pairs[int32](kernels.ModInt), pairs[int64](kernels.ModInt),
		pairs[uint8](kernels.ModInt), pairs[uint16](kernels.ModInt), pairs[uint32](kernels.ModInt), pairs[uint64](kernels.ModInt))
}
