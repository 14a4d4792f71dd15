// Package build writes ONNX models from Go: models made by a program, small ones for tests, and the
// parts of a pipeline (scaling, thresholds, voting) that a trained model leaves to the application.
//
//	g := build.New("score", nil)
//	x := g.Input("x", inference.Float32, build.Sym("N"), build.Fixed(3))
//	w := build.Const(g, "w", []float32{0.2, 0.3, 0.5}, 3, 1)
//	y := g.Op("MatMul", []build.Value{x, w})
//	g.Output("y", g.Op("LeakyRelu", []build.Value{y}, build.Float("alpha", 0.1)), inference.Float32, build.Sym("N"), build.Fixed(1))
//	model, err := g.Model()
//
// A [Value] is made before it is used, so a graph cannot have cycles, and every name is made by one
// thing. Values that nobody names get names of their own. An operator of another domain than ai.onnx
// is written with it: "ai.onnx.ml.Scaler".
//
// Methods do not return errors. A [Graph] collects them, and [Graph.Model] returns them all together;
// until then mistakes yield values that can be used like any other.
//
// The package checks names, scopes, constants and domains. It does not know the operators: whether
// inputs and attributes are what an operator wants is for the engine to say when it loads the model.
//
// [Marshal] writes single values in the form of ONNX's test data, which inference.ParseTensor reads.
//
// A Graph and its Values belong to one goroutine.
package build
