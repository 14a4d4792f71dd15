package tensor

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
)

// maxDense bounds the bytes that a sparse tensor may grow to: the file that holds it can be tiny.
const maxDense = 1 << 28

// Dense returns the dense tensor with the given dimensions that has values at indices and zeros elsewhere.
// Indices are int64, either [n] positions in row-major order or [n, rank] coordinates, ascending.
func Dense(name string, dims []int64, values, indices *Tensor) (*Tensor, error) {
	shape := make([]int, len(dims))
	for i, n := range dims {
		if n < 0 || n > math.MaxInt {
			return nil, fault.Format("sparse tensor %q: dimension %d", name, n)
		}
		shape[i] = int(n)
	}
	size, err := Bytes(values.DType, shape)
	if err != nil {
		return nil, err
	}
	if size > maxDense {
		return nil, &fault.LimitError{What: "bytes of a sparse tensor made dense", Got: size, Max: maxDense}
	}
	n := values.Len()
	rank := len(shape)
	flat := len(indices.Shape) == 1 && indices.Shape[0] == n
	if indices.DType != dtype.Int64 || !flat && (len(indices.Shape) != 2 || indices.Shape[0] != n || indices.Shape[1] != rank) {
		return nil, fault.Format("sparse tensor %q: indices %v%v do not fit %d values of %d dimensions",
			name, indices.DType, indices.Shape, n, rank)
	}
	out := New(values.DType, shape)
	at := View[int64](indices)
	total := int64(out.Len())
	width := values.DType.Size()
	last := int64(-1)
	for i := range n {
		pos := int64(0)
		if flat {
			pos = at[i]
		} else {
			for j, d := range shape {
				c := at[i*rank+j]
				if c < 0 || c >= int64(d) {
					return nil, fault.Format("sparse tensor %q: coordinate %d is outside of %v", name, c, shape)
				}
				pos = pos*int64(d) + c
			}
		}
		if pos <= last || pos >= total {
			return nil, fault.Format("sparse tensor %q: position %d is out of order or outside of %v", name, pos, shape)
		}
		last = pos
		if values.DType == dtype.String {
			out.Strings[pos] = values.Strings[i]
		} else {
			copy(out.Data[int(pos)*width:][:width], values.Data[i*width:])
		}
	}
	return out, nil
}
