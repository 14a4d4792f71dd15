package main

import (
	"context"

	"github.com/brinkml/brink/inference"
)

// brink is a model in this engine.
type brink struct {
	model   *inference.Model
	session *inference.Session
	binding *inference.Binding
}

func openBrink(path string, threads int) (*brink, error) {
	e := &brink{}
	var err error
	if e.model, err = inference.Open(path, &inference.LoadOptions{Map: true}); err != nil {
		return nil, err
	}
	if e.session, err = e.model.NewSession(&inference.Options{Threads: threads}); err != nil {
		e.close()
		return nil, err
	}
	if e.binding, err = e.session.Bind(nil); err != nil {
		e.close()
		return nil, err
	}
	x, err := inference.Input[float32](e.binding, "x")
	if err != nil {
		e.close()
		return nil, err
	}
	copy(x, random("x", len(x), 1))
	return e, nil
}

func (e *brink) run(ctx context.Context) error { return e.binding.Run(ctx) }

func (e *brink) output() []float32 {
	y, _ := inference.Output[float32](e.binding, "y") // every model here has one
	return y
}

func (e *brink) close() {
	if e.session != nil {
		e.session.Close()
	}
	e.model.Close()
}
