package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

// The types of containers that most operators on them take.
const (
	sequences = dtype.Original | dtype.NoTensors | dtype.InSequences
	optionals = dtype.Original | dtype.NoTensors | dtype.InOptionals | dtype.InOptionalSequences
)

// boxed reports whether values of a kind are containers.
func boxed(k wire.TypeKind) bool {
	return k == wire.TypeSequence || k == wire.TypeOptional || k == wire.TypeMap
}

// sequenceOf returns the type of sequences of values of type t, whose shapes may differ.
func sequenceOf(t graph.Type) graph.Type {
	elem := t
	elem.Shape = shape.Shape{}
	return graph.Type{Kind: wire.TypeSequence, Elem: &elem}
}

// items returns the tensors of the sequence that input i is.
func (c *Ctx) items(i int) ([]*tensor.Tensor, error) {
	s, ok := c.In[i].Held.(*tensor.Sequence)
	if !ok {
		return nil, fault.Format("input %d is no sequence", i)
	}
	out := make([]*tensor.Tensor, len(s.Items))
	for j, item := range s.Items {
		out[j] = tensor.Wrap(item)
	}
	return out, nil
}

// mapping returns the map that input i is, whose values are a tensor.
func (c *Ctx) mapping(i int) (*tensor.Map, error) {
	m, ok := c.In[i].Held.(*tensor.Map)
	if !ok {
		return nil, fault.Format("input %d is no map", i)
	}
	return m, nil
}

// holdItems makes a sequence of tensors the value of output i. Its length counts against the memory of the run.
func (c *Ctx) holdItems(i int, items []*tensor.Tensor) error {
	if err := c.Budget.TakeBytes(int64(len(items)) * 16); err != nil {
		return err
	}
	s := &tensor.Sequence{Items: make([]tensor.Value, len(items))}
	for j, t := range items {
		s.Items[j] = t.Unwrap()
	}
	c.Hold(i, s)
	return nil
}

// positionIn returns the only element of a tensor of indices: a position in a sequence of n items, counted from the end
// when it is negative, and at most last.
func positionIn(t *tensor.Tensor, n, last int) (int, error) {
	if t.Len() != 1 {
		return 0, fault.Shape("a position of %d elements", t.Len())
	}
	var v [1]int64
	load(v[:], t.Data, t.DType)
	at := v[0]
	if at < 0 {
		at += int64(n)
	}
	if at < 0 || at > int64(last) {
		return 0, fault.Shape("position %d is not in a sequence of %d", v[0], n)
	}
	return int(at), nil
}
