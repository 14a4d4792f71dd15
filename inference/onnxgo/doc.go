// Package onnxgo runs models that were loaded with github.com/owulveryck/onnx-go on this engine, in the
// place of its backend gorgonnx:
//
//	backend := onnxgo.New(nil) // was: gorgonnx.NewGraph()
//	model := onnx.NewModel(backend)
//	err := model.UnmarshalBinary(b)
//	...
//	model.SetInput(0, input)
//	err = backend.Run()
//	outputs, err := model.GetOutputTensors()
//
// It is a way over for programs that exist; a new one does better with package inference, because
// onnx-go tells a backend only a part of what a model says. From that come these limits:
//
//   - The version of the operators is not passed on. Options.Opset names it; without, it is the first of
//     9, 10, 11, 8 and 7, those of onnx-go's time, by which the model is well-formed. Newer models may
//     compute something else under such a version and need Options.Opset.
//   - The domain of an operator is not passed on: all are taken for ai.onnx's.
//   - onnx-go itself refuses graphs as attributes (If, Loop, Scan), lists of tensors, and element types
//     but float32, float64, bool and the integers; it reads bool data and dimensions with names wrongly,
//     and drops functions, sparse and external data. It panics on some files: recover where files are
//     not trusted.
//   - Model.SetInput(i) means the i-th input of the file, initializers that are listed among the
//     inputs included.
//   - Which values are outputs is not passed on: every value that the model declares a type for and
//     every one that nothing uses is kept, which costs memory where a file declares all of them.
//
// Tensors given before the model is complete are its weights; tensors given later, through
// Model.SetInput or a node's SetTensor, are inputs, and may have another shape for each run. Writing into a
// weight's memory after the first run has no effect.
//
// The package does not build on riscv64, where gorgonia.org/tensor does not, and is empty there.
package onnxgo
