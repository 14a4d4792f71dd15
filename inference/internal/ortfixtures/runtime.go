package main

import (
	"fmt"
	"path/filepath"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/internal/wire"
)

type (
	handle uintptr // of an object that ONNX Runtime owns
	status uintptr // 0, or an error's handle
)

// onnxRuntime calls the runtime's C interface. What it makes is never released: the program runs once, on small models.
type onnxRuntime struct {
	env, options, allocator handle

	message         func(status) string
	createEnv       func(level int32, id string, out *handle) status
	createSession   func(env handle, path string, options handle, out *handle) status
	run             func(session, options handle, inNames **byte, in *handle, ins uintptr, outNames **byte, outs uintptr, out *handle) status
	createOptions   func(out *handle) status
	setOptimization func(options handle, level int32) status
	setThreads      func(options handle, n int32) status
	createTensor    func(allocator handle, dims *int64, rank uintptr, elem int32, out *handle) status
	tensorData      func(v handle, out *unsafe.Pointer) status
	fillStrings     func(v handle, list **byte, n uintptr) status
	stringsLength   func(v handle, out *uintptr) status
	stringsContent  func(v handle, buf *byte, size uintptr, offsets *uintptr, n uintptr) status
	elemType        func(info handle, out *int32) status
	rank            func(info handle, out *uintptr) status
	dims            func(info handle, out *int64, rank uintptr) status
	tensorInfo      func(v handle, out *handle) status
	kind            func(v handle, out *int32) status
	allocatorOf     func(out *handle) status
	item            func(v handle, i int32, allocator handle, out *handle) status
	items           func(v handle, out *uintptr) status
	createValue     func(list *handle, n uintptr, kind int32, out *handle) status
	hasValue        func(v handle, out *int32) status
}

// apiVersion is the version of the C interface that the positions in openRuntime are of. Newer runtimes keep them.
const apiVersion = 17

// The kinds of value that the runtime tells apart (ONNXType).
const (
	kindTensor   = 1
	kindSequence = 2
	kindMap      = 3
)

