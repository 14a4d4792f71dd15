package wire

import (
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// encoder appends messages to buf. Fields come in a fixed order, that of their numbers but for a few
// rare ones, and with the packing that onnx.proto declares, so the same structs always give the same
// bytes, and nearly always those that the reference implementation writes.
type encoder struct{ buf []byte }

// message writes a nested message with the fields that body writes.
func (e *encoder) message(num protowire.Number, body func()) {
	e.buf = protowire.AppendTag(e.buf, num, protowire.BytesType)
	start := len(e.buf)
	body()
	e.prefix(start)
}

// prefix puts the length of what was written since start before it.
func (e *encoder) prefix(start int) {
	n := len(e.buf) - start
	var length [10]byte
	e.buf = slices.Insert(e.buf, start, protowire.AppendVarint(length[:0], uint64(n))...)
}

// int writes v unless it is 0, which is what a reader assumes of an absent field.
func (e *encoder) int(num protowire.Number, v int64) {
	if v != 0 {
		e.setInt(num, v)
	}
}

// setInt writes v even when it is 0, where presence means something.
func (e *encoder) setInt(num protowire.Number, v int64) {
	e.buf = protowire.AppendTag(e.buf, num, protowire.VarintType)
	e.buf = protowire.AppendVarint(e.buf, uint64(v))
}

func (e *encoder) float32(num protowire.Number, v float32) {
	e.buf = protowire.AppendTag(e.buf, num, protowire.Fixed32Type)
	e.buf = protowire.AppendFixed32(e.buf, math.Float32bits(v))
}

func (e *encoder) string(num protowire.Number, s string) {
	if s != "" {
		e.setString(num, s)
	}
}

func (e *encoder) setString(num protowire.Number, s string) {
	e.buf = protowire.AppendTag(e.buf, num, protowire.BytesType)
	e.buf = protowire.AppendString(e.buf, s)
}

func (e *encoder) setBytes(num protowire.Number, b []byte) {
	e.buf = protowire.AppendTag(e.buf, num, protowire.BytesType)
	e.buf = protowire.AppendBytes(e.buf, b)
}

func (e *encoder) strings(num protowire.Number, list []string) {
	for _, s := range list {
		e.setString(num, s)
	}
}

func (e *encoder) byteStrings(num protowire.Number, list [][]byte) {
	for _, b := range list {
		e.setBytes(num, b)
	}
}

func (e *encoder) ints(num protowire.Number, list []int64) {
	for _, v := range list {
		e.setInt(num, v)
	}
}

func (e *encoder) floats(num protowire.Number, list []float32) {
	for _, v := range list {
		e.float32(num, v)
	}
}

// packed writes a list of numbers in one field, each as put writes it.
func packed[T any](e *encoder, num protowire.Number, list []T, put func([]byte, T) []byte) {
	if len(list) == 0 {
		return
	}
	e.message(num, func() {
		for _, v := range list {
			e.buf = put(e.buf, v)
		}
	})
}

func putVarint[T int32 | int64 | uint64](b []byte, v T) []byte {
	return protowire.AppendVarint(b, uint64(v))
}

func putFloat32(b []byte, v float32) []byte {
	return protowire.AppendFixed32(b, math.Float32bits(v))
}

func putFloat64(b []byte, v float64) []byte {
	return protowire.AppendFixed64(b, math.Float64bits(v))
}

// entries writes a list of StringStringEntryProto.
func (e *encoder) entries(num protowire.Number, list []StringEntry) {
	for _, s := range list {
		e.message(num, func() {
			e.string(1, s.Key)
			e.string(2, s.Value)
		})
	}
}

// messages writes a list of messages.
func messages[T any](e *encoder, num protowire.Number, list []T, write func(*encoder, T)) {
	for _, v := range list {
		e.message(num, func() { write(e, v) })
	}
}

// single writes a message unless it is nil.
func single[T any](e *encoder, num protowire.Number, v *T, write func(*encoder, *T)) {
	if v != nil {
		e.message(num, func() { write(e, v) })
	}
}
