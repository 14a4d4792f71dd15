//go:build !riscv64

package onnxgo

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/owulveryck/onnx-go"
	"gorgonia.org/tensor"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/gotensor"
)

// opsets are the operator versions that are tried, the likeliest for a model of onnx-go's time first.
var opsets = []int{9, 10, 11, 8, 7}

// program is a graph loaded by the engine.
type program struct {
	names   valueNames
	model   *inference.Model
	session *inference.Session
}

func (p *program) close() error {
	return errors.Join(p.session.Close(), p.model.Close())
}

// Run computes every result from the tensors that are there, and leaves the results in their nodes.
// Operators that the engine lacks are reported as *onnx.ErrNotImplemented; other errors wrap the
// engine's.
func (g *Graph) Run() error { return g.RunContext(context.Background()) }

// RunContext is Run that ends with ctx.
func (g *Graph) RunContext(ctx context.Context) error {
	if g.prog == nil {
		prog, err := g.load()
		if err != nil {
			if missing := (*inference.UnsupportedError)(nil); errors.As(err, &missing) && len(missing.Missing) > 0 {
				return &onnx.ErrNotImplemented{Operator: missing.Missing[0].Name, Message: err.Error()}
			}
			return fmt.Errorf("onnxgo: %w", err)
		}
		g.prog = prog
	}
	in := map[string]tensor.Tensor{}
	for _, n := range g.nodes {
		if n != nil && n.variable && !n.omitted() {
			in[g.prog.names[n]] = n.t
		}
	}
	out, err := gotensor.Run(ctx, g.prog.session, in)
	if err != nil {
		return fmt.Errorf("onnxgo: %w", err)
	}
	for n, name := range g.prog.names {
		if t, ok := out[name]; ok {
			n.t = t
		}
	}
	return nil
}

// Close lets go of what runs have built up. The graph can be run again.
func (g *Graph) Close() error {
	if g.prog == nil {
		return nil
	}
	err := g.prog.close()
	g.prog = nil
	return err
}

// forget drops the loaded program, because the graph has changed.
func (g *Graph) forget() {
	// The next run, or nobody, learns of a session that would not close; there is nothing to do about it.
	_ = g.Close()
}

// load gives the graph to the engine under the operator version of the options, or under the first of
// the likely ones that it takes. When it takes none, a version that lacks only operators comes nearer
// to the truth than one by which the model is not well-formed.
func (g *Graph) load() (*program, error) {
	candidates := opsets
	if g.opts.Opset != 0 {
		candidates = []int{g.opts.Opset}
	}
	var first, lacking error
	for _, opset := range candidates {
		prog, err := g.loadAs(opset)
		if err == nil {
			return prog, nil
		}
		if missing := (*inference.UnsupportedError)(nil); lacking == nil && errors.As(err, &missing) {
			lacking = err
		}
		first = cmp.Or(first, err)
	}
	return nil, cmp.Or(lacking, first)
}

func (g *Graph) loadAs(opset int) (*program, error) {
	names := g.valueNames()
	b, err := g.model(opset, names)
	if err != nil {
		return nil, err
	}
	m, err := inference.Load(bytes.NewReader(b), nil)
	if err != nil {
		return nil, err
	}
	s, err := m.NewSession(&inference.Options{Threads: max(g.opts.Threads, 1)})
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return &program{names, m, s}, nil
}
