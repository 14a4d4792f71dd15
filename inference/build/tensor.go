package build

import (
	"encoding/binary"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/internal/wire"
)

// wireTensor copies t into a TensorProto, as raw data but for strings.
func wireTensor(name string, t *inference.Tensor) *wire.Tensor {
	w := &wire.Tensor{Name: name, DataType: int32(t.DType()), Dims: dims(t.Shape())}
	if list, err := t.Strings(); err == nil {
		w.Strings = make([][]byte, len(list))
		for i, s := range list {
			w.Strings[i] = []byte(s)
		}
		return w
	}
	w.Raw = raw(t)
	if bits := t.DType().Bits(); bits < 8 {
		w.Raw = pack(w.Raw, bits)
	}
	return w
}

// raw gives the elements of t in little-endian order, 4- and 2-bit ones in a byte each.
func raw(t *inference.Tensor) []byte {
	switch t.DType() {
	case inference.Float32:
		return bytesOf[float32](t)
	case inference.Float64:
		return bytesOf[float64](t)
	case inference.Int8:
		return bytesOf[int8](t)
	case inference.Int16:
		return bytesOf[int16](t)
	case inference.Int32:
		return bytesOf[int32](t)
	case inference.Int64:
		return bytesOf[int64](t)
	case inference.Uint8:
		return bytesOf[uint8](t)
	case inference.Uint16:
		return bytesOf[uint16](t)
	case inference.Uint32:
		return bytesOf[uint32](t)
	case inference.Uint64:
		return bytesOf[uint64](t)
	case inference.Bool:
		return bytesOf[bool](t)
	case inference.Complex64:
		return bytesOf[complex64](t)
	case inference.Complex128:
		return bytesOf[complex128](t)
	case inference.F16:
		return bytesOf[inference.Float16](t)
	case inference.BF16:
		return bytesOf[inference.BFloat16](t)
	case inference.F8E4M3FN:
		return bytesOf[inference.Float8E4M3FN](t)
	case inference.F8E4M3FNUZ:
		return bytesOf[inference.Float8E4M3FNUZ](t)
	case inference.F8E5M2:
		return bytesOf[inference.Float8E5M2](t)
	case inference.F8E5M2FNUZ:
		return bytesOf[inference.Float8E5M2FNUZ](t)
	case inference.F8E8M0:
		return bytesOf[inference.Float8E8M0](t)
	case inference.F4E2M1:
		return bytesOf[inference.Float4E2M1](t)
	case inference.U4:
		return bytesOf[inference.Uint4](t)
	case inference.I4:
		return bytesOf[inference.Int4](t)
	case inference.U2:
		return bytesOf[inference.Uint2](t)
	case inference.I2:
		return bytesOf[inference.Int2](t)
	}
	return nil
}

func bytesOf[T inference.Element](t *inference.Tensor) []byte {
	data, err := inference.Data[T](t)
	if err != nil {
		return nil // t has another type; raw does not ask for that
	}
	out, err := binary.Append(make([]byte, 0, binary.Size(data)), binary.LittleEndian, data)
	if err != nil {
		return nil // of numbers that have no fixed size, which no Element is
	}
	return out
}

// pack puts elements of 4 or 2 bits, one in the low bits of each byte, together, the first one lowest.
func pack(list []byte, bits int) []byte {
	per := 8 / bits
	out := make([]byte, (len(list)+per-1)/per)
	for i, v := range list {
		out[i/per] |= v & (1<<bits - 1) << (i % per * bits)
	}
	return out
}
