package ops

import (
	"math"
	"strconv"
	"strings"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
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

// castReader returns the function that reads an element of type d, or nil.
func castReader(d dtype.DType) func(t *tensor.Tensor, i int) (float64, error) {
	switch {
	case d == dtype.String:
		return readString
	case castsDirectly(whole(d)):
		return readNumber
	case dtype.SmallFloats.Has(d):
		return readSmall
	}
	return nil
}

// whole returns the type of bytes that integers of fewer bits lie in, and d for all others.
func whole(d dtype.DType) dtype.DType {
	switch d {
	case dtype.I4, dtype.I2:
		return dtype.Int8
	case dtype.U4, dtype.U2:
		return dtype.Uint8
	}
	return d
}

func readNumber(t *tensor.Tensor, i int) (float64, error) {
	var v [1]float64
	load(v[:], t.Data[i*t.DType.Size():], whole(t.DType))
	return v[0], nil
}

func readSmall(t *tensor.Tensor, i int) (float64, error) {
	bits := uint16(0)
	if t.DType.Size() == 1 {
		bits = uint16(t.Data[i])
	} else {
		bits = tensor.View[uint16](t)[i]
	}
	return float64(t.DType.Decode(bits)), nil
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

// castWriter returns the function that writes an element of type d, rounding as n says, or nil.
func castWriter(d dtype.DType, n *Node) func(t *tensor.Tensor, i int, v float64) {
	switch {
	case d == dtype.String:
		return stringWriter(n.In[0].DType)
	case castsDirectly(d):
		return writeNumber
	case castsDirectly(whole(d)):
		return writePacked
	case dtype.SmallFloats.Has(d):
		return smallWriter(d, n)
	}
	return nil
}

// smallWriter returns the function that writes floats which Go has no type for.
func smallWriter(d dtype.DType, n *Node) func(t *tensor.Tensor, i int, v float64) {
	saturate := n.Version.Attr("saturate") == nil || n.Flag("saturate")
	r := dtype.Nearest
	if d == dtype.F8E8M0 {
		r = rounding(n)
	}
	return func(t *tensor.Tensor, i int, v float64) {
		bits := d.Encode(v, saturate, r)
		if d.Size() == 1 {
			t.Data[i] = byte(bits)
		} else {
			tensor.View[uint16](t)[i] = bits
		}
	}
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

// writeNumber goes through int64 to integers, so that what does not fit wraps around on every processor.
func writeNumber(t *tensor.Tensor, i int, v float64) {
	switch t.DType {
	case dtype.Float32:
		tensor.View[float32](t)[i] = float32(v)
	case dtype.Float64:
		tensor.View[float64](t)[i] = v
	case dtype.Uint64:
		tensor.View[uint64](t)[i] = uint64(v)
	case dtype.Bool:
		tensor.View[bool](t)[i] = v != 0
	default:
		storeInts(t.Data[i*t.DType.Size():], []int64{int64(v)}, t.DType)
	}
}

// writePacked writes an integer of less than 8 bits: the lowest ones of the number's integer part, with their sign.
func writePacked(t *tensor.Tensor, i int, v float64) {
	t.Data[i] = lowBits(byte(int64(v)), t.DType)
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
