package main

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
	"github.com/brinkml/brink/inference/internal/wire"
)

// testCase is a model with one set of inputs. The embedded graph makes the model unless model is set.
type testCase struct {
	*build.Graph
	name   string
	model  *wire.Model
	inputs []inference.Value
	files  map[string][]byte // beside the model
	random *rand.Rand        // seeded by the name, so that no case changes another
	errs   []error

	rtol, atol float64 // 0: those of ONNX's runner
}

// suite collects cases.
type suite struct{ cases []*testCase }

// list is short for the operands of a node.
type list = []build.Value

func (s *suite) add(name string, o *build.Options) *testCase {
	h := fnv.New64a()
	h.Write([]byte(name))
	c := &testCase{Graph: build.New(name, o), name: name, random: rand.New(rand.NewPCG(h.Sum64(), 1))}
	s.cases = append(s.cases, c)
	return c
}

// ml are the options of a model that uses a version of ai.onnx.ml.
func ml(version int) *build.Options {
	return &build.Options{Domains: map[string]int{"ai.onnx.ml": version}}
}

func opset(version int) *build.Options { return &build.Options{Opset: version} }

// input declares an input with the value that it gets.
func input[T inference.Element](c *testCase, name string, data []T, shape ...int) build.Value {
	t, err := inference.NewTensor(data, shape...)
	if err != nil {
		c.errs = append(c.errs, err)
		return build.Value{}
	}
	return c.given(name, t, build.Shape(shape...)...)
}

// batch is input with the first dimension left open.
func batch[T inference.Element](c *testCase, name string, data []T, shape ...int) build.Value {
	t, err := inference.NewTensor(data, shape...)
	if err != nil {
		c.errs = append(c.errs, err)
		return build.Value{}
	}
	return c.given(name, t, append([]build.Dim{build.Sym("N")}, build.Shape(shape[1:]...)...)...)
}

func words(c *testCase, name string, data []string, shape ...int) build.Value {
	t, err := inference.NewStrings(data, shape...)
	if err != nil {
		c.errs = append(c.errs, err)
		return build.Value{}
	}
	return c.given(name, t, build.Shape(shape...)...)
}

func (c *testCase) given(name string, t *inference.Tensor, dims ...build.Dim) build.Value {
	c.inputs = append(c.inputs, t)
	return c.Input(name, t.DType(), dims...)
}

// x declares an input of random floats.
func (c *testCase) x(name string, shape ...int) build.Value {
	return input(c, name, c.floats(shape...), shape...)
}

// w makes a constant of random floats.
func (c *testCase) w(name string, shape ...int) build.Value {
	return build.Const(c.Graph, name, c.floats(shape...), shape...)
}

// floats are multiples of 1/64 within 2 of 0: few digits, so that sums of products are the same in every order.
func (c *testCase) floats(shape ...int) []float32 {
	n := 1
	for _, d := range shape {
		n *= d
	}
	data := make([]float32, n)
	for i := range data {
		data[i] = float32(c.random.IntN(257)-128) / 64
	}
	return data
}

// bytes are random numbers of 0 to 255.
func (c *testCase) bytes(n int) []uint8 {
	data := make([]uint8, n)
	for i := range data {
		data[i] = uint8(c.random.IntN(256))
	}
	return data
}

// do applies an operator that has no attributes.
func (c *testCase) do(op string, in ...build.Value) build.Value { return c.Op(op, in) }

// at is a constant number without dimensions, as a node: so PyTorch writes indices.
func (c *testCase) at(i int64) build.Value {
	t, err := inference.NewTensor([]int64{i})
	c.errs = append(c.errs, err)
	return c.Op("Constant", nil, build.Tensor("value", t))
}

// out makes v an output of the model, a tensor of any shape.
func (c *testCase) out(name string, v build.Value, t inference.DType) {
	c.Output(name, v, t, build.Unranked())
}

// decoded is the model as messages.
func (c *testCase) decoded() (*wire.Model, error) {
	if err := errors.Join(c.errs...); err != nil || c.model != nil {
		return c.model, err
	}
	b, err := c.Model()
	if err != nil {
		return nil, err
	}
	return wire.Decode(b, nil)
}

// write gives the files of the case but for the outputs.
func (c *testCase) write() (map[string][]byte, error) {
	m, err := c.decoded()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	if files["model.onnx"], err = wire.Encode(m); err != nil {
		return nil, err
	}
	for i, v := range c.inputs {
		if files[inputFile(i)], err = build.Marshal("", v); err != nil {
			return nil, err
		}
	}
	for name, b := range c.files {
		files[name] = b
	}
	if c.rtol > 0 || c.atol > 0 {
		files["data.json"] = fmt.Appendf(nil, `{"rtol": %g, "atol": %g}`+"\n", max(c.rtol, 1e-3), max(c.atol, 1e-7))
	}
	return files, nil
}

// all lists the cases in the order of their names.
func all() []*testCase {
	s := &suite{}
	for _, f := range []func(*suite){
		trees, treeClassifiers, treeEnsembles, linear, svm, text, prepare, mappings, older, olderShapes, recurrent, quantized,
		functions, control, sequences, storage, contrib, exported, half,
	} {
		f(s)
	}
	slices.SortFunc(s.cases, func(a, b *testCase) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	return s.cases
}
