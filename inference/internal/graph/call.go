package graph

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/wire"
)

// call expands a function: its body becomes part of the calling graph, under a scope of its own.
func (b *builder) call(f *wire.Function, w *wire.Node, in, out []ID, s *scope, ctx context) error {
	if slices.Contains(ctx.calls, f) {
		return fault.Format("function %q calls itself", f.Name)
	}
	if len(in) > len(f.Inputs) || len(out) > len(f.Outputs) {
		return fault.Format("node %q: function %q takes %d inputs and makes %d outputs, called with %d and %d",
			w.Name, f.Name, len(f.Inputs), len(f.Outputs), len(in), len(out))
	}
	inner := context{attrs: map[string]*wire.Attribute{}, calls: append(slices.Clip(ctx.calls), f)}
	var err error
	if inner.opsets, err = opsets(f.Opsets); err != nil {
		return err
	}
	for _, a := range f.Attrs {
		inner.attrs[a.Name] = a
	}
	for _, a := range w.Attrs {
		if a.RefName != "" { // the call passes on an attribute of the function around it
			given := ctx.attrs[a.RefName]
			if given == nil {
				continue
			}
			named := *given
			named.Name = a.Name
			a = &named
		}
		inner.attrs[a.Name] = a
	}
	local := &scope{g: s.g, names: map[string]ID{}, given: map[string]ID{}}
	for i, name := range f.Inputs {
		local.names[name] = None
		if i < len(in) {
			local.names[name] = in[i]
		}
	}
	for i, id := range out {
		if id != None {
			local.given[f.Outputs[i]] = id
		}
	}
	if err := b.body(f.Nodes, local, inner); err != nil {
		return err
	}
	for i, id := range out {
		from, ok := local.names[f.Outputs[i]]
		switch {
		case id == None || ok && from == id:
		case !ok || from == None:
			return fault.Format("function %q: output %q is made by no node", f.Name, f.Outputs[i])
		default: // an input handed out, or one value under two names
			pass := Node{Op: "Identity", Opset: max(inner.opsets[""], 1), In: []ID{from}, Out: []ID{id}}
			s.g.Nodes = append(s.g.Nodes, pass)
		}
	}
	return nil
}
