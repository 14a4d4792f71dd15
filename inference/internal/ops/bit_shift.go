package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opBitShift)

// opBitShift computes a shifted by b bits to the left or right.
var opBitShift = Op{
	Name: "BitShift",
	Versions: []Version{
		{
			Since: 11, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Unsigned}},
			Attrs: []Attr{{"direction", String, Required}}, Infer: broadcastShape, New: newBitShift, InPlace: 2,
		},
	},
}

// Only integers without a sign are shifted.
var (
	shiftLeft  = arithmetic{u64: kernels.ShiftLeft[uint64]}
	shiftRight = arithmetic{u64: kernels.ShiftRight[uint64]}
)

func newBitShift(n *Node) (Kernel, error) {
	switch d := n.String("direction"); d {
	case "LEFT":
		return newPairs(n, &shiftLeft)
	case "RIGHT":
		return newPairs(n, &shiftRight)
	default:
		return nil, fault.Format("direction %q is neither LEFT nor RIGHT", d)
	}
}
