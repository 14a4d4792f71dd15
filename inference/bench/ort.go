package main

import (
	"context"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"

	"github.com/brinkml/brink/inference"
)

type (
	handle uintptr // of an object that ONNX Runtime owns
	status uintptr // 0, or an error's handle
)

// onnxRuntime calls the runtime's C interface, of version apiVersion; newer runtimes keep the positions. What it makes is
// never released: the program runs once.
type onnxRuntime struct {
	env, options, allocator handle
	runner                  uintptr // the function that runs a session

	message       func(status) string
	createEnv     func(level int32, id string, out *handle) status
	createSession func(env handle, path string, options handle, out *handle) status
	createOptions func(out *handle) status
	setThreads    func(options handle, n int32) status
	createTensor  func(allocator handle, dims *int64, rank uintptr, elem int32, out *handle) status
	tensorData    func(v handle, out *unsafe.Pointer) status
	allocatorOf   func(out *handle) status
}

const apiVersion = 17

// openRuntime loads the shared library and prepares for runs as fast as it can make them, on so many threads.
func openRuntime(library string, threads int) (*onnxRuntime, error) {
	lib, err := openLibrary(library)
	if err != nil {
		return nil, err
	}
	var base func() *struct{ api, version uintptr }
	purego.RegisterLibFunc(&base, lib, "OrtGetApiBase")
	var api func(uint32) *[256]uintptr
	purego.RegisterFunc(&api, base().api)
	functions := api(apiVersion)
	if functions == nil {
		return nil, fmt.Errorf("%s has no interface of version %d", library, apiVersion)
	}
	r := &onnxRuntime{runner: functions[9]}
	for position, f := range map[int]any{
		2: &r.message, 3: &r.createEnv, 7: &r.createSession, 10: &r.createOptions, 24: &r.setThreads,
		48: &r.createTensor, 51: &r.tensorData, 78: &r.allocatorOf,
	} {
		purego.RegisterFunc(f, functions[position])
	}
	const errorsOnly = 3
	return r, r.check(
		r.createEnv(errorsOnly, "bench", &r.env),
		r.createOptions(&r.options),
		r.setThreads(r.options, int32(threads)),
		r.allocatorOf(&r.allocator),
	)
}

// check returns the first error among the results of calls.
func (r *onnxRuntime) check(results ...status) error {
	for _, s := range results {
		if s != 0 {
			return fmt.Errorf("onnx runtime: %s", r.message(s))
		}
	}
	return nil
}

// ortModel is a model in the runtime, with memory for its input and its output.
type ortModel struct {
	runtime      *onnxRuntime
	session      handle
	names        [2]*byte
	values       [2]handle
	in, out      []float32
	instructions [8]uintptr // of a run
}

// open loads a model whose input is what same has, and whose output is of the same shape.
func (r *onnxRuntime) open(path string, same *brink) (*ortModel, error) {
	m := &ortModel{runtime: r}
	if err := r.check(r.createSession(r.env, path, r.options, &m.session)); err != nil {
		return nil, err
	}
	x, err := inference.Input[float32](same.binding, "x")
	if err != nil {
		return nil, err
	}
	for i, name := range []string{"x", "y"} {
		shape, err := same.binding.Shape(name)
		if err != nil {
			return nil, err
		}
		data, err := r.tensor(shape, &m.values[i])
		if err != nil {
			return nil, err
		}
		m.names[i] = &append([]byte(name), 0)[0]
		if i == 0 {
			m.in = data
		} else {
			m.out = data
		}
	}
	copy(m.in, x)
	m.instructions = [8]uintptr{
		uintptr(m.session), 0, address(&m.names[0]), address(&m.values[0]), 1, address(&m.names[1]), 1, address(&m.values[1]),
	}
	return m, nil
}

// tensor makes a tensor of float32 and returns its memory, which is the runtime's.
func (r *onnxRuntime) tensor(shape []int, v *handle) ([]float32, error) {
	dims := make([]int64, len(shape)+1)
	n := 1
	for i, d := range shape {
		dims[i], n = int64(d), n*d
	}
	const float = 1
	var p unsafe.Pointer
	if err := r.check(r.createTensor(r.allocator, &dims[0], uintptr(len(shape)), float, v)); err != nil {
		return nil, err
	}
	err := r.check(r.tensorData(*v, &p))
	return unsafe.Slice((*float32)(p), n), err
}

// address returns where something lies that the garbage collector does not move, because it is on the heap.
func address[T any](p *T) uintptr { return uintptr(unsafe.Pointer(p)) }

func (m *ortModel) run(context.Context) error {
	s, _, _ := purego.SyscallN(m.runtime.runner, m.instructions[:]...)
	runtime.KeepAlive(m)
	return m.runtime.check(status(s))
}

func (m *ortModel) output() []float32 { return m.out }
func (m *ortModel) close()            {}
