// Package inference loads ONNX models and runs them, in Go alone: no cgo, no shared libraries, no other process.
//
// # Use
//
// A [Model] is a file's graph and weights, checked. A [Session] runs it. There are two ways to run:
//
//	m, err := inference.Open("model.onnx", nil)
//	s, err := m.NewSession(nil)
//
//	// Values in, values out: any shapes, any number of goroutines.
//	out, err := s.Run(ctx, map[string]inference.Value{"x": x})
//
//	// Memory bound once: nothing is allocated from then on.
//	b, err := s.Bind(map[string][]int{"x": {1, 128, 6}})
//	x, err := inference.Input[float32](b, "x")
//	y, err := inference.Output[float32](b, "y")
//	for {
//		copy(x, window)
//		err := b.Run(ctx)
//		decide(y)
//	}
//
// Names, types and shapes are those of the model: [Model.Inputs] and [Model.Outputs] list them. A dimension that the
// model leaves open, such as the number of windows in a batch, is fixed when shapes are bound or inputs given. A session
// remembers the plans for the eight sets of shapes that it met last.
//
// What runs is not the graph as the file has it: constants and what follows from shapes are computed before, nodes that
// change nothing are dropped, a batch normalisation becomes part of the convolution before it, and so on. [Passes] lists
// these passes, and [LoadOptions].Without leaves them out. [Model.Report] describes the file.
//
// # Before deploying
//
// [Model.Report] tells what a model consists of: its operators, those of them that are missing here, its weights, and,
// for given shapes, its multiply-accumulates and the bytes of memory that a run takes. The figure for memory is exact:
// all values between inputs and outputs lie in one block whose size is known before it is taken.
// [Options].MemoryLimit refuses models that want more.
//
// # Operators
//
// All operators of ai.onnx up to operator set 28, of ai.onnx.ml and of ai.onnx.preview are there, in every version and
// for every element type of the standard, and a few of com.microsoft: docs/operators.md lists them. ImageDecoder and
// RegexFullMatch need a tool that a session is given: [Options].Tools. What a model cannot run for is told by
// [Model.NewSession]: it refuses with an [UnsupportedError] that names everything missing at once. What a model computes
// does not depend on the platform, save for the last digits of floats.
//
// # Files from elsewhere
//
// A model may come from the network. Whatever its bytes are, loading and running it returns an error at worst: it does
// not panic, run past its memory limit, or read files other than those below the model's folder. The errors tell a broken file
// ([FormatError]) from one that is too large ([LimitError]), does not fit together ([ShapeError] in a [NodeError]), or
// needs more than there is ([UnsupportedError]). A run ends soon after its context does.
//
// # Concurrency and memory
//
// Models and sessions are safe for concurrent use; a [Binding] belongs to one goroutine at a time. Weights are shared by
// all sessions of a model. With [LoadOptions].Map they stay in the file, and processes that map the same file share
// them. A session with several threads keeps goroutines that sleep between runs and end with [Session.Close].
package inference
