package build

import (
	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/internal/wire"
)

// constant is an initializer: dense or sparse.
type constant struct {
	v      *value
	dense  *wire.Tensor
	sparse *wire.SparseTensor
}

// Const is a constant tensor of data in row-major order. Without a shape it is a scalar, of one element;
// to write a list as such, give its length. The data is copied.
func Const[T inference.Element](g *Graph, name string, data []T, shape ...int) Value {
	t, err := inference.NewTensor(data, shape...)
	if err != nil {
		return g.badConst(name, err)
	}
	return g.Const(name, t)
}

// ConstStrings is a constant tensor of strings, as [Const] is for other types.
func ConstStrings(g *Graph, name string, data []string, shape ...int) Value {
	t, err := inference.NewStrings(data, shape...)
	if err != nil {
		return g.badConst(name, err)
	}
	return g.Const(name, t)
}

// Const is a constant tensor. Its elements are copied.
func (g *Graph) Const(name string, t *inference.Tensor) Value {
	v := g.named(name, "a constant")
	if t == nil {
		g.errorf("constant %q is nil", name)
		return Value{v}
	}
	g.consts = append(g.consts, constant{v: v, dense: wireTensor(name, t)})
	return Value{v}
}

// ConstSparse is a constant that is 0 but for some elements; see [Sparse] for values, indices and shape.
func (g *Graph) ConstSparse(name string, values, indices *inference.Tensor, shape ...int) Value {
	v := g.named(name, "a constant")
	if values == nil || indices == nil {
		g.errorf("constant %q is nil", name)
		return Value{v}
	}
	g.consts = append(g.consts, constant{v: v, sparse: sparse(name, values, indices, shape)})
	return Value{v}
}

func (g *Graph) badConst(name string, err error) Value {
	g.errorf("constant %q: %w", name, err)
	return Value{&value{g: g, name: name}}
}

// sparse names the values, as ONNX wants the name of a sparse initializer there.
func sparse(name string, values, indices *inference.Tensor, shape []int) *wire.SparseTensor {
	return &wire.SparseTensor{Values: wireTensor(name, values), Indices: wireTensor("", indices), Dims: dims(shape)}
}

func dims(shape []int) []int64 {
	list := make([]int64, len(shape))
	for i, n := range shape {
		list[i] = int64(n)
	}
	return list
}