// openRuntime loads the shared library and prepares for plain runs: one thread, and the graph as it is written.
func openRuntime(library string) (*onnxRuntime, error) {
	lib, err := purego.Dlopen(library, purego.RTLD_NOW|purego.RTLD_LOCAL)
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
	r := &onnxRuntime{}
	for position, f := range map[int]any{
		2: &r.message, 3: &r.createEnv, 7: &r.createSession, 9: &r.run, 10: &r.createOptions, 23: &r.setOptimization,
		24: &r.setThreads, 48: &r.createTensor, 51: &r.tensorData, 52: &r.fillStrings, 53: &r.stringsLength,
		54: &r.stringsContent, 60: &r.elemType, 61: &r.rank, 62: &r.dims, 65: &r.tensorInfo, 67: &r.kind,
		78: &r.allocatorOf, 80: &r.item, 81: &r.items, 82: &r.createValue, 192: &r.hasValue,
	} {
		purego.RegisterFunc(f, functions[position])
	}
	const errorsOnly, asWritten = 3, 0
	return r, r.check(
		r.createEnv(errorsOnly, "fixtures", &r.env),
		r.createOptions(&r.options),
		r.setOptimization(r.options, asWritten),
		r.setThreads(r.options, 1),
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

// outputs runs the model in a folder.
func (r *onnxRuntime) outputs(dir string, g *wire.Graph, in []*wire.Value) ([]*wire.Value, error) {
	var session handle
	if err := r.check(r.createSession(r.env, filepath.Join(dir, "model.onnx"), r.options, &session)); err != nil {
		return nil, err
	}
	inputs := make([]handle, len(in)+1)
	inNames := make([]*byte, len(in)+1)
	for i, v := range in {
		var err error
		if inputs[i], err = r.fromWire(v); err != nil {
			return nil, err
		}
		inNames[i] = cString([]byte(g.Inputs[i].Name))
	}
	outputs := make([]handle, len(g.Outputs))
	outNames := make([]*byte, len(g.Outputs))
	for i, o := range g.Outputs {
		outNames[i] = cString([]byte(o.Name))
	}
	s := r.run(session, 0, &inNames[0], &inputs[0], uintptr(len(in)), &outNames[0], uintptr(len(outputs)), &outputs[0])
	runtime.KeepAlive(inNames)
	runtime.KeepAlive(outNames)
	if err := r.check(s); err != nil {
		return nil, err
	}
	out := make([]*wire.Value, len(outputs))
	for i, h := range outputs {
		var err error
		if g.Outputs[i].Type.Kind == wire.TypeOptional {
			out[i], err = r.optional(h)
		} else {
			out[i], err = r.toWire(h)
		}
		if err != nil {
			return nil, fmt.Errorf("output %q: %w", g.Outputs[i].Name, err)
		}
	}
	return out, nil
}

// fromWire makes a value for the runtime. Of an optional it takes what is in it: the runtime knows no other.
func (r *onnxRuntime) fromWire(v *wire.Value) (handle, error) {
	switch {
	case v.Tensor != nil:
		return r.newTensor(v.Tensor)
	case v.Sequence != nil:
		list := make([]handle, len(v.Sequence.Tensors))
		for i, t := range v.Sequence.Tensors {
			var err error
			if list[i], err = r.newTensor(t); err != nil {
				return 0, err
			}
		}
		return r.newValue(kindSequence, list)
	case v.Optional != nil && v.Optional.Tensor != nil:
		return r.newTensor(v.Optional.Tensor)
	case v.Optional != nil && v.Optional.Map != nil:
		return r.newMap(v.Optional.Map)
	}
	return 0, fmt.Errorf("no way to pass %+v to the runtime", v)
}

func (r *onnxRuntime) newValue(kind int32, list []handle) (h handle, err error) {
	err = r.check(r.createValue(unsafe.SliceData(list), uintptr(len(list)), kind, &h))
	return h, err
}

func (r *onnxRuntime) newMap(m *wire.Map) (handle, error) {
	n := int64(len(m.Keys) + len(m.StringKeys))
	keys := &wire.Tensor{DataType: m.KeyType, Dims: []int64{n}, Strings: m.StringKeys}
	for _, k := range m.Keys {
		for shift := range 8 {
			keys.Raw = append(keys.Raw, byte(k>>(8*shift)))
		}
	}
	values := &wire.Tensor{DataType: m.Values.Tensors[0].DataType, Dims: []int64{n}}
	for _, t := range m.Values.Tensors {
		values.Raw = append(values.Raw, t.Raw...)
		values.Strings = append(values.Strings, t.Strings...)
	}
	k, err := r.newTensor(keys)
	if err != nil {
		return 0, err
	}
	v, err := r.newTensor(values)
	if err != nil {
		return 0, err
	}
	return r.newValue(kindMap, []handle{k, v})
}

func (r *onnxRuntime) newTensor(t *wire.Tensor) (h handle, err error) {
	if err := r.check(r.createTensor(r.allocator, unsafe.SliceData(t.Dims), uintptr(len(t.Dims)), t.DataType, &h)); err != nil {
		return 0, err
	}
	if inference.DType(t.DataType) == inference.String {
		list := make([]*byte, len(t.Strings))
		for i, s := range t.Strings {
			list[i] = cString(s)
		}
		err := r.check(r.fillStrings(h, unsafe.SliceData(list), uintptr(len(list))))
		runtime.KeepAlive(list)
		return h, err
	}
	b, err := r.bytes(h, len(t.Raw))
	copy(b, t.Raw)
	return h, err
}

// bytes returns the n bytes of a tensor, in the runtime's memory.
func (r *onnxRuntime) bytes(h handle, n int) ([]byte, error) {
	if n == 0 {
		return []byte{}, nil
	}
	var p unsafe.Pointer
	err := r.check(r.tensorData(h, &p))
	return unsafe.Slice((*byte)(p), n), err
}

func (r *onnxRuntime) optional(h handle) (*wire.Value, error) {
	var has int32
	if err := r.check(r.hasValue(h, &has)); err != nil {
		return nil, err
	}
	o := &wire.Optional{Elem: wire.ElemTensor}
	if has != 0 {
		v, err := r.toWire(h)
		if err != nil {
			return nil, err
		}
		if o.Tensor, o.Sequence = v.Tensor, v.Sequence; v.Sequence != nil {
			o.Elem = wire.ElemSequence
		}
	}
	return &wire.Value{Optional: o}, nil
}

func (r *onnxRuntime) toWire(h handle) (*wire.Value, error) {
	var kind int32
	if err := r.check(r.kind(h, &kind)); err != nil {
		return nil, err
	}
	switch kind {
	case kindTensor:
		t, err := r.tensor(h)
		return &wire.Value{Tensor: t}, err
	case kindSequence:
		list, err := r.list(h)
		if err != nil {
			return nil, err
		}
		s := &wire.Sequence{Elem: wire.ElemTensor}
		for _, item := range list {
			if err := r.add(s, item); err != nil {
				return nil, err
			}
		}
		return &wire.Value{Sequence: s}, nil
	}
	return nil, fmt.Errorf("a value of kind %d", kind)
}

// add appends an item, a tensor or a map, to a sequence.
func (r *onnxRuntime) add(s *wire.Sequence, item handle) error {
	var kind int32
	if err := r.check(r.kind(item, &kind)); err != nil {
		return err
	}
	switch kind {
	case kindTensor:
		t, err := r.tensor(item)
		s.Tensors = append(s.Tensors, t)
		return err
	case kindMap:
		m, err := r.mapOf(item)
		s.Maps = append(s.Maps, m)
		s.Elem = wire.ElemMap
		return err
	}
	return fmt.Errorf("an item of kind %d", kind)
}

// list returns the items of a sequence, or the keys and values of a map.
func (r *onnxRuntime) list(h handle) ([]handle, error) {
	var n uintptr
	if err := r.check(r.items(h, &n)); err != nil {
		return nil, err
	}
	list := make([]handle, n)
	for i := range list {
		if err := r.check(r.item(h, int32(i), r.allocator, &list[i])); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (r *onnxRuntime) mapOf(h handle) (*wire.Map, error) {
	list, err := r.list(h)
	if err != nil {
		return nil, err
	}
	keys, err := r.tensor(list[0])
	if err != nil {
		return nil, err
	}
	values, err := r.tensor(list[1])
	if err != nil {
		return nil, err
	}
	m := &wire.Map{KeyType: keys.DataType, StringKeys: keys.Strings, Values: &wire.Sequence{Elem: wire.ElemTensor}}
	for i := 0; i < len(keys.Raw); i += 8 {
		var k int64
		for j, b := range keys.Raw[i : i+8] {
			k |= int64(b) << (8 * j)
		}
		m.Keys = append(m.Keys, k)
	}
	size := inference.DType(values.DataType).Bits() / 8
	for i := 0; i < len(values.Raw); i += size {
		m.Values.Tensors = append(m.Values.Tensors, &wire.Tensor{DataType: values.DataType, Raw: values.Raw[i : i+size]})
	}
	return m, nil
}

func (r *onnxRuntime) tensor(h handle) (*wire.Tensor, error) {
	var info handle
	if err := r.check(r.tensorInfo(h, &info)); err != nil {
		return nil, err
	}
	t := &wire.Tensor{}
	var rank uintptr
	if err := r.check(r.elemType(info, &t.DataType), r.rank(info, &rank)); err != nil {
		return nil, err
	}
	t.Dims = make([]int64, rank)
	if err := r.check(r.dims(info, unsafe.SliceData(t.Dims), rank)); err != nil {
		return nil, err
	}
	n := 1
	for _, d := range t.Dims {
		n *= int(d)
	}
	if inference.DType(t.DataType) == inference.String {
		var err error
		t.Strings, err = r.strings(h, n)
		return t, err
	}
	b, err := r.bytes(h, (n*inference.DType(t.DataType).Bits()+7)/8)
	t.Raw = b
	return t, err
}

func (r *onnxRuntime) strings(h handle, n int) ([][]byte, error) {
	var size uintptr
	if err := r.check(r.stringsLength(h, &size)); err != nil || n == 0 {
		return nil, err
	}
	buf := make([]byte, size+1)
	ends := make([]uintptr, n+1)
	if err := r.check(r.stringsContent(h, &buf[0], size, &ends[0], uintptr(n))); err != nil {
		return nil, err
	}
	ends[n] = size
	list := make([][]byte, n)
	for i := range list {
		list[i] = buf[ends[i]:ends[i+1]]
	}
	return list, nil
}

func cString(s []byte) *byte { return &append(s[:len(s):len(s)], 0)[0] }
