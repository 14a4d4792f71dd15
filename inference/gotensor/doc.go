// Package gotensor carries tensors between gorgonia.org/tensor and this engine, for programs that
// have their data in *tensor.Dense.
//
//	out, err := gotensor.Run(ctx, session, map[string]tensor.Tensor{"x": dense})
//
// [From] and [To] share memory where they can: a contiguous, row-major, unmasked Dense of an element
// type that ONNX has is not copied, and neither is a result. Views and transposed tensors, which
// gorgonia keeps as strides over other memory, are copied into row-major order. What has no
// counterpart on the other side is refused with the reason:
//
//   - masked and sparse tensors, and memory that Go cannot reach;
//   - strings, which gorgonia may keep where the garbage collector does not see them;
//   - tensors without elements, which gorgonia panics on when it makes or reads them.
//
// Elements of type int and uint become int64 and uint64. The engine's own element types, such as
// inference.Float16, pass through as elements of a named type, with which gorgonia can do no arithmetic.
//
// This package and onnxgo are the only ones that import gorgonia. It adds 10 MB to a program, and it
// does not build on riscv64, where this package is empty.
package gotensor
