// Package wire reads and writes the protobuf messages of ONNX: ModelProto and what it holds,
// and the TensorProto, SequenceProto and OptionalProto files of test data.
//
// It is written by hand over protowire instead of generated, for three reasons. A second
// generated copy of onnx.proto in one program panics at start-up, because both register the
// same names. The generated code and its runtime add 2.7 MB to a program. And a hand-written
// decoder can enforce [Limits] while it reads, leave weights where they lie ([Tensor.Raw]
// aliases the input), and say where a broken file is broken ([FormatError]).
//
// The structs mirror onnx.proto of ONNX 1.20 (IR version 13) field by field. Two parts of it
// that inference has no use for are skipped on reading: training_info and the multi-device
// configurations. Unknown fields are skipped too, as protobuf wants it.
//
// A decoded message holds no nil in a list and no nil message where its type promises one, so
// code that walks it needs no checks of that kind. Names, types, cycles and the number of
// elements of a tensor are not checked here.
package wire
