package optimize

import (
	"bytes"
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// neutral returns the operand that n hands on because the other one is a constant which changes nothing, or None. That
// holds for every number, for -0, infinities and NaN too: x + 0 is not x when x is -0, but x - 0 and x + -0 are.
func (p *passing) neutral(n *graph.Node, op *ops.Node) graph.ID {
	if len(n.In) != 2 || op.Version.Attr("broadcast") != nil {
		return graph.None
	}
	commutes := n.Op == "Add" || n.Op == "Mul"
	for i, x := range n.In {
		c := p.constant(n.In[1-i])
		if c == nil || i == 1 && !commutes || !p.stretchesNothing(c, x) {
			continue
		}
		k := neutralKey{c, n.Op}
		is, seen := p.neutrals[k]
		if !seen {
			element := neutralElement(n.Op, c.DType)
			is = element != nil && repeats(c.Data, element)
			p.neutrals[k] = is
		}
		if is {
			return x
		}
	}
	return graph.None
}

// neutralKey is a constant as an operand of an operator.
type neutralKey struct {
	c  *tensor.Tensor
	op string
}

// neutralElement returns the bytes of the element that changes nothing as the second operand, nil when there is none.
func neutralElement(op string, d dtype.DType) []byte {
	v := 0.0
	switch op {
	case "Mul", "Div":
		v = 1
	case "Add":
		v = math.Copysign(0, -1)
	}
	switch d {
	case dtype.Float32:
		return tensor.BytesOf([]float32{float32(v)})
	case dtype.Float64:
		return tensor.BytesOf([]float64{v})
	case dtype.Int32:
		return tensor.BytesOf([]int32{int32(v)})
	case dtype.Int64:
		return tensor.BytesOf([]int64{int64(v)})
	}
	return nil
}

// repeats reports whether data is element, any number of times.
func repeats(data, element []byte) bool {
	for ; len(data) >= len(element); data = data[len(element):] {
		if !bytes.Equal(data[:len(element)], element) {
			return false
		}
	}
	return true
}

// stretchesNothing reports whether broadcasting x with c leaves x as it is.
func (p *passing) stretchesNothing(c *tensor.Tensor, x graph.ID) bool {
	s := p.values[x].Shape
	if !s.Ranked() || len(c.Shape) > s.Rank() {
		return false
	}
	for i, d := range c.Shape {
		if d != 1 && int(s.Dim(i-len(c.Shape))) != d {
			return false
		}
	}
	return true
}
