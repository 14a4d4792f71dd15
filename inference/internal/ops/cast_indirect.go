package ops

import (
	"math"
	"strconv"
	"strings"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// cast is the kernel that converts from or to a type that Go does not know, or a string: by way of a float64, which
// holds every value of the small types, element by element.
type cast struct {
	read  func(t *tensor.Tensor, i int) (float64, error)
	write func(t *tensor.Tensor, i int, v float64)
}

func (k *cast) Run(c *Ctx) error {
	for i := range c.In[0].Len() {
		v, err := k.read(c.In[0], i)
		if err != nil {
			return err
		}
		k.write(c.Out[0], i, v)
	}
	return nil
}

// castReader returns the function that reads an element of type d.
func castReader(d dtype.DType) func(t *tensor.Tensor, i int) (float64, error) {
	switch d {
	case dtype.Float32:
		return readNumber[float32]
	case dtype.Float64:
		return readNumber[float64]
	case dtype.Int8, dtype.I4, dtype.I2:
		return readNumber[int8]
	case dtype.Int16:
		return readNumber[int16]
	case dtype.Int32:
		return readNumber[int32]
	case dtype.Int64:
		return readNumber[int64]
	case dtype.Uint8, dtype.Bool, dtype.U4, dtype.U2:
		return readNumber[uint8]
	case dtype.Uint16:
		return readNumber[uint16]
	case dtype.Uint32:
		return readNumber[uint32]
	case dtype.Uint64:
		return readNumber[uint64]
	case dtype.F16:
		return readSmall[dtype.Float16]
	case dtype.BF16:
		return readSmall[dtype.BFloat16]
	case dtype.F8E4M3FN:
		return readSmall[dtype.Float8E4M3FN]
	case dtype.F8E4M3FNUZ:
		return readSmall[dtype.Float8E4M3FNUZ]
	case dtype.F8E5M2:
		return readSmall[dtype.Float8E5M2]
	case dtype.F8E5M2FNUZ:
		return readSmall[dtype.Float8E5M2FNUZ]
	case dtype.F8E8M0:
		return readSmall[dtype.Float8E8M0]
	case dtype.F4E2M1:
		return readSmall[dtype.Float4E2M1]
	case dtype.String:
		return readString
	}
	return nil
}

func readNumber[T kernels.Number](t *tensor.Tensor, i int) (float64, error) {
	return float64(tensor.View[T](t)[i]), nil
}

func readSmall[T interface{ Float32() float32 }](t *tensor.Tensor, i int) (float64, error) {
	return float64(tensor.View[T](t)[i].Float32()), nil
}

// readString reads a number in decimal or hexadecimal notation, or a word for NaN or infinity.
func readString(t *tensor.Tensor, i int) (float64, error) {
	s := strings.TrimSpace(t.Strings[i])
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, fault.Format("%q is no number", s)
	}
	return v, nil
}

// castWriter returns the function that writes an element of type d, rounding as n says.
func castWriter(d dtype.DType, n *Node) func(t *tensor.Tensor, i int, v float64) {
	saturate := n.Version.Attr("saturate") == nil || n.Flag("saturate")
	switch d {
	case dtype.Float32:
		return writeNumber[float32]
	case dtype.Float64:
		return writeNumber[float64]
	case dtype.Int8:
		return writeInteger[int8]
	case dtype.Int16:
		return writeInteger[int16]
	case dtype.Int32:
		return writeInteger[int32]
	case dtype.Int64:
		return writeInteger[int64]
	case dtype.Uint8:
		return writeInteger[uint8]
	case dtype.Uint16:
		return writeInteger[uint16]
	case dtype.Uint32:
		return writeInteger[uint32]
	case dtype.Uint64:
		return writeNumber[uint64]
	case dtype.Bool:
		return writeWith(func(v float64) bool { return v != 0 })
	case dtype.I4:
		return writePacked[int8](4)
	case dtype.I2:
		return writePacked[int8](2)
	case dtype.U4:
		return writePacked[uint8](4)
	case dtype.U2:
		return writePacked[uint8](2)
	case dtype.F16:
		return writeWith(dtype.ToFloat16)
	case dtype.BF16:
		return writeWith(dtype.ToBFloat16)
	case dtype.F8E4M3FN:
		return writeWith(func(v float64) dtype.Float8E4M3FN { return dtype.ToFloat8E4M3FN(v, saturate) })
	case dtype.F8E4M3FNUZ:
		return writeWith(func(v float64) dtype.Float8E4M3FNUZ { return dtype.ToFloat8E4M3FNUZ(v, saturate) })
	case dtype.F8E5M2:
		return writeWith(func(v float64) dtype.Float8E5M2 { return dtype.ToFloat8E5M2(v, saturate) })
	case dtype.F8E5M2FNUZ:
		return writeWith(func(v float64) dtype.Float8E5M2FNUZ { return dtype.ToFloat8E5M2FNUZ(v, saturate) })
	case dtype.F4E2M1:
		return writeWith(dtype.ToFloat4E2M1)
	case dtype.F8E8M0:
		r := rounding(n)
		return writeWith(func(v float64) dtype.Float8E8M0 { return dtype.ToFloat8E8M0(v, r, saturate) })
	case dtype.String:
		return stringWriter(n.In[0].DType)
	}
	return nil
}

// rounding returns how n rounds to powers of two.
func rounding(n *Node) dtype.Rounding {
	switch n.String("round_mode") {
	case "down":
		return dtype.Down
	case "nearest":
		return dtype.Nearest
	}
	return dtype.Up
}

func writeWith[T dtype.Element](f func(v float64) T) func(t *tensor.Tensor, i int, v float64) {
	return func(t *tensor.Tensor, i int, v float64) { tensor.View[T](t)[i] = f(v) }
}

func writeNumber[T kernels.Number](t *tensor.Tensor, i int, v float64) { tensor.View[T](t)[i] = T(v) }

// writeInteger goes through int64, so that what does not fit wraps around on every processor.
func writeInteger[T kernels.Integer](t *tensor.Tensor, i int, v float64) {
	tensor.View[T](t)[i] = T(int64(v))
}

// writePacked returns the function that writes an integer of so few bits: the lowest ones of the number's integer part.
func writePacked[T int8 | uint8](bits int) func(t *tensor.Tensor, i int, v float64) {
	return func(t *tensor.Tensor, i int, v float64) {
		tensor.View[T](t)[i] = T(int64(v)) << (8 - bits) >> (8 - bits)
	}
}

// stringWriter returns the function that writes numbers as numpy prints them, as many digits as tell from's values
// apart.
func stringWriter(from dtype.DType) func(t *tensor.Tensor, i int, v float64) {
	bits := 32
	if from == dtype.Float64 {
		bits = 64
	}
	whole := dtype.Ints.Has(from) || from.Bits() < 8
	return func(t *tensor.Tensor, i int, v float64) {
		switch {
		case from == dtype.Bool:
			t.Strings[i] = strconv.FormatBool(v != 0)
		case whole:
			t.Strings[i] = strconv.FormatInt(int64(v), 10)
		case math.IsInf(v, 1):
			t.Strings[i] = "INF"
		case math.IsInf(v, -1):
			t.Strings[i] = "-INF"
		default:
			t.Strings[i] = strconv.FormatFloat(v, 'g', -1, bits)
		}
	}
}
